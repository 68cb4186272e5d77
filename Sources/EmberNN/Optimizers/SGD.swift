import EmberTensor

/// Stochastic gradient descent, with momentum as PyTorch defines it: v ← μ v + (1 − τ) g, p ← p − γ v (Nesterov: p ← p − γ (g + μ v)).
/// PyTorch: `torch.optim.SGD`.
public final class SGD: Optimizer {
    public init(_ groups: [ParameterGroup], learningRate: Double = 1e-3, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
                nesterov: Bool = false, maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .momentum: momentum, .dampening: dampening, .weightDecay: weightDecay,
            .nesterov: Double(nesterov), .maximize: Double(maximize),
        ])
        if nesterov && (momentum <= 0 || dampening != 0) {
            TensorError("Nesterov momentum needs a momentum above 0 and no dampening").report(in: "SGD")
        }
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
                            weightDecay: Double = 0, nesterov: Bool = false, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, momentum: momentum, dampening: dampening,
                  weightDecay: weightDecay, nesterov: nesterov, maximize: maximize)
    }

    private static let plain = ElementwiseUpdate("sgd"), heavyBall = ElementwiseUpdate("sgd_momentum")
    private static let nesterov = ElementwiseUpdate("sgd_nesterov")

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let sign = settings.isOn(.maximize) ? -1.0 : 1, decay = settings[.weightDecay], rate = settings[.learningRate]
        let momentum = settings[.momentum]
        guard momentum != 0 else {
            apply(Self.plain, to: [parameter.exclusive(), gradient], scalars: [sign, decay, rate])
            return
        }
        // The first velocity is the whole gradient, without dampening.
        let isFirst = memory.tensors["momentum_buffer"] == nil
        let velocity = memory.exclusive("momentum_buffer") { parameter.value.detach().zerosLike() }
        let rule = settings.isOn(.nesterov) ? Self.nesterov : Self.heavyBall
        apply(rule, to: [parameter.exclusive(), gradient, velocity],
              scalars: [sign, decay, rate, momentum, isFirst ? 1 : 1 - settings[.dampening]])
    }

    public override func update(_ parameter: Parameter, sparseGradient: SparseTensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        // Momentum and weight decay change every row at every step.
        let target = parameter.exclusive()
        guard settings[.momentum] == 0, settings[.weightDecay] == 0, target.isContiguous else {
            update(parameter, gradient: sparseGradient.toDense(), memory: &memory, settings: settings)
            return
        }
        sparseGradient.add(to: target, factor: (settings.isOn(.maximize) ? 1 : -1) * settings[.learningRate])
    }
}
