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

    private typealias Value = ElementwiseUpdate.Value

    private static func moments(_ x: [Value], _ s: [Value]) -> (first: Value, second: Value) {
        let gradient = s[0] * x[1] + s[1] * x[0]
        return (x[2] + s[3] * (gradient - x[2]), s[4] * x[3] + s[5] * gradient * gradient)
    }

    private static let rectified = ElementwiseUpdate(operands: 4, scalars: 8) { x, s in
        let (first, second) = moments(x, s)
        return [0: s[2] * x[0] - s[6] * first / (second.squareRoot + s[7]), 2: first, 3: second]
    }
    /// Before the variance can be estimated: momentum alone.
    private static let early = ElementwiseUpdate(operands: 4, scalars: 7) { x, s in
        let (first, second) = moments(x, s)
        return [0: s[2] * x[0] - s[6] * first, 2: first, 3: second]
    }

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
            Self.rectified.run(operands, scalars: scalars + [settings[.epsilon]])
        } else {
            Self.early.run(operands, scalars: scalars)
        }
    }
}
