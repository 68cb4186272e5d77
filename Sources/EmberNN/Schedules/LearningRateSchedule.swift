import EmberTensor
import Foundation

/// Changes the learning rates of an optimiser's groups from step to step. PyTorch: `torch.optim.lr_scheduler.LRScheduler`.
///
/// Creating a schedule sets the rate for step 0; call ``step()`` after the optimiser's step, once an epoch or once a batch, as the schedule counts.
/// A step changes the present rate, as in PyTorch, so that several schedules of one optimiser multiply.
open class LearningRateSchedule {
    public final let optimizer: Optimizer
    /// How often ``step()`` was called since the start. PyTorch: `last_epoch`.
    public internal(set) final var stepCount = 0
    /// The rates of the groups before any schedule.
    public final let baseLearningRates: [Double]

    public init(_ optimizer: Optimizer) {
        self.optimizer = optimizer
        for g in optimizer.groups.indices where optimizer.groups[g].initialLearningRate == nil {
            optimizer.groups[g].initialLearningRate = optimizer.groups[g][.learningRate]
        }
        baseLearningRates = optimizer.groups.map { $0.initialLearningRate ?? $0[.learningRate] }
    }

    /// The rate of a group for ``stepCount``. - Parameter current: its present rate.
    open func learningRate(_ current: Double, base: Double, group: Int) -> Double { current }

    /// What else a step changes, as a momentum.
    open func changeOthers() {}

    /// Sets the rates for the present step; subclasses call it at the end of their `init`.
    public final func apply() {
        for g in optimizer.groups.indices {
            optimizer[g, .learningRate] = learningRate(optimizer[g, .learningRate], base: baseLearningRates[g], group: g)
        }
        changeOthers()
    }

    /// Goes to the next step.
    open func step() {
        stepCount += 1
        apply()
    }

    /// Starts again at step 0 with the base rates.
    open func restart() {
        stepCount = 0
        for g in optimizer.groups.indices { optimizer[g, .learningRate] = baseLearningRates[g] }
        apply()
    }

    /// The present rates. PyTorch: `get_last_lr`.
    public final var learningRates: [Double] { optimizer.groups.map { $0[.learningRate] } }

    /// Numbers from which ``loadStateDict(_:)`` continues; the rates themselves are in the optimiser's state.
    open func stateDict() -> [String: Double] { ["step": Double(stepCount)] }

    open func loadStateDict(_ state: [String: Double]) throws {
        guard let step = state["step"], step >= 0 else { throw OptimizerStateError(description: "the schedule's state has no step") }
        stepCount = Int(step)
    }

    /// The hyperparameter that plays momentum's part.
    final var momentum: Hyperparameter? { optimizer.has(.momentum) ? .momentum : optimizer.has(.beta1) ? .beta1 : nil }
}

/// Times `gamma` every `stepSize` steps. PyTorch: `StepLR`.
public final class StepSchedule: LearningRateSchedule {
    private let stepSize: Int, gamma: Double

    public init(_ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1) {
        self.stepSize = max(stepSize, 1)
        self.gamma = gamma
        super.init(optimizer)
        apply()
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double {
        stepCount > 0 && stepCount % stepSize == 0 ? current * gamma : current
    }
}

/// Times `gamma` at each milestone. PyTorch: `MultiStepLR`.
public final class MultiStepSchedule: LearningRateSchedule {
    private let milestones: [Int], gamma: Double

    public init(_ optimizer: Optimizer, milestones: [Int], gamma: Double = 0.1) {
        self.milestones = milestones
        self.gamma = gamma
        super.init(optimizer)
        apply()
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double {
        current * pow(gamma, Double(milestones.filter { $0 == stepCount }.count))
    }
}

/// Times `gamma` every step. PyTorch: `ExponentialLR`.
public final class ExponentialSchedule: LearningRateSchedule {
    private let gamma: Double

    public init(_ optimizer: Optimizer, gamma: Double) {
        self.gamma = gamma
        super.init(optimizer)
        apply()
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double { stepCount == 0 ? current : current * gamma }
}

/// Times `factor` for the first `steps` steps. PyTorch: `ConstantLR`.
public final class ConstantSchedule: LearningRateSchedule {
    private let factor: Double, steps: Int

    public init(_ optimizer: Optimizer, factor: Double = 1.0 / 3, steps: Int = 5) {
        self.factor = factor
        self.steps = steps
        super.init(optimizer)
        apply()
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double {
        stepCount == 0 ? current * factor : stepCount == steps ? current / factor : current
    }
}

/// A factor that goes in a straight line from `startFactor` to `endFactor` in `steps` steps: warm-up. PyTorch: `LinearLR`.
public final class LinearSchedule: LearningRateSchedule {
    private let startFactor: Double, endFactor: Double, steps: Int

    public init(_ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1, steps: Int = 5) {
        self.startFactor = startFactor
        self.endFactor = endFactor
        self.steps = steps
        super.init(optimizer)
        apply()
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double {
        if stepCount == 0 { return current * startFactor }
        if stepCount > steps { return current }
        let rise = endFactor - startFactor
        return current * (1 + rise / (Double(steps) * startFactor + Double(stepCount - 1) * rise))
    }
}

/// (1 - step / steps) to a power, 0 from `steps` on. PyTorch: `PolynomialLR`.
public final class PolynomialSchedule: LearningRateSchedule {
    private let steps: Int, power: Double

    public init(_ optimizer: Optimizer, steps: Int = 5, power: Double = 1) {
        self.steps = steps
        self.power = power
        super.init(optimizer)
        apply()
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double {
        guard stepCount > 0, stepCount <= steps else { return current }
        let total = Double(steps), step = Double(stepCount)
        return current * pow((1 - step / total) / (1 - (step - 1) / total), power)
    }
}

/// Half a cosine from the base rate to `minimum` in `steps` steps, and back (Loshchilov & Hutter, arXiv:1608.03983, without restarts).
/// PyTorch: `CosineAnnealingLR`.
public final class CosineAnnealingSchedule: LearningRateSchedule {
    private let steps: Int, minimum: Double

    public init(_ optimizer: Optimizer, steps: Int, minimum: Double = 0) {
        self.steps = max(steps, 1)
        self.minimum = minimum
        super.init(optimizer)
        apply()
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double {
        if stepCount == 0 { return current }
        let length = Double(steps), step = Double(stepCount)
        // Where the recursion would divide by zero.
        if (stepCount - 1 - steps) % (2 * steps) == 0 { return current + (base - minimum) * (1 - cos(.pi / length)) / 2 }
        return (1 + cos(.pi * step / length)) / (1 + cos(.pi * (step - 1) / length)) * (current - minimum) + minimum
    }
}

/// Cosines from the base rate to `minimum`, each `factor` times as long as the last (Loshchilov & Hutter, arXiv:1608.03983).
/// PyTorch: `CosineAnnealingWarmRestarts`.
public final class CosineAnnealingWarmRestartsSchedule: LearningRateSchedule {
    private let firstLength: Int, factor: Int, minimum: Double

    public init(_ optimizer: Optimizer, firstLength: Int, factor: Int = 1, minimum: Double = 0) {
        self.firstLength = max(firstLength, 1)
        self.factor = max(factor, 1)
        self.minimum = minimum
        super.init(optimizer)
        apply()
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double {
        var position = stepCount, length = firstLength
        if factor == 1 {
            position %= length
        } else {
            while position >= length {
                position -= length
                length *= factor
            }
        }
        return minimum + (base - minimum) * (1 + cos(.pi * Double(position) / Double(length))) / 2
    }
}

/// The base rate times a function of the step. PyTorch: `LambdaLR`.
public final class LambdaSchedule: LearningRateSchedule {
    private let factor: (_ step: Int) -> Double

    public init(_ optimizer: Optimizer, factor: @escaping (_ step: Int) -> Double) {
        self.factor = factor
        super.init(optimizer)
        apply()
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double { base * factor(stepCount) }
}

/// Times a function of the step at every step after the first. PyTorch: `MultiplicativeLR`.
public final class MultiplicativeSchedule: LearningRateSchedule {
    private let factor: (_ step: Int) -> Double

    public init(_ optimizer: Optimizer, factor: @escaping (_ step: Int) -> Double) {
        self.factor = factor
        super.init(optimizer)
        apply()
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double {
        stepCount == 0 ? current : current * factor(stepCount)
    }
}
