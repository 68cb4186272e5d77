import CEmber
import Synchronization

/// What a measurement takes down, event by event, in the order in which events end.
struct EventLog: Sendable {
    /// One event. Times are nanoseconds of the monotonic clock.
    struct Record: Sendable {
        let name: String
        let kind: Profile.Kind
        let thread: Int
        let start: Int64
        let end: Int64
        var shapes: [Shape]
        let bytesRead: Int
        let bytesWritten: Int
        let flops: Int
        let peakBytes: Int
        let bytesAfter: Int
    }

    private let id: Int
    let recordsShapes: Bool
    let start: Int64
    private(set) var records: [Record] = []
    /// The names of the threads that events came from, by number.
    private(set) var threadNames: [Int: String] = [:]

    private init(id: Int, recordsShapes: Bool) {
        self.id = id
        self.recordsShapes = recordsShapes
        start = ember_monotonic_nanoseconds()
    }

    private mutating func add(_ record: Record) {
        // Begun before this measurement.
        guard record.start >= start else { return }
        if threadNames[record.thread] == nil { threadNames[record.thread] = Self.currentThreadName }
        records.append(record)
        if !recordsShapes { records[records.count - 1].shapes = [] }
    }

    private static var currentThreadName: String {
        var name = [CChar](repeating: 0, count: 64)
        ember_thread_name(&name, name.count)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: The logs that are being written

    private struct Logs {
        var open: [EventLog] = []
        var nextID = 0
    }
    private static let logs = Mutex(Logs())

    /// Begins a log and returns its number.
    static func open(recordsShapes: Bool) -> Int {
        logs.withLock { logs in
            let id = logs.nextID
            logs.nextID += 1
            logs.open.append(EventLog(id: id, recordsShapes: recordsShapes))
            return id
        }
    }

    /// Adds an event of the calling thread to every log.
    static func append(_ record: Record) {
        logs.withLock { logs in
            for i in logs.open.indices { logs.open[i].add(record) }
        }
    }

    /// Ends a log that ``open(recordsShapes:)`` began.
    static func close(_ id: Int) -> EventLog {
        logs.withLock { logs in
            guard let i = logs.open.firstIndex(where: { $0.id == id }) else { preconditionFailure("no event log \(id)") }
            return logs.open.remove(at: i)
        }
    }
}
