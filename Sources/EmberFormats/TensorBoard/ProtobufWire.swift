/// Writes a message in protocol buffers' wire format, field by field. Fields with default values are written when asked for.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func appendKey(_ field: Int, _ type: ProtobufField.WireType) {
        appendVarint(UInt64(field) << 3 | type.rawValue)
    }

    private mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// `int32`, `int64`, `uint64`, `bool`, enumerations.
    mutating func integer(_ field: Int, _ value: Int) {
        appendKey(field, .varint)
        appendVarint(UInt64(bitPattern: Int64(value)))
    }

    mutating func float(_ field: Int, _ value: Float) {
        appendKey(field, .fixed32)
        appendLittleEndian(value.bitPattern)
    }

    mutating func double(_ field: Int, _ value: Double) {
        appendKey(field, .fixed64)
        appendLittleEndian(value.bitPattern)
    }

    mutating func bytes(_ field: Int, _ value: some Collection<UInt8>) {
        appendKey(field, .lengthDelimited)
        appendVarint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func string(_ field: Int, _ value: String) { bytes(field, value.utf8) }

    /// `repeated double` with `packed = true`.
    mutating func doubles(_ field: Int, _ values: [Double]) {
        appendKey(field, .lengthDelimited)
        appendVarint(UInt64(values.count * 8))
        for value in values { appendLittleEndian(value.bitPattern) }
    }

    /// `repeated float` with `packed = true`.
    mutating func floats(_ field: Int, _ values: [Float]) {
        appendKey(field, .lengthDelimited)
        appendVarint(UInt64(values.count * 4))
        for value in values { appendLittleEndian(value.bitPattern) }
    }

    /// `repeated int32`, `int64` or an enumeration with `packed = true`.
    mutating func integers(_ field: Int, _ values: [Int]) {
        var inner = ProtobufWriter()
        for value in values { inner.appendVarint(UInt64(bitPattern: Int64(value))) }
        bytes(field, inner.bytes)
    }

    mutating func message(_ field: Int, _ build: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        build(&inner)
        bytes(field, inner.bytes)
    }
}

/// A field of a message as it lies in the file.
struct ProtobufField {
    enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case fixed32 = 5
    }

    let number: Int
    let type: WireType
    /// The value of the numeric types.
    let bits: UInt64
    /// The content of a string, message or packed list.
    let bytes: ArraySlice<UInt8>

    var integer: Int { Int(truncatingIfNeeded: bits) }
    var float: Float? { type == .fixed32 ? Float(bitPattern: UInt32(truncatingIfNeeded: bits)) : nil }
    var double: Double? { type == .fixed64 ? Double(bitPattern: bits) : nil }
    var string: String? { type == .lengthDelimited ? String(validating: bytes, as: UTF8.self) : nil }

    /// A `repeated double`, packed or one element of it.
    var doubles: [Double]? {
        if let double { return [double] }
        guard type == .lengthDelimited, bytes.count.isMultiple(of: 8) else { return nil }
        return bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: 8).map {
                Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt64.self)))
            }
        }
    }

    /// A `repeated float`, packed or one element of it.
    var floats: [Float]? {
        if let float { return [float] }
        guard type == .lengthDelimited, bytes.count.isMultiple(of: 4) else { return nil }
        return bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: 4).map {
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
            }
        }
    }

    /// A `repeated int64`, packed or one element of it.
    var integers: [Int]? {
        if type == .varint { return [integer] }
        guard type == .lengthDelimited else { return nil }
        var reader = ProtobufReader(rest: bytes)
        var values: [Int] = []
        while !reader.rest.isEmpty {
            guard let value = reader.varint() else { return nil }
            values.append(Int(truncatingIfNeeded: value))
        }
        return values
    }

    /// The fields of a message in their order; nil when the bytes are no message.
    static func fields(of message: ArraySlice<UInt8>) -> [ProtobufField]? {
        var reader = ProtobufReader(rest: message)
        var fields: [ProtobufField] = []
        while !reader.rest.isEmpty {
            guard let field = reader.field() else { return nil }
            fields.append(field)
        }
        return fields
    }
}

private struct ProtobufReader {
    var rest: ArraySlice<UInt8>

    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            if shift == 63 && byte > 1 { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    mutating func littleEndian(_ count: Int) -> UInt64? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func field() -> ProtobufField? {
        guard let key = varint(), let type = ProtobufField.WireType(rawValue: key & 7),
            let number = Int(exactly: key >> 3), (1 ... 0x1FFF_FFFF).contains(number)
        else { return nil }
        switch type {
        case .varint: return varint().map { ProtobufField(number: number, type: type, bits: $0, bytes: []) }
        case .fixed32: return littleEndian(4).map { ProtobufField(number: number, type: type, bits: $0, bytes: []) }
        case .fixed64: return littleEndian(8).map { ProtobufField(number: number, type: type, bits: $0, bytes: []) }
        case .lengthDelimited:
            guard let length = varint(), length <= UInt64(rest.count) else { return nil }
            defer { rest = rest.dropFirst(Int(length)) }
            return ProtobufField(number: number, type: type, bits: 0, bytes: rest.prefix(Int(length)))
        }
    }
}
