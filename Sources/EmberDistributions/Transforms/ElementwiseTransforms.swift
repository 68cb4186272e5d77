import EmberTensor

/// y = exp(x). PyTorch: `torch.distributions.ExpTransform`.
public struct ExpTransform: Transform {
    public init() {}
    public var domain: Constraint { .real }
    public var codomain: Constraint { .positive }
    public var sign: Tensor { Tensor(1.0) }
    public func callAsFunction(_ x: Tensor) -> Tensor { x.exp() }
    public func inverse(_ y: Tensor) -> Tensor { y.log() }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { x }
}

/// y = x^exponent of positive numbers. PyTorch: `torch.distributions.PowerTransform`.
public struct PowerTransform: Transform {
    public let exponent: Tensor

    public init(_ exponent: some DistributionParameter) { self.exponent = exponent.parameterTensor(exponent.parameterDType ?? .float64) }

    public var domain: Constraint { .positive }
    public var codomain: Constraint { .positive }
    public var sign: Tensor { exponent.sign() }
    public var parameters: [Tensor] { [exponent] }
    public func callAsFunction(_ x: Tensor) -> Tensor { x.pow(exponent.matching(x)) }
    public func inverse(_ y: Tensor) -> Tensor { y.pow((1 / exponent).matching(y)) }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { (exponent.matching(x) * y / x).abs().log() }
    public func forwardShape(_ shape: Shape) -> Shape { broadcastShape(shape, [exponent]) }
    public func inverseShape(_ shape: Shape) -> Shape { broadcastShape(shape, [exponent]) }
}

/// y = 1 / (1 + exp(-x)), kept off 0 and 1. PyTorch: `torch.distributions.SigmoidTransform`.
public struct SigmoidTransform: Transform {
    public init() {}
    public var domain: Constraint { .real }
    public var codomain: Constraint { .unitInterval }
    public var sign: Tensor { Tensor(1.0) }
    public func callAsFunction(_ x: Tensor) -> Tensor { clippedSigmoid(x) }
    public func inverse(_ y: Tensor) -> Tensor {
        let inside = y.clamp(min: .double(y.dtype.leastNormal), max: .double(1 - y.dtype.epsilon))
        return inside.log() - (-inside).log1p()
    }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { logSigmoid(x) + logSigmoid(-x) }
}

/// y = tanh(x). PyTorch: `torch.distributions.TanhTransform`.
public struct TanhTransform: Transform {
    public init() {}
    public var domain: Constraint { .real }
    public var codomain: Constraint { .interval(Tensor(-1.0), Tensor(1.0)) }
    public var sign: Tensor { Tensor(1.0) }
    public func callAsFunction(_ x: Tensor) -> Tensor { x.tanh() }
    public func inverse(_ y: Tensor) -> Tensor { y.atanh() }
    // log(1 - tanh²) without its cancellation for large x.
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { 2 * (0.69314718055994530942 - x + logSigmoid(2 * x)) }
}

/// y = log(1 + exp(x)). PyTorch: `torch.distributions.SoftplusTransform`.
public struct SoftplusTransform: Transform {
    public init() {}
    public var domain: Constraint { .real }
    public var codomain: Constraint { .positive }
    public var sign: Tensor { Tensor(1.0) }
    public func callAsFunction(_ x: Tensor) -> Tensor { -logSigmoid(-x) }
    public func inverse(_ y: Tensor) -> Tensor { (-(-y).expm1()).log() + y }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { logSigmoid(x) }
}

/// y = |x|, whose inverse is taken to be y itself. PyTorch: `torch.distributions.AbsTransform`.
public struct AbsTransform: Transform {
    public init() {}
    public var domain: Constraint { .real }
    public var codomain: Constraint { .nonnegative }
    public var isBijective: Bool { false }
    public func callAsFunction(_ x: Tensor) -> Tensor { x.abs() }
    public func inverse(_ y: Tensor) -> Tensor { y }
}

/// y = loc + scale · x; with `eventDim`, of vectors or matrices. PyTorch: `torch.distributions.AffineTransform`.
public struct AffineTransform: Transform {
    public let loc: Tensor
    public let scale: Tensor
    let eventDim: Int

    public init(loc: some DistributionParameter, scale: some DistributionParameter, eventDim: Int = 0) {
        let dtype = loc.parameterDType ?? scale.parameterDType ?? .float64
        self.loc = loc.parameterTensor(dtype)
        self.scale = scale.parameterTensor(dtype)
        self.eventDim = eventDim
    }

    public var domain: Constraint { eventDim == 0 ? .real : .independent(.real, eventDim) }
    public var codomain: Constraint { domain }
    public var sign: Tensor { scale.sign() }
    public var parameters: [Tensor] { [loc, scale] }
    public func callAsFunction(_ x: Tensor) -> Tensor { loc.matching(x) + scale.matching(x) * x }
    public func inverse(_ y: Tensor) -> Tensor { (y - loc.matching(y)) / scale.matching(y) }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        scale.abs().log().matching(x).expand(forwardShape(x.shape)).sumRightmost(eventDim)
    }
    public func forwardShape(_ shape: Shape) -> Shape { broadcastShape(shape, parameters) }
    public func inverseShape(_ shape: Shape) -> Shape { broadcastShape(shape, parameters) }
}

/// y = F(x) for the distribution function F of a distribution of numbers: uniform numbers from its samples, and samples from uniform
/// numbers backwards. PyTorch: `torch.distributions.CumulativeDistributionTransform`.
public struct CumulativeDistributionTransform: Transform {
    public let distribution: any Distribution

    public init(_ distribution: any Distribution) { self.distribution = distribution }

    public var domain: Constraint { distribution.support }
    public var codomain: Constraint { .unitInterval }
    public var sign: Tensor { Tensor(1.0) }
    public func callAsFunction(_ x: Tensor) -> Tensor { distribution.cdf(x) }
    public func inverse(_ y: Tensor) -> Tensor { distribution.icdf(y) }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { distribution.logProb(x) }
}

extension Tensor {
    /// A parameter that is one number in the type of the values it meets.
    fileprivate func matching(_ values: Tensor) -> Tensor { rank == 0 && values.dtype.isFloatingPoint ? to(values.dtype) : self }
}

/// A sigmoid whose values lie strictly between 0 and 1.
func clippedSigmoid(_ x: Tensor) -> Tensor { x.sigmoid().clamp(min: .double(x.dtype.leastNormal), max: .double(1 - x.dtype.epsilon)) }

/// The shape that `shape` has after broadcasting with tensors; shapes that do not are left to the operator that meets them.
func broadcastShape(_ shape: Shape, _ tensors: [Tensor]) -> Shape {
    tensors.reduce(shape) { shape, tensor in
        let rank = max(shape.count, tensor.rank)
        let a = [Int](repeating: 1, count: rank - shape.count) + shape
        let b = [Int](repeating: 1, count: rank - tensor.rank) + tensor.shape
        return zip(a, b).map { $0 == 1 ? $1 : $0 }
    }
}
