/// A JSON value (RFC 8259). Integers stay exact and the members of an object keep their order.
///
/// ```swift
/// let line = try JSON(parsing: #"{"op": "sum", "dim": [0, -1]}"#)
/// line["dim"]?[1]?.integerValue   // -1
/// ```
public enum JSON: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// A number written without fraction and exponent that fits `Int`.
    case integer(Int)
    /// Every other number, rounded to the nearest double.
    case number(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    /// Reads a document that consists of exactly one value.
    /// - Parameter maximumDepth: how deeply arrays and objects may nest.
    /// - Throws: `JSONError` for anything that RFC 8259 does not allow, a name that occurs twice in an object, a number
    ///   beyond the range of a double, an escape that is half of a surrogate pair, and nesting beyond the limit.
    public init(parsing text: String, maximumDepth: Int = 128) throws(JSONError) {
        self = try JSON(parsing: Array(text.utf8), maximumDepth: maximumDepth)
    }

    /// Reads a document of UTF-8 bytes that consists of exactly one value.
    public init(parsing bytes: some ByteSource, maximumDepth: Int = 128) throws(JSONError) {
        let result = bytes.withUnsafeBytes { (buffer) -> Result<JSON, JSONError> in
            do throws(JSONError) {
                var scanner = JSONScanner(buffer, maximumDepth: maximumDepth)
                let value = try scanner.value()
                try scanner.end()
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    public var isNull: Bool { self == .null }

    public var booleanValue: Bool? {
        if case .boolean(let value) = self { value } else { nil }
    }

    public var integerValue: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The value of a number of either kind.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var arrayValue: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member of an object; nil when there is none, or when this is no object.
    public subscript(name: String) -> JSON? { objectValue?[name] }

    /// The element of an array; nil when there is none, or when this is no array.
    public subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

/// The members of a JSON object in the order they were written. No name occurs twice.
public struct JSONObject: Sendable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
    public private(set) var members: [(name: String, value: JSON)] = []
    /// Positions by name, kept only for objects where it is faster than comparing the names one by one.
    private var positions: [String: Int] = [:]
    private static let indexedFrom = 12

    public init() {}

    /// Names that occur twice keep their first place and their last value.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        for (name, value) in elements { self[name] = value }
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { members.count }
    public subscript(position: Int) -> (name: String, value: JSON) { members[position] }

    /// Reads, replaces, appends, or (by nil) removes a member.
    public subscript(name: String) -> JSON? {
        get { position(of: name).map { members[$0].value } }
        set {
            switch (position(of: name), newValue) {
            case (let position?, let value?):
                members[position].value = value
            case (nil, let value?):
                append(name, value)
            case (let position?, nil):
                members.remove(at: position)
                reindex()
            case (nil, nil):
                break
            }
        }
    }

    /// Appends a member; false, and nothing done, when the name is there already.
    mutating func insert(_ name: String, _ value: JSON) -> Bool {
        guard position(of: name) == nil else { return false }
        append(name, value)
        return true
    }

    private mutating func append(_ name: String, _ value: JSON) {
        members.append((name, value))
        if members.count == JSONObject.indexedFrom {
            reindex()
        } else if members.count > JSONObject.indexedFrom {
            positions[name] = members.count - 1
        }
    }

    private mutating func reindex() {
        positions.removeAll()
        guard members.count >= JSONObject.indexedFrom else { return }
        for (position, member) in members.enumerated() { positions[member.name] = position }
    }

    private func position(of name: String) -> Int? {
        if members.count >= JSONObject.indexedFrom { return positions[name] }
        return members.firstIndex { $0.name == name }
    }
}

extension JSONObject: Equatable {
    /// Equal when the same names have equal values, in any order.
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.allSatisfy { b[$0.name] == $0.value }
    }
}

/// Where a text stops being JSON, and why.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Bytes before the problem.
    public let offset: Int
    public let problem: String

    public init(offset: Int, problem: String) {
        self.offset = offset
        self.problem = problem
    }

    public var description: String { "not valid JSON at byte \(offset): \(problem)" }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var object = JSONObject()
        for (name, value) in elements { object[name] = value }
        self = .object(object)
    }
}
