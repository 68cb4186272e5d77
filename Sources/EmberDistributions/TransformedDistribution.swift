import EmberTensor

/// The distribution of what transforms make of another distribution's samples. PyTorch: `torch.distributions.TransformedDistribution`.
///
/// ```swift
/// let logistic = TransformedDistribution(Uniform(low: 0, high: 1), [SigmoidTransform().inverted, AffineTransform(loc: a, scale: b)])
/// ```
public struct TransformedDistribution: Distribution {
    public let base: any Distribution
    /// Applied one after another.
    public let transforms: [any Transform]
    public let batchShape: Shape
    public let eventShape: Shape
    public let validatesArguments: Bool

    /// The base is expanded where the transforms broadcast it, and takes as many event dimensions as they need.
    public init(_ base: any Distribution, _ transforms: [any Transform], validate: Bool? = nil) {
        let chain = ComposeTransform(transforms)
        let baseShape = base.batchShape + base.eventShape
        let shape = chain.forwardShape(baseShape)
        let expanded = chain.inverseShape(shape)
        var base = base
        if expanded != baseShape, expanded.count >= base.eventShape.count {
            base = base.expand(Array(expanded.dropLast(base.eventShape.count)))
        }
        let missing = chain.domain.eventDim - base.eventShape.count
        if missing > 0 { base = Independent(base, dims: missing, validate: validate) }
        let eventDim = chain.codomain.eventDim + max(base.eventShape.count - chain.domain.eventDim, 0)
        let cut = max(shape.count - eventDim, 0)
        self.base = base
        self.transforms = transforms
        batchShape = Array(shape.prefix(cut))
        eventShape = Array(shape.suffix(shape.count - cut))
        validatesArguments = validate ?? Distributions.validatesArguments
    }

    public static var parameterConstraints: [String: Constraint] { [:] }
    public var hasReparameterizedSample: Bool { base.hasReparameterizedSample }

    public var support: Constraint {
        guard let last = transforms.last else { return base.support }
        let missing = eventShape.count - last.codomain.eventDim
        return missing > 0 ? .independent(last.codomain, missing) : last.codomain
    }

    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        noGrad { ComposeTransform(transforms)(base.sample(sampleShape, generator: generator)) }
    }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        ComposeTransform(transforms)(base.rsample(sampleShape, generator: generator))
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            var eventDim = eventShape.count
            var y = value
            var jacobians: Tensor?
            for transform in transforms.reversed() {
                let x = transform.inverse(y)
                eventDim += transform.domain.eventDim - transform.codomain.eventDim
                let term = transform.logAbsDetJacobian(x, y).sumRightmost(eventDim - transform.domain.eventDim)
                jacobians = jacobians.map { $0 + term } ?? term
                y = x
            }
            let density = base.logProb(y).sumRightmost(eventDim - base.eventShape.count)
            return jacobians.map { density - $0 } ?? density
        }
    }

    /// For element-wise transforms that grow or fall.
    public func cdf(_ value: Tensor) -> Tensor {
        let chain = ComposeTransform(transforms)
        let below = base.cdf(chain.inverse(value))
        return below.where(chain.sign .> 0, else: 1 - below)
    }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { p in
            let chain = ComposeTransform(transforms)
            return chain(base.icdf(p.where(chain.sign .> 0, else: 1 - p)))
        }
    }

    public func expand(_ batchShape: Shape) -> TransformedDistribution {
        let chain = ComposeTransform(transforms)
        let shape = chain.inverseShape(batchShape + eventShape)
        let expanded = base.expand(Array(shape.dropLast(base.eventShape.count)))
        return TransformedDistribution(expanded, transforms, validate: validatesArguments)
    }
}
