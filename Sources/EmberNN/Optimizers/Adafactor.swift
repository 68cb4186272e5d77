import EmberTensor
import Foundation

/// Second moments of matrices by row and column sums alone, steps relative to the parameter's size (Shazeer & Stern, arXiv:1804.04235).
/// PyTorch: `torch.optim.Adafactor`.
public final class Adafactor: Optimizer {
    /// - Parameter epsilons: the lower limit of the second moment's root (nil: the type's machine epsilon), and of the parameter's size.
    public init(_ groups: [ParameterGroup], learningRate: Double = 1e-2, beta2Decay: Double = -0.8, epsilons: (Double?, Double) = (nil, 1e-3),
                clipThreshold: Double = 1, weightDecay: Double = 0, maximize: Bool = false) {
        super.init(groups, defaults: [
            .learningRate: learningRate, .beta2Decay: beta2Decay, .epsilon1: epsilons.0 ?? 0, .epsilon: epsilons.1,
            .clipThreshold: clipThreshold, .weightDecay: weightDecay, .maximize: Double(maximize),
        ])
    }

    public convenience init(_ parameters: [Parameter], learningRate: Double = 1e-2, beta2Decay: Double = -0.8,
                            epsilons: (Double?, Double) = (nil, 1e-3), clipThreshold: Double = 1, weightDecay: Double = 0,
                            maximize: Bool = false) {
        self.init([ParameterGroup(parameters)], learningRate: learningRate, beta2Decay: beta2Decay, epsilons: epsilons,
                  clipThreshold: clipThreshold, weightDecay: weightDecay, maximize: maximize)
    }

    private static func machineEpsilon(_ dtype: DType) -> Double {
        switch dtype {
        case .float64: Double.ulpOfOne
        case .float16: 0x1p-10
        case .bfloat16: 0x1p-7
        default: Double(Float.ulpOfOne)
        }
    }

    public override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        let gradient = settings.isOn(.maximize) ? -gradient : gradient
        let value = parameter.value.detach(), step = Double(memory.step), rate = settings[.learningRate]
        let smallest = settings[.epsilon1] > 0 ? settings[.epsilon1] : Self.machineEpsilon(value.dtype)
        let share = pow(step, settings[.beta2Decay])
        let size: Double = value.vectorNorm().item() / Double(max(value.count, 1)).squareRoot()
        let length = max(settings[.epsilon], size) * min(rate, 1 / step.squareRoot())
        func mixed(_ name: String, _ new: Tensor) -> Tensor {
            let old = memory.tensors[name] ?? new.zerosLike()
            let average = old + (new - old) * share
            memory.tensors[name] = average
            return average
        }
        var estimate: Tensor
        if value.rank > 1 {
            let rows = mixed("row_var", gradient.square().mean(-1, keepDim: true))
            let columns = mixed("col_var", gradient.square().mean(-2, keepDim: true))
            estimate = rows * columns / rows.mean(-2, keepDim: true).clamp(min: .double(smallest))
        } else {
            estimate = mixed("variance", gradient.square())
        }
        let direction = gradient * estimate.clamp(min: .double(smallest * smallest)).rsqrt()
        let excess: Double = direction.vectorNorm().item() / (Double(max(value.count, 1)).squareRoot() * settings[.clipThreshold])
        parameter.update {
            if settings[.weightDecay] != 0 { $0 *= 1 - rate * settings[.weightDecay] }
            $0 -= direction * (length / max(1, excess))
        }
    }

    override func isFreeShaped(_ name: String) -> Bool { name == "row_var" || name == "col_var" }
}
