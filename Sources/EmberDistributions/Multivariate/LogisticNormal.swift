import EmberTensor

/// Probability vectors that stick breaking makes of independent normal numbers. PyTorch: `torch.distributions.LogisticNormal`.
public struct LogisticNormal: Distribution {
    let transformed: TransformedDistribution

    /// Along the last dimension, `loc` and `scale` have one element less than the vectors; `scale` is positive.
    public init(loc: Tensor, scale: Tensor, validate: Bool? = nil) {
        let vectors = loc.rank == 0 && !loc.isInert ? loc.reshape([1]) : loc
        let normal = Normal(loc: vectors, scale: scale, validate: validate)
        transformed = TransformedDistribution(normal, [StickBreakingTransform()], validate: validate)
    }

    private init(_ transformed: TransformedDistribution) { self.transformed = transformed }

    public static var parameterConstraints: [String: Constraint] { Normal.parameterConstraints }
    public var batchShape: Shape { transformed.batchShape }
    public var eventShape: Shape { transformed.eventShape }
    public var validatesArguments: Bool { transformed.validatesArguments }
    public var support: Constraint { .simplex }
    public var hasReparameterizedSample: Bool { true }
    public var generalized: any Distribution { transformed }
    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor { transformed.rsample(sampleShape, generator: generator) }
    public func logProb(_ value: Tensor) -> Tensor { evaluated("logProb", at: value) { transformed.logProb($0) } }
    public func expand(_ batchShape: Shape) -> LogisticNormal { LogisticNormal(transformed.expand(batchShape)) }
}
