import EmberTensor
import Foundation

/// Goes from the present rate to a constant one for the phase in which weights are averaged. PyTorch: `torch.optim.swa_utils.SWALR`.
public final class AveragingSchedule: LearningRateSchedule {
    private let target: Double, steps: Int, annealing: Annealing

    /// - Parameters:
    ///   - target: the rate at which weights are averaged.
    ///   - steps: in which it is reached.
    public init(_ optimizer: Optimizer, target: Double, steps: Int = 10, annealing: Annealing = .cosine) {
        self.target = target
        self.steps = max(steps, 0)
        self.annealing = annealing
        super.init(optimizer)
        apply()
    }

    private func share(_ step: Int) -> Double {
        let part = max(0, min(1, Double(step) / Double(max(1, steps))))
        return annealing == .cosine ? (1 - cos(.pi * part)) / 2 : part
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double {
        let step = steps == 0 ? max(1, stepCount) : stepCount
        // The rate from which annealing started, out of the present one: another schedule may have set it.
        let previous = share(step - 1), start = previous == 1 ? target : (current - previous * target) / (1 - previous)
        let now = share(step)
        return now * target + (1 - now) * start
    }
}
