/// What the dropout family has in common: which elements share a draw, and how the noise is applied.
private struct DropoutRule {
    /// One draw per channel: the noise has shape [N, C, 1, …].
    var perChannel = false
    /// Keep mean and variance of self-normalising activations.
    var alpha = false

    func callAsFunction(_ name: String, _ x: Tensor, p: Double, training: Bool, _ generator: Generator?) -> Tensor {
        composed(name, [x]) { () throws(TensorError) in
            try RandomRule.probability(p)
            if !training { return x }
            guard x.dtype.isFloatingPoint else {
                throw TensorError("takes floating-point tensors, not \(x.dtype.name)")
            }
            guard !perChannel || x.rank >= 2 else {
                throw TensorError("drops whole channels, so it needs at least 2 dimensions, not \(x.rank)")
            }
            if p == 0 || x.count == 0 { return x }
            if p == 1 { return x * Tensor.zeros([], dtype: x.dtype) }
            let mask: RandomDistribution = alpha ? .bernoulli(p: 1 - p) : .dropoutMask(p: p)
            let noise = perChannel
                ? try Tensor.sample(mask, x.shape.indices.map { $0 < 2 ? x.shape[$0] : 1 }, x.dtype, generator)
                : try x.sampledLike(mask, nil, generator)
            guard alpha else { return x * noise }
            // Dropped units take SELU's negative saturation -λα; an affine map restores mean 0 and variance 1
            // (G. Klambauer et al., Self-Normalizing Neural Networks, 2017, "alpha dropout").
            let saturation = 1.7580993408473766
            let a = 1 / ((saturation * saturation * p + 1) * (1 - p)).squareRoot()
            let shift = (noise - 1.0) * (saturation * a) + saturation * a * p
            return x * (noise * a) + shift
        }
    }
}

/// Each element dropped (set to 0) with probability `p` and the others scaled by 1 / (1 - p), while `training`; `x`
/// itself otherwise.
///
/// The mask is PyTorch's for the same seed. PyTorch: `torch.nn.functional.dropout`.
public func dropout(_ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil) -> Tensor {
    DropoutRule()("dropout", x, p: p, training: training, generator)
}

/// Whole channels of [N, C, …] dropped with probability `p`, the others scaled by 1 / (1 - p). PyTorch:
/// `torch.feature_dropout`.
public func featureDropout(_ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil) -> Tensor {
    DropoutRule(perChannel: true)("featureDropout", x, p: p, training: training, generator)
}

/// ``featureDropout(_:p:training:generator:)`` of [N, C, L] or [C, L]. PyTorch: `torch.nn.functional.dropout1d`.
public func dropout1d(_ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil) -> Tensor {
    composed("dropout1d", [x]) { () throws(TensorError) in
        guard x.rank == 2 || x.rank == 3 else {
            throw TensorError("takes [N, C, L] or [C, L], not \(x.rank) dimensions")
        }
        if x.rank == 3 { return featureDropout(x, p: p, training: training, generator: generator) }
        return featureDropout(x.unsqueeze(0), p: p, training: training, generator: generator).squeeze(0)
    }
}

/// ``featureDropout(_:p:training:generator:)`` of [N, C, H, W]. PyTorch: `torch.nn.functional.dropout2d`.
public func dropout2d(_ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil) -> Tensor {
    DropoutRule(perChannel: true)("dropout2d", x, p: p, training: training, generator)
}

/// ``featureDropout(_:p:training:generator:)`` of [N, C, D, H, W] or [C, D, H, W]. PyTorch:
/// `torch.nn.functional.dropout3d`.
public func dropout3d(_ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil) -> Tensor {
    if x.isInert || x.rank == 5 { return DropoutRule(perChannel: true)("dropout3d", x, p: p, training: training, generator) }
    return DropoutRule(perChannel: true)("dropout3d", x.unsqueeze(0), p: p, training: training, generator).squeeze(0)
}

/// Elements dropped to the negative saturation of SELU with probability `p`, so that mean and variance stay.
/// PyTorch: `torch.nn.functional.alpha_dropout`.
public func alphaDropout(_ x: Tensor, p: Double = 0.5, training: Bool = false, generator: Generator? = nil) -> Tensor {
    DropoutRule(alpha: true)("alphaDropout", x, p: p, training: training, generator)
}

/// ``alphaDropout(_:p:training:generator:)`` of whole channels of [N, C, …]. PyTorch:
/// `torch.nn.functional.feature_alpha_dropout`.
public func featureAlphaDropout(_ x: Tensor, p: Double = 0.5, training: Bool = false, generator: Generator? = nil) -> Tensor {
    DropoutRule(perChannel: true, alpha: true)("featureAlphaDropout", x, p: p, training: training, generator)
}
