import EmberTensor
import Foundation

/// Averaged gradient descent (Polyak & Juditsky, 1992); the average of each parameter is `ax` in the state. PyTorch: `torch.optim.ASGD`.
public final class ASGD: Optimizer {
    public init(_ groups: [ParameterGroup], learningRate: Double = 1e-2, lambda: Double = 1e-4, power: Double = 0.75,
                averagingStart: Double = 1e6, weightDecay: Double = 0, maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .lambda: lambda, .averagingPower: power, .averagingStart: averagingStart,
            .weightDecay: weightDecay, .maximize: Double(maximize),
        ])
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-2, lambda: Double = 1e-4, power: Double = 0.75,
                            averagingStart: Double = 1e6, weightDecay: Double = 0, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, lambda: lambda, power: power, averagingStart: averagingStart,
                  weightDecay: weightDecay, maximize: maximize)
    }

    private static let rule = ElementwiseUpdate("asgd")

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let rate = settings[.learningRate], lambda = settings[.lambda], step = Double(memory.step)
        let eta = memory.values["eta"] ?? rate, mu = memory.values["mu"] ?? 1
        apply(Self.rule, to: [parameter.exclusive(), gradient, memory.exclusive("ax") { parameter.value.detach().zerosLike() }],
              scalars: [settings.isOn(.maximize) ? -1 : 1, settings[.weightDecay], 1 - lambda * eta, eta, mu])
        memory.values["eta"] = rate / pow(1 + lambda * rate * step, settings[.averagingPower])
        memory.values["mu"] = 1 / max(1, step - settings[.averagingStart])
    }
}
