import EmberTensor

/// The number of successes in `totalCount` trials that succeed with probability `probs`. PyTorch: `torch.distributions.Binomial`.
public struct Binomial: IntegerDistribution {
    /// The number of trials, of shape `batchShape`.
    public let totalCount: Tensor
    private let parameter: ProbabilityParameter
    public let validatesArguments: Bool

    /// `totalCount` and `probs` broadcast.
    public init(totalCount: some DistributionParameter = 1, probs: some DistributionParameter, validate: Bool? = nil) {
        let values = Self.checkedParameters(["totalCount": totalCount, "probs": probs], validate)
        self.init(values[0], .probs(values[1]), validate ?? Distributions.validatesArguments)
    }

    /// `logits` are log-odds, log(p / (1 - p)).
    public init(totalCount: some DistributionParameter = 1, logits: some DistributionParameter, validate: Bool? = nil) {
        let values = Self.checkedParameters(["totalCount": totalCount, "logits": logits], validate)
        self.init(values[0], .logits(values[1]), validate ?? Distributions.validatesArguments)
    }

    init(_ totalCount: Tensor, _ parameter: ProbabilityParameter, _ validates: Bool) {
        (self.totalCount, self.parameter, validatesArguments) = (totalCount.detach(), parameter, validates)
    }

    public static var parameterConstraints: [String: Constraint] {
        ["totalCount": .nonnegativeInteger, "probs": .unitInterval, "logits": .real]
    }
    public var probs: Tensor { parameter.probs }
    public var logits: Tensor { parameter.logits }
    var dtype: DType { totalCount.dtype }
    var unchecked: Binomial { Binomial(totalCount, parameter, false) }
    public var batchShape: Shape { totalCount.shape }
    public var support: Constraint { .integerInterval(0, totalCount) }
    public var hasEnumerableSupport: Bool { true }
    public var mean: Tensor { totalCount * probs }
    public var mode: Tensor { ((totalCount + 1) * probs).floor().minimum(totalCount) }
    public var variance: Tensor { totalCount * probs * parameter.complement }

    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let shape = extendedShape(sampleShape)
        return .binomial(trials: totalCount.expand(shape), p: probs.detach().expand(shape), generator: generator)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let choices = (totalCount + 1).logGamma() - (value + 1).logGamma() - (totalCount - value + 1).logGamma()
            return choices + value * logits + totalCount * logSigmoid(-logits)
        }
    }

    public func cdf(_ value: Tensor) -> Tensor {
        let k = value.detach().floor().clamp(min: -1.0 as Scalar).minimum(totalCount)
        return parameter.complement.incompleteBeta(totalCount - k, k + 1)
    }

    public func icdf(_ probability: Tensor) -> Tensor { evaluated("icdf", atProbability: probability) { quantile($0) } }

    public func entropy() -> Tensor { entropyBySummation() }

    /// The numbers 0 through `totalCount`, which must be one for the whole batch.
    public func enumerateSupport(expand: Bool) -> Tensor {
        composed("Binomial.enumerateSupport", [totalCount]) { () throws(TensorError) in
            guard totalCount.count > 0 else { throw TensorError("an empty batch has no support") }
            let count = totalCount.max().item()
            guard totalCount.min().item() == count else { throw TensorError("the members of the batch have different total counts") }
            return enumerated(count: Int(count) + 1, dtype, expand: expand)
        }
    }

    public func expand(_ batchShape: Shape) -> Binomial {
        Binomial(totalCount.expand(batchShape), parameter.map { $0.expand(batchShape) }, validatesArguments)
    }
}

/// The number of successes before the `totalCount`-th failure of trials that succeed with probability `probs`; `totalCount` need not be
/// whole. PyTorch: `torch.distributions.NegativeBinomial`.
public struct NegativeBinomial: IntegerDistribution {
    public let totalCount: Tensor
    private let parameter: ProbabilityParameter
    public let validatesArguments: Bool

    /// `totalCount` and `probs` broadcast; `probs` lies below 1.
    public init(totalCount: some DistributionParameter, probs: some DistributionParameter, validate: Bool? = nil) {
        let values = Self.checkedParameters(["totalCount": totalCount, "probs": probs], validate)
        self.init(values[0], .probs(values[1]), validate ?? Distributions.validatesArguments)
    }

    /// `logits` are log-odds, log(p / (1 - p)).
    public init(totalCount: some DistributionParameter, logits: some DistributionParameter, validate: Bool? = nil) {
        let values = Self.checkedParameters(["totalCount": totalCount, "logits": logits], validate)
        self.init(values[0], .logits(values[1]), validate ?? Distributions.validatesArguments)
    }

    private init(_ totalCount: Tensor, _ parameter: ProbabilityParameter, _ validates: Bool) {
        (self.totalCount, self.parameter, validatesArguments) = (totalCount, parameter, validates)
    }

    public static var parameterConstraints: [String: Constraint] {
        ["totalCount": .nonnegative, "probs": .halfOpenInterval(Tensor(0.0), Tensor(1.0)), "logits": .real]
    }
    public var probs: Tensor { parameter.probs }
    public var logits: Tensor { parameter.logits }
    var dtype: DType { totalCount.dtype }
    var unchecked: NegativeBinomial { NegativeBinomial(totalCount, parameter, false) }
    public var batchShape: Shape { totalCount.shape }
    public var support: Constraint { .nonnegativeInteger }
    public var mean: Tensor { totalCount * logits.exp() }
    public var mode: Tensor { ((totalCount - 1) * logits.exp()).floor().clamp(min: 0) }
    public var variance: Tensor { mean / (-logits).sigmoid() }

    /// Poisson numbers whose rates are gamma-distributed.
    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        noGrad {
            let rates = Gamma(parameters: [totalCount, (-logits).exp()], validates: false)
            return rates.sample(sampleShape, generator: generator).poisson(generator: generator)
        }
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let unnormalized = totalCount * logSigmoid(-logits) + value * logSigmoid(logits)
            let choices = (totalCount + value).logGamma() - (value + 1).logGamma() - totalCount.logGamma()
            return unnormalized + choices.where((totalCount + value) .!= 0, else: 0)
        }
    }

    public func cdf(_ value: Tensor) -> Tensor {
        parameter.complement.incompleteBeta(totalCount, (value.detach().floor() + 1).clamp(min: 0))
    }

    public func icdf(_ probability: Tensor) -> Tensor { evaluated("icdf", atProbability: probability) { quantile($0) } }

    public func entropy() -> Tensor { entropyBySummation() }

    public func expand(_ batchShape: Shape) -> NegativeBinomial {
        NegativeBinomial(totalCount.expand(batchShape), parameter.map { $0.expand(batchShape) }, validatesArguments)
    }
}
