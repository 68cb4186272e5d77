import EmberTensor

/// Momentum made nearly orthogonal by Newton and Schulz's iteration, for matrices of hidden layers (Jordan et al., 2024); other parameters belong
/// to ``AdamW``. PyTorch: `torch.optim.Muon`.
public final class Muon: Optimizer {
    /// How the learning rate depends on a matrix's shape.
    public enum LearningRateAdjustment: Sendable {
        /// Times √max(1, rows / columns).
        case original
        /// Times 0.2 √max(rows, columns), which gives steps of AdamW's size (Liu et al., arXiv:2502.16982).
        case matchAdamW
    }

    /// The coefficients of the quintic iteration.
    public let coefficients: (Double, Double, Double)

    public init(_ groups: [ParameterGroup], learningRate: Double = 1e-3, weightDecay: Double = 0.1, momentum: Double = 0.95, nesterov: Bool = true,
                coefficients: (Double, Double, Double) = (3.4445, -4.7750, 2.0315), epsilon: Double = 1e-7, steps: Int = 5,
                adjustment: LearningRateAdjustment = .original) {
        self.coefficients = coefficients
        super.init(groups, defaults: [
            .learningRate: learningRate, .weightDecay: weightDecay, .momentum: momentum, .nesterov: Double(nesterov), .epsilon: epsilon,
            .newtonSchulzSteps: Double(steps), .matchAdamWLearningRate: Double(adjustment == .matchAdamW),
        ])
        if let parameter = parameters.first(where: { $0.shape.count != 2 }) {
            TensorError("takes matrices only, not a parameter of shape \(parameter.shape)").report(in: "Muon")
        }
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-3, weightDecay: Double = 0.1, momentum: Double = 0.95,
                            nesterov: Bool = true, coefficients: (Double, Double, Double) = (3.4445, -4.7750, 2.0315),
                            epsilon: Double = 1e-7, steps: Int = 5, adjustment: LearningRateAdjustment = .original) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, weightDecay: weightDecay, momentum: momentum, nesterov: nesterov,
                  coefficients: coefficients, epsilon: epsilon, steps: steps, adjustment: adjustment)
    }

    /// A matrix with nearly the same singular vectors and singular values near 1, in bfloat16 as the original.
    private func orthogonalized(_ gradient: Tensor, steps: Int, epsilon: Double) -> Tensor {
        var x = gradient.to(.bfloat16)
        let isTall = x.shape[0] > x.shape[1]
        if isTall { x = x.transpose(0, 1) }
        x = x / x.vectorNorm().clamp(min: .double(epsilon))
        for _ in 0..<steps {
            let gram = x.matmul(x.transpose(0, 1))
            let update = gram.addmm(gram, gram, beta: .double(coefficients.1), alpha: .double(coefficients.2))
            x = x.addmm(update, x, beta: .double(coefficients.0))
        }
        return isTall ? x.transpose(0, 1) : x
    }

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let rate = settings[.learningRate], momentum = settings[.momentum]
        let old = memory.tensors["momentum_buffer"] ?? gradient.zerosLike()
        let average = old + (gradient - old) * (1 - momentum)
        memory.tensors["momentum_buffer"] = average
        let chosen = settings.isOn(.nesterov) ? gradient + (average - gradient) * momentum : average
        let direction = orthogonalized(chosen, steps: Int(settings[.newtonSchulzSteps]), epsilon: settings[.epsilon])
        let (rows, columns) = (Double(parameter.shape[0]), Double(parameter.shape[1]))
        let ratio = settings.isOn(.matchAdamWLearningRate) ? 0.2 * max(rows, columns).squareRoot() : max(1, rows / columns).squareRoot()
        parameter.update {
            $0 *= 1 - rate * settings[.weightDecay]
            $0 -= direction.to($0.dtype) * (rate * ratio)
        }
    }
}
