import EmberTensor

/// A probability distribution, or a batch of independent ones: parameters are tensors, of whose elements each gives a distribution.
///
/// A sample has the shape `sampleShape + batchShape + eventShape`; ``logProb(_:)`` takes values of such a shape and removes the event
/// dimensions. Conforming types are values: two copies never influence each other, and they cross threads.
///
/// What a family has no answer for (the mean of a transformed distribution, say) is an error that says so. PyTorch:
/// `torch.distributions.Distribution`.
public protocol Distribution: Sendable {
    /// The shape over which parameters range. PyTorch: `Distribution.batch_shape`.
    var batchShape: Shape { get }

    /// The shape of one sample of one distribution; `[]` for numbers. PyTorch: `Distribution.event_shape`.
    var eventShape: Shape { get }

    /// The values that can occur. PyTorch: `Distribution.support`.
    var support: Constraint { get }

    /// What the parameters must satisfy, by name. PyTorch: `Distribution.arg_constraints`.
    static var parameterConstraints: [String: Constraint] { get }

    /// Whether values are checked against ``support`` before their probability is computed.
    var validatesArguments: Bool { get }

    /// Whether ``rsample(_:generator:)`` carries gradients to the parameters. PyTorch: `Distribution.has_rsample`.
    var hasReparameterizedSample: Bool { get }

    /// Whether ``enumerateSupport(expand:)`` lists all values. PyTorch: `Distribution.has_enumerate_support`.
    var hasEnumerableSupport: Bool { get }

    /// The expected value, of shape `batchShape + eventShape`. PyTorch: `Distribution.mean`.
    var mean: Tensor { get }

    /// The most probable value. PyTorch: `Distribution.mode`.
    var mode: Tensor { get }

    /// The expected squared distance from the mean, element by element. PyTorch: `Distribution.variance`.
    var variance: Tensor { get }

    /// The square root of the variance. PyTorch: `Distribution.stddev`.
    var stddev: Tensor { get }

    /// Random values of shape `sampleShape + batchShape + eventShape`, without gradients. PyTorch: `Distribution.sample`.
    func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor

    /// Random values that are differentiable functions of the parameters. PyTorch: `Distribution.rsample`.
    func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor

    /// The logarithm of the density, or of the probability, at `value`, which broadcasts with `batchShape + eventShape`.
    /// PyTorch: `Distribution.log_prob`.
    func logProb(_ value: Tensor) -> Tensor

    /// The probability that a number is at most `value`. PyTorch: `Distribution.cdf`.
    func cdf(_ value: Tensor) -> Tensor

    /// The smallest number whose ``cdf(_:)`` is at least `probability`. PyTorch: `Distribution.icdf`.
    func icdf(_ probability: Tensor) -> Tensor

    /// The expected value of -``logProb(_:)``, in nats, of shape `batchShape`. PyTorch: `Distribution.entropy`.
    func entropy() -> Tensor

    /// All values of a discrete distribution along a new first dimension, of shape `[count] + batchShape + eventShape`; without `expand`
    /// the batch dimensions have size 1. PyTorch: `Distribution.enumerate_support`.
    func enumerateSupport(expand: Bool) -> Tensor

    /// The same distribution for a larger batch, with which the present batch shape broadcasts. PyTorch: `Distribution.expand`.
    func expand(_ batchShape: Shape) -> Self

    /// The distribution as a member of a more general family: what ``klDivergence(_:_:)`` takes it for when no rule names its own type.
    var generalized: any Distribution { get }
}

// MARK: What most families share

extension Distribution {
    public var eventShape: Shape { [] }
    public var hasReparameterizedSample: Bool { false }
    public var hasEnumerableSupport: Bool { false }
    public var stddev: Tensor { variance.sqrt() }
    public var generalized: any Distribution { self }

    public var mean: Tensor { unknown("mean") }
    public var mode: Tensor { unknown("mode") }
    public var variance: Tensor { unknown("variance") }
    public func entropy() -> Tensor { unknown("entropy") }
    public func cdf(_ value: Tensor) -> Tensor { unknown("cdf") }
    public func icdf(_ probability: Tensor) -> Tensor { unknown("icdf") }
    public func enumerateSupport(expand: Bool) -> Tensor { unknown("enumerateSupport") }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor { unknown("rsample") }

    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        noGrad { rsample(sampleShape, generator: generator) }
    }

    /// Random values of shape `sampleShape + batchShape + eventShape`, without gradients, from the default generator.
    public func sample(_ sampleShape: Shape = []) -> Tensor { sample(sampleShape, generator: nil) }

    /// Random values that are differentiable functions of the parameters, from the default generator.
    public func rsample(_ sampleShape: Shape = []) -> Tensor { rsample(sampleShape, generator: nil) }

    /// All values of a discrete distribution, for every member of the batch.
    public func enumerateSupport() -> Tensor { enumerateSupport(expand: true) }

    /// exp of the entropy: how many equally probable values would be as uncertain. PyTorch: `Distribution.perplexity`.
    public func perplexity() -> Tensor { entropy().exp() }

    /// `sampleShape + batchShape + eventShape`.
    func extendedShape(_ sampleShape: Shape) -> Shape { sampleShape + batchShape + eventShape }

    /// The failure of a family that has no answer.
    func unknown(_ member: String) -> Tensor {
        TensorError("there is no \(member) of this distribution").report(in: "\(Self.self).\(member)")
        return .inert
    }
}

extension Distribution {
    /// Runs a formula for values after their validation.
    func evaluated(_ member: String, at value: Tensor, _ formula: (Tensor) -> Tensor) -> Tensor {
        composed("\(Self.self).\(member)", [value]) { () throws(TensorError) in
            if validatesArguments { try validate(value) }
            return formula(value)
        }
    }

    /// A formula for probabilities, which must lie in 0...1.
    func evaluated(_ member: String, atProbability p: Tensor, _ formula: (Tensor) -> Tensor) -> Tensor {
        composed("\(Self.self).\(member)", [p]) { () throws(TensorError) in
            if validatesArguments, !Constraint.unitInterval.holds(p) { throw TensorError("probabilities must lie in 0...1") }
            return formula(p)
        }
    }

    /// Fails for values whose shape does not fit or that cannot occur.
    func validate(_ value: Tensor) throws(TensorError) {
        let shape = batchShape + eventShape
        guard value.rank >= eventShape.count else {
            throw TensorError("a value has at least the \(eventShape.count) dimensions of an event of shape \(eventShape), "
                + "got shape \(value.shape)")
        }
        for (own, given) in zip(shape.reversed(), value.shape.reversed()) where own != given && own != 1 && given != 1 {
            throw TensorError("values of shape \(value.shape) do not broadcast with batch shape \(batchShape) "
                + "and event shape \(eventShape)")
        }
        guard support.holds(value) else {
            throw TensorError("some values lie outside of the support, which is \(support)")
        }
    }
}
