import EmberTensor

/// The uniform distribution on `low..<high`. PyTorch: `torch.distributions.Uniform`.
public struct Uniform: UnivariateFamily {
    public let low: Tensor
    public let high: Tensor
    public let validatesArguments: Bool

    /// `low` must lie below `high`; they broadcast.
    public init(low: some DistributionParameter, high: some DistributionParameter, validate: Bool? = nil) {
        let values = Self.checkedParameters(["low": low, "high": high], validate)
        let validates = validate ?? Distributions.validatesArguments
        let checked = composed("Uniform", values, outputs: 2) { () throws(TensorError) in
            guard !validates || (values[0].detach() .< values[1].detach()).all().item(as: Bool.self) else {
                throw TensorError("low must be below high")
            }
            return values
        }
        self.init(parameters: checked, validates: validates)
    }

    init(parameters: [Tensor], validates: Bool) { (low, high, validatesArguments) = (parameters[0], parameters[1], validates) }

    var parameters: [Tensor] { [low, high] }
    public static var parameterConstraints: [String: Constraint] { ["low": .real, "high": .real] }
    public var support: Constraint { .interval(low.detach(), high.detach()) }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { (low + high) * 0.5 }
    /// NaN: all values are equally probable.
    public var mode: Tensor { constant(.nan) }
    public var variance: Tensor { (high - low).square() / 12 }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        low + Tensor.rand(extendedShape(sampleShape), dtype: dtype, generator: generator) * (high - low)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            // The sum with the value gives the result's shape.
            (value * 0 - (high - low).log()).where((value .>= low) & (value .< high), else: -Double.infinity)
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { ((value - low) / (high - low)).clamp(min: 0, max: 1) }

    public func icdf(_ probability: Tensor) -> Tensor { evaluated("icdf", atProbability: probability) { low + $0 * (high - low) } }

    public func entropy() -> Tensor { (high - low).log() }
}
