import EmberTensor

/// Step sizes from the signs of successive gradients alone (Riedmiller & Braun, 1993), for full batches. PyTorch: `torch.optim.Rprop`.
public final class Rprop: Optimizer {
    public init(_ groups: [ParameterGroup], learningRate: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2),
                stepSizes: (Double, Double) = (1e-6, 50), maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .etaMinus: etas.0, .etaPlus: etas.1, .stepMin: stepSizes.0, .stepMax: stepSizes.1,
            .maximize: Double(maximize),
        ])
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2),
                            stepSizes: (Double, Double) = (1e-6, 50), maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, etas: etas, stepSizes: stepSizes, maximize: maximize)
    }

    // Scalars: sign, η⁻, η⁺, smallest and largest step, 0, 1.
    private static let rule = ElementwiseUpdate("rprop")

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let previous = memory.exclusive("prev") { parameter.value.detach().zerosLike() }
        let size = memory.exclusive("step_size") { parameter.value.detach().fullLike(.double(settings[.learningRate])) }
        apply(Self.rule, to: [parameter.exclusive(), gradient, previous, size],
              scalars: [settings.isOn(.maximize) ? -1 : 1, settings[.etaMinus], settings[.etaPlus], settings[.stepMin],
                        settings[.stepMax]])
    }
}
