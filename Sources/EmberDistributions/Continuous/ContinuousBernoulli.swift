import EmberTensor

/// The distribution on the unit interval of density proportional to p^x (1 - p)^(1 - x). G. Loaiza-Ganem and J. P. Cunningham, "The
/// continuous Bernoulli: fixing a pervasive error in variational autoencoders", NeurIPS 2019. PyTorch:
/// `torch.distributions.ContinuousBernoulli`.
///
/// All of it is a function of the logit η = log(p / (1 - p)): the density is exp(ηx) η / (exp(η) - 1), whose limit at η = 0 is uniform.
public struct ContinuousBernoulli: UnivariateFamily, ExponentialFamily {
    private let parameter: ProbabilityParameter
    public let validatesArguments: Bool

    /// `probs` lies between 0 and 1; it is no probability.
    public init(probs: some DistributionParameter, validate: Bool? = nil) {
        let value = Self.checkedParameters(["probs": probs], validate)[0]
        self.init(.probs(value.isInert ? value : value.clampedToOpenUnitInterval()), validate ?? Distributions.validatesArguments)
    }

    public init(logits: some DistributionParameter, validate: Bool? = nil) {
        self.init(.logits(Self.checkedParameters(["logits": logits], validate)[0]), validate ?? Distributions.validatesArguments)
    }

    private init(_ parameter: ProbabilityParameter, _ validates: Bool) { (self.parameter, validatesArguments) = (parameter, validates) }
    init(parameters: [Tensor], validates: Bool) { self.init(.logits(parameters[0]), validates) }

    var parameters: [Tensor] { [logits] }
    public static var parameterConstraints: [String: Constraint] { ["probs": .unitInterval, "logits": .real] }
    public var probs: Tensor { parameter.probs }
    public var logits: Tensor { parameter.logits }
    public var batchShape: Shape { parameter.given.shape }
    public var support: Constraint { .unitInterval }
    public var hasReparameterizedSample: Bool { true }

    /// Where the closed forms of the moments cancel, and series take over.
    private func isNearZero(_ η: Tensor) -> Tensor { η.abs() .< 0.05 }

    /// η, away from 0, for the closed forms.
    private func awayFromZero(_ η: Tensor) -> Tensor { η.where(~isNearZero(η), else: 1) }

    /// Where the distribution is uniform but for terms of order η².
    private func isUniform(_ η: Tensor) -> Tensor { η.abs() .< 1e-6 }

    /// log((exp(η) - 1) / η), as η/2 + log(sinh(η/2) / (η/2)).
    private func logPartition(_ η: Tensor) -> Tensor {
        let size = awayFromZero(η).abs(), square = η.square()
        let series = square * (1.0 / 24 - square * (1.0 / 2880 - square * (1.0 / 181440)))
        let closed = 0.5 * size + (-(-size).expm1()).log() - size.log()
        return 0.5 * η + series.where(isNearZero(η), else: closed)
    }

    public var mean: Tensor {
        let η = logits, far = awayFromZero(η), square = η.square()
        let series = 0.5 + η * (1.0 / 12 - square * (1.0 / 720 - square * (1.0 / 30240)))
        return series.where(isNearZero(η), else: -1 / (-far).expm1() - 1 / far)
    }

    public var variance: Tensor {
        let η = logits, far = awayFromZero(η), square = η.square()
        let series = 1.0 / 12 - square * (1.0 / 240 - square * (1.0 / 6048 - square * (1.0 / 172800)))
        let half = far.abs() * 0.5
        // 1/η² - 1 / (4 sinh²(η/2)), without overflow.
        let tail = (-2 * half).exp() / (-2 * half).expm1().square()
        return series.where(isNearZero(η), else: far.square().reciprocal() - tail)
    }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        quantile(Tensor.rand(extendedShape(sampleShape), dtype: dtype, generator: generator))
    }

    public func logProb(_ value: Tensor) -> Tensor { evaluated("logProb", at: value) { logits * $0 - logPartition(logits) } }

    public func cdf(_ value: Tensor) -> Tensor {
        // (exp(ηx) - 1) / (exp(η) - 1), written in exp(-|η|), which does not overflow.
        let x = value.clamp(min: 0, max: 1), η = logits
        let size = -η.where(~isUniform(η), else: 1).abs()
        let ratio = (size * x).expm1() / size.expm1()
        let closed = ratio * (size * (1 - x)).where(η .> 0, else: 0).exp()
        return (x + x * (x - 1) * 0.5 * η).where(isUniform(η), else: closed)
    }

    public func icdf(_ probability: Tensor) -> Tensor { evaluated("icdf", atProbability: probability) { quantile($0) } }

    private func quantile(_ p: Tensor) -> Tensor {
        let η = logits, far = η.where(~isUniform(η), else: 1)
        // log(1 + p (exp(η) - 1)) / η; for large η with its largest term in front.
        let closed = (p * far.clamp(max: 30).expm1()).log1p() / far
        let large = 1 + (p + (1 - p) * (-far.clamp(min: 30)).exp()).log() / far
        return (p - p * (p - 1) * 0.5 * η).where(isUniform(η), else: closed.where(far .< 30, else: large))
    }

    public func entropy() -> Tensor { logPartition(logits) - logits * mean }

    public var naturalParameters: [Tensor] { [logits] }
    public func logNormalizer(_ θ: [Tensor]) -> Tensor { logPartition(θ[0]) }
    public var meanCarrierMeasure: Tensor? { constant(0) }

    public func expand(_ batchShape: Shape) -> ContinuousBernoulli {
        ContinuousBernoulli(parameter.map { $0.expand(batchShape) }, validatesArguments)
    }
}
