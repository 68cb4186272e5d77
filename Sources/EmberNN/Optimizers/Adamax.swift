import EmberTensor
import Foundation

/// Adam with the infinity norm (Kingma & Ba, arXiv:1412.6980, section 7.1). PyTorch: `torch.optim.Adamax`.
public final class Adamax: Optimizer {
    public init(_ groups: [ParameterGroup], learningRate: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
                weightDecay: Double = 0, maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .beta1: betas.0, .beta2: betas.1, .epsilon: epsilon, .weightDecay: weightDecay,
            .maximize: Double(maximize),
        ])
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999),
                            epsilon: Double = 1e-8, weightDecay: Double = 0, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay,
                  maximize: maximize)
    }

    private static let rule = ElementwiseUpdate("adamax")

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let zeros = { parameter.value.detach().zerosLike() }
        let beta1 = settings[.beta1]
        apply(
            Self.rule, to: [parameter.exclusive(), gradient, memory.exclusive("exp_avg", zeros), memory.exclusive("exp_inf", zeros)],
            scalars: [settings.isOn(.maximize) ? -1 : 1, settings[.weightDecay], 1 - beta1, settings[.beta2], settings[.epsilon],
                      settings[.learningRate] / (1 - pow(beta1, Double(memory.step)))])
    }
}
