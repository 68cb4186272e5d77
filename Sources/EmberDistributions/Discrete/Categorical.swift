import EmberTensor

/// One of several categories, as an index from 0 on. PyTorch: `torch.distributions.Categorical`.
public struct Categorical: Distribution {
    private let parameter: ProbabilityParameter
    public let validatesArguments: Bool

    /// Weights along the last dimension, which are not negative; they are divided by their sum.
    public init(probs: Tensor, validate: Bool? = nil) {
        let value = Self.checkedParameters(["probs": probs], validate)[0]
        self.init(.probs(value.isInert ? value : value / value.sum(-1, keepDim: true), categorical: true),
                  validate ?? Distributions.validatesArguments)
    }

    /// Log-probabilities along the last dimension, up to a constant.
    public init(logits: Tensor, validate: Bool? = nil) {
        let value = Self.checkedParameters(["logits": logits], validate)[0]
        self.init(.logits(value.isInert ? value : value - value.logSumExp(-1, keepDim: true), categorical: true),
                  validate ?? Distributions.validatesArguments)
    }

    init(_ parameter: ProbabilityParameter, _ validates: Bool) { (self.parameter, validatesArguments) = (parameter, validates) }

    public static var parameterConstraints: [String: Constraint] {
        ["probs": Constraint(.simplex, "a vector of numbers from 0 on that are not all 0", eventDim: 1) {
            ($0 .>= 0).all(-1) & ($0.sum(-1) .> 0)
        }, "logits": .realVector]
    }
    /// Normalised probabilities, of shape `batchShape + [categories]`.
    public var probs: Tensor { parameter.probs }
    /// Normalised log-probabilities, of shape `batchShape + [categories]`.
    public var logits: Tensor { parameter.logits }
    public var batchShape: Shape { Array(parameter.given.shape.dropLast()) }
    /// The number of categories.
    public var categories: Int { parameter.given.shape.last ?? 0 }
    public var support: Constraint { .integerInterval(0, Tensor(Double(categories - 1))) }
    public var hasEnumerableSupport: Bool { true }
    /// NaN: categories are no numbers.
    public var mean: Tensor { Tensor.full(batchShape, .double(.nan), dtype: probs.dtype) }
    public var variance: Tensor { mean }
    /// The most probable category.
    public var mode: Tensor { probs.detach().argmax(-1) }

    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let count = sampleShape.reduce(1, *)
        guard count > 0, !parameter.given.isInert else { return Tensor.zeros(extendedShape(sampleShape), dtype: .int64) }
        let rows = probs.detach().reshape([-1, categories])
        return rows.multinomial(count, replacement: true, generator: generator).mT.reshape(extendedShape(sampleShape))
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let shape = broadcastShape(value.shape, [logits.detach().select(-1, 0)])
            let index = value.to(.int64).expand(shape).unsqueeze(-1)
            return logits.expand(shape + [categories]).gather(-1, index).squeeze(-1)
        }
    }

    /// The probability of the categories up to `value`, in their order.
    public func cdf(_ value: Tensor) -> Tensor {
        let listed = Tensor.arange(.int(categories)).to(probs.dtype)
        return (probs * (listed .<= value.detach().unsqueeze(-1)).to(probs.dtype)).sum(-1)
    }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { p in
            noGrad { (probs.cumsum(-1) .< p.unsqueeze(-1)).sum(-1).clamp(max: .int(categories - 1)) }
        }
    }

    public func entropy() -> Tensor { -(probs * logits.clamp(min: .double(logits.dtype.mostNegative))).sum(-1) }

    public func enumerateSupport(expand: Bool) -> Tensor { enumerated(count: categories, .int64, expand: expand) }

    public func expand(_ batchShape: Shape) -> Categorical {
        Categorical(parameter.map { $0.expand(batchShape + [categories]) }, validatesArguments)
    }
}

extension DType {
    /// The most negative finite number of a floating-point type. PyTorch: `torch.finfo(dtype).min`.
    var mostNegative: Double {
        switch self {
        case .float16: -65504
        case .float64: -Double.greatestFiniteMagnitude
        default: -Double(Float.greatestFiniteMagnitude) * (self == .bfloat16 ? 0x1.fep0 / 0x1.fffffep0 : 1)
        }
    }
}

/// One of several categories, as a vector with a 1 at its place. PyTorch: `torch.distributions.OneHotCategorical`.
public struct OneHotCategorical: Distribution {
    let categorical: Categorical

    /// Weights along the last dimension, which are not negative; they are divided by their sum.
    public init(probs: Tensor, validate: Bool? = nil) { categorical = Categorical(probs: probs, validate: validate) }

    /// Log-probabilities along the last dimension, up to a constant.
    public init(logits: Tensor, validate: Bool? = nil) { categorical = Categorical(logits: logits, validate: validate) }

    init(_ categorical: Categorical) { self.categorical = categorical }

    public static var parameterConstraints: [String: Constraint] { Categorical.parameterConstraints }
    public var probs: Tensor { categorical.probs }
    public var logits: Tensor { categorical.logits }
    public var validatesArguments: Bool { categorical.validatesArguments }
    public var batchShape: Shape { categorical.batchShape }
    public var eventShape: Shape { [categorical.categories] }
    public var support: Constraint { .oneHot }
    public var hasEnumerableSupport: Bool { true }
    public var mean: Tensor { probs }
    public var mode: Tensor { categorical.mode.oneHot(categorical.categories).to(probs.dtype) }
    public var variance: Tensor { probs * (1 - probs) }

    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        categorical.sample(sampleShape, generator: generator).oneHot(categorical.categories).to(probs.dtype)
    }

    public func logProb(_ value: Tensor) -> Tensor { evaluated("logProb", at: value) { categorical.logProb($0.detach().argmax(-1)) } }
    public func entropy() -> Tensor { categorical.entropy() }

    public func enumerateSupport(expand: Bool) -> Tensor {
        let count = categorical.categories
        let values = Tensor.eye(count, dtype: probs.dtype).reshape([count] + [Int](repeating: 1, count: batchShape.count) + [count])
        return expand ? values.expand([count] + batchShape + [count]) : values
    }

    public func expand(_ batchShape: Shape) -> OneHotCategorical { OneHotCategorical(categorical.expand(batchShape)) }
}

/// ``OneHotCategorical`` whose samples pass gradients to the probabilities as if they were these. Y. Bengio, N. Léonard and A. Courville,
/// "Estimating or propagating gradients through stochastic neurons for conditional computation", 2013.
/// PyTorch: `torch.distributions.OneHotCategoricalStraightThrough`.
public struct OneHotCategoricalStraightThrough: Distribution {
    let oneHot: OneHotCategorical

    /// Weights along the last dimension, which are not negative; they are divided by their sum.
    public init(probs: Tensor, validate: Bool? = nil) { oneHot = OneHotCategorical(probs: probs, validate: validate) }

    /// Log-probabilities along the last dimension, up to a constant.
    public init(logits: Tensor, validate: Bool? = nil) { oneHot = OneHotCategorical(logits: logits, validate: validate) }

    private init(_ oneHot: OneHotCategorical) { self.oneHot = oneHot }

    public static var parameterConstraints: [String: Constraint] { Categorical.parameterConstraints }
    public var generalized: any Distribution { oneHot }
    public var probs: Tensor { oneHot.probs }
    public var logits: Tensor { oneHot.logits }
    public var validatesArguments: Bool { oneHot.validatesArguments }
    public var batchShape: Shape { oneHot.batchShape }
    public var eventShape: Shape { oneHot.eventShape }
    public var support: Constraint { .oneHot }
    public var hasEnumerableSupport: Bool { true }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { oneHot.mean }
    public var mode: Tensor { oneHot.mode }
    public var variance: Tensor { oneHot.variance }
    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        oneHot.sample(sampleShape, generator: generator) + (probs - probs.detach())
    }
    public func logProb(_ value: Tensor) -> Tensor { oneHot.logProb(value) }
    public func entropy() -> Tensor { oneHot.entropy() }
    public func enumerateSupport(expand: Bool) -> Tensor { oneHot.enumerateSupport(expand: expand) }
    public func expand(_ batchShape: Shape) -> OneHotCategoricalStraightThrough { .init(oneHot.expand(batchShape)) }
}

/// How often each category occurs in `totalCount` draws. PyTorch: `torch.distributions.Multinomial`.
public struct Multinomial: Distribution {
    /// The number of draws.
    public let totalCount: Int
    let categorical: Categorical

    /// Weights along the last dimension, which are not negative; they are divided by their sum.
    public init(totalCount: Int = 1, probs: Tensor, validate: Bool? = nil) {
        self.init(Self.checked(totalCount), Categorical(probs: probs, validate: validate))
    }

    /// Log-probabilities along the last dimension, up to a constant.
    public init(totalCount: Int = 1, logits: Tensor, validate: Bool? = nil) {
        self.init(Self.checked(totalCount), Categorical(logits: logits, validate: validate))
    }

    private init(_ totalCount: Int, _ categorical: Categorical) { (self.totalCount, self.categorical) = (totalCount, categorical) }

    private static func checked(_ totalCount: Int) -> Int {
        if totalCount < 0 { TensorError("totalCount must not be negative, got \(totalCount)").report(in: "Multinomial") }
        return max(totalCount, 0)
    }

    public static var parameterConstraints: [String: Constraint] { Categorical.parameterConstraints }
    public var probs: Tensor { categorical.probs }
    public var logits: Tensor { categorical.logits }
    public var validatesArguments: Bool { categorical.validatesArguments }
    public var batchShape: Shape { categorical.batchShape }
    public var eventShape: Shape { [categorical.categories] }
    public var support: Constraint { .multinomial(totalCount) }
    public var mean: Tensor { probs * Double(totalCount) }
    public var variance: Tensor { Double(totalCount) * probs * (1 - probs) }

    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        guard totalCount > 0 else { return Tensor.zeros(extendedShape(sampleShape), dtype: probs.dtype) }
        let draws = categorical.sample([totalCount] + sampleShape, generator: generator)
        return draws.oneHot(categorical.categories).sum(0).to(probs.dtype)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            // 0 draws of a category that cannot occur count 0, not 0 · (-∞).
            let terms = (logits * value).where((value .!= 0) | (logits .> -Double.infinity), else: 0)
            return (value.sum(-1) + 1).logGamma() - (value + 1).logGamma().sum(-1) + terms.sum(-1)
        }
    }

    /// n H(category) - log n! + Σ E[log k!], where k runs through the binomial counts of each category.
    public func entropy() -> Tensor {
        composed("Multinomial.entropy", [probs]) { () throws(TensorError) in
            let n = Double(totalCount), dtype = probs.dtype
            let counts = Tensor.arange(.int(totalCount + 1)).to(dtype)
            let binomial = Binomial(Tensor.full(probs.shape + [1], .double(n), dtype: dtype), .probs(probs.unsqueeze(-1)), false)
            let weights = binomial.logProb(counts).exp()
            let expected = (weights * (counts + 1).logGamma()).sum(-1).sum(-1)
            return n * categorical.entropy() - Tensor(n + 1, dtype: dtype).logGamma() + expected
        }
    }

    public func expand(_ batchShape: Shape) -> Multinomial { Multinomial(totalCount, categorical.expand(batchShape)) }
}
