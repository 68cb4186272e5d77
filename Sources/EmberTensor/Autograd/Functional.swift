// Derivatives of functions, in the sense of torch.autograd.functional: the function is called here, on leaves made from its inputs.

/// The Jacobian of each output of `function` by each input at `inputs`: `result[k][i]` has the shape of output `k` followed by the shape
/// of input `i`. Zeros where an output does not depend on an input.
///
/// - Parameter createGraph: record the computation, so that the Jacobian can be differentiated.
///
/// PyTorch: `torch.autograd.functional.jacobian`.
public func jacobian(_ inputs: [Tensor], createGraph: Bool = false, _ function: ([Tensor]) throws -> [Tensor]) rethrows -> [[Tensor]] {
    let (leaves, outputs) = try evaluate(function, at: inputs, createGraph)
    return outputs.map { output in
        // One backward pass for each element of the output.
        let rows = (0..<output.count).map { k -> [Tensor] in
            let unit = Tensor.zeros([output.count], dtype: output.dtype).indexFill(0, Tensor([k]), 1).reshape(output.shape)
            return derivatives(of: [output], leaves, [unit], createGraph: createGraph)
        }
        return leaves.indices.map { i in
            let shape = output.shape + leaves[i].shape
            return rows.isEmpty ? Tensor.zeros(shape, dtype: leaves[i].dtype) : stack(rows.map { $0[i] }).reshape(shape)
        }
    }
}

/// The Jacobian of a function of one tensor: the shape of its output followed by that of `input`. PyTorch:
/// `torch.autograd.functional.jacobian`.
public func jacobian(_ input: Tensor, createGraph: Bool = false, _ function: (Tensor) throws -> Tensor) rethrows -> Tensor {
    try jacobian([input], createGraph: createGraph) { [try function($0[0])] }[0][0]
}

/// The second derivatives of `function`, whose result is a single number: `result[i][j]` has the shape of input `i` followed by the shape
/// of input `j`.
/// PyTorch: `torch.autograd.functional.hessian`.
public func hessian(_ inputs: [Tensor], createGraph: Bool = false, _ function: ([Tensor]) throws -> Tensor) rethrows -> [[Tensor]] {
    try jacobian(inputs, createGraph: createGraph) { inputs in
        derivatives(of: [single(try function(inputs), "hessian")], inputs, nil, createGraph: true)
    }
}

/// The second derivatives of a function of one tensor, whose result is a single number: the shape of `input` twice.
/// PyTorch: `torch.autograd.functional.hessian`.
public func hessian(_ input: Tensor, createGraph: Bool = false, _ function: (Tensor) throws -> Tensor) rethrows -> Tensor {
    try hessian([input], createGraph: createGraph) { try function($0[0]) }[0][0]
}

/// The outputs of `function`, and the product of `cotangents`, one for each output and of its shape, with the Jacobian: one tensor for
/// each input. Cotangents may be left out for a single number. PyTorch: `torch.autograd.functional.vjp`.
public func vjp(_ inputs: [Tensor], cotangents: [Tensor]? = nil, createGraph: Bool = false,
                _ function: ([Tensor]) throws -> [Tensor]) rethrows -> (outputs: [Tensor], products: [Tensor]) {
    let (leaves, outputs) = try evaluate(function, at: inputs, createGraph)
    return (finished(outputs, createGraph), derivatives(of: outputs, leaves, cotangents, createGraph: createGraph))
}

/// The outputs of `function`, and the product of the Jacobian with `tangents`, one for each input and of its shape: one tensor for each
/// output, how it changes when the inputs move that way. Computed by differentiating ``vjp(_:cotangents:createGraph:_:)`` by its
/// cotangents.
/// PyTorch: `torch.autograd.functional.jvp`.
public func jvp(_ inputs: [Tensor], tangents: [Tensor], createGraph: Bool = false,
                _ function: ([Tensor]) throws -> [Tensor]) rethrows -> (outputs: [Tensor], products: [Tensor]) {
    let (leaves, outputs) = try evaluate(function, at: inputs, createGraph)
    let cotangents = outputs.map { Tensor.zeros($0.shape, dtype: $0.dtype).requiringGrad() }
    let products = enableGrad { derivatives(of: outputs, leaves, cotangents, createGraph: true) }
    return (finished(outputs, createGraph), derivatives(of: products, cotangents, tangents, createGraph: createGraph))
}

/// The result of `function`, a single number, and the product of its second derivatives with `vectors`, one for each input and of its
/// shape.
/// PyTorch: `torch.autograd.functional.vhp`, and `hvp`, which is the same since second derivatives are symmetric.
public func hvp(_ inputs: [Tensor], vectors: [Tensor], createGraph: Bool = false,
                _ function: ([Tensor]) throws -> Tensor) rethrows -> (output: Tensor, products: [Tensor]) {
    let (leaves, outputs) = try evaluate({ [single(try function($0), "hvp")] }, at: inputs, createGraph)
    let slopes = enableGrad { derivatives(of: outputs, leaves, nil, createGraph: true) }
    return (finished(outputs, createGraph)[0], derivatives(of: slopes, leaves, vectors, createGraph: createGraph))
}

/// Calls `function` on leaves. When the result is to be differentiated, inputs that have a history keep it.
private func evaluate(_ function: ([Tensor]) throws -> [Tensor], at inputs: [Tensor],
                      _ createGraph: Bool) rethrows -> (leaves: [Tensor], outputs: [Tensor]) {
    let leaves = inputs.map { $0.isInert || createGraph && $0.requiresGrad ? $0 : $0.detach().requiringGrad() }
    return (leaves, try enableGrad { try function(leaves) })
}

private func finished(_ tensors: [Tensor], _ createGraph: Bool) -> [Tensor] { createGraph ? tensors : tensors.map { $0.detach() } }

/// Gradients with zeros where there are none. Outputs that depend on no input are left out.
private func derivatives(of outputs: [Tensor], _ inputs: [Tensor], _ cotangents: [Tensor]?, createGraph: Bool) -> [Tensor] {
    if let failed = (outputs + inputs).first(where: \.isInert) { return inputs.map { _ in failed } }
    let used = outputs.indices.filter { outputs[$0].requiresGrad }
    guard !used.isEmpty, cotangents == nil || cotangents?.count == outputs.count else {
        if let given = cotangents?.count, given != outputs.count {
            TensorError("\(outputs.count) tensors need as many vectors to multiply with, not \(given)").report(in: "derivatives")
        }
        return inputs.map { $0.zerosLike() }
    }
    let found = gradients(of: used.map { outputs[$0] }, with: inputs, cotangents: cotangents.map { given in used.map { given[$0] } },
                          retainGraph: true, createGraph: createGraph)
    return zip(found, inputs).map { $0 ?? $1.zerosLike() }
}

/// The result of a function whose second derivatives are asked for.
private func single(_ output: Tensor, _ name: String) -> Tensor {
    composed(name, [output]) { () throws(TensorError) in
        guard output.count == 1 else {
            throw TensorError("the function must return a single number, not a tensor of shape \(output.shape)")
        }
        return output.rank == 0 ? output : output.reshape([])
    }
}
