import EmberTensor
import Foundation

/// Adam whose early steps are corrected for the variance of their step size (Liu et al., arXiv:1908.03265). PyTorch: `torch.optim.RAdam`.
public final class RAdam: Optimizer {
    public init(_ groups: [ParameterGroup], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
                weightDecay: Double = 0, decoupledWeightDecay: Bool = false, maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .beta1: betas.0, .beta2: betas.1, .epsilon: epsilon, .weightDecay: weightDecay,
            .decoupledWeightDecay: Double(decoupledWeightDecay), .maximize: Double(maximize),
        ])
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
                            epsilon: Double = 1e-8, weightDecay: Double = 0, decoupledWeightDecay: Bool = false, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay,
                  decoupledWeightDecay: decoupledWeightDecay, maximize: maximize)
    }

    private static let rectified = ElementwiseUpdate("radam"), early = ElementwiseUpdate("radam_early")

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let zeros = { parameter.value.detach().zerosLike() }
        let beta1 = settings[.beta1], beta2 = settings[.beta2], rate = settings[.learningRate], step = Double(memory.step)
        let decay = settings[.weightDecay], decoupled = settings.isOn(.decoupledWeightDecay)
        let correction1 = 1 - pow(beta1, step), correction2 = 1 - pow(beta2, step)
        let longest = 2 / (1 - beta2) - 1
        let length = longest - 2 * step * pow(beta2, step) / correction2
        let operands = [parameter.exclusive(), gradient, memory.exclusive("exp_avg", zeros), memory.exclusive("exp_avg_sq", zeros)]
        var scalars = [settings.isOn(.maximize) ? -1 : 1, decoupled ? 0 : decay, decoupled ? 1 - rate * decay : 1, 1 - beta1, beta2,
                       1 - beta2, rate / correction1]
        if length > 5 {
            let numerator = (length - 4) * (length - 2) * longest, denominator = (longest - 4) * (longest - 2) * length
            scalars[6] *= correction2.squareRoot() * (numerator / denominator).squareRoot()
            apply(Self.rectified, to: operands, scalars: scalars + [settings[.epsilon]])
        } else {  // the variance cannot be estimated yet
            apply(Self.early, to: operands, scalars: scalars)
        }
    }
}
