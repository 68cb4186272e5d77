import EmberTensor

/// Several schedules of one optimiser, one after the other: schedule i + 1 takes over at milestone i and starts at its own step 0.
/// PyTorch: `SequentialLR`.
public final class SequentialSchedule: LearningRateSchedule {
    private let schedules: [LearningRateSchedule], milestones: [Int]

    public init(_ optimizer: Optimizer, _ schedules: [LearningRateSchedule], milestones: [Int]) {
        self.schedules = schedules
        self.milestones = milestones
        super.init(optimizer)
        if milestones.count != schedules.count - 1 || schedules.contains(where: { $0.optimizer !== optimizer }) {
            TensorError("\(schedules.count) schedules of one optimiser need \(schedules.count - 1) milestones, got \(milestones.count)")
                .report(in: "SequentialSchedule")
        }
        // Making the schedules has applied them all; only the first counts.
        schedules.first?.restart()
    }

    override public func step() {
        stepCount += 1
        let i = milestones.filter { $0 <= stepCount }.count
        guard i < schedules.count else { return }
        if i > 0 && milestones[i - 1] == stepCount { schedules[i].restart() } else { schedules[i].step() }
    }

    override public func restart() {
        stepCount = 0
        schedules.first?.restart()
    }

    override public func stateDict() -> [String: Double] { super.stateDict().merging(nested(schedules)) { $1 } }

    override public func loadStateDict(_ state: [String: Double]) throws {
        try super.loadStateDict(state)
        try load(state, into: schedules)
    }
}

/// Several schedules of one optimiser at once: their factors multiply. PyTorch: `ChainedScheduler`.
public final class ChainedSchedule: LearningRateSchedule {
    private let schedules: [LearningRateSchedule]

    public init(_ optimizer: Optimizer, _ schedules: [LearningRateSchedule]) {
        self.schedules = schedules
        super.init(optimizer)
    }

    override public func step() {
        stepCount += 1
        for schedule in schedules { schedule.step() }
    }

    override public func restart() {
        stepCount = 0
        for g in optimizer.groups.indices { optimizer[g, .learningRate] = baseLearningRates[g] }
        for schedule in schedules {
            schedule.stepCount = 0
            schedule.apply()
        }
    }

    override public func stateDict() -> [String: Double] { super.stateDict().merging(nested(schedules)) { $1 } }

    override public func loadStateDict(_ state: [String: Double]) throws {
        try super.loadStateDict(state)
        try load(state, into: schedules)
    }
}

private func nested(_ schedules: [LearningRateSchedule]) -> [String: Double] {
    var result: [String: Double] = [:]
    for (i, schedule) in schedules.enumerated() {
        for (key, value) in schedule.stateDict() { result["\(i).\(key)"] = value }
    }
    return result
}

private func load(_ state: [String: Double], into schedules: [LearningRateSchedule]) throws {
    for (i, schedule) in schedules.enumerated() {
        let own = state.compactMap { key, value in key.hasPrefix("\(i).") ? (String(key.dropFirst("\(i).".count)), value) : nil }
        try schedule.loadStateDict(Dictionary(own) { $1 })
    }
}
