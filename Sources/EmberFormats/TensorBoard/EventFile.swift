/// The framing of TFRecord files: length, checksum of the length, data, checksum of the data.
enum TFRecord {
    static func framed(_ data: [UInt8]) -> [UInt8] {
        let length = withUnsafeBytes(of: UInt64(data.count).littleEndian) { [UInt8]($0) }
        return length + bytes(CRC32C.masked(length)) + data + bytes(CRC32C.masked(data))
    }

    private static func bytes(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) } }
}

/// The values in a TensorBoard event file (`events.out.tfevents.…`).
public struct EventFile: Sendable {
    public let events: [SummaryEvent]
    /// True when the file ends within an entry, as one does whose writer is at work or was killed; the entries before it are
    /// all there.
    public let isCutOff: Bool

    /// Reads a file whole.
    /// - Throws: `FormatError` when it cannot be read, a checksum is wrong, or an entry is no event.
    public init(path: String) throws(FormatError) {
        try self.init(bytes: try MappedFile(path: path).byteArray, description: path)
    }

    /// Reads the content of a file that lies in memory. `description` stands for the path in errors.
    public init(bytes: [UInt8], description: String = "bytes in memory") throws(FormatError) {
        var events: [SummaryEvent] = []
        var rest = bytes[...]
        func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        while rest.count >= 12 {
            let length = integer(rest.prefix(8))
            guard integer(rest.dropFirst(8).prefix(4)) == UInt64(CRC32C.masked(rest.prefix(8))) else {
                throw FormatError(
                    .malformed, file: description, "the checksum of the length at \(rest.startIndex) is wrong")
            }
            guard rest.count >= 16, length <= UInt64(rest.count - 16) else { break }
            let data = rest.dropFirst(12).prefix(Int(length))
            guard integer(rest.dropFirst(12 + Int(length)).prefix(4)) == UInt64(CRC32C.masked(data)) else {
                throw FormatError(.malformed, file: description, "the checksum of the entry at \(rest.startIndex) is wrong")
            }
            guard let decoded = SummaryEvent.decode(data) else {
                throw FormatError(.malformed, file: description, "the entry at \(rest.startIndex) is no event")
            }
            events += decoded
            rest = rest.dropFirst(16 + Int(length))
        }
        self.events = events
        isCutOff = !rest.isEmpty
    }
}
