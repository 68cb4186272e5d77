/// A value in the metadata of a GGUF file.
public enum GGUFValue: Sendable, Equatable {
    case uint8(UInt8), int8(Int8), uint16(UInt16), int16(Int16), uint32(UInt32), int32(Int32), uint64(UInt64), int64(Int64)
    case float32(Float), float64(Double)
    case boolean(Bool)
    case string(String)
    /// Elements of one kind; arrays may hold arrays.
    case array([GGUFValue])

    /// The value of an integer of any width that fits `Int`.
    public var integerValue: Int? {
        switch self {
        case .uint8(let value): Int(value)
        case .int8(let value): Int(value)
        case .uint16(let value): Int(value)
        case .int16(let value): Int(value)
        case .uint32(let value): Int(value)
        case .int32(let value): Int(value)
        case .uint64(let value): Int(exactly: value)
        case .int64(let value): Int(value)
        default: nil
        }
    }

    /// The value of a number of any kind.
    public var doubleValue: Double? {
        switch self {
        case .float32(let value): Double(value)
        case .float64(let value): value
        case .uint64(let value): Double(value)
        default: integerValue.map(Double.init)
        }
    }

    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    public var booleanValue: Bool? { if case .boolean(let value) = self { value } else { nil } }
    public var arrayValue: [GGUFValue]? { if case .array(let value) = self { value } else { nil } }

    /// The same as JSON; integers beyond `Int` become numbers.
    public var json: JSON {
        switch self {
        case .boolean(let value): .boolean(value)
        case .string(let value): .string(value)
        case .array(let elements): .array(elements.map(\.json))
        default: integerValue.map(JSON.integer) ?? .number(doubleValue ?? 0)
        }
    }

    /// Reads a value of the kind that `code` stands for.
    /// - Parameter budget: how many values may yet be read; each takes some bytes of memory more than in the file.
    init(code: UInt32, _ reader: inout ByteReader, name: String, depth: Int = 0, budget: inout Int) throws(FormatError) {
        budget -= 1
        guard budget >= 0 else {
            throw FormatError(.tooLarge, file: reader.file, "“\(name)”: more than \(GGUFFile.maximumValues) values of metadata")
        }
        switch code {
        case 0: self = .uint8(try reader.integer(UInt8.self, name))
        case 1: self = .int8(try reader.integer(Int8.self, name))
        case 2: self = .uint16(try reader.integer(UInt16.self, name))
        case 3: self = .int16(try reader.integer(Int16.self, name))
        case 4: self = .uint32(try reader.integer(UInt32.self, name))
        case 5: self = .int32(try reader.integer(Int32.self, name))
        case 6: self = .float32(Float(bitPattern: try reader.integer(UInt32.self, name)))
        case 7:
            let byte = try reader.integer(UInt8.self, name)
            guard byte <= 1 else { throw FormatError(.malformed, file: reader.file, "“\(name)”: a boolean of \(byte)") }
            self = .boolean(byte == 1)
        case 8: self = .string(try GGUFValue.string(&reader, name))
        case 9:
            guard depth < 8 else { throw FormatError(.tooLarge, file: reader.file, "“\(name)”: arrays nested more than 8 deep") }
            let kind = try reader.integer(UInt32.self, "the kind of “\(name)”"), count = try reader.length("the count of “\(name)”")
            // Every element takes at least a byte.
            guard count <= reader.remaining else {
                throw FormatError(.truncated, file: reader.file, "“\(name)”: an array of \(count) elements in \(reader.remaining) bytes")
            }
            var elements: [GGUFValue] = []
            for _ in 0 ..< count {
                elements.append(try GGUFValue(code: kind, &reader, name: name, depth: depth + 1, budget: &budget))
            }
            self = .array(elements)
        case 10: self = .uint64(try reader.integer(UInt64.self, name))
        case 11: self = .int64(try reader.integer(Int64.self, name))
        case 12: self = .float64(Double(bitPattern: try reader.integer(UInt64.self, name)))
        default: throw FormatError(.malformed, file: reader.file, "“\(name)” is of the unknown kind \(code)")
        }
    }

    static func string(_ reader: inout ByteReader, _ name: @autoclosure () -> String) throws(FormatError) -> String {
        let length = try reader.length("the length of \(name())")
        // Vocabularies have tokens that are no valid UTF-8.
        return String(decoding: try reader.take(length, name()), as: UTF8.self)
    }
}
