import EmberTensor

/// The beta distribution on the unit interval, of density x^(concentration1 - 1) (1 - x)^(concentration0 - 1) / B.
/// PyTorch: `torch.distributions.Beta`.
public struct Beta: UnivariateFamily, ExponentialFamily {
    /// The first shape, often called α.
    public let concentration1: Tensor
    /// The second shape, often called β.
    public let concentration0: Tensor
    public let validatesArguments: Bool

    /// Both are positive and broadcast.
    public init(concentration1: some DistributionParameter, concentration0: some DistributionParameter, validate: Bool? = nil) {
        self.init(["concentration1": concentration1, "concentration0": concentration0], validate)
    }

    init(parameters: [Tensor], validates: Bool) {
        (concentration1, concentration0, validatesArguments) = (parameters[0], parameters[1], validates)
    }

    var parameters: [Tensor] { [concentration1, concentration0] }
    public static var parameterConstraints: [String: Constraint] { ["concentration1": .positive, "concentration0": .positive] }
    public var support: Constraint { .unitInterval }
    public var hasReparameterizedSample: Bool { true }

    private var total: Tensor { concentration1 + concentration0 }

    /// x and 1 - x as a probability vector.
    private var dirichlet: Dirichlet { Dirichlet(checked: stack([concentration1, concentration0], dim: -1), validates: false) }

    public var mean: Tensor { concentration1 / total }
    public var mode: Tensor { dirichlet.mode.select(-1, 0) }
    public var variance: Tensor { concentration1 * concentration0 / (total.square() * (total + 1)) }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        dirichlet.rsample(sampleShape, generator: generator).select(-1, 0)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            (concentration1 - 1).xlogy(value) + (concentration0 - 1).xlog1py(-value) - logBeta(concentration1, concentration0)
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { value.clamp(min: 0, max: 1).incompleteBeta(concentration1, concentration0) }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { $0.incompleteBetaInverse(concentration1, concentration0) }
    }

    public func entropy() -> Tensor {
        logBeta(concentration1, concentration0) - (concentration1 - 1) * concentration1.digamma()
            - (concentration0 - 1) * concentration0.digamma() + (total - 2) * total.digamma()
    }

    public var naturalParameters: [Tensor] { parameters }
    public func logNormalizer(_ θ: [Tensor]) -> Tensor { logBeta(θ[0], θ[1]) }
    public var meanCarrierMeasure: Tensor? { 2 * total.digamma() - concentration1.digamma() - concentration0.digamma() }
}

/// log B(a, b) = log Γ(a) + log Γ(b) - log Γ(a + b)
func logBeta(_ a: Tensor, _ b: Tensor) -> Tensor { a.logGamma() + b.logGamma() - (a + b).logGamma() }

/// The distribution on the unit interval with distribution function 1 - (1 - x^concentration1)^concentration0: like ``Beta``, in closed
/// form. PyTorch: `torch.distributions.Kumaraswamy`.
public struct Kumaraswamy: UnivariateFamily {
    public let concentration1: Tensor
    public let concentration0: Tensor
    public let validatesArguments: Bool

    /// Both are positive and broadcast.
    public init(concentration1: some DistributionParameter, concentration0: some DistributionParameter, validate: Bool? = nil) {
        self.init(["concentration1": concentration1, "concentration0": concentration0], validate)
    }

    init(parameters: [Tensor], validates: Bool) {
        (concentration1, concentration0, validatesArguments) = (parameters[0], parameters[1], validates)
    }

    var parameters: [Tensor] { [concentration1, concentration0] }
    public static var parameterConstraints: [String: Constraint] { ["concentration1": .positive, "concentration0": .positive] }
    public var support: Constraint { .unitInterval }
    public var hasReparameterizedSample: Bool { true }

    /// The expected n-th power, b B(1 + n/a, b).
    private func moment(_ n: Double) -> Tensor { concentration0 * logBeta(1 + n / concentration1, concentration0).exp() }

    public var mean: Tensor { moment(1) }
    public var variance: Tensor { moment(2) - moment(1).square() }
    /// NaN where the density is not largest inside of the interval.
    public var mode: Tensor {
        let value = ((concentration1 - 1) / (concentration1 * concentration0 - 1)).pow(concentration1.reciprocal())
        return value.where((concentration1 .>= 1) & (concentration0 .>= 1) & ((concentration1 .!= 1) | (concentration0 .!= 1)), else: .nan)
    }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let uniform = Tensor.rand(extendedShape(sampleShape), dtype: dtype, generator: generator)
        return (1 - uniform.pow(concentration0.reciprocal())).pow(concentration1.reciprocal())
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            (concentration1 * concentration0).log() + (concentration1 - 1).xlogy(value)
                + (concentration0 - 1).xlog1py(-value.pow(concentration1))
        }
    }

    public func cdf(_ value: Tensor) -> Tensor {
        -(concentration0 * (-value.clamp(min: 0, max: 1).pow(concentration1)).log1p()).expm1()
    }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { p in
            (-((-p).log1p() / concentration0).expm1()).pow(concentration1.reciprocal())
        }
    }

    public func entropy() -> Tensor {
        let harmonic = (concentration0 + 1).digamma() + eulerGamma
        return 1 - concentration0.reciprocal() + (1 - concentration1.reciprocal()) * harmonic - concentration1.log() - concentration0.log()
    }
}
