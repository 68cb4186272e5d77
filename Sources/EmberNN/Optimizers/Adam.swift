import EmberTensor
import Foundation

/// Adaptive moments (Kingma & Ba, arXiv:1412.6980); with `amsgrad` the variant of Reddi et al. (ICLR 2018). Weight decay is added to the
/// gradient; ``AdamW`` decouples it. PyTorch: `torch.optim.Adam`.
public class Adam: Optimizer {
    fileprivate init(groups: [ParameterGroup], learningRate: Double, betas: (Double, Double), epsilon: Double, weightDecay: Double,
                     amsgrad: Bool, maximize: Bool, decoupled: Bool) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .beta1: betas.0, .beta2: betas.1, .epsilon: epsilon, .weightDecay: weightDecay,
            .amsgrad: Double(amsgrad), .maximize: Double(maximize), .decoupledWeightDecay: Double(decoupled),
        ])
    }

    public convenience init(_ groups: [ParameterGroup], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
                            weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false) {
        self.init(groups: groups, learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay, amsgrad: amsgrad,
                  maximize: maximize, decoupled: false)
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
                            epsilon: Double = 1e-8, weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay,
                  amsgrad: amsgrad, maximize: maximize)
    }

    private static let plain = ElementwiseUpdate("adam"), amsgrad = ElementwiseUpdate("adam_amsgrad")

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let zeros = { parameter.value.detach().zerosLike() }
        let beta1 = settings[.beta1], beta2 = settings[.beta2], rate = settings[.learningRate]
        let decoupled = settings.isOn(.decoupledWeightDecay), step = Double(memory.step)
        var operands = [parameter.exclusive(), gradient, memory.exclusive("exp_avg", zeros), memory.exclusive("exp_avg_sq", zeros)]
        let scalars = [
            settings.isOn(.maximize) ? -1 : 1, decoupled ? 0 : settings[.weightDecay], decoupled ? 1 - rate * settings[.weightDecay] : 1,
            1 - beta1, beta2, 1 - beta2, (1 - pow(beta2, step)).squareRoot(), settings[.epsilon], rate / (1 - pow(beta1, step)),
        ]
        if settings.isOn(.amsgrad) {
            operands.append(memory.exclusive("max_exp_avg_sq", zeros))
            apply(Self.amsgrad, to: operands, scalars: scalars)
        } else {
            apply(Self.plain, to: operands, scalars: scalars)
        }
    }
}

/// Adam with decoupled weight decay (Loshchilov & Hutter, arXiv:1711.05101): p ← p (1 − γλ) before the step. PyTorch: `torch.optim.AdamW`.
public final class AdamW: Adam {
    public convenience init(_ groups: [ParameterGroup], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
                            weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false) {
        self.init(groups: groups, learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay, amsgrad: amsgrad,
                  maximize: maximize, decoupled: true)
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
                            epsilon: Double = 1e-8, weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay,
                  amsgrad: amsgrad, maximize: maximize)
    }
}
