import EmberTensor

let logRootTwoPi = 0.91893853320467274178

/// The normal distribution of mean `loc` and standard deviation `scale`. PyTorch: `torch.distributions.Normal`.
public struct Normal: UnivariateFamily, ExponentialFamily {
    public let loc: Tensor
    public let scale: Tensor
    public let validatesArguments: Bool

    /// `loc` and `scale` broadcast; `scale` must be positive.
    public init(loc: some DistributionParameter, scale: some DistributionParameter, validate: Bool? = nil) {
        self.init(["loc": loc, "scale": scale], validate)
    }

    init(parameters: [Tensor], validates: Bool) {
        (loc, scale, validatesArguments) = (parameters[0], parameters[1], validates)
    }

    var parameters: [Tensor] { [loc, scale] }
    public static var parameterConstraints: [String: Constraint] { ["loc": .real, "scale": .positive] }
    public var support: Constraint { .real }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { loc }
    public var mode: Tensor { loc }
    public var variance: Tensor { scale.square() }
    public var stddev: Tensor { scale }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        loc + Tensor.randn(extendedShape(sampleShape), dtype: dtype, generator: generator) * scale
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { -0.5 * ((($0 - loc) / scale).square()) - scale.log() - logRootTwoPi }
    }

    public func cdf(_ value: Tensor) -> Tensor { ((value - loc) / scale).ndtr() }

    public func icdf(_ probability: Tensor) -> Tensor { evaluated("icdf", atProbability: probability) { loc + scale * $0.ndtri() } }

    public func entropy() -> Tensor { scale.log() + (0.5 + logRootTwoPi) }

    public var naturalParameters: [Tensor] { [loc / scale.square(), -0.5 / scale.square()] }
    public func logNormalizer(_ θ: [Tensor]) -> Tensor { -0.25 * θ[0].square() / θ[1] + 0.5 * (-3.14159265358979323846 / θ[1]).log() }
    public var meanCarrierMeasure: Tensor? { constant(0) }
}

/// |x| of a normal x of mean 0 and standard deviation `scale`. PyTorch: `torch.distributions.HalfNormal`.
public struct HalfNormal: UnivariateFamily {
    public let scale: Tensor
    public let validatesArguments: Bool

    public init(scale: some DistributionParameter, validate: Bool? = nil) { self.init(["scale": scale], validate) }

    init(parameters: [Tensor], validates: Bool) { (scale, validatesArguments) = (parameters[0], validates) }

    var parameters: [Tensor] { [scale] }
    public static var parameterConstraints: [String: Constraint] { ["scale": .positive] }
    public var support: Constraint { .nonnegative }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { scale * 0.79788456080286535588 }  // √(2/π)
    public var mode: Tensor { scale.zerosLike() }
    public var variance: Tensor { scale.square() * (1 - 2 / Double.pi) }

    /// The distribution of x before its sign is lost.
    var normal: Normal { Normal(parameters: [scale.zerosLike(), scale], validates: false) }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor { normal.rsample(sampleShape, generator: generator).abs() }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { (normal.logProb($0) + 0.69314718055994530942).where($0 .>= 0, else: -Double.infinity) }
    }

    public func cdf(_ value: Tensor) -> Tensor { (value.clamp(min: 0) / (scale * 1.41421356237309504880)).erf() }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { p in
            // Above one half, from the distance to 1: the normal quantile of (1 - p) / 2.
            scale * (1.41421356237309504880 * p.clamp(max: 0.5).erfinv()).where(p .<= 0.5, else: -((1 - p.clamp(min: 0.5)) * 0.5).ndtri())
        }
    }

    public func entropy() -> Tensor { normal.entropy() - 0.69314718055994530942 }
}

/// exp(x) of a normal x of mean `loc` and standard deviation `scale`. PyTorch: `torch.distributions.LogNormal`.
public struct LogNormal: UnivariateFamily {
    public let loc: Tensor
    public let scale: Tensor
    public let validatesArguments: Bool

    public init(loc: some DistributionParameter, scale: some DistributionParameter, validate: Bool? = nil) {
        self.init(["loc": loc, "scale": scale], validate)
    }

    init(parameters: [Tensor], validates: Bool) { (loc, scale, validatesArguments) = (parameters[0], parameters[1], validates) }

    var parameters: [Tensor] { [loc, scale] }
    public static var parameterConstraints: [String: Constraint] { ["loc": .real, "scale": .positive] }
    public var support: Constraint { .positive }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { (loc + scale.square() * 0.5).exp() }
    public var mode: Tensor { (loc - scale.square()).exp() }
    public var variance: Tensor { scale.square().expm1() * (2 * loc + scale.square()).exp() }

    /// The distribution of the logarithm.
    var normal: Normal { Normal(parameters: [loc, scale], validates: false) }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor { normal.rsample(sampleShape, generator: generator).exp() }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let log = value.log()
            return normal.logProb(log) - log
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { normal.cdf(value.clamp(min: 0).log()) }

    public func icdf(_ probability: Tensor) -> Tensor { evaluated("icdf", atProbability: probability) { normal.icdf($0).exp() } }

    public func entropy() -> Tensor { normal.entropy() + loc }
}
