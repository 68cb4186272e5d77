/// The arguments of an operator call that are no tensors, as data: what the gradient rule reads, the tracer exports and the profiler prints.
public struct Attributes: Sendable, Equatable {
    /// One argument's value.
    public enum Value: Sendable, Equatable {
        case bool(Bool)
        case int(Int)
        case ints([Int])
        case double(Double)
        case string(String)
        case dtype(DType)
    }

    private var entries: [(name: String, value: Value)] = []

    public init() {}

    public subscript(name: String) -> Value? {
        get { entries.first { $0.name == name }?.value }
        set {
            entries.removeAll { $0.name == name }
            if let newValue { entries.append((name, newValue)) }
        }
    }

    /// Names and values in the order they were set.
    public var all: [(name: String, value: Value)] { entries }

    public static func == (a: Attributes, b: Attributes) -> Bool {
        a.entries.count == b.entries.count && a.entries.allSatisfy { b[$0.name] == $0.value }
    }

    // Typed reading. An operator and its gradient are written together, so a missing or mistyped attribute is a
    // mistake in Ember, never in a user's program.

    func bool(_ name: String) -> Bool {
        guard case .bool(let value)? = self[name] else { preconditionFailure("no bool attribute \(name)") }
        return value
    }
    func int(_ name: String) -> Int {
        guard case .int(let value)? = self[name] else { preconditionFailure("no int attribute \(name)") }
        return value
    }
    func ints(_ name: String) -> [Int] {
        guard case .ints(let value)? = self[name] else { preconditionFailure("no ints attribute \(name)") }
        return value
    }
    func double(_ name: String) -> Double {
        guard case .double(let value)? = self[name] else { preconditionFailure("no double attribute \(name)") }
        return value
    }
    func string(_ name: String) -> String {
        guard case .string(let value)? = self[name] else { preconditionFailure("no string attribute \(name)") }
        return value
    }
    func dtype(_ name: String) -> DType {
        guard case .dtype(let value)? = self[name] else { preconditionFailure("no dtype attribute \(name)") }
        return value
    }
}

extension Attributes: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) {
        entries = elements.map { (name: $0.0, value: $0.1) }
    }
}
