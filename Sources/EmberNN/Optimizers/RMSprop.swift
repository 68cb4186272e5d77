import EmberTensor

/// Gradients divided by a running root mean square (Hinton, 2012; centred: Graves, arXiv:1308.0850). PyTorch: `torch.optim.RMSprop`.
public final class RMSprop: Optimizer {
    public init(_ groups: [ParameterGroup], learningRate: Double = 1e-2, alpha: Double = 0.99, epsilon: Double = 1e-8, weightDecay: Double = 0,
                momentum: Double = 0, centered: Bool = false, maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .alpha: alpha, .epsilon: epsilon, .weightDecay: weightDecay, .momentum: momentum,
            .centered: Double(centered), .maximize: Double(maximize),
        ])
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-2, alpha: Double = 0.99, epsilon: Double = 1e-8,
                            weightDecay: Double = 0, momentum: Double = 0, centered: Bool = false, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, alpha: alpha, epsilon: epsilon, weightDecay: weightDecay,
                  momentum: momentum, centered: centered, maximize: maximize)
    }

    /// Operands: parameter, gradient, square average, then the gradient average when centred, then the velocity when there is momentum.
    private static let rules = ["rmsprop", "rmsprop_momentum", "rmsprop_centred", "rmsprop_centred_momentum"].map(ElementwiseUpdate.init)

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let zeros = { parameter.value.detach().zerosLike() }
        let centered = settings.isOn(.centered), hasMomentum = settings[.momentum] > 0, alpha = settings[.alpha]
        var operands = [parameter.exclusive(), gradient, memory.exclusive("square_avg", zeros)]
        if centered { operands.append(memory.exclusive("grad_avg", zeros)) }
        if hasMomentum { operands.append(memory.exclusive("momentum_buffer", zeros)) }
        apply(
            Self.rules[(centered ? 2 : 0) + (hasMomentum ? 1 : 0)], to: operands,
            scalars: [settings.isOn(.maximize) ? -1 : 1, settings[.weightDecay], settings[.learningRate], alpha, 1 - alpha,
                      settings[.epsilon], settings[.momentum]])
    }
}
