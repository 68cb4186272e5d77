import EmberTensor

/// In training zeroes elements with probability `p` and scales the others by 1 / (1 - p). PyTorch: `torch.nn.Dropout`.
public final class Dropout: Module, Layer {
    public let p: Double
    public init(_ p: Double = 0.5) { self.p = p }
    public func forward(_ input: Tensor) -> Tensor { dropout(input, p: p, training: isTraining) }
}

/// Drops whole channels of (batch, channels, length). PyTorch: `torch.nn.Dropout1d`.
public final class Dropout1d: Module, Layer {
    public let p: Double
    public init(_ p: Double = 0.5) { self.p = p }
    public func forward(_ input: Tensor) -> Tensor { dropout1d(input, p: p, training: isTraining) }
}

/// Drops whole channels of (batch, channels, height, width). PyTorch: `torch.nn.Dropout2d`.
public final class Dropout2d: Module, Layer {
    public let p: Double
    public init(_ p: Double = 0.5) { self.p = p }
    public func forward(_ input: Tensor) -> Tensor { dropout2d(input, p: p, training: isTraining) }
}

/// Drops whole channels of (batch, channels, depth, height, width). PyTorch: `torch.nn.Dropout3d`.
public final class Dropout3d: Module, Layer {
    public let p: Double
    public init(_ p: Double = 0.5) { self.p = p }
    public func forward(_ input: Tensor) -> Tensor { dropout3d(input, p: p, training: isTraining) }
}

/// Keeps mean and variance of self-normalising activations (Klambauer et al., arXiv:1706.02515). PyTorch: `torch.nn.AlphaDropout`.
public final class AlphaDropout: Module, Layer {
    public let p: Double
    public init(_ p: Double = 0.5) { self.p = p }
    public func forward(_ input: Tensor) -> Tensor { alphaDropout(input, p: p, training: isTraining) }
}

/// ``AlphaDropout`` of whole channels. PyTorch: `torch.nn.FeatureAlphaDropout`.
public final class FeatureAlphaDropout: Module, Layer {
    public let p: Double
    public init(_ p: Double = 0.5) { self.p = p }
    public func forward(_ input: Tensor) -> Tensor { featureAlphaDropout(input, p: p, training: isTraining) }
}
