import EmberTensor
import Foundation

/// Adam with Nesterov momentum (Dozat, ICLR workshop 2016). PyTorch: `torch.optim.NAdam`.
public final class NAdam: Optimizer {
    public init(_ groups: [ParameterGroup], learningRate: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
                weightDecay: Double = 0, momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false, maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .beta1: betas.0, .beta2: betas.1, .epsilon: epsilon, .weightDecay: weightDecay,
            .momentumDecay: momentumDecay, .decoupledWeightDecay: Double(decoupledWeightDecay), .maximize: Double(maximize),
        ])
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999),
                            epsilon: Double = 1e-8, weightDecay: Double = 0, momentumDecay: Double = 4e-3,
                            decoupledWeightDecay: Bool = false, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay,
                  momentumDecay: momentumDecay, decoupledWeightDecay: decoupledWeightDecay, maximize: maximize)
    }

    private static let rule = ElementwiseUpdate("nadam")

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let zeros = { parameter.value.detach().zerosLike() }
        let beta1 = settings[.beta1], beta2 = settings[.beta2], rate = settings[.learningRate], step = Double(memory.step)
        let decay = settings[.weightDecay], decoupled = settings.isOn(.decoupledWeightDecay)
        let mu = beta1 * (1 - 0.5 * pow(0.96, step * settings[.momentumDecay]))
        let nextMu = beta1 * (1 - 0.5 * pow(0.96, (step + 1) * settings[.momentumDecay]))
        let product = (memory.values["mu_product"] ?? 1) * mu
        memory.values["mu_product"] = product
        apply(
            Self.rule, to: [parameter.exclusive(), gradient, memory.exclusive("exp_avg", zeros), memory.exclusive("exp_avg_sq", zeros)],
            scalars: [settings.isOn(.maximize) ? -1 : 1, decoupled ? 0 : decay, decoupled ? 1 - rate * decay : 1, 1 - beta1, beta2, 1 - beta2,
                      1 - pow(beta2, step), settings[.epsilon], rate * (1 - mu) / (1 - product), rate * nextMu / (1 - product * nextMu)])
    }
}
