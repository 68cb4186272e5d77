import EmberTensor

/// Steps in units of the recent steps (Zeiler, arXiv:1212.5701). PyTorch: `torch.optim.Adadelta`.
public final class Adadelta: Optimizer {
    public init(_ groups: [ParameterGroup], learningRate: Double = 1, rho: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0,
                maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .rho: rho, .epsilon: epsilon, .weightDecay: weightDecay, .maximize: Double(maximize),
        ])
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1, rho: Double = 0.9, epsilon: Double = 1e-6,
                            weightDecay: Double = 0, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, rho: rho, epsilon: epsilon, weightDecay: weightDecay,
                  maximize: maximize)
    }

    private static let rule = ElementwiseUpdate("adadelta")

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let zeros = { parameter.value.detach().zerosLike() }
        let rho = settings[.rho]
        apply(
            Self.rule, to: [parameter.exclusive(), gradient, memory.exclusive("square_avg", zeros), memory.exclusive("acc_delta", zeros)],
            scalars: [settings.isOn(.maximize) ? -1 : 1, settings[.weightDecay], settings[.learningRate], rho, 1 - rho, settings[.epsilon]])
    }
}
