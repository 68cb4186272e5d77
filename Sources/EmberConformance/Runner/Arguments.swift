import Ember

/// A call's arguments, asked for by position and name as in Python. What nobody asked for makes the case unsupported: a mapping that
/// ignores an argument would pass by luck.
final class Arguments {
    let operation: String
    let variant: String
    private let positional: [Value]
    private let named: [(name: String, value: Value)]
    private var usedPositions: Set<Int> = []
    private var usedNames: Set<String> = []

    init(operation: String, variant: String = "", positional: [Value], named: [(name: String, value: Value)]) {
        self.operation = operation
        self.variant = variant
        self.positional = positional
        self.named = named
    }

    /// The number of arguments given by position.
    var count: Int { positional.count }

    /// The argument at `position` or of that name; `.none` when it was not given.
    func value(_ position: Int?, _ names: String...) -> Value {
        if let position, position < positional.count {
            usedPositions.insert(position)
            return positional[position]
        }
        for name in names {
            if let entry = named.first(where: { $0.name == name }) {
                usedNames.insert(name)
                return entry.value
            }
        }
        return .none
    }

    /// Whether an argument was given at all (None counts as given).
    func has(_ position: Int?, _ name: String) -> Bool {
        if let position, position < positional.count { return true }
        return named.contains { $0.name == name }
    }

    /// All positional arguments from `position` on.
    func rest(from position: Int) -> [Value] {
        guard position < positional.count else { return [] }
        usedPositions.formUnion(position..<positional.count)
        return Array(positional[position...])
    }

    /// Marks an argument as one that does not change the result.
    func ignore(_ names: String...) { usedNames.formUnion(names) }

    /// Every given argument that the mapping has not looked at.
    var unused: [String] {
        positional.indices.filter { !usedPositions.contains($0) }.map { "argument \($0)" }
            + named.map(\.name).filter { !usedNames.contains($0) }
    }

    func tensor(_ position: Int?, _ name: String) throws -> Tensor {
        guard let tensor = try optionalTensor(position, name) else { throw Unsupported("\(operation) without \(name)") }
        return tensor
    }

    func optionalTensor(_ position: Int?, _ name: String) throws -> Tensor? {
        switch value(position, name) {
        case .none: return nil
        case .tensor(let tensor): return tensor
        default: throw Unsupported("\(operation) with \(name) that is no tensor")
        }
    }

    /// A tensor, or a number as the tensor that arithmetic makes of it.
    func operand(_ position: Int?, _ name: String) throws -> Tensor {
        switch value(position, name) {
        case .tensor(let tensor): return tensor
        case .int(let number): return .scalar(.int(number))
        case .double(let number): return .scalar(.double(number))
        case .bool(let truth): return .scalar(.bool(truth))
        default: throw Unsupported("\(operation) with \(name) that is no operand")
        }
    }

    func tensors(_ position: Int?, _ name: String) throws -> [Tensor] {
        switch value(position, name) {
        case .tensor(let tensor): return [tensor]
        case .list(let values): return try values.map {
            guard case .tensor(let tensor) = $0 else { throw Unsupported("\(operation) with \(name) that holds other things than tensors") }
            return tensor
        }
        default: throw Unsupported("\(operation) without the tensors \(name)")
        }
    }

    func optionalInt(_ position: Int?, _ name: String) throws -> Int? {
        switch value(position, name) {
        case .none: return nil
        case .int(let number): return number
        case .bool(let truth): return truth ? 1 : 0
        case .double(let number) where number == number.rounded(): return Int(number)
        case .tensor(let tensor) where tensor.count == 1 && !tensor.dtype.isFloatingPoint: return tensor.item(as: Int.self)
        default: throw Unsupported("\(operation) with \(name) that is no integer")
        }
    }

    func int(_ position: Int?, _ name: String, default fallback: Int? = nil) throws -> Int {
        guard let value = try optionalInt(position, name) ?? fallback else { throw Unsupported("\(operation) without \(name)") }
        return value
    }

    func optionalDouble(_ position: Int?, _ name: String) throws -> Double? {
        switch value(position, name) {
        case .none: return nil
        case .int(let number): return Double(number)
        case .double(let number): return number
        case .bool(let truth): return truth ? 1 : 0
        case .tensor(let tensor) where tensor.count == 1: return tensor.item()
        default: throw Unsupported("\(operation) with \(name) that is no number")
        }
    }

    func double(_ position: Int?, _ name: String, default fallback: Double? = nil) throws -> Double {
        guard let value = try optionalDouble(position, name) ?? fallback else { throw Unsupported("\(operation) without \(name)") }
        return value
    }

    func optionalScalar(_ position: Int?, _ name: String) throws -> Scalar? {
        switch value(position, name) {
        case .none: return nil
        case .int(let number): return .int(number)
        case .double(let number): return .double(number)
        case .bool(let truth): return .bool(truth)
        default: throw Unsupported("\(operation) with \(name) that is no scalar")
        }
    }

    func scalar(_ position: Int?, _ name: String, default fallback: Scalar? = nil) throws -> Scalar {
        guard let value = try optionalScalar(position, name) ?? fallback else { throw Unsupported("\(operation) without \(name)") }
        return value
    }

    func optionalBool(_ position: Int?, _ name: String) throws -> Bool? {
        switch value(position, name) {
        case .none: return nil
        case .bool(let truth): return truth
        case .int(let number): return number != 0
        default: throw Unsupported("\(operation) with \(name) that is no truth value")
        }
    }

    func bool(_ position: Int?, _ name: String, default fallback: Bool) throws -> Bool {
        try optionalBool(position, name) ?? fallback
    }

    func optionalString(_ position: Int?, _ name: String) throws -> String? {
        switch value(position, name) {
        case .none: return nil
        case .string(let text): return text
        default: throw Unsupported("\(operation) with \(name) that is no text")
        }
    }

    func string(_ position: Int?, _ name: String, default fallback: String) throws -> String {
        try optionalString(position, name) ?? fallback
    }

    func optionalDType(_ position: Int?, _ name: String) throws -> DType? {
        switch value(position, name) {
        case .none: return nil
        case .dtype(let dtype): return dtype
        default: throw Unsupported("\(operation) with \(name) that is no element type")
        }
    }

    /// One integer or several; nil when not given.
    func optionalInts(_ position: Int?, _ name: String) throws -> [Int]? {
        switch value(position, name) {
        case .none: return nil
        case .int(let number): return [number]
        case .list(let values): return try integers(values, name)
        default: throw Unsupported("\(operation) with \(name) that holds no integers")
        }
    }

    func ints(_ position: Int?, _ name: String, default fallback: [Int]? = nil) throws -> [Int] {
        guard let value = try optionalInts(position, name) ?? fallback else { throw Unsupported("\(operation) without \(name)") }
        return value
    }

    /// Sizes given as one list or as separate arguments: `x.expand(2, 3)` and `x.expand([2, 3])`.
    func sizes(from position: Int, _ name: String) throws -> [Int] {
        let rest = rest(from: position)
        if rest.isEmpty { return try ints(nil, name) }
        if rest.count == 1, case .list(let values) = rest[0] { return try integers(values, name) }
        return try integers(rest, name)
    }

    private func integers(_ values: [Value], _ name: String) throws -> [Int] {
        try values.map {
            switch $0 {
            case .int(let number): return number
            case .tensor(let tensor) where tensor.count == 1: return tensor.item(as: Int.self)
            default: throw Unsupported("\(operation) with \(name) that holds other things than integers")
            }
        }
    }
}
