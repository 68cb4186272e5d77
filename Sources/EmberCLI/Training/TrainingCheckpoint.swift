import Ember

/// The whole state of a training run: written and read back, the run goes on as if it had not stopped.
struct TrainingCheckpoint {
    var settings: TrainingSettings
    /// Optimiser steps done.
    var step: Int
    /// Rows of the table so far.
    var history: [EpochStatistics]
    /// The epoch that was interrupted, nil between epochs.
    var partialEpoch: PartialEpoch?
    /// The default generator's state.
    var generatorState: [UInt8]
    private var weights: [String: Tensor]
    private var optimizer: OptimizerState
    private var schedule: [String: Double]
    private let path: String

    struct PartialEpoch {
        var statistics: RunningStatistics
        var position: DataLoaderPosition
        var seconds: Double
    }

    private static let generatorKey = "generator"
    private static let loaderKey = "loader.generator"

    init(
        settings: TrainingSettings, step: Int, history: [EpochStatistics], partialEpoch: PartialEpoch?, model: Module, optimizer: Optimizer,
        schedule: LearningRateSchedule
    ) {
        self.settings = settings
        self.step = step
        self.history = history
        self.partialEpoch = partialEpoch
        generatorState = Generator.default.stateBytes
        weights = model.stateDict().dictionary
        self.optimizer = optimizer.stateDict()
        self.schedule = schedule.stateDict()
        path = ""
    }

    // MARK: Writing

    func write(to path: String) throws {
        var records = [try TensorRecord(name: Self.generatorKey, Self.bytesTensor(generatorState))]
        for (name, tensor) in weights { records.append(try TensorRecord(name: "model." + name, tensor)) }
        for (name, tensor) in optimizer.tensors { records.append(try TensorRecord(name: "optimizer." + name, tensor)) }
        var state: JSONObject = [
            "settings": .object(settings.json), "step": .integer(step), "optimizer": Self.numbers(optimizer.values),
            "schedule": Self.numbers(schedule),
            "history": .array(history.map { .object($0.json) }),
        ]
        if let partial = partialEpoch {
            records.append(try TensorRecord(name: Self.loaderKey, Self.bytesTensor(partial.position.generatorState)))
            state["partialEpoch"] = [
                "lossSum": .number(partial.statistics.lossSum), "correct": .integer(partial.statistics.correct),
                "samples": .integer(partial.statistics.samples), "batchesTaken": .integer(partial.position.batchesTaken),
                "seconds": .number(partial.seconds),
            ]
        }
        try Checkpoint(tensors: records, state: state).write(to: path)
    }

    private static func numbers(_ values: [String: Double]) -> JSON {
        var object = JSONObject()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { object[name] = .number(value) }
        return .object(object)
    }

    private static func bytesTensor(_ bytes: [UInt8]) -> Tensor { Tensor(bytes, shape: [bytes.count]) }

    // MARK: Reading

    init(path: String) throws {
        let file = try Checkpoint(path: path)
        let state = StateReader(object: file.state, file: path)
        guard file.state["settings"] != nil else { throw state.error("is a checkpoint, but not one of ember train") }
        self.path = path
        settings = try TrainingSettings(try state.child("settings"))
        step = try state.integer("step", in: 0 ... .max)
        history = try state.objects("history").map { try EpochStatistics($0) }
        guard history.map(\.epoch) == Array(1 ..< history.count + 1), history.count <= settings.epochs else {
            throw state.error("the epochs of “history” do not follow each other")
        }
        var tensors: [String: Tensor] = [:]
        for record in file.tensors {
            guard let tensor = Tensor(record) else {
                throw state.error("the tensor “\(record.name)” has a type that no checkpoint has: \(record.dtype.rawValue)")
            }
            tensors[record.name] = tensor
        }
        func under(_ prefix: String) -> [String: Tensor] {
            tensors.reduce(into: [:]) { if $1.key.hasPrefix(prefix) { $0[String($1.key.dropFirst(prefix.count))] = $1.value } }
        }
        func bytes(_ name: String) throws -> [UInt8] {
            guard let tensor = tensors[name], tensor.dtype == .uint8 else { throw state.error("has no bytes “\(name)”") }
            return tensor.bytes()
        }
        weights = under("model.")
        optimizer = OptimizerState(tensors: under("optimizer."), values: try state.child("optimizer").numbers())
        schedule = try state.child("schedule").numbers()
        generatorState = try bytes(Self.generatorKey)
        if file.state["partialEpoch"] != nil {
            let partial = try state.child("partialEpoch")
            partialEpoch = PartialEpoch(
                statistics: RunningStatistics(
                    lossSum: try partial.number("lossSum"), correct: try partial.integer("correct", in: 0 ... .max),
                    samples: try partial.integer("samples", in: 0 ... .max)),
                position: DataLoaderPosition(
                    generatorState: try bytes(Self.loaderKey), batchesTaken: try partial.integer("batchesTaken", in: 0 ... .max)),
                seconds: try partial.number("seconds"))
        }
    }

    func loadWeights(into model: Module) throws {
        do {
            try model.loadStateDict(StateDict(weights))
        } catch {
            throw FormatError(.malformed, file: path, "is a checkpoint of another model: \(error)")
        }
    }

    func loadState(into optimizer: Optimizer, _ schedule: LearningRateSchedule) throws {
        do {
            try optimizer.loadStateDict(self.optimizer)
            try schedule.loadStateDict(self.schedule)
        } catch {
            throw FormatError(.malformed, file: path, "is a checkpoint of another optimiser: \(error)")
        }
    }

    func restoreGenerator() throws {
        do {
            try Generator.default.restore(generatorState)
        } catch {
            throw FormatError(.malformed, file: path, "the generator's state is damaged: \(error)")
        }
    }
}
