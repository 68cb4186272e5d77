import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Logs values of a training run for TensorBoard.
///
/// ```swift
/// let writer = try SummaryWriter(directory: "runs/first")
/// writer.addScalar("loss/train", 0.25, step: 100)
/// try writer.close()
/// ```
/// The `add…` calls may come from several threads. They collect in memory and reach the file when 64 KiB have come together,
/// two minutes have passed, at `flush()` (which also waits until the disk has them), at `close()`, or when the writer goes
/// away. A failure to write does not interrupt the training: it is kept and thrown by the next `flush()` or `close()`.
///
/// PyTorch: `torch.utils.tensorboard.SummaryWriter`.
public final class SummaryWriter: Sendable {
    /// The folder the event file lies in.
    public let directory: String
    /// The event file.
    public let path: String
    private let state: Mutex<State>

    private struct State {
        var descriptor: Int32
        var buffer: [UInt8] = []
        var lastWrite: Double
        var failure: FormatError?
        /// The writers of `addScalars` and `addHParams`, one a run, by folder.
        var runs: [String: SummaryWriter] = [:]
        /// What `addEmbedding` has listed in the projector's configuration.
        var embeddings: [EmbeddingEntry] = []
    }

    private static let bufferedBytes = 1 << 16
    private static let bufferedSeconds = 120.0
    private static let serial = Atomic<Int>(0)

    /// Creates the folder if need be and a new event file in it, beside those of earlier runs.
    /// - Throws: `FormatError` when the system refuses.
    public init(directory: String) throws(FormatError) {
        try createDirectories(at: directory)
        let now = SummaryWriter.now
        let serial = SummaryWriter.serial.add(1, ordering: .relaxed).oldValue
        let seconds = String(Int(now))
        let padded = String(repeating: "0", count: max(0, 10 - seconds.count)) + seconds
        self.directory = directory
        path = "\(directory)/events.out.tfevents.\(padded).\(SummaryWriter.hostName).\(getpid()).\(serial)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system("create", file: path) }
        state = Mutex(State(descriptor: descriptor, lastWrite: now))
        append(SummaryEvent.fileVersion(wallTime: now))
    }

    deinit {
        state.withLock { state in
            write(&state)
            if state.descriptor >= 0 { closeFile(state.descriptor) }
        }
    }

    // MARK: Values

    /// Logs one number; curves whose tags share the part before a `/` are shown together.
    public func addScalar(_ tag: String, _ value: Double, step: Int, wallTime: Double? = nil) {
        add(tag, .scalar(Float(value)), step, wallTime)
    }

    /// Logs several numbers to be drawn in one diagram. As in PyTorch, each becomes a run of its own in the folder
    /// `TAG_NAME`, because TensorBoard overlays runs.
    public func addScalars(_ tag: String, _ values: [String: Double], step: Int, wallTime: Double? = nil) {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            let folder = String("\(tag)_\(name)".map { $0 == "/" ? "_" : $0 })
            run(in: folder)?.addScalar(tag, value, step: step, wallTime: wallTime)
        }
    }

    /// Logs the distribution of values, in PyTorch's default buckets.
    public func addHistogram(_ tag: String, _ values: some Sequence<Double>, step: Int, wallTime: Double? = nil) {
        add(tag, .histogram(HistogramSummary(values)), step, wallTime)
    }

    /// Logs the distribution of values, in PyTorch's default buckets.
    public func addHistogram(_ tag: String, _ values: some Sequence<Float>, step: Int, wallTime: Double? = nil) {
        addHistogram(tag, values.lazy.map(Double.init), step: step, wallTime: wallTime)
    }

    /// Logs a distribution that was counted elsewhere. PyTorch: `SummaryWriter.add_histogram_raw`.
    public func addHistogramRaw(_ tag: String, _ histogram: HistogramSummary, step: Int, wallTime: Double? = nil) {
        add(tag, .histogram(histogram), step, wallTime)
    }

    /// Logs a text, which TensorBoard shows as Markdown.
    public func addText(_ tag: String, _ text: String, step: Int, wallTime: Double? = nil) {
        add(tag + "/text_summary", .text(text), step, wallTime)
    }

    // MARK: Writing

    /// Returns when everything logged so far is on the disk.
    /// - Throws: the first failure since the writer was made.
    public func flush() throws(FormatError) {
        let (failure, runs) = state.withLock { state in
            write(&state)
            if state.descriptor >= 0, fsync(state.descriptor) != 0, errno != EINVAL {
                state.failure = state.failure ?? .system("write", file: path)
            }
            return (state.failure, state.runs)
        }
        for (_, writer) in runs { try writer.flush() }
        if let failure { throw failure }
    }

    /// Flushes and closes the file. What is logged afterwards is a failure, thrown by the next `flush()`.
    public func close() throws(FormatError) {
        defer {
            state.withLock { state in
                if state.descriptor >= 0 { closeFile(state.descriptor) }
                state.descriptor = -1
            }
        }
        try flush()
        for (_, writer) in state.withLock({ $0.runs }) { try writer.close() }
    }

    /// The event files of this writer and of its runs, with the folder of each below this writer's.
    var eventFiles: [(folder: String, path: String)] {
        [("", path)] + state.withLock { $0.runs }.sorted { $0.key < $1.key }.map { ($0.key, $0.value.path) }
    }

    func add(_ tag: String, _ value: SummaryEvent.Value, _ step: Int, _ wallTime: Double?) {
        append(SummaryEvent(tag: tag, step: step, wallTime: wallTime ?? SummaryWriter.now, value: value).message)
    }

    /// Keeps a failure for the next `flush()`; the first one wins.
    func keep(_ failure: FormatError) { state.withLock { $0.failure = $0.failure ?? failure } }

    /// The writer of a run in a folder below this one's; nil when it cannot be made, which is then this writer's failure.
    func run(in folder: String) -> SummaryWriter? {
        state.withLock { state in
            if let writer = state.runs[folder] { return writer }
            do throws(FormatError) {
                let writer = try SummaryWriter(directory: directory + "/" + folder)
                state.runs[folder] = writer
                return writer
            } catch {
                state.failure = state.failure ?? error
                return nil
            }
        }
    }

    /// Lists one more embedding, and returns all of them.
    func list(_ embedding: EmbeddingEntry) -> [EmbeddingEntry] {
        state.withLock { state in
            state.embeddings.append(embedding)
            return state.embeddings
        }
    }

    func append(_ message: [UInt8]) {
        let record = TFRecord.framed(message)
        state.withLock { state in
            guard state.descriptor >= 0 else {
                state.failure = state.failure ?? FormatError(.system, file: path, "cannot write: the writer was closed")
                return
            }
            state.buffer += record
            if state.buffer.count >= Self.bufferedBytes || Self.now - state.lastWrite > Self.bufferedSeconds {
                write(&state)
            }
        }
    }

    private func write(_ state: inout State) {
        guard state.descriptor >= 0, state.failure == nil, !state.buffer.isEmpty else { return }
        if !state.buffer.withUnsafeBytes({ writeFully($0, to: state.descriptor) }) {
            state.failure = .system("write", file: path)
        }
        state.buffer.removeAll(keepingCapacity: true)
        state.lastWrite = Self.now
    }

    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
