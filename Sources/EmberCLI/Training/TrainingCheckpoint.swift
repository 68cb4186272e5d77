import Ember

/// A checkpoint of `ember train`: the state of the run, and what the program wants to find again in it.
struct TrainingCheckpoint: Sendable {
    let settings: TrainingSettings
    /// Rows of the table so far.
    let history: [EpochStatistics]
    /// The epoch that was interrupted, nil between epochs.
    let partialEpoch: PartialEpoch?
    private let snapshot: RunSnapshot

    struct PartialEpoch {
        var statistics: RunningStatistics
        var seconds: Double
    }

    /// Optimiser steps done.
    var step: Int { snapshot.step }
    /// Batches of the interrupted epoch that are done.
    var batchesTaken: Int { snapshot.position?.batchesTaken ?? 0 }

    /// Everything as it is now.
    init(
        settings: TrainingSettings, step: Int, history: [EpochStatistics], partialEpoch: PartialEpoch?, model: Module, optimizer: Optimizer,
        schedule: LearningRateSchedule, loader: any RestorableLoader
    ) {
        self.settings = settings
        self.history = history
        self.partialEpoch = partialEpoch
        var values: JSONObject = ["settings": .object(settings.json), "history": .array(history.map { .object($0.json) })]
        if let partial = partialEpoch {
            values["partialEpoch"] = [
                "lossSum": .number(partial.statistics.lossSum), "correct": .integer(partial.statistics.correct),
                "samples": .integer(partial.statistics.samples), "seconds": .number(partial.seconds),
            ]
        }
        snapshot = RunSnapshot(model: model, optimizer: optimizer, schedule: schedule, loader: loader, step: step, values: values)
    }

    func write(to path: String) throws { try snapshot.write(to: path) }

    /// Reads a checkpoint of `ember train`.
    init(path: String) throws {
        snapshot = try RunSnapshot(path: path)
        let values = StateReader(object: snapshot.values, file: path)
        guard snapshot.values["settings"] != nil else { throw values.error("is a checkpoint, but not one of ember train") }
        settings = try TrainingSettings(try values.child("settings"))
        history = try values.objects("history").map { try EpochStatistics($0) }
        guard history.map(\.epoch) == Array(1 ..< history.count + 1), history.count <= settings.epochs else {
            throw values.error("the epochs of “history” do not follow each other")
        }
        if snapshot.values["partialEpoch"] != nil {
            let partial = try values.child("partialEpoch")
            partialEpoch = PartialEpoch(
                statistics: RunningStatistics(
                    lossSum: try partial.number("lossSum"), correct: try partial.integer("correct", in: 0 ... .max),
                    samples: try partial.integer("samples", in: 0 ... .max)),
                seconds: try partial.number("seconds"))
        } else {
            partialEpoch = nil
        }
    }

    /// Puts everything back that decides how training goes on.
    func restore(model: Module, optimizer: Optimizer, schedule: LearningRateSchedule, loader: any RestorableLoader) throws {
        try snapshot.restore(model: model, optimizer: optimizer, schedule: schedule, loader: loader)
    }

    /// Puts the weights alone into a model that will not be trained.
    func loadWeights(into model: Module) throws { try snapshot.restore(model: model) }
}
