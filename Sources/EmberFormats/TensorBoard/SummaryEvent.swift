/// A value that a training run logged: one entry of a TensorBoard event file.
public struct SummaryEvent: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case scalar(Float)
        /// A picture: PNG, or GIF when it moves.
        case image(width: Int, height: Int, channels: Int, encoded: [UInt8])
        case histogram(HistogramSummary)
        case text(String)
        /// A sound, as a WAV file.
        case audio(sampleRate: Int, channels: Int, frames: Int, encoded: [UInt8])
        /// What one of TensorBoard's plug-ins shows.
        case plugin(PluginSummary)
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
        case .audio(let sampleRate, let channels, let frames, let encoded):
            entry.message(6) { audio in
                audio.float(1, Float(sampleRate))
                audio.integer(2, channels)
                audio.integer(3, frames)
                audio.bytes(4, encoded)
                audio.string(5, "audio/wav")
            }
        case .text(let text):
            PluginSummary("text", content: .strings([Array(text.utf8)], shape: [1])).encode(into: &entry)
        case .plugin(let plugin):
            plugin.encode(into: &entry)
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
            guard let value = decodeValue(fields) else { continue }
            events.append(SummaryEvent(tag: tag, step: step, wallTime: wallTime, value: value))
        }
        return events
    }

    private static func decodeValue(_ fields: [ProtobufField]) -> Value? {
        if let plugin = PluginSummary(decoding: fields) {
            if plugin.name == "text", case .strings(let strings, _)? = plugin.content, let first = strings.first {
                return String(validating: first, as: UTF8.self).map(Value.text)
            }
            return .plugin(plugin)
        }
        for field in fields {
            if field.number == 2, let scalar = field.float { return .scalar(scalar) }
            guard field.type == .lengthDelimited, [4, 5, 6].contains(field.number),
                let inner = ProtobufField.fields(of: field.bytes)
            else { continue }
            return decodeMessage(field.number, inner)
        }
        return nil
    }

    /// The messages `Image` (field 4), `HistogramProto` (5) and `Audio` (6).
    private static func decodeMessage(_ number: Int, _ fields: [ProtobufField]) -> Value {
        func last(_ number: Int) -> ProtobufField? { fields.last { $0.number == number } }
        switch number {
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
            histogram.bucketLimits = fields.filter { $0.number == 6 }.flatMap { $0.doubles ?? [] }
            histogram.bucketCounts = fields.filter { $0.number == 7 }.flatMap { $0.doubles ?? [] }
            return .histogram(histogram)
        default:
            // A rate that is no whole number of hertz is not Ember's; it is kept as near as possible.
            let rate = last(1)?.float ?? 0
            return .audio(
                sampleRate: Int(exactly: rate.rounded()) ?? 0, channels: last(2)?.integer ?? 0, frames: last(3)?.integer ?? 0,
                encoded: Array(last(4)?.bytes ?? []))
        }
    }
}
