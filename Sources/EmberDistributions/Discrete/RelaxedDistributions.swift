// Continuous stand-ins for discrete choices, whose samples have gradients. C. J. Maddison, A. Mnih and Y. W. Teh, "The Concrete
// distribution", ICLR 2017; E. Jang, S. Gu and B. Poole, "Categorical reparameterization with Gumbel-Softmax", ICLR 2017.
import EmberTensor

/// The log-odds of ``RelaxedBernoulli``: a logistic number around `logits`, over the temperature.
/// PyTorch: `torch.distributions.relaxed_bernoulli.LogitRelaxedBernoulli`.
public struct LogitRelaxedBernoulli: Distribution {
    /// How far samples stay from 0 and 1; small ones are nearly discrete.
    public let temperature: Tensor
    private let parameter: ProbabilityParameter
    public let validatesArguments: Bool

    /// `temperature` is positive and broadcasts with `probs`.
    public init(temperature: some DistributionParameter, probs: some DistributionParameter, validate: Bool? = nil) {
        let values = Self.checkedParameters(["temperature": temperature, "probs": probs], validate)
        self.init(values[0], .probs(values[1]), validate ?? Distributions.validatesArguments)
    }

    /// `temperature` is positive and broadcasts with `logits`.
    public init(temperature: some DistributionParameter, logits: some DistributionParameter, validate: Bool? = nil) {
        let values = Self.checkedParameters(["temperature": temperature, "logits": logits], validate)
        self.init(values[0], .logits(values[1]), validate ?? Distributions.validatesArguments)
    }

    private init(_ temperature: Tensor, _ parameter: ProbabilityParameter, _ validates: Bool) {
        (self.temperature, self.parameter, validatesArguments) = (temperature, parameter, validates)
    }

    public static var parameterConstraints: [String: Constraint] { ["temperature": .positive, "probs": .unitInterval, "logits": .real] }
    public var probs: Tensor { parameter.probs }
    public var logits: Tensor { parameter.logits }
    public var batchShape: Shape { temperature.shape }
    public var support: Constraint { .real }
    public var hasReparameterizedSample: Bool { true }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let p = probs.clampedToOpenUnitInterval()
        let u = Tensor.rand(extendedShape(sampleShape), dtype: p.dtype, generator: generator).clampedToOpenUnitInterval()
        return (u.log() - (-u).log1p() + p.log() - (-p).log1p()) / temperature
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let difference = logits - value * temperature
            return temperature.log() + difference + 2 * logSigmoid(-difference)
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { (value * temperature - logits).sigmoid() }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { (logits + $0.log() - (-$0).log1p()) / temperature }
    }

    public func expand(_ batchShape: Shape) -> LogitRelaxedBernoulli {
        LogitRelaxedBernoulli(temperature.expand(batchShape), parameter.map { $0.expand(batchShape) }, validatesArguments)
    }
}

/// A number between 0 and 1 that stands for a ``Bernoulli`` one. PyTorch: `torch.distributions.RelaxedBernoulli`.
public struct RelaxedBernoulli: Distribution {
    let base: LogitRelaxedBernoulli

    /// `temperature` is positive and broadcasts with `probs`.
    public init(temperature: some DistributionParameter, probs: some DistributionParameter, validate: Bool? = nil) {
        base = LogitRelaxedBernoulli(temperature: temperature, probs: probs, validate: validate)
    }

    /// `temperature` is positive and broadcasts with `logits`.
    public init(temperature: some DistributionParameter, logits: some DistributionParameter, validate: Bool? = nil) {
        base = LogitRelaxedBernoulli(temperature: temperature, logits: logits, validate: validate)
    }

    private init(_ base: LogitRelaxedBernoulli) { self.base = base }

    public static var parameterConstraints: [String: Constraint] { LogitRelaxedBernoulli.parameterConstraints }
    public var temperature: Tensor { base.temperature }
    public var probs: Tensor { base.probs }
    public var logits: Tensor { base.logits }
    public var validatesArguments: Bool { base.validatesArguments }
    public var batchShape: Shape { base.batchShape }
    public var support: Constraint { .unitInterval }
    public var hasReparameterizedSample: Bool { true }
    public var generalized: any Distribution { transformed }

    private var transformed: TransformedDistribution { TransformedDistribution(base, [SigmoidTransform()], validate: validatesArguments) }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        clippedSigmoid(base.rsample(sampleShape, generator: generator))
    }
    public func logProb(_ value: Tensor) -> Tensor { evaluated("logProb", at: value) { transformed.logProb($0) } }
    public func cdf(_ value: Tensor) -> Tensor { base.cdf(value.clamp(min: 0, max: 1).logit()) }
    public func icdf(_ probability: Tensor) -> Tensor { base.icdf(probability).sigmoid() }
    public func expand(_ batchShape: Shape) -> RelaxedBernoulli { RelaxedBernoulli(base.expand(batchShape)) }
}

/// The logarithm of ``RelaxedOneHotCategorical``. PyTorch: `torch.distributions.relaxed_categorical.ExpRelaxedCategorical`.
public struct ExpRelaxedCategorical: Distribution {
    /// How far samples stay from the corners of the simplex; a number.
    public let temperature: Tensor
    let categorical: Categorical

    /// Weights along the last dimension of `probs`; `temperature` is one positive number.
    public init(temperature: some DistributionParameter, probs: Tensor, validate: Bool? = nil) {
        self.init(Self.checked(temperature, probs.dtype, validate), Categorical(probs: probs, validate: validate))
    }

    /// Log-probabilities along the last dimension of `logits`, up to a constant; `temperature` is one positive number.
    public init(temperature: some DistributionParameter, logits: Tensor, validate: Bool? = nil) {
        self.init(Self.checked(temperature, logits.dtype, validate), Categorical(logits: logits, validate: validate))
    }

    private init(_ temperature: Tensor, _ categorical: Categorical) { (self.temperature, self.categorical) = (temperature, categorical) }

    private static func checked(_ temperature: some DistributionParameter, _ dtype: DType, _ validate: Bool?) -> Tensor {
        let value = temperature.parameterTensor(dtype.isFloatingPoint ? dtype : Tensor.defaultDType)
        return composed("ExpRelaxedCategorical", [value]) { () throws(TensorError) in
            guard value.count == 1 else { throw TensorError("the temperature is one number, got shape \(value.shape)") }
            try check(["temperature"], [value], validate)
            return value.reshape([])
        }
    }

    public static var parameterConstraints: [String: Constraint] {
        Categorical.parameterConstraints.merging(["temperature": .positive]) { own, _ in own }
    }
    public var probs: Tensor { categorical.probs }
    public var logits: Tensor { categorical.logits }
    public var validatesArguments: Bool { categorical.validatesArguments }
    public var batchShape: Shape { categorical.batchShape }
    public var eventShape: Shape { [categorical.categories] }
    /// Vectors whose exponentials sum to 1 are in truth a surface among these.
    public var support: Constraint { .realVector }
    public var hasReparameterizedSample: Bool { true }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let u = Tensor.rand(extendedShape(sampleShape), dtype: logits.dtype, generator: generator).clampedToOpenUnitInterval()
        let scores = (logits - (-u.log()).log()) / temperature
        return scores - scores.logSumExp(-1, keepDim: true)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let count = Double(categorical.categories)
            let score = logits - value * temperature
            let normalized = (score - score.logSumExp(-1, keepDim: true)).sum(-1)
            return normalized + Tensor(count, dtype: logits.dtype).logGamma() + (count - 1) * temperature.log()
        }
    }

    public func expand(_ batchShape: Shape) -> ExpRelaxedCategorical { ExpRelaxedCategorical(temperature, categorical.expand(batchShape)) }
}

/// A probability vector that stands for a ``OneHotCategorical`` one. PyTorch: `torch.distributions.RelaxedOneHotCategorical`.
public struct RelaxedOneHotCategorical: Distribution {
    let base: ExpRelaxedCategorical

    /// Weights along the last dimension of `probs`; `temperature` is one positive number.
    public init(temperature: some DistributionParameter, probs: Tensor, validate: Bool? = nil) {
        base = ExpRelaxedCategorical(temperature: temperature, probs: probs, validate: validate)
    }

    /// Log-probabilities along the last dimension of `logits`, up to a constant; `temperature` is one positive number.
    public init(temperature: some DistributionParameter, logits: Tensor, validate: Bool? = nil) {
        base = ExpRelaxedCategorical(temperature: temperature, logits: logits, validate: validate)
    }

    private init(_ base: ExpRelaxedCategorical) { self.base = base }

    public static var parameterConstraints: [String: Constraint] { ExpRelaxedCategorical.parameterConstraints }
    public var temperature: Tensor { base.temperature }
    public var probs: Tensor { base.probs }
    public var logits: Tensor { base.logits }
    public var validatesArguments: Bool { base.validatesArguments }
    public var batchShape: Shape { base.batchShape }
    public var eventShape: Shape { base.eventShape }
    public var support: Constraint { .simplex }
    public var hasReparameterizedSample: Bool { true }
    public var generalized: any Distribution { TransformedDistribution(base, [ExpTransform()], validate: validatesArguments) }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor { base.rsample(sampleShape, generator: generator).exp() }
    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let log = value.log()
            return base.logProb(log) - log.sum(-1)
        }
    }
    public func expand(_ batchShape: Shape) -> RelaxedOneHotCategorical { RelaxedOneHotCategorical(base.expand(batchShape)) }
}
