import EmberTensor

/// All parameters one after the other in one vector; gradients flow through. PyTorch: `torch.nn.utils.parameters_to_vector`.
public func parametersToVector(_ parameters: [Parameter]) -> Tensor {
    composed("parametersToVector", []) { () throws(TensorError) in
        guard !parameters.isEmpty else { throw TensorError("needs at least one parameter") }
        return cat(parameters.map { $0.value.reshape([$0.count]) })
    }
}

/// The inverse: writes the values of a vector into the parameters. PyTorch: `torch.nn.utils.vector_to_parameters`.
public func vectorToParameters(_ vector: Tensor, _ parameters: [Parameter]) {
    _ = composed("vectorToParameters", [vector]) { () throws(TensorError) in
        let total = parameters.reduce(0) { $0 + $1.count }
        guard vector.shape == [total] else { throw TensorError("\(total) elements need a vector of shape [\(total)], not \(vector.shape)") }
        let parts = noGrad { vector.detach().split(parameters.map(\.count)) }
        for (parameter, part) in zip(parameters, parts) {
            parameter.value = part.reshape(parameter.shape).to(parameter.dtype).clone()
        }
        return vector
    }
}
