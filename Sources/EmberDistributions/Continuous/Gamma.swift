import EmberTensor

/// Gamma-distributed numbers of scale 1 with the implicit derivative with respect to their shape: z moves so that P(a, z) stays.
/// M. Figurnov, S. Mohamed and A. Mnih, "Implicit reparameterization gradients", NeurIPS 2018.
private struct StandardGamma: CustomFunction {
    let generator: Generator?

    func forward(_ inputs: [Tensor]) -> [Tensor] { [inputs[0].standardGamma(generator: generator)] }

    func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ cotangents: [Tensor]) -> [Tensor?] {
        [cotangents[0] * inputs[0].gammaPathwiseSlope(outputs[0])]
    }
}

/// The gamma distribution of shape `concentration` and inverse scale `rate`. PyTorch: `torch.distributions.Gamma`.
public struct Gamma: UnivariateFamily, ExponentialFamily {
    public let concentration: Tensor
    public let rate: Tensor
    public let validatesArguments: Bool

    /// Both are positive and broadcast.
    public init(concentration: some DistributionParameter, rate: some DistributionParameter, validate: Bool? = nil) {
        self.init(["concentration": concentration, "rate": rate], validate)
    }

    init(parameters: [Tensor], validates: Bool) { (concentration, rate, validatesArguments) = (parameters[0], parameters[1], validates) }

    var parameters: [Tensor] { [concentration, rate] }
    public static var parameterConstraints: [String: Constraint] { ["concentration": .positive, "rate": .positive] }
    public var support: Constraint { .nonnegative }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { concentration / rate }
    public var mode: Tensor { ((concentration - 1) / rate).clamp(min: 0) }
    public var variance: Tensor { concentration / rate.square() }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let shape = extendedShape(sampleShape)
        let sample = StandardGamma(generator: generator)(concentration.expand(shape))[0] / rate
        // Not 0, which underflow makes of small shapes; the gradient is that of the number that was drawn.
        return sample.maximum(Tensor(dtype.leastNormal, dtype: dtype))
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            concentration.xlogy(rate) + (concentration - 1).xlogy(value) - rate * value - concentration.logGamma()
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { concentration.igamma(rate * value.clamp(min: 0)) }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { concentration.igammaInverse($0) / rate }
    }

    public func entropy() -> Tensor {
        concentration - rate.log() + concentration.logGamma() + (1 - concentration) * concentration.digamma()
    }

    public var naturalParameters: [Tensor] { [concentration - 1, -rate] }
    public func logNormalizer(_ θ: [Tensor]) -> Tensor { (θ[0] + 1).logGamma() - (θ[0] + 1) * (-θ[1]).log() }
    public var meanCarrierMeasure: Tensor? { constant(0) }
}

/// The sum of `df` squared standard normal numbers: Gamma(df/2, 1/2). PyTorch: `torch.distributions.Chi2`.
public struct Chi2: UnivariateFamily {
    /// The degrees of freedom; need not be whole.
    public let df: Tensor
    public let validatesArguments: Bool

    public init(df: some DistributionParameter, validate: Bool? = nil) { self.init(["df": df], validate) }

    init(parameters: [Tensor], validates: Bool) { (df, validatesArguments) = (parameters[0], validates) }

    /// The same distribution as a ``Gamma``.
    public var gamma: Gamma { Gamma(parameters: [df * 0.5, constant(0.5)], validates: validatesArguments) }
    public var generalized: any Distribution { gamma }

    var parameters: [Tensor] { [df] }
    public static var parameterConstraints: [String: Constraint] { ["df": .positive] }
    public var support: Constraint { .nonnegative }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { df }
    public var mode: Tensor { (df - 2).clamp(min: 0) }
    public var variance: Tensor { 2 * df }
    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor { gamma.rsample(sampleShape, generator: generator) }
    public func logProb(_ value: Tensor) -> Tensor { gamma.logProb(value) }
    public func cdf(_ value: Tensor) -> Tensor { gamma.cdf(value) }
    public func icdf(_ probability: Tensor) -> Tensor { gamma.icdf(probability) }
    public func entropy() -> Tensor { gamma.entropy() }
}

/// 1/x of a gamma-distributed x of shape `concentration` and inverse scale `rate`. PyTorch: `torch.distributions.InverseGamma`.
public struct InverseGamma: UnivariateFamily {
    public let concentration: Tensor
    public let rate: Tensor
    public let validatesArguments: Bool

    /// Both are positive and broadcast.
    public init(concentration: some DistributionParameter, rate: some DistributionParameter, validate: Bool? = nil) {
        self.init(["concentration": concentration, "rate": rate], validate)
    }

    init(parameters: [Tensor], validates: Bool) { (concentration, rate, validatesArguments) = (parameters[0], parameters[1], validates) }

    var gamma: Gamma { Gamma(parameters: [concentration, rate], validates: false) }

    var parameters: [Tensor] { [concentration, rate] }
    public static var parameterConstraints: [String: Constraint] { ["concentration": .positive, "rate": .positive] }
    public var support: Constraint { .positive }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { (rate / (concentration - 1)).where(concentration .> 1, else: .infinity) }
    public var mode: Tensor { rate / (concentration + 1) }
    public var variance: Tensor {
        (rate.square() / (concentration - 1).square() / (concentration - 2)).where(concentration .> 2, else: .infinity)
    }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        gamma.rsample(sampleShape, generator: generator).reciprocal()
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            concentration.xlogy(rate) - (concentration + 1) * value.log() - rate / value - concentration.logGamma()
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { concentration.igammac(rate / value.clamp(min: 0)) }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { rate / concentration.igammacInverse($0) }
    }

    public func entropy() -> Tensor {
        concentration + rate.log() + concentration.logGamma() - (1 + concentration) * concentration.digamma()
    }
}
