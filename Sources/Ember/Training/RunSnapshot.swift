import EmberData
import EmberFormats
import EmberNN
import EmberTensor

/// A training run at one moment: everything that a later process needs to go on to the very same numbers.
///
/// ```swift
/// let snapshot = RunSnapshot(model: net, optimizer: adam, schedule: schedule, loader: loader, step: step, values: ["epoch": 3])
/// try snapshot.write(to: "run.safetensors")
/// …
/// let saved = try RunSnapshot(path: "run.safetensors")
/// try saved.restore(model: net, optimizer: adam, schedule: schedule, loader: loader)
/// ```
/// Taking one costs no copy, because tensors are values: it can be written on another thread while the run goes on, which is what
/// ``CheckpointFolder`` does. The file is a ``Checkpoint``: safetensors that anybody can read, with the weights under `model.`.
public struct RunSnapshot: Sendable {
    /// Steps of the optimiser that are done.
    public var step: Int
    /// Whatever else the program wants to find again.
    public var values: JSONObject
    /// Tensors of the program's own, such as a moving average of the weights.
    public var tensors: StateDict
    public let model: StateDict
    public let optimizer: OptimizerState?
    public let schedule: [String: Double]?
    /// The place in the data; nil when no loader was given.
    public let position: DataLoaderPosition?
    /// The state of the default generator.
    public let generatorState: [UInt8]
    /// The file it was read from, for errors.
    private let path: String

    /// Takes everything down as it is now.
    /// - Parameters:
    ///   - schedule: the schedule of learning rates, where there is one.
    ///   - loader: what hands out the batches; its place within the epoch is kept. A generator of its own is not: give its `stateBytes` in
    ///     `values` or `tensors`.
    ///   - values: whatever else the program wants to find again.
    public init(
        model: Module, optimizer: Optimizer? = nil, schedule: (any RestorableSchedule)? = nil, loader: (any RestorableLoader)? = nil,
        step: Int, values: JSONObject = [:], tensors: StateDict = [:]
    ) {
        self.step = step
        self.values = values
        self.tensors = tensors
        self.model = model.stateDict()
        self.optimizer = optimizer?.stateDict()
        self.schedule = schedule?.stateDict()
        position = loader?.position
        generatorState = Generator.default.stateBytes
        path = ""
    }

    /// Puts everything back. The parts must be built as those that the snapshot was taken of; a part that is not given is left alone.
    /// - Throws: `FormatError` when a part does not fit, or the snapshot has none of its kind. What was put back until then stays changed.
    public func restore(
        model: Module, optimizer: Optimizer? = nil, schedule: (any RestorableSchedule)? = nil, loader: (any RestorableLoader)? = nil
    ) throws {
        try restoring("model") { try model.loadStateDict(self.model) }
        if let optimizer { try restoring("optimiser") { try optimizer.loadStateDict(try present(self.optimizer)) } }
        if let schedule { try restoring("schedule") { try schedule.loadStateDict(try present(self.schedule)) } }
        if let loader { try restoring("loader") { try loader.restore(try present(position)) } }
        try restoring("generator") { try Generator.default.restore(generatorState) }
    }

    private struct Missing: Error, CustomStringConvertible { let description = "the checkpoint has none" }

    private func present<Part>(_ part: Part?) throws -> Part {
        guard let part else { throw Missing() }
        return part
    }

    private func restoring(_ what: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            throw FormatError(.malformed, file: path.isEmpty ? "snapshot" : path, "does not fit the \(what): \(error)")
        }
    }

    // MARK: Files

    private static let modelPrefix = "model.", optimizerPrefix = "optimizer.", userPrefix = "user."
    private static let generatorName = "generator", loaderName = "loader.generator"

    /// Writes the file aside, waits until the disk has it, and gives it its name: a crash at any moment leaves the old file or the new one.
    public func write(to path: String) throws {
        var records = try model.map { try TensorRecord(name: Self.modelPrefix + $0.key, $0.value) }
        records += try tensors.map { try TensorRecord(name: Self.userPrefix + $0.key, $0.value) }
        records.append(try TensorRecord(name: Self.generatorName, Tensor(generatorState, shape: [generatorState.count])))
        var state: JSONObject = ["step": .integer(step), "values": .object(values)]
        if let optimizer {
            for (name, tensor) in optimizer.tensors { records.append(try TensorRecord(name: Self.optimizerPrefix + name, tensor)) }
            state["optimizer"] = Self.json(optimizer.values)
        }
        if let schedule { state["schedule"] = Self.json(schedule) }
        if let position {
            records.append(try TensorRecord(name: Self.loaderName, Tensor(position.generatorState, shape: [position.generatorState.count])))
            state["batchesTaken"] = .integer(position.batchesTaken)
        }
        try Checkpoint(tensors: records, state: state).write(to: path)
    }

    /// Reads a file and verifies its checksums.
    /// - Throws: `FormatError` when it is none of ``write(to:)``, or damaged.
    public init(path: String) throws {
        let file = try Checkpoint(path: path)
        var tensors: [String: Tensor] = [:]
        for record in file.tensors {
            guard let tensor = Tensor(record) else {
                throw FormatError(.unsupported, file: path, "“\(record.name)” has the type \(record.dtype.rawValue), which no run has")
            }
            tensors[record.name] = tensor
        }
        func under(_ prefix: String) -> [String: Tensor] {
            tensors.reduce(into: [:]) { if $1.key.hasPrefix(prefix) { $0[String($1.key.dropFirst(prefix.count))] = $1.value } }
        }
        func bytes(_ name: String) throws(FormatError) -> [UInt8] {
            guard let tensor = tensors[name], tensor.dtype == .uint8 else { throw Self.missing("bytes “\(name)”", path) }
            return tensor.bytes()
        }
        guard let step = file.state["step"]?.integerValue, step >= 0 else { throw Self.missing("whole number “step”", path) }
        guard let values = file.state["values"]?.objectValue else { throw Self.missing("object “values”", path) }
        self.step = step
        self.values = values
        self.tensors = StateDict(under(Self.userPrefix))
        self.path = path
        model = StateDict(under(Self.modelPrefix))
        generatorState = try bytes(Self.generatorName)
        optimizer = try file.state["optimizer"].map {
            OptimizerState(tensors: under(Self.optimizerPrefix), values: try Self.numbers($0, "optimizer", path))
        }
        schedule = try file.state["schedule"].map { try Self.numbers($0, "schedule", path) }
        position = try file.state["batchesTaken"].map { json in
            guard let taken = json.integerValue, taken >= 0 else { throw Self.missing("whole number “batchesTaken”", path) }
            return DataLoaderPosition(generatorState: try bytes(Self.loaderName), batchesTaken: taken)
        }
    }

    private static func missing(_ what: String, _ path: String) -> FormatError {
        FormatError(.malformed, file: path, "the checkpoint of a run, but its state has no \(what)")
    }

    /// JSON has neither infinities nor NaN, which schedules and optimisers may well hold: they are written as texts.
    private static func json(_ numbers: [String: Double]) -> JSON {
        var object = JSONObject()
        for (name, value) in numbers.sorted(by: { $0.key < $1.key }) {
            object[name] = value.isFinite ? .number(value) : .string(value.description)
        }
        return .object(object)
    }

    private static func numbers(_ json: JSON, _ name: String, _ path: String) throws(FormatError) -> [String: Double] {
        guard let object = json.objectValue else { throw missing("object “\(name)”", path) }
        var numbers: [String: Double] = [:]
        for (key, value) in object {
            guard let number = value.doubleValue ?? value.stringValue.flatMap({ Double($0) }) else {
                throw missing("number “\(name).\(key)”", path)
            }
            numbers[key] = number
        }
        return numbers
    }
}

/// What changes learning rates and can go on where another left off.
public protocol RestorableSchedule {
    func stateDict() -> [String: Double]
    func loadStateDict(_ state: [String: Double]) throws
}

extension LearningRateSchedule: RestorableSchedule {}
extension PlateauSchedule: RestorableSchedule {}

/// What hands out batches and can go on where another left off.
public protocol RestorableLoader {
    var position: DataLoaderPosition { get }
    func restore(_ position: DataLoaderPosition) throws
}

extension DataLoader: RestorableLoader {}
