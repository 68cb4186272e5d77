// Activations as functions, in `torch.nn.functional`'s sense. Most are rows of the scalar table; the others are composed of rows.

private enum Rows {
    static let logSigmoid = ScalarOperator.named("log_sigmoid")
    static let silu = ScalarOperator.named("silu")
    static let mish = ScalarOperator.named("mish")
    static let gelu = ScalarOperator.named("gelu")
    static let geluTanh = ScalarOperator.named("gelu_tanh")
    static let softplus = ScalarOperator.named("softplus")
    static let elu = ScalarOperator.named("elu")
    static let selu = ScalarOperator.named("selu")
    static let celu = ScalarOperator.named("celu")
    static let softsign = ScalarOperator.named("softsign")
    static let tanhshrink = ScalarOperator.named("tanhshrink")
    static let leakyReLU = ScalarOperator.named("leaky_relu")
    static let hardtanh = ScalarOperator.named("hardtanh")
    static let hardsigmoid = ScalarOperator.named("hardsigmoid")
    static let hardswish = ScalarOperator.named("hardswish")
    static let softshrink = ScalarOperator.named("softshrink")
    static let hardshrink = ScalarOperator.named("hardshrink")
    static let threshold = ScalarOperator.named("threshold")
}

/// max(x, 0). PyTorch: `torch.nn.functional.relu`.
public func relu(_ x: Tensor) -> Tensor { x.relu() }

/// x limited to 0...6. PyTorch: `torch.nn.functional.relu6`.
public func relu6(_ x: Tensor) -> Tensor { hardtanh(x, min: 0, max: 6) }

/// x, times `negativeSlope` below zero. PyTorch: `torch.nn.functional.leaky_relu`.
public func leakyReLU(_ x: Tensor, negativeSlope: Double = 0.01) -> Tensor { Rows.leakyReLU(x, Tensor(wrapping: .double(negativeSlope))) }

/// x, and `alpha` (exp(x) - 1) below zero. PyTorch: `torch.nn.functional.elu`.
public func elu(_ x: Tensor, alpha: Double = 1) -> Tensor { Rows.elu(x, Tensor(wrapping: .double(alpha))) }

/// The self-normalising ELU (Klambauer et al., arXiv:1706.02515). PyTorch: `torch.nn.functional.selu`.
public func selu(_ x: Tensor) -> Tensor { Rows.selu(x) }

/// The continuously differentiable ELU (Barron, arXiv:1704.07483). PyTorch: `torch.nn.functional.celu`.
public func celu(_ x: Tensor, alpha: Double = 1) -> Tensor {
    composed("celu", [x]) { () throws(TensorError) in
        guard alpha != 0 else { throw TensorError("alpha must not be 0") }
        return Rows.celu(x, Tensor(wrapping: .double(alpha)))
    }
}

/// How ``gelu(_:approximate:)`` computes the normal distribution.
public enum GELUApproximation: String, Sendable {
    /// Through the error function.
    case none
    /// Through tanh, as GPT-2 does.
    case tanh
}

/// x Φ(x), Φ the normal distribution (Hendrycks & Gimpel, arXiv:1606.08415). PyTorch: `torch.nn.functional.gelu`.
public func gelu(_ x: Tensor, approximate: GELUApproximation = .none) -> Tensor {
    approximate == .none ? Rows.gelu(x) : Rows.geluTanh(x)
}

/// x sigmoid(x). PyTorch: `torch.nn.functional.silu`.
public func silu(_ x: Tensor) -> Tensor { Rows.silu(x) }

/// x tanh(softplus(x)) (Misra, arXiv:1908.08681). PyTorch: `torch.nn.functional.mish`.
public func mish(_ x: Tensor) -> Tensor { Rows.mish(x) }

/// 1 / (1 + exp(-x)). PyTorch: `torch.sigmoid`.
public func sigmoid(_ x: Tensor) -> Tensor { x.sigmoid() }

/// log(sigmoid(x)) without overflow. PyTorch: `torch.nn.functional.logsigmoid`.
public func logSigmoid(_ x: Tensor) -> Tensor { Rows.logSigmoid(x) }

/// log(1 + exp(beta x)) / beta; x itself where beta x is above `threshold`. PyTorch: `torch.nn.functional.softplus`.
public func softplus(_ x: Tensor, beta: Double = 1, threshold: Double = 20) -> Tensor {
    Rows.softplus(x, Tensor(wrapping: .double(beta)), Tensor(wrapping: .double(threshold)))
}

/// x / (1 + |x|). PyTorch: `torch.nn.functional.softsign`.
public func softsign(_ x: Tensor) -> Tensor { x.dtype.isComplex ? x / (x.abs() + 1.0) : Rows.softsign(x) }

/// x moved towards zero by `lambda`, zero within. PyTorch: `torch.nn.functional.softshrink`.
public func softshrink(_ x: Tensor, lambda: Double = 0.5) -> Tensor {
    composed("softshrink", [x]) { () throws(TensorError) in
        guard lambda >= 0 else { throw TensorError("lambda must not be negative, got \(lambda)") }
        return Rows.softshrink(x, Tensor(wrapping: .double(lambda)))
    }
}

/// x, and zero within `-lambda...lambda`. PyTorch: `torch.nn.functional.hardshrink`.
public func hardshrink(_ x: Tensor, lambda: Double = 0.5) -> Tensor { Rows.hardshrink(x, Tensor(wrapping: .double(lambda))) }

/// x - tanh(x). PyTorch: `torch.nn.functional.tanhshrink`.
public func tanhshrink(_ x: Tensor) -> Tensor { x.dtype.isComplex ? x - x.tanh() : Rows.tanhshrink(x) }

/// x limited to `min...max`. PyTorch: `torch.nn.functional.hardtanh`.
public func hardtanh(_ x: Tensor, min: Double = -1, max: Double = 1) -> Tensor {
    composed("hardtanh", [x]) { () throws(TensorError) in
        guard min <= max else { throw TensorError("min \(min) is above max \(max)") }
        return Rows.hardtanh(x, number(min, for: x), number(max, for: x))
    }
}

/// A sigmoid of three straight lines. PyTorch: `torch.nn.functional.hardsigmoid`.
public func hardsigmoid(_ x: Tensor) -> Tensor { Rows.hardsigmoid(x) }

/// x hardsigmoid(x) (Howard et al., arXiv:1905.02244). PyTorch: `torch.nn.functional.hardswish`.
public func hardswish(_ x: Tensor) -> Tensor { Rows.hardswish(x) }

/// x where it is above `threshold`, `value` elsewhere. PyTorch: `torch.nn.functional.threshold`.
public func threshold(_ x: Tensor, _ threshold: Double, _ value: Double) -> Tensor {
    Rows.threshold(x, number(threshold, for: x), number(value, for: x))
}

/// `value` as an operand that leaves the type of `x` as it is: for integers without its fraction, as PyTorch does.
private func number(_ value: Double, for x: Tensor) -> Tensor {
    Tensor(wrapping: x.dtype.isFloatingPoint || !value.isFinite ? value : value.rounded(.towardZero))
}

/// x, times `weight` below zero; one weight, or one for each channel (dimension 1). PyTorch: `torch.nn.functional.prelu`.
public func prelu(_ x: Tensor, _ weight: Tensor) -> Tensor {
    composed("prelu", [x, weight]) { () throws(TensorError) in
        guard weight.rank <= 1 else { throw TensorError("the weight must have at most one dimension, not shape \(weight.shape)") }
        guard x.rank > 0 || weight.count == 1 else { throw TensorError("a 0-d tensor has no channels for a weight of shape \(weight.shape)") }
        let channels = x.rank > 1 ? x.shape[1] : 1
        guard weight.count == 1 || weight.count == channels else {
            throw TensorError("the weight has \(weight.count) elements; it needs one, or one for each of the \(channels) channels")
        }
        guard weight.dtype == x.dtype else { throw TensorError("input and weight have types \(x.dtype.name) and \(weight.dtype.name)") }
        var shape = [Int](repeating: 1, count: x.rank)
        if x.rank > 1 { shape[1] = weight.count }
        return Rows.leakyReLU(x, weight.reshape(shape))
    }
}

/// x, below zero times a slope: in training one drawn uniformly from `lower...upper` for each element, else their mean.
/// PyTorch: `torch.nn.functional.rrelu`.
public func rrelu(_ x: Tensor, lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, training: Bool = false, generator: Generator? = nil) -> Tensor {
    composed("rrelu", [x]) { () throws(TensorError) in
        guard lower <= upper else { throw TensorError("lower \(lower) is above upper \(upper)") }
        guard training else { return leakyReLU(x, negativeSlope: (lower + upper) / 2) }
        // Only elements that are not positive draw, in float64 and in row-major order: PyTorch's numbers for the same seed.
        let sloped = (x.detach() .<= 0).contiguous()
        let drawn = Tensor.uniform([sloped.to(.int64).sum().item(as: Int.self)], from: lower, to: upper, dtype: .float64,
                                   generator: generator)
        return Rows.leakyReLU(x, Tensor.ones(x.shape, dtype: x.dtype).maskedScatter(sloped, drawn.to(x.dtype)))
    }
}

/// One half along `dim` times the sigmoid of the other (Dauphin et al., arXiv:1612.08083). PyTorch: `torch.nn.functional.glu`.
public func glu(_ x: Tensor, dim: Int = -1) -> Tensor {
    composed("glu", [x]) { () throws(TensorError) in
        guard x.rank > 0 else { throw TensorError("a 0-d tensor has no dimension to halve") }
        let d = try ShapeRule.dim(dim, rank: x.rank)
        guard x.shape[d] % 2 == 0 else { throw TensorError("dimension \(d) has the odd size \(x.shape[d])") }
        let half = x.shape[d] / 2
        return x.narrow(d, start: 0, count: half) * x.narrow(d, start: half, count: half).sigmoid()
    }
}
