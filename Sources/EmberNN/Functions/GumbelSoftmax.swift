import EmberTensor

/// A differentiable sample of a categorical distribution: softmax of logits with Gumbel noise (Jang et al., arXiv:1611.01144).
///
/// - Parameters:
///   - temperature: the smaller, the nearer to one-hot.
///   - hard: returns the one-hot vector of the largest, with the gradient of the soft sample.
///
/// PyTorch: `torch.nn.functional.gumbel_softmax`.
public func gumbelSoftmax(_ logits: Tensor, temperature: Double = 1, hard: Bool = false, dim: Int = -1, generator: Generator? = nil) -> Tensor {
    composed("gumbelSoftmax", [logits]) { () throws(TensorError) in
        guard logits.dtype.isFloatingPoint, temperature > 0 else {
            throw TensorError("needs floating-point logits and a temperature above 0, got \(logits.dtype.name) and \(temperature)")
        }
        let gumbels = -Tensor.exponential(logits.shape, dtype: logits.dtype, generator: generator).log()
        let soft = softmax((logits + gumbels) / temperature, dim)
        guard hard else { return soft }
        let largest = soft.detach().max(dim, keepDim: true).indices
        return Tensor.zeros(logits.shape, dtype: logits.dtype).scatter(dim, largest, 1) - soft.detach() + soft
    }
}
