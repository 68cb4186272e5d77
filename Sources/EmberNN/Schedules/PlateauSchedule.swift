import EmberTensor

/// Whether smaller or larger is better.
public enum MetricDirection: String, Sendable { case min, max }

/// Lowers the rates by `factor` when a metric has not improved for more than `patience` steps. PyTorch: `ReduceLROnPlateau`.
public final class PlateauSchedule {
    public let optimizer: Optimizer
    public let direction: MetricDirection
    public let factor: Double
    public let patience: Int
    /// What counts as an improvement: a part of the best value, or an absolute difference when `isRelative` is false.
    public let threshold: Double
    public let isRelative: Bool
    /// Steps after a reduction in which nothing is counted.
    public let cooldown: Int
    public let minimum: Double
    /// Smaller reductions than this are left out.
    public let epsilon: Double
    /// The best metric so far.
    public private(set) var best: Double
    private var badSteps = 0
    private var cooldownLeft = 0
    public private(set) var stepCount = 0

    public init(_ optimizer: Optimizer, direction: MetricDirection = .min, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
                isRelative: Bool = true, cooldown: Int = 0, minimum: Double = 0, epsilon: Double = 1e-8) {
        self.optimizer = optimizer
        self.direction = direction
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.isRelative = isRelative
        self.cooldown = cooldown
        self.minimum = minimum
        self.epsilon = epsilon
        best = direction == .min ? .infinity : -.infinity
        if factor >= 1 { TensorError("the factor must be below 1, got \(factor)").report(in: "PlateauSchedule") }
    }

    /// Takes notice of a new value of the metric.
    public func step(_ metric: Double) {
        stepCount += 1
        if isImprovement(metric) {
            best = metric
            badSteps = 0
        } else {
            badSteps += 1
        }
        if cooldownLeft > 0 {
            cooldownLeft -= 1
            badSteps = 0
        }
        guard badSteps > patience else { return }
        for g in optimizer.groups.indices {
            let old = optimizer[g, .learningRate], new = max(old * factor, minimum)
            if old - new > epsilon { optimizer[g, .learningRate] = new }
        }
        cooldownLeft = cooldown
        badSteps = 0
    }

    private func isImprovement(_ metric: Double) -> Bool {
        switch (direction, isRelative) {
        case (.min, true): metric < best * (1 - threshold)
        case (.min, false): metric < best - threshold
        case (.max, true): metric > best * (1 + threshold)
        case (.max, false): metric > best + threshold
        }
    }

    public func stateDict() -> [String: Double] {
        ["step": Double(stepCount), "best": best, "badSteps": Double(badSteps), "cooldownLeft": Double(cooldownLeft)]
    }

    public func loadStateDict(_ state: [String: Double]) throws {
        guard let step = state["step"], let best = state["best"], let bad = state["badSteps"], let cooldown = state["cooldownLeft"] else {
            throw OptimizerStateError(description: "the schedule's state lacks step, best, badSteps or cooldownLeft")
        }
        stepCount = Int(step)
        self.best = best
        badSteps = Int(bad)
        cooldownLeft = Int(cooldown)
    }
}
