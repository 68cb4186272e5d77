import EmberTensor
import Foundation

/// A profile as a trace that chrome://tracing and https://ui.perfetto.dev show: one track for each thread, and the memory that tensors hold.
///
/// The format is Chrome's Trace Event Format: complete events ("ph": "X") with times in microseconds, names of processes and threads as
/// metadata ("M"), counters ("C").
extension Profile {
    /// Writes the trace. PyTorch: `export_chrome_trace`.
    public func writeTrace(to path: String) throws(FormatError) {
        let lines = (traceMetadata + events.flatMap { [traceEvent($0), memoryCounter($0)] }).map(\.encoded)
        let text = #"{"displayTimeUnit":"ms","traceEvents":["# + "\n" + lines.joined(separator: ",\n") + "\n]}\n"
        try writeFile(Array(text.utf8), to: path)
    }

    private static var process: JSON { .integer(Int(ProcessInfo.processInfo.processIdentifier)) }

    private var traceMetadata: [JSON] {
        let program: JSON = [
            "name": "process_name", "ph": "M", "pid": Self.process, "tid": 0, "args": ["name": .string(ProcessInfo.processInfo.processName)],
        ]
        return [program] + threadNames.sorted { $0.key < $1.key }.map { number, name in
            ["name": "thread_name", "ph": "M", "pid": Self.process, "tid": .integer(number), "args": ["name": .string(name)]]
        }
    }

    private func traceEvent(_ event: Event) -> JSON {
        var arguments: JSONObject = ["pass": event.isBackward ? "backward" : "forward", "peak bytes": .integer(event.peakBytes)]
        if !event.inputShapes.isEmpty {
            arguments["input shapes"] = .array(event.inputShapes.map { .array($0.map(JSON.integer)) })
        }
        for (name, value) in [("bytes read", event.bytesRead), ("bytes written", event.bytesWritten), ("FLOPs", event.flops)] where value > 0 {
            arguments[name] = .integer(value)
        }
        return [
            "name": .string(event.title), "cat": .string(event.kind.category), "ph": "X", "ts": .number(event.start.inMicroseconds),
            "dur": .number(event.duration.inMicroseconds), "pid": Self.process, "tid": .integer(event.thread), "args": .object(arguments),
        ]
    }

    private func memoryCounter(_ event: Event) -> JSON {
        [
            "name": "memory of tensors", "ph": "C", "ts": .number((event.start + event.duration).inMicroseconds), "pid": Self.process,
            "args": ["bytes": .integer(event.bytesAfter)],
        ]
    }
}

extension Profile.Kind {
    fileprivate var category: String {
        switch self {
        case .operation: "operator"
        case .gradientRule: "gradient"
        case .backwardPass, .scope: "scope"
        }
    }
}

extension Duration {
    fileprivate var inMicroseconds: Double { inNanoseconds / 1000 }
}
