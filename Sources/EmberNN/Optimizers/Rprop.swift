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
    private static let rule = ElementwiseUpdate(operands: 4, scalars: 7) { x, s in
        let (zero, one) = (s[5], s[6])
        let gradient = s[0] * x[1]
        let agreement = gradient * x[2]
        let turned = ElementwiseUpdate.Value.apply("lt", agreement, zero)
        let kept = ElementwiseUpdate.Value.apply("gt", agreement, zero)
        let factor = ElementwiseUpdate.Value.apply("where", turned, s[1], .apply("where", kept, s[2], one))
        let size = (x[3] * factor).maximum(s[3]).minimum(s[4])
        // After a turn the element waits for one step.
        let used = ElementwiseUpdate.Value.apply("where", turned, zero, gradient)
        return [0: x[0] - used.sign * size, 2: used, 3: size]
    }

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let previous = memory.exclusive("prev") { parameter.value.detach().zerosLike() }
        let size = memory.exclusive("step_size") { parameter.value.detach().fullLike(.double(settings[.learningRate])) }
        Self.rule.run([parameter.exclusive(), gradient, previous, size],
                      scalars: [settings.isOn(.maximize) ? -1 : 1, settings[.etaMinus], settings[.etaPlus], settings[.stepMin],
                                settings[.stepMax], 0, 1])
    }
}
