import EmberTensor

/// A distribution whose last `dims` batch dimensions are event dimensions: of vectors, say, with independent elements.
/// PyTorch: `torch.distributions.Independent`.
public struct Independent: Distribution {
    public let base: any Distribution
    /// How many batch dimensions of the base belong to an event.
    public let dims: Int
    public let validatesArguments: Bool

    /// The base has at least `dims` batch dimensions.
    public init(_ base: any Distribution, dims: Int, validate: Bool? = nil) {
        let fits = dims >= 0 && dims <= base.batchShape.count
        if !fits {
            TensorError("\(dims) dimensions cannot be taken from batch shape \(base.batchShape)").report(in: "Independent")
        }
        self.base = base
        self.dims = fits ? dims : 0
        validatesArguments = validate ?? Distributions.validatesArguments
    }

    public static var parameterConstraints: [String: Constraint] { [:] }
    public var batchShape: Shape { Array(base.batchShape.dropLast(dims)) }
    public var eventShape: Shape { Array(base.batchShape.suffix(dims)) + base.eventShape }
    public var support: Constraint { dims == 0 ? base.support : .independent(base.support, dims) }
    public var hasReparameterizedSample: Bool { base.hasReparameterizedSample }
    public var hasEnumerableSupport: Bool { dims == 0 && base.hasEnumerableSupport }
    public var mean: Tensor { base.mean }
    public var mode: Tensor { base.mode }
    public var variance: Tensor { base.variance }
    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor { base.sample(sampleShape, generator: generator) }
    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor { base.rsample(sampleShape, generator: generator) }
    public func logProb(_ value: Tensor) -> Tensor { evaluated("logProb", at: value) { base.logProb($0).sumRightmost(dims) } }
    public func entropy() -> Tensor { base.entropy().sumRightmost(dims) }

    public func enumerateSupport(expand: Bool) -> Tensor {
        composed("Independent.enumerateSupport", []) { () throws(TensorError) in
            guard dims == 0 else { throw TensorError("the values of \(dims) independent dimensions are too many to list") }
            return base.enumerateSupport(expand: expand)
        }
    }

    public func expand(_ batchShape: Shape) -> Independent {
        Independent(base.expand(batchShape + eventShape.prefix(dims)), dims: dims, validate: validatesArguments)
    }
}
