import EmberTensor

/// 1 with probability `probs`, else 0. PyTorch: `torch.distributions.Bernoulli`.
public struct Bernoulli: ExponentialFamily {
    private let parameter: ProbabilityParameter
    public let validatesArguments: Bool

    public init(probs: some DistributionParameter, validate: Bool? = nil) {
        self.init(.probs(Self.checkedParameters(["probs": probs], validate)[0]), validate ?? Distributions.validatesArguments)
    }

    /// `logits` are log-odds, log(p / (1 - p)).
    public init(logits: some DistributionParameter, validate: Bool? = nil) {
        self.init(.logits(Self.checkedParameters(["logits": logits], validate)[0]), validate ?? Distributions.validatesArguments)
    }

    init(_ parameter: ProbabilityParameter, _ validates: Bool) { (self.parameter, validatesArguments) = (parameter, validates) }

    public static var parameterConstraints: [String: Constraint] { ["probs": .unitInterval, "logits": .real] }
    public var probs: Tensor { parameter.probs }
    public var logits: Tensor { parameter.logits }
    public var batchShape: Shape { parameter.given.shape }
    public var support: Constraint { .boolean }
    public var hasEnumerableSupport: Bool { true }
    public var mean: Tensor { probs }
    /// NaN where both values are equally probable.
    public var mode: Tensor { (probs .> 0.5).to(probs.dtype).where(probs .!= 0.5, else: .nan) }
    public var variance: Tensor { probs * parameter.complement }

    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        probs.detach().expand(extendedShape(sampleShape)).bernoulli(generator: generator)
    }

    public func logProb(_ value: Tensor) -> Tensor { evaluated("logProb", at: value) { $0 * logits + logSigmoid(-logits) } }

    public func cdf(_ value: Tensor) -> Tensor {
        let zero = Tensor(0.0, dtype: probs.dtype), below = parameter.complement
        return (below + 0 * value).where(value .< 1, else: 1).where(value .>= 0, else: zero)
    }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { ($0.detach() .> parameter.complement.detach()).to(probs.dtype) }
    }

    public func entropy() -> Tensor { -logSigmoid(-logits) - probs * logits }

    public func enumerateSupport(expand: Bool) -> Tensor { enumerated(count: 2, probs.dtype, expand: expand) }

    public func expand(_ batchShape: Shape) -> Bernoulli { Bernoulli(parameter.map { $0.expand(batchShape) }, validatesArguments) }

    public var naturalParameters: [Tensor] { [logits] }
    public func logNormalizer(_ θ: [Tensor]) -> Tensor { -logSigmoid(-θ[0]) }
    public var meanCarrierMeasure: Tensor? { probs.zerosLike() }
}

extension Distribution {
    /// 0, 1, …, `count` - 1 along a first dimension.
    func enumerated(count: Int, _ dtype: DType, expand: Bool) -> Tensor {
        let values = Tensor.arange(.int(count)).to(dtype).reshape([count] + [Int](repeating: 1, count: batchShape.count))
        return expand ? values.expand([count] + batchShape) : values
    }
}

/// The number of failures before the first success of trials that succeed with probability `probs`. PyTorch:
/// `torch.distributions.Geometric`.
public struct Geometric: Distribution {
    private let parameter: ProbabilityParameter
    public let validatesArguments: Bool

    /// `probs` lies above 0.
    public init(probs: some DistributionParameter, validate: Bool? = nil) {
        self.init(.probs(Self.checkedParameters(["probs": probs], validate)[0]), validate ?? Distributions.validatesArguments)
    }

    /// `logits` are log-odds, log(p / (1 - p)).
    public init(logits: some DistributionParameter, validate: Bool? = nil) {
        self.init(.logits(Self.checkedParameters(["logits": logits], validate)[0]), validate ?? Distributions.validatesArguments)
    }

    private init(_ parameter: ProbabilityParameter, _ validates: Bool) { (self.parameter, validatesArguments) = (parameter, validates) }

    public static var parameterConstraints: [String: Constraint] {
        ["probs": Constraint(.interval, "above 0, and at most 1", bounds: [Tensor(0.0), Tensor(1.0)]) { ($0 .> 0) & ($0 .<= 1) },
         "logits": .real]
    }
    public var probs: Tensor { parameter.probs }
    public var logits: Tensor { parameter.logits }
    public var batchShape: Shape { parameter.given.shape }
    public var support: Constraint { .nonnegativeInteger }
    public var mean: Tensor { parameter.complement / probs }
    public var mode: Tensor { probs.zerosLike() }
    public var variance: Tensor { parameter.complement / probs.square() }

    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        noGrad {
            let dtype = probs.dtype
            let u = Tensor.uniform(extendedShape(sampleShape), from: dtype.leastNormal, to: 1, dtype: dtype, generator: generator)
            return (u.log() / (-probs).log1p()).floor()
        }
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { $0.xlogy(parameter.complement) + probs.log() }
    }

    public func cdf(_ value: Tensor) -> Tensor {
        -((value.floor() + 1).clamp(min: 0) * (-probs).log1p()).expm1()
    }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { p in
            noGrad { ((-p).log1p() / (-probs).log1p() - 1).ceil().clamp(min: 0) }
        }
    }

    public func entropy() -> Tensor { (-logSigmoid(-logits) - probs * logits) / probs }

    public func expand(_ batchShape: Shape) -> Geometric { Geometric(parameter.map { $0.expand(batchShape) }, validatesArguments) }
}
