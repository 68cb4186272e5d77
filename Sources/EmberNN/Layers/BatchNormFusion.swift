import EmberTensor

/// Puts what a batch normalisation does in evaluation into the weights of the layer before it: afterwards the layer alone gives what both gave,
/// and the normalisation can be replaced by ``Identity``. PyTorch: `torch.nn.utils.fuse_conv_bn_eval`, which copies the layer.
///
/// A layer without bias has one afterwards. Both must be in evaluation, and the normalisation must track statistics.
public func fuseBatchNorm(_ convolution: ConvolutionLayer, _ norm: BatchNormLayer) {
    if let (weight, bias) = fused(convolution, convolution.weight, convolution.bias, outputs: 0, norm) {
        convolution.weight = weight
        convolution.bias = bias
    }
}

/// The same for a transposed convolution, whose outputs are the second dimension of its weight.
public func fuseBatchNorm(_ convolution: TransposedConvolutionLayer, _ norm: BatchNormLayer) {
    guard convolution.groups == 1 else {
        TensorError("a transposed convolution of \(convolution.groups) groups has no dimension of all outputs").report(in: "fuseBatchNorm")
        return
    }
    if let (weight, bias) = fused(convolution, convolution.weight, convolution.bias, outputs: 1, norm) {
        convolution.weight = weight
        convolution.bias = bias
    }
}

/// The same for a linear layer. PyTorch: `torch.nn.utils.fuse_linear_bn_eval`.
public func fuseBatchNorm(_ linear: Linear, _ norm: BatchNormLayer) {
    if let (weight, bias) = fused(linear, linear.weight, linear.bias, outputs: 0, norm) {
        linear.weight = weight
        linear.bias = bias
    }
}

/// W′ = W γ / √(σ² + ε) for each output, b′ = (b − μ) γ / √(σ² + ε) + β.
private func fused(_ layer: Module, _ weight: Tensor, _ bias: Tensor?, outputs dim: Int, _ norm: BatchNormLayer) -> (weight: Tensor, bias: Tensor)? {
    guard !layer.isTraining, !norm.isTraining, let mean = norm.runningMean, let variance = norm.runningVar else {
        TensorError("both layers must be in evaluation, and the normalisation must track statistics").report(in: "fuseBatchNorm")
        return nil
    }
    guard weight.shape[dim] == norm.features else {
        TensorError("the layer has \(weight.shape[dim]) outputs, the normalisation \(norm.features) features").report(in: "fuseBatchNorm")
        return nil
    }
    return noGrad {
        var scale = (variance + norm.eps).rsqrt()
        if let factor = norm.weight { scale = scale * factor }
        var shape = [Int](repeating: 1, count: weight.rank)
        shape[dim] = norm.features
        var shift = (bias.map { $0 - mean } ?? -mean) * scale
        if let own = norm.bias { shift = shift + own }
        return ((weight * scale.reshape(shape)).detach(), shift.detach())
    }
}
