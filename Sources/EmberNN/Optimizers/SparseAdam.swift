import EmberTensor
import Foundation

/// Adam for sparse gradients: moments and parameters change in the rows that the gradient names only, so that bias correction counts steps
/// that a row did not see. Takes no dense gradients. PyTorch: `torch.optim.SparseAdam`.
public final class SparseAdam: Optimizer {
    public init(_ groups: [ParameterGroup], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
                maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .beta1: betas.0, .beta2: betas.1, .epsilon: epsilon, .maximize: Double(maximize),
        ])
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
                            epsilon: Double = 1e-8, maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, betas: betas, epsilon: epsilon, maximize: maximize)
    }

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        TensorError("takes sparse gradients only (an embedding with sparse: true); use Adam for dense ones")
            .report(in: "SparseAdam", operands: [gradient])
    }

    public override func update(_ parameter: Parameter, sparseGradient: SparseTensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let gradient = settings.isOn(.maximize) ? -sparseGradient.coalesced() : sparseGradient.coalesced()
        if gradient.storedCount == 0 { return }
        let zeros = { Tensor.zeros(parameter.shape, dtype: parameter.dtype) }
        let beta1 = settings[.beta1], beta2 = settings[.beta2], step = Double(memory.step)
        /// Moves the named rows of a moment towards `new`, and gives them.
        func mixed(_ name: String, _ new: SparseTensor, _ share: Double) -> Tensor {
            let moment = memory.exclusive(name, zeros)
            let old = moment.sparseMask(gradient).values
            let change = new.mapValues { ($0 - old) * share }
            change.add(to: moment)
            return old + change.values
        }
        let first = mixed("exp_avg", gradient, 1 - beta1)
        let second = mixed("exp_avg_sq", gradient.mapValues { $0.square() }, 1 - beta2)
        let size = settings[.learningRate] * (1 - pow(beta2, step)).squareRoot() / (1 - pow(beta1, step))
        var target = parameter.exclusive()
        if !target.isContiguous {
            parameter.value = target.contiguous()
            target = parameter.exclusive()
        }
        gradient.mapValues { _ in first / (second.sqrt() + settings[.epsilon]) }.add(to: target, factor: -size)
    }
}
