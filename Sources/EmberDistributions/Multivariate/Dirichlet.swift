import EmberTensor

/// Dirichlet-distributed vectors with the derivative with respect to the concentrations: each moves with its own concentration as the
/// beta-distributed number that it is, and the others shrink in proportion. M. Jankowiak and F. Obermeyer, "Pathwise derivatives beyond the
/// reparameterization trick", ICML 2018, section 4.2; the derivative that PyTorch gives.
private struct DirichletSample: CustomFunction {
    let generator: Generator?

    func forward(_ inputs: [Tensor]) -> [Tensor] { [inputs[0].dirichlet(generator: generator)] }

    func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ cotangents: [Tensor]) -> [Tensor?] {
        let concentration = inputs[0], x = outputs[0], g = cotangents[0]
        let slope = x.betaPathwiseSlope(concentration, concentration.sum(-1, keepDim: true) - concentration) / (1 - x)
        return [slope * (g - (x * g).sum(-1, keepDim: true))]
    }
}

/// Probability vectors, whose logarithms have the weights `concentration` - 1 in the density. PyTorch: `torch.distributions.Dirichlet`.
public struct Dirichlet: ExponentialFamily {
    /// Of shape `batchShape + eventShape`.
    public let concentration: Tensor
    public let validatesArguments: Bool

    /// The concentrations along the last dimension are positive.
    public init(concentration: Tensor, validate: Bool? = nil) {
        let values = Self.checkedParameters(["concentration": concentration], validate)
        self.init(checked: values[0], validates: validate ?? Distributions.validatesArguments)
    }

    init(checked: Tensor, validates: Bool) { (concentration, validatesArguments) = (checked, validates) }

    public static var parameterConstraints: [String: Constraint] { ["concentration": .independent(.positive, 1)] }
    public var batchShape: Shape { Array(concentration.shape.dropLast()) }
    public var eventShape: Shape { Array(concentration.shape.suffix(1)) }
    public var support: Constraint { .simplex }
    public var hasReparameterizedSample: Bool { true }

    private var total: Tensor { concentration.sum(-1, keepDim: true) }

    public var mean: Tensor { concentration / total }

    /// Of concentrations below 1, where the density is unbounded, the corner of the largest one.
    public var mode: Tensor {
        let excess = (concentration - 1).clamp(min: 0)
        let corner = (concentration.detach() .>= concentration.detach().amax(-1, keepDim: true)).to(concentration.dtype)
        return (excess / excess.sum(-1, keepDim: true)).where((concentration .>= 1).any(-1, keepDim: true), else: corner)
    }

    public var variance: Tensor { concentration * (total - concentration) / (total.square() * (total + 1)) }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        DirichletSample(generator: generator)(concentration.expand(extendedShape(sampleShape)))[0]
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            (concentration - 1).xlogy(value).sum(-1) + concentration.sum(-1).logGamma() - concentration.logGamma().sum(-1)
        }
    }

    public func entropy() -> Tensor {
        let sum = concentration.sum(-1), count = Double(concentration.shape.last ?? 0)
        return concentration.logGamma().sum(-1) - sum.logGamma() - (count - sum) * sum.digamma()
            - ((concentration - 1) * concentration.digamma()).sum(-1)
    }

    public func expand(_ batchShape: Shape) -> Dirichlet {
        Dirichlet(checked: concentration.expand(batchShape + eventShape), validates: validatesArguments)
    }

    public var naturalParameters: [Tensor] { [concentration] }
    public func logNormalizer(_ θ: [Tensor]) -> Tensor { θ[0].logGamma().sum(-1) - θ[0].sum(-1).logGamma() }
    public var meanCarrierMeasure: Tensor? { -(mean * 0 + concentration.digamma() - total.digamma()).sum(-1) }
}
