import EmberTensor

let eulerGamma = 0.57721566490153286061

/// Waiting times of events that occur `rate` times per unit. PyTorch: `torch.distributions.Exponential`.
public struct Exponential: UnivariateFamily, ExponentialFamily {
    public let rate: Tensor
    public let validatesArguments: Bool

    public init(rate: some DistributionParameter, validate: Bool? = nil) { self.init(["rate": rate], validate) }

    init(parameters: [Tensor], validates: Bool) { (rate, validatesArguments) = (parameters[0], validates) }

    var parameters: [Tensor] { [rate] }
    public static var parameterConstraints: [String: Constraint] { ["rate": .positive] }
    public var support: Constraint { .nonnegative }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { rate.reciprocal() }
    public var mode: Tensor { rate.zerosLike() }
    public var variance: Tensor { rate.square().reciprocal() }
    public var stddev: Tensor { mean }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        Tensor.exponential(extendedShape(sampleShape), dtype: dtype, generator: generator) / rate
    }

    public func logProb(_ value: Tensor) -> Tensor { evaluated("logProb", at: value) { rate.log() - rate * $0 } }
    public func cdf(_ value: Tensor) -> Tensor { -(-rate * value.clamp(min: 0)).expm1() }
    public func icdf(_ probability: Tensor) -> Tensor { evaluated("icdf", atProbability: probability) { -(-$0).log1p() / rate } }
    public func entropy() -> Tensor { 1 - rate.log() }

    public var naturalParameters: [Tensor] { [-rate] }
    public func logNormalizer(_ θ: [Tensor]) -> Tensor { -(-θ[0]).log() }
    public var meanCarrierMeasure: Tensor? { constant(0) }
}

/// scale · x^(1/concentration) of an exponential x of rate 1. PyTorch: `torch.distributions.Weibull`.
public struct Weibull: UnivariateFamily {
    public let scale: Tensor
    public let concentration: Tensor
    public let validatesArguments: Bool

    /// Both are positive and broadcast.
    public init(scale: some DistributionParameter, concentration: some DistributionParameter, validate: Bool? = nil) {
        self.init(["scale": scale, "concentration": concentration], validate)
    }

    init(parameters: [Tensor], validates: Bool) { (scale, concentration, validatesArguments) = (parameters[0], parameters[1], validates) }

    var parameters: [Tensor] { [scale, concentration] }
    public static var parameterConstraints: [String: Constraint] { ["scale": .positive, "concentration": .positive] }
    public var support: Constraint { .nonnegative }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { scale * (1 + 1 / concentration).logGamma().exp() }
    public var mode: Tensor { scale * ((concentration - 1) / concentration).clamp(min: 0).pow(1 / concentration) }
    public var variance: Tensor {
        scale.square() * ((1 + 2 / concentration).logGamma().exp() - (2 * (1 + 1 / concentration).logGamma()).exp())
    }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        scale * Tensor.exponential(extendedShape(sampleShape), dtype: dtype, generator: generator).pow(1 / concentration)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let ratio = value / scale
            return (concentration / scale).log() + (concentration - 1).xlogy(ratio) - ratio.pow(concentration)
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { -(-(value.clamp(min: 0) / scale).pow(concentration)).expm1() }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { scale * (-(-$0).log1p()).pow(1 / concentration) }
    }

    public func entropy() -> Tensor { eulerGamma * (1 - 1 / concentration) + (scale / concentration).log() + 1 }
}

/// Pareto's distribution of the first type: values from `scale` on, whose tail falls as the power -`alpha`.
/// PyTorch: `torch.distributions.Pareto`.
public struct Pareto: UnivariateFamily {
    public let scale: Tensor
    public let alpha: Tensor
    public let validatesArguments: Bool

    /// Both are positive and broadcast.
    public init(scale: some DistributionParameter, alpha: some DistributionParameter, validate: Bool? = nil) {
        self.init(["scale": scale, "alpha": alpha], validate)
    }

    init(parameters: [Tensor], validates: Bool) { (scale, alpha, validatesArguments) = (parameters[0], parameters[1], validates) }

    var parameters: [Tensor] { [scale, alpha] }
    public static var parameterConstraints: [String: Constraint] { ["scale": .positive, "alpha": .positive] }
    public var support: Constraint { .greaterThanEqual(scale.detach()) }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { (alpha * scale / (alpha - 1)).where(alpha .> 1, else: .infinity) }
    public var mode: Tensor { scale }
    public var variance: Tensor {
        (scale.square() * alpha / ((alpha - 1).square() * (alpha - 2))).where(alpha .> 2, else: .infinity)
    }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        scale * (Tensor.exponential(extendedShape(sampleShape), dtype: dtype, generator: generator) / alpha).exp()
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            (alpha.log() + alpha * scale.log() - (alpha + 1) * value.log()).where(value .>= scale, else: -Double.infinity)
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { -(alpha * (scale / value.maximum(scale)).log()).expm1() }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { scale * (-(-$0).log1p() / alpha).exp() }
    }

    public func entropy() -> Tensor { (scale / alpha).log() + (1 + alpha.reciprocal()) }
}

/// The distribution of maxima: loc - scale · log(x) of an exponential x of rate 1. PyTorch: `torch.distributions.Gumbel`.
public struct Gumbel: UnivariateFamily {
    public let loc: Tensor
    public let scale: Tensor
    public let validatesArguments: Bool

    /// `loc` and `scale` broadcast; `scale` must be positive.
    public init(loc: some DistributionParameter, scale: some DistributionParameter, validate: Bool? = nil) {
        self.init(["loc": loc, "scale": scale], validate)
    }

    init(parameters: [Tensor], validates: Bool) { (loc, scale, validatesArguments) = (parameters[0], parameters[1], validates) }

    var parameters: [Tensor] { [loc, scale] }
    public static var parameterConstraints: [String: Constraint] { ["loc": .real, "scale": .positive] }
    public var support: Constraint { .real }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { loc + scale * eulerGamma }
    public var mode: Tensor { loc }
    public var variance: Tensor { stddev.square() }
    public var stddev: Tensor { scale * 1.28254983016186409554 }  // π / √6

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let uniform = Tensor.rand(extendedShape(sampleShape), dtype: dtype, generator: generator)
        let inside = uniform * (1 - dtype.epsilon - dtype.leastNormal) + dtype.leastNormal
        return loc - scale * (-inside.log()).log()
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let y = (loc - value) / scale
            return y - y.exp() - scale.log()
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { (-((loc - value) / scale).exp()).exp() }
    public func icdf(_ probability: Tensor) -> Tensor { evaluated("icdf", atProbability: probability) { loc - scale * (-$0.log()).log() } }
    public func entropy() -> Tensor { scale.log() + (1 + eulerGamma) }
}
