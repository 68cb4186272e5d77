/// A value that a training run logged: one entry of a TensorBoard event file.
public struct SummaryEvent: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case scalar(Float)
        /// A picture, encoded as PNG.
        case image(width: Int, height: Int, channels: Int, encoded: [UInt8])
        case histogram(HistogramSummary)
        case text(String)
    }

    public let tag: String
    public let step: Int
    /// Seconds since 1970.
    public let wallTime: Double
    public let value: Value

    public init(tag: String, step: Int, wallTime: Double, value: Value) {
        self.tag = tag
        self.step = step
        self.wallTime = wallTime
        self.value = value
    }
}

// Field numbers from tensorflow/core/util/event.proto, framework/summary.proto, framework/tensor.proto and
// framework/tensor_shape.proto.
extension SummaryEvent {
    /// The message `Event` with which every file begins.
    static func fileVersion(wallTime: Double) -> [UInt8] {
        var event = ProtobufWriter()
        event.double(1, wallTime)
        event.string(3, "brain.Event:2")
        return event.bytes
    }

    /// This value as a message `Event`.
    var message: [UInt8] {
        var event = ProtobufWriter()
        event.double(1, wallTime)
        event.integer(2, step)
        event.message(5) { summary in
            summary.message(1) { entry in
                entry.string(1, tag)
                encode(value, into: &entry)
            }
        }
        return event.bytes
    }

    private func encode(_ value: Value, into entry: inout ProtobufWriter) {
        switch value {
        case .scalar(let scalar):
            entry.float(2, scalar)
        case .image(let width, let height, let channels, let encoded):
            entry.message(4) { image in
                image.integer(1, height)
                image.integer(2, width)
                image.integer(3, channels)
                image.bytes(4, encoded)
            }
        case .histogram(let histogram):
            entry.message(5) { message in
                message.double(1, histogram.minimum)
                message.double(2, histogram.maximum)
                message.double(3, histogram.count)
                message.double(4, histogram.sum)
                message.double(5, histogram.sumOfSquares)
                message.doubles(6, histogram.bucketLimits)
                message.doubles(7, histogram.bucketCounts)
            }
        case .text(let text):
            entry.message(8) { tensor in
                tensor.integer(1, 7)  // DT_STRING
                tensor.message(2) { shape in shape.message(2) { $0.integer(1, 1) } }
                tensor.string(8, text)
            }
            entry.message(9) { metadata in
                metadata.message(1) { $0.string(1, "text") }
            }
        }
    }

    /// The values in a message `Event`; nil when the bytes are not one. Kinds of values that Ember does not write are skipped.
    static func decode(_ message: ArraySlice<UInt8>) -> [SummaryEvent]? {
        guard let fields = ProtobufField.fields(of: message) else { return nil }
        var wallTime = 0.0
        var step = 0
        var entries: [ArraySlice<UInt8>] = []
        for field in fields {
            switch (field.number, field.type) {
            case (1, .fixed64): wallTime = field.double ?? 0
            case (2, .varint): step = field.integer
            case (5, .lengthDelimited):
                guard let summary = ProtobufField.fields(of: field.bytes) else { return nil }
                entries += summary.filter { $0.number == 1 && $0.type == .lengthDelimited }.map(\.bytes)
            default: break
            }
        }
        var events: [SummaryEvent] = []
        for entry in entries {
            guard let fields = ProtobufField.fields(of: entry) else { return nil }
            let tag = fields.last { $0.number == 1 }?.string ?? ""
            for case let value? in fields.map(decodeValue) {
                events.append(SummaryEvent(tag: tag, step: step, wallTime: wallTime, value: value))
            }
        }
        return events
    }

    private static func decodeValue(_ field: ProtobufField) -> Value? {
        if field.number == 2, let scalar = field.float { return .scalar(scalar) }
        guard field.type == .lengthDelimited, [4, 5, 8].contains(field.number),
            let inner = ProtobufField.fields(of: field.bytes)
        else { return nil }
        func last(_ number: Int) -> ProtobufField? { inner.last { $0.number == number } }
        switch field.number {
        case 4:
            return .image(
                width: last(2)?.integer ?? 0, height: last(1)?.integer ?? 0, channels: last(3)?.integer ?? 0,
                encoded: Array(last(4)?.bytes ?? []))
        case 5:
            var histogram = HistogramSummary()
            histogram.minimum = last(1)?.double ?? 0
            histogram.maximum = last(2)?.double ?? 0
            histogram.count = last(3)?.double ?? 0
            histogram.sum = last(4)?.double ?? 0
            histogram.sumOfSquares = last(5)?.double ?? 0
            histogram.bucketLimits = inner.filter { $0.number == 6 }.flatMap { $0.doubles ?? [] }
            histogram.bucketCounts = inner.filter { $0.number == 7 }.flatMap { $0.doubles ?? [] }
            return .histogram(histogram)
        default:
            return last(8)?.string.map(Value.text)
        }
    }
}
