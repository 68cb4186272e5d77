import EmberTensor

/// Step sizes by the accumulated squares of each gradient element (Duchi et al., JMLR 2011). PyTorch: `torch.optim.Adagrad`.
public final class Adagrad: Optimizer {
    public init(_ groups: [ParameterGroup], learningRate: Double = 1e-2, learningRateDecay: Double = 0, weightDecay: Double = 0,
                initialAccumulator: Double = 0, epsilon: Double = 1e-10, maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .learningRateDecay: learningRateDecay, .weightDecay: weightDecay,
            .initialAccumulator: initialAccumulator, .epsilon: epsilon, .maximize: Double(maximize),
        ])
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-2, learningRateDecay: Double = 0, weightDecay: Double = 0,
                            initialAccumulator: Double = 0, epsilon: Double = 1e-10, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, learningRateDecay: learningRateDecay, weightDecay: weightDecay,
                  initialAccumulator: initialAccumulator, epsilon: epsilon, maximize: maximize)
    }

    private static let rule = ElementwiseUpdate("adagrad")

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let rate = settings[.learningRate] / (1 + Double(memory.step - 1) * settings[.learningRateDecay])
        let sum = memory.exclusive("sum") { parameter.value.detach().fullLike(.double(settings[.initialAccumulator])) }
        apply(Self.rule, to: [parameter.exclusive(), gradient, sum],
              scalars: [settings.isOn(.maximize) ? -1 : 1, settings[.weightDecay], rate, settings[.epsilon]])
    }

    public override func update(_ parameter: Parameter, sparseGradient: SparseTensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let target = parameter.exclusive()
        guard settings[.weightDecay] == 0, target.isContiguous else {
            update(parameter, gradient: sparseGradient.toDense(), memory: &memory, settings: settings)
            return
        }
        let gradient = settings.isOn(.maximize) ? -sparseGradient.coalesced() : sparseGradient.coalesced()
        let rate = settings[.learningRate] / (1 + Double(memory.step - 1) * settings[.learningRateDecay])
        let sum = memory.exclusive("sum") { parameter.value.detach().contiguous().fullLike(.double(settings[.initialAccumulator])) }
        gradient.mapValues { $0.square() }.add(to: sum)
        let roots = sum.sparseMask(gradient).values.sqrt() + settings[.epsilon]
        gradient.mapValues { $0 / roots }.add(to: target, factor: -rate)
    }
}
