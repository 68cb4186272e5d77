import EmberTensor

/// The number of independent events of which `rate` are expected. PyTorch: `torch.distributions.Poisson`.
public struct Poisson: UnivariateFamily, ExponentialFamily, IntegerDistribution {
    public let rate: Tensor
    public let validatesArguments: Bool

    public init(rate: some DistributionParameter, validate: Bool? = nil) { self.init(["rate": rate], validate) }

    init(parameters: [Tensor], validates: Bool) { (rate, validatesArguments) = (parameters[0], validates) }

    var parameters: [Tensor] { [rate] }
    var unchecked: Poisson { Poisson(parameters: [rate], validates: false) }
    var dtype: DType { rate.dtype }
    public static var parameterConstraints: [String: Constraint] { ["rate": .nonnegative] }
    public var support: Constraint { .nonnegativeInteger }
    public var mean: Tensor { rate }
    public var mode: Tensor { rate.floor() }
    public var variance: Tensor { rate }

    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        rate.detach().expand(extendedShape(sampleShape)).poisson(generator: generator)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { $0.xlogy(rate) - rate - ($0 + 1).logGamma() }
    }

    public func cdf(_ value: Tensor) -> Tensor { (value.detach().floor() + 1).clamp(min: 0).igammac(rate).where(value .>= 0, else: 0) }

    public func icdf(_ probability: Tensor) -> Tensor { evaluated("icdf", atProbability: probability) { quantile($0) } }

    public func entropy() -> Tensor { entropyBySummation() }

    public var naturalParameters: [Tensor] { [rate.log()] }
    public func logNormalizer(_ θ: [Tensor]) -> Tensor { θ[0].exp() }
    /// E[-log x!] has no closed form.
    public var meanCarrierMeasure: Tensor? { nil }
}
