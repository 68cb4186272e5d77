import EmberTensor

/// A random choice among the members of a batch: the last batch dimension of `component` is that of the mixture's categories.
/// PyTorch: `torch.distributions.MixtureSameFamily`.
///
/// ```swift
/// let bumps = MixtureSameFamily(Categorical(probs: weights), Normal(loc: centres, scale: widths))
/// ```
public struct MixtureSameFamily: Distribution {
    /// Which component is chosen.
    public let mixture: Categorical
    public let component: any Distribution
    public let validatesArguments: Bool

    /// The batch shape of `component` without its last dimension broadcasts with that of `mixture`.
    public init(_ mixture: Categorical, _ component: any Distribution, validate: Bool? = nil) {
        if component.batchShape.last != mixture.categories {
            TensorError("the component's batch shape \(component.batchShape) must end in the number of categories, \(mixture.categories)")
                .report(in: "MixtureSameFamily")
        }
        self.mixture = mixture
        self.component = component
        validatesArguments = validate ?? Distributions.validatesArguments
    }

    public static var parameterConstraints: [String: Constraint] { [:] }
    public var batchShape: Shape { Array(component.batchShape.dropLast()) }
    public var eventShape: Shape { component.eventShape }
    public var support: Constraint { .mixture(component.support) }

    /// The weights, with dimensions for the event.
    private var weights: Tensor { mixture.probs.reshape(mixture.probs.shape + [Int](repeating: 1, count: eventShape.count)) }
    /// The dimension of the components, counted from the end.
    private var componentDim: Int { -1 - eventShape.count }

    public var mean: Tensor { (weights * component.mean).sum(componentDim) }

    /// By the law of total variance.
    public var variance: Tensor {
        let centre = mean.unsqueeze(componentDim)
        return (weights * (component.variance + (component.mean - centre).square())).sum(componentDim)
    }

    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        noGrad {
            let chosen = mixture.expand(batchShape).sample(sampleShape, generator: generator)
            let samples = component.sample(sampleShape, generator: generator)
            let shape = chosen.shape + [1] + eventShape
            let index = chosen.reshape(chosen.shape + [Int](repeating: 1, count: eventShape.count + 1)).expand(shape)
            return samples.gather(chosen.rank, index).squeeze(chosen.rank)
        }
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            (component.logProb(value.unsqueeze(componentDim)) + mixture.logits.logSoftmax(-1)).logSumExp(-1)
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { (component.cdf(value.unsqueeze(-1)) * mixture.probs).sum(-1) }

    public func expand(_ batchShape: Shape) -> MixtureSameFamily {
        MixtureSameFamily(mixture.expand(batchShape), component.expand(batchShape + [mixture.categories]), validate: validatesArguments)
    }
}
