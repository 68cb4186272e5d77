import EmberTensor

/// max(x, 0). PyTorch: `torch.nn.ReLU`.
public final class ReLU: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { relu(input) }
}

/// x limited to 0...6. PyTorch: `torch.nn.ReLU6`.
public final class ReLU6: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { relu6(input) }
}

/// x, times `negativeSlope` below zero. PyTorch: `torch.nn.LeakyReLU`.
public final class LeakyReLU: Module, Layer {
    public let negativeSlope: Double
    public init(_ negativeSlope: Double = 0.01) { self.negativeSlope = negativeSlope }
    public func forward(_ input: Tensor) -> Tensor { leakyReLU(input, negativeSlope: negativeSlope) }
}

/// x, below zero times a learned slope, one or one for each channel (He et al., arXiv:1502.01852). PyTorch: `torch.nn.PReLU`.
public final class PReLU: Module, Layer {
    /// (parameters)
    @Parameter public var weight: Tensor
    public init(_ parameters: Int = 1, initial: Double = 0.25, dtype: DType? = nil) {
        weight = Initializer.constant([parameters], initial, dtype: dtype)
    }
    public func forward(_ input: Tensor) -> Tensor { prelu(input, weight) }
}

/// x, below zero times a random slope (Xu et al., arXiv:1505.00853). PyTorch: `torch.nn.RReLU`.
public final class RReLU: Module, Layer {
    public let lower: Double
    public let upper: Double
    public init(_ lower: Double = 1.0 / 8, _ upper: Double = 1.0 / 3) {
        self.lower = lower
        self.upper = upper
    }
    public func forward(_ input: Tensor) -> Tensor { rrelu(input, lower: lower, upper: upper, training: isTraining) }
}

/// x, and `alpha` (exp(x) - 1) below zero. PyTorch: `torch.nn.ELU`.
public final class ELU: Module, Layer {
    public let alpha: Double
    public init(alpha: Double = 1) { self.alpha = alpha }
    public func forward(_ input: Tensor) -> Tensor { elu(input, alpha: alpha) }
}

/// The self-normalising ELU. PyTorch: `torch.nn.SELU`.
public final class SELU: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { selu(input) }
}

/// The continuously differentiable ELU. PyTorch: `torch.nn.CELU`.
public final class CELU: Module, Layer {
    public let alpha: Double
    public init(alpha: Double = 1) { self.alpha = alpha }
    public func forward(_ input: Tensor) -> Tensor { celu(input, alpha: alpha) }
}

/// x Φ(x), Φ the normal distribution. PyTorch: `torch.nn.GELU`.
public final class GELU: Module, Layer {
    public let approximate: GELUApproximation
    public init(approximate: GELUApproximation = .none) { self.approximate = approximate }
    public func forward(_ input: Tensor) -> Tensor { gelu(input, approximate: approximate) }
}

/// x sigmoid(x). PyTorch: `torch.nn.SiLU`.
public final class SiLU: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { silu(input) }
}

/// x tanh(softplus(x)). PyTorch: `torch.nn.Mish`.
public final class Mish: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { mish(input) }
}

/// 1 / (1 + exp(-x)). PyTorch: `torch.nn.Sigmoid`.
public final class Sigmoid: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { sigmoid(input) }
}

/// Hyperbolic tangent. PyTorch: `torch.nn.Tanh`.
public final class Tanh: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { input.tanh() }
}

/// log(sigmoid(x)). PyTorch: `torch.nn.LogSigmoid`.
public final class LogSigmoid: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { logSigmoid(input) }
}

/// log(1 + exp(beta x)) / beta. PyTorch: `torch.nn.Softplus`.
public final class Softplus: Module, Layer {
    public let beta: Double
    public let threshold: Double
    public init(beta: Double = 1, threshold: Double = 20) {
        self.beta = beta
        self.threshold = threshold
    }
    public func forward(_ input: Tensor) -> Tensor { softplus(input, beta: beta, threshold: threshold) }
}

/// x / (1 + |x|). PyTorch: `torch.nn.Softsign`.
public final class Softsign: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { softsign(input) }
}

/// x moved towards zero by `lambda`. PyTorch: `torch.nn.Softshrink`.
public final class Softshrink: Module, Layer {
    public let lambda: Double
    public init(_ lambda: Double = 0.5) { self.lambda = lambda }
    public func forward(_ input: Tensor) -> Tensor { softshrink(input, lambda: lambda) }
}

/// x, and zero within `-lambda...lambda`. PyTorch: `torch.nn.Hardshrink`.
public final class Hardshrink: Module, Layer {
    public let lambda: Double
    public init(_ lambda: Double = 0.5) { self.lambda = lambda }
    public func forward(_ input: Tensor) -> Tensor { hardshrink(input, lambda: lambda) }
}

/// x - tanh(x). PyTorch: `torch.nn.Tanhshrink`.
public final class Tanhshrink: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { tanhshrink(input) }
}

/// x limited to `min...max`. PyTorch: `torch.nn.Hardtanh`.
public final class Hardtanh: Module, Layer {
    public let min: Double
    public let max: Double
    public init(min: Double = -1, max: Double = 1) {
        self.min = min
        self.max = max
    }
    public func forward(_ input: Tensor) -> Tensor { hardtanh(input, min: min, max: max) }
}

/// A sigmoid of three straight lines. PyTorch: `torch.nn.Hardsigmoid`.
public final class Hardsigmoid: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { hardsigmoid(input) }
}

/// x hardsigmoid(x). PyTorch: `torch.nn.Hardswish`.
public final class Hardswish: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { hardswish(input) }
}

/// x where it is above `threshold`, `value` elsewhere. PyTorch: `torch.nn.Threshold`.
public final class Threshold: Module, Layer {
    public let threshold: Double
    public let value: Double
    public init(_ threshold: Double, _ value: Double) {
        self.threshold = threshold
        self.value = value
    }
    public func forward(_ input: Tensor) -> Tensor { EmberTensor.threshold(input, threshold, value) }
}

/// One half along `dim` times the sigmoid of the other. PyTorch: `torch.nn.GLU`.
public final class GLU: Module, Layer {
    public let dim: Int
    public init(dim: Int = -1) { self.dim = dim }
    public func forward(_ input: Tensor) -> Tensor { glu(input, dim: dim) }
}

/// Exponentials that sum to 1 along `dim`. PyTorch: `torch.nn.Softmax`.
public final class Softmax: Module, Layer {
    public let dim: Int
    public init(dim: Int) { self.dim = dim }
    public func forward(_ input: Tensor) -> Tensor { softmax(input, dim) }
}

/// ``Softmax`` over the channels of (batch, channels, height, width) or (channels, height, width). PyTorch: `torch.nn.Softmax2d`.
public final class Softmax2d: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { softmax(input, -3) }
}

/// Softmax of -x. PyTorch: `torch.nn.Softmin`.
public final class Softmin: Module, Layer {
    public let dim: Int
    public init(dim: Int) { self.dim = dim }
    public func forward(_ input: Tensor) -> Tensor { softmin(input, dim) }
}

/// Logarithms of ``Softmax``. PyTorch: `torch.nn.LogSoftmax`.
public final class LogSoftmax: Module, Layer {
    public let dim: Int
    public init(dim: Int) { self.dim = dim }
    public func forward(_ input: Tensor) -> Tensor { logSoftmax(input, dim) }
}
