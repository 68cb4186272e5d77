/// What ``Profiler/measure(shapes:_:)`` saw: every event, and sums over those of a kind.
///
/// An event's own time, traffic and arithmetic are what it did itself, without the events inside it; so the own numbers of all
/// events add up to the whole. PyTorch: `torch.autograd.profiler.profile`.
public struct Profile: Sendable {
    public enum Kind: Sendable, Hashable {
        /// An operator call, or other work that stands beside them: a copy on write, an optimiser's update.
        case operation
        /// The gradient rule of an operator; the operators that it calls are events inside it.
        case gradientRule
        /// `backward()` as a whole; what remains to itself is the walk through the graph.
        case backwardPass
        /// What ``Profiler/record(_:_:)`` marked.
        case scope
    }

    /// One event.
    public struct Event: Sendable {
        /// The operator's or the scope's name; for a gradient rule, the operator's whose rule it is.
        public let name: String
        public let kind: Kind
        /// Whether it was part of a backward pass.
        public let isBackward: Bool
        /// The system's number of the thread it ran on.
        public let thread: Int
        /// From the beginning of the measurement.
        public let start: Duration
        public let duration: Duration
        /// The duration without the events inside this one.
        public fileprivate(set) var selfTime: Duration
        /// The event inside which this one ran, by its place in ``Profile/events``.
        public let parent: Int?
        /// The shapes of the inputs; empty unless they were asked for.
        public let inputShapes: [Shape]
        /// Bytes that the operands have, which the event must read, apart from those counted inside it. Views read nothing.
        public fileprivate(set) var bytesRead: Int
        /// Bytes that the results have, which the event must write, apart from those counted inside it.
        public fileprivate(set) var bytesWritten: Int
        /// Floating-point operations by the operator's formula, apart from those counted inside it; 0 where it has none. A
        /// multiplication with addition is two.
        public fileprivate(set) var flops: Int
        /// The most bytes that all tensors of the program held while the event ran.
        public let peakBytes: Int
        /// The bytes that they held when it ended.
        public let bytesAfter: Int

        /// The name as tables and traces show it.
        public var title: String { kind == .gradientRule ? "gradient of \(name)" : name }
    }

    /// The sum over all events of one name and kind.
    public struct Entry: Sendable {
        public let name: String
        public let kind: Kind
        /// Whether they were part of backward passes.
        public let isBackward: Bool
        /// The shapes of the inputs, in entries grouped by them.
        public let inputShapes: [Shape]
        public internal(set) var calls = 0
        /// Without the events inside.
        public internal(set) var selfTime = Duration.zero
        /// With the events inside. Of events inside one of their own name, the outer alone counts.
        public internal(set) var totalTime = Duration.zero
        public internal(set) var bytesRead = 0
        public internal(set) var bytesWritten = 0
        public internal(set) var flops = 0
        /// The most bytes that all tensors of the program held while one of the events ran.
        public internal(set) var peakBytes = 0

        /// The name as tables show it.
        public var title: String { kind == .gradientRule ? "gradient of \(name)" : name }
    }

    /// By thread and beginning: an event comes before those inside it.
    public let events: [Event]
    /// How long the measured code ran.
    public let duration: Duration
    /// The names of the threads that events ran on, by number.
    public let threadNames: [Int: String]
    /// The most bytes that all tensors of the program held meanwhile.
    public let peakBytes: Int
    /// How often memory for a tensor was asked for.
    public let allocations: Int
    /// Of these, how often the system had to be asked: never in the steady state of a training loop.
    public let systemAllocations: Int

    init(_ log: EventLog, end: Int64, peakBytes: Int, allocations: Int, systemAllocations: Int) {
        events = Self.nested(log.records, from: log.start)
        duration = .nanoseconds(end - log.start)
        threadNames = log.threadNames
        self.peakBytes = peakBytes
        self.allocations = allocations
        self.systemAllocations = systemAllocations
    }

    /// Finds which event ran inside which, and takes what the inner ones did from the outer ones' own.
    private static func nested(_ records: [EventLog.Record], from beginning: Int64) -> [Event] {
        // Of two that began at the same moment the outer one ended later, or was at least taken down later.
        let order = records.indices.sorted { a, b in
            let (x, y) = (records[a], records[b])
            return (x.thread, x.start, y.end, b) < (y.thread, y.start, x.end, a)
        }
        var events: [Event] = [], enclosing: [Int] = [], ends: [Int64] = []
        for record in order.map({ records[$0] }) {
            while let outer = enclosing.last, events[outer].thread != record.thread || ends[outer] < record.end { enclosing.removeLast() }
            let parent = enclosing.last
            let isBackward = switch record.kind {
            case .gradientRule, .backwardPass: true
            case .operation, .scope: parent.map { events[$0].isBackward } ?? false
            }
            enclosing.append(events.count)
            ends.append(record.end)
            events.append(Event(
                name: record.name, kind: record.kind, isBackward: isBackward, thread: record.thread,
                start: .nanoseconds(record.start - beginning), duration: .nanoseconds(record.end - record.start),
                selfTime: .nanoseconds(record.end - record.start), parent: parent, inputShapes: record.shapes, bytesRead: record.bytesRead,
                bytesWritten: record.bytesWritten, flops: record.flops, peakBytes: record.peakBytes, bytesAfter: record.bytesAfter))
        }
        // From the innermost outwards. An outer event's own formula covers what ran inside it, or says less than that.
        var inside = [(read: Int, written: Int, flops: Int)](repeating: (0, 0, 0), count: events.count)
        for i in events.indices.reversed() {
            let whole = (read: max(events[i].bytesRead, inside[i].read), written: max(events[i].bytesWritten, inside[i].written),
                         flops: max(events[i].flops, inside[i].flops))
            events[i].bytesRead = whole.read - inside[i].read
            events[i].bytesWritten = whole.written - inside[i].written
            events[i].flops = whole.flops - inside[i].flops
            guard let parent = events[i].parent else { continue }
            events[parent].selfTime -= events[i].duration
            inside[parent].read += whole.read
            inside[parent].written += whole.written
            inside[parent].flops += whole.flops
        }
        return events
    }

    // MARK: Sums

    private struct Key: Hashable {
        let name: String
        let kind: Kind
        let isBackward: Bool
        let shapes: [Shape]

        init(_ event: Event, byShape: Bool) {
            (name, kind, isBackward) = (event.name, event.kind, event.isBackward)
            shapes = byShape ? event.inputShapes : []
        }
    }

    /// The sums by name and kind, and by the shapes of inputs too if asked for; what took the most time itself comes first.
    /// PyTorch: `key_averages`, `group_by_input_shape`.
    public func entries(groupedByShape byShape: Bool = false) -> [Entry] {
        var sums: [Key: Entry] = [:]
        for event in events {
            let key = Key(event, byShape: byShape)
            var entry = sums[key]
                ?? Entry(name: key.name, kind: key.kind, isBackward: key.isBackward, inputShapes: key.shapes)
            entry.add(event, isInsideItself: isInside(key, event, byShape: byShape))
            sums[key] = entry
        }
        return sums.values.sorted { ($1.selfTime, $0.title) < ($0.selfTime, $1.title) }
    }

    private func isInside(_ key: Key, _ event: Event, byShape: Bool) -> Bool {
        var outer = event.parent
        while let i = outer {
            if Key(events[i], byShape: byShape) == key { return true }
            outer = events[i].parent
        }
        return false
    }

    /// The sum over everything. ``Entry/totalTime`` is that of the outermost events, ``Entry/calls`` that of the operators.
    /// PyTorch: `total_average`.
    public var total: Entry {
        var total = Entry(name: "total", kind: .scope, isBackward: false, inputShapes: [])
        for event in events {
            total.add(event, isInsideItself: event.parent != nil)
            if event.kind != .operation { total.calls -= 1 }
        }
        return total
    }

    /// The time inside operators and gradient rules, on all threads together: without scopes' own and the walk through the graph.
    /// PyTorch: `self_cpu_time_total`.
    public var operatorTime: Duration {
        events.reduce(.zero) { $1.kind == .operation || $1.kind == .gradientRule ? $0 + $1.selfTime : $0 }
    }
}

extension Profile.Entry {
    fileprivate mutating func add(_ event: Profile.Event, isInsideItself: Bool) {
        calls += 1
        selfTime += event.selfTime
        if !isInsideItself { totalTime += event.duration }
        bytesRead += event.bytesRead
        bytesWritten += event.bytesWritten
        flops += event.flops
        peakBytes = max(peakBytes, event.peakBytes)
    }
}
