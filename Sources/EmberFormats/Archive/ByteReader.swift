/// Takes fixed-size fields from bytes that it does not own; every read is checked against the end.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    /// The path for errors, and what is being read.
    let file: String
    let subject: String
    private(set) var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0, file: String, subject: String) {
        self.bytes = bytes
        self.offset = offset
        self.file = file
        self.subject = subject
    }

    var remaining: Int { bytes.count - offset }

    /// The next `count` bytes, for the field that `name` describes.
    mutating func take(_ count: Int, _ name: @autoclosure () -> String) throws(FormatError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw FormatError(
                .truncated, file: file, "\(subject) ends at byte \(bytes.count): \(name()) at byte \(offset) takes \(count) bytes")
        }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset ..< offset + count])
    }

    /// A little-endian integer.
    mutating func integer<Integer: FixedWidthInteger>(
        _ type: Integer.Type, _ name: @autoclosure () -> String
    ) throws(FormatError) -> Integer {
        Integer(littleEndian: try take(MemoryLayout<Integer>.size, name()).loadUnaligned(as: Integer.self))
    }

    /// A length or offset of 64 bits, which must fit `Int`.
    mutating func length(_ name: @autoclosure () -> String) throws(FormatError) -> Int {
        let value = try integer(UInt64.self, name())
        guard let length = Int(exactly: value) else {
            throw FormatError(.malformed, file: file, "\(subject): \(name()) is \(value), more than any file can have")
        }
        return length
    }

    /// Goes to a place that lies within the bytes.
    mutating func seek(_ place: Int, _ name: @autoclosure () -> String) throws(FormatError) {
        guard place >= 0, place <= bytes.count else {
            throw FormatError(.malformed, file: file, "\(subject): \(name()) lies at byte \(place) of \(bytes.count)")
        }
        offset = place
    }
}
