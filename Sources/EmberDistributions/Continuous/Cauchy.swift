import EmberTensor

/// Cauchy's distribution around `loc` with half width at half maximum `scale`; it has no mean. PyTorch: `torch.distributions.Cauchy`.
public struct Cauchy: UnivariateFamily {
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
    public var mean: Tensor { constant(.nan) }
    public var mode: Tensor { loc }
    public var variance: Tensor { constant(.infinity) }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        loc + Tensor.cauchy(extendedShape(sampleShape), dtype: dtype, generator: generator) * scale
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { -1.14472988584940017414 - scale.log() - ((($0 - loc) / scale).square()).log1p() }
    }

    // The angle of the point (loc - value, scale) is exact in the lower tail, where ½ + atan would cancel.
    public func cdf(_ value: Tensor) -> Tensor { scale.atan2(loc - value) / Double.pi }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { p in
            let angle = p * Double.pi
            return loc - scale * (angle.cos() / angle.sin())
        }
    }

    public func entropy() -> Tensor { scale.log() + 2.53102424696929077765 }  // log 4π
}

/// |x| of a Cauchy-distributed x around 0. PyTorch: `torch.distributions.HalfCauchy`.
public struct HalfCauchy: UnivariateFamily {
    public let scale: Tensor
    public let validatesArguments: Bool

    public init(scale: some DistributionParameter, validate: Bool? = nil) { self.init(["scale": scale], validate) }

    init(parameters: [Tensor], validates: Bool) { (scale, validatesArguments) = (parameters[0], validates) }

    var cauchy: Cauchy { Cauchy(parameters: [scale.zerosLike(), scale], validates: false) }

    var parameters: [Tensor] { [scale] }
    public static var parameterConstraints: [String: Constraint] { ["scale": .positive] }
    public var support: Constraint { .nonnegative }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { constant(.infinity) }
    public var mode: Tensor { scale.zerosLike() }
    public var variance: Tensor { constant(.infinity) }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor { cauchy.rsample(sampleShape, generator: generator).abs() }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { (cauchy.logProb($0) + 0.69314718055994530942).where($0 .>= 0, else: -Double.infinity) }
    }

    public func cdf(_ value: Tensor) -> Tensor { (value.clamp(min: 0) / scale).atan() * (2 / Double.pi) }
    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { scale * ($0 * (Double.pi / 2)).tan() }
    }
    public func entropy() -> Tensor { scale.log() + 1.83787706640934548356 }  // log 2π
}

/// The distribution of density exp(-|x - loc| / scale) / (2 scale). PyTorch: `torch.distributions.Laplace`.
public struct Laplace: UnivariateFamily {
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
    public var mean: Tensor { loc }
    public var mode: Tensor { loc }
    public var variance: Tensor { 2 * scale.square() }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let u = Tensor.uniform(extendedShape(sampleShape), from: dtype.epsilon - 1, to: 1, dtype: dtype, generator: generator)
        return loc - scale * u.sign() * (-u.abs()).log1p()
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { -(2 * scale).log() - ($0 - loc).abs() / scale }
    }

    // Each side from its own tail, so that neither cancels.
    public func cdf(_ value: Tensor) -> Tensor {
        let z = (value - loc) / scale
        return (0.5 * z.clamp(max: 0).exp()).where(z .<= 0, else: 1 - 0.5 * (-z.clamp(min: 0)).exp())
    }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { p in
            let lower = (2 * p.clamp(max: 0.5)).log(), upper = -(2 * (1 - p.clamp(min: 0.5))).log()
            return loc + scale * lower.where(p .<= 0.5, else: upper)
        }
    }

    public func entropy() -> Tensor { 1 + (2 * scale).log() }
}
