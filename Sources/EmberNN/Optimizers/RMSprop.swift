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
    private static func rule(centered: Bool, momentum: Bool) -> ElementwiseUpdate {
        ElementwiseUpdate(operands: 3 + (centered ? 1 : 0) + (momentum ? 1 : 0), scalars: 7) { x, s in
            let gradient = s[0] * x[1] + s[1] * x[0]
            let square = s[3] * x[2] + s[4] * gradient * gradient
            var results = [2: square]
            var variance = square
            if centered {
                let average = x[3] + s[4] * (gradient - x[3])
                results[3] = average
                variance = square - average * average
            }
            var direction = gradient / (variance.squareRoot + s[5])
            if momentum, let velocity = x.last {
                direction = s[6] * velocity + direction
                results[x.count - 1] = direction
            }
            results[0] = x[0] - s[2] * direction
            return results
        }
    }
    private static let rules = [
        rule(centered: false, momentum: false), rule(centered: false, momentum: true),
        rule(centered: true, momentum: false), rule(centered: true, momentum: true),
    ]

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let zeros = { parameter.value.detach().zerosLike() }
        let centered = settings.isOn(.centered), hasMomentum = settings[.momentum] > 0, alpha = settings[.alpha]
        var operands = [parameter.exclusive(), gradient, memory.exclusive("square_avg", zeros)]
        if centered { operands.append(memory.exclusive("grad_avg", zeros)) }
        if hasMomentum { operands.append(memory.exclusive("momentum_buffer", zeros)) }
        Self.rules[(centered ? 2 : 0) + (hasMomentum ? 1 : 0)].run(
            operands, scalars: [settings.isOn(.maximize) ? -1 : 1, settings[.weightDecay], settings[.learningRate], alpha, 1 - alpha,
                                settings[.epsilon], settings[.momentum]])
    }
}
