import Ember

/// A call's arguments, asked for by position and name as in Python. What nobody asked for makes the case unsupported: a
/// mapping that ignores an argument would pass by luck.
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
        if case .string("cpu") = named.first(where: { $0.name == "device" })?.value { usedNames.insert("device") }
    }

    /// Set by a mapping that drops elements at random, which recorded cases do not always say of themselves: shape and
    /// type are compared.
    var isRandom = false

    /// The number of arguments given by position.
    var count: Int { positional.count }

    /// The argument at `position` or of one of those names; `.none` when it was not given.
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

    private func mistyped(_ name: String, _ needed: String, _ value: Value) -> IllTyped {
        IllTyped("\(operation): \(name) takes \(needed), not \(value.kind)")
    }

    private func required<T>(_ value: T?, _ name: String) throws -> T {
        guard let value else { throw IllTyped("\(operation): \(name) is missing") }
        return value
    }

    // MARK: Tensors

    func optionalTensor(_ position: Int?, _ name: String) throws -> Tensor? {
        switch value(position, name) {
        case .none: nil
        case .tensor(let tensor): tensor
        case let other: throw mistyped(name, "a tensor", other)
        }
    }

    func tensor(_ position: Int?, _ name: String) throws -> Tensor {
        try required(try optionalTensor(position, name), name)
    }

    /// A tensor, or a number as the tensor that arithmetic makes of it.
    func operand(_ position: Int?, _ name: String) throws -> Tensor {
        switch value(position, name) {
        case .tensor(let tensor): tensor
        case .int(let number): .scalar(.int(number))
        case .double(let number): .scalar(.double(number))
        case .bool(let truth): .scalar(.bool(truth))
        case let other: throw mistyped(name, "a tensor or number", other)
        }
    }

    func isNumber(_ position: Int) -> Bool {
        guard position < positional.count else { return false }
        switch positional[position] {
        case .int, .double, .bool: return true
        default: return false
        }
    }

    func tensors(_ position: Int?, _ name: String) throws -> [Tensor] {
        switch value(position, name) {
        case .tensor(let tensor): [tensor]
        case .list(let values):
            try values.map {
                guard case .tensor(let tensor) = $0 else { throw mistyped(name, "tensors", $0) }
                return tensor
            }
        case let other: throw mistyped(name, "tensors", other)
        }
    }

    /// Tensors given as one list or as separate arguments.
    func variadicTensors(from position: Int, _ name: String) throws -> [Tensor] {
        try rest(from: position).flatMap { value -> [Tensor] in
            switch value {
            case .tensor(let tensor): [tensor]
            case .list(let values):
                try values.map {
                    guard case .tensor(let tensor) = $0 else { throw mistyped(name, "tensors", $0) }
                    return tensor
                }
            default: throw mistyped(name, "tensors", value)
            }
        }
    }

    // MARK: Numbers

    func optionalInt(_ position: Int?, _ name: String) throws -> Int? {
        switch value(position, name) {
        case .none: nil
        case .int(let number): number
        case .bool(let truth): truth ? 1 : 0
        case .double(let number) where number == number.rounded() && abs(number) < 1e15: Int(number)
        case .tensor(let tensor) where tensor.rank == 0 && tensor.dtype.isInteger: tensor.item(as: Int.self)
        case let other: throw mistyped(name, "an integer", other)
        }
    }

    func int(_ position: Int?, _ name: String, default fallback: Int? = nil) throws -> Int {
        try required(try optionalInt(position, name) ?? fallback, name)
    }

    func optionalDouble(_ position: Int?, _ name: String) throws -> Double? {
        switch value(position, name) {
        case .none: nil
        case .int(let number): Double(number)
        case .double(let number): number
        case .bool(let truth): truth ? 1 : 0
        case .tensor(let tensor) where tensor.count == 1: tensor.item()
        case let other: throw mistyped(name, "a number", other)
        }
    }

    func double(_ position: Int?, _ name: String, default fallback: Double? = nil) throws -> Double {
        try required(try optionalDouble(position, name) ?? fallback, name)
    }

    func optionalScalar(_ position: Int?, _ name: String) throws -> Scalar? {
        switch value(position, name) {
        case .none: nil
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        case .bool(let truth): .bool(truth)
        case let other: throw mistyped(name, "a scalar", other)
        }
    }

    func scalar(_ position: Int?, _ name: String, default fallback: Scalar? = nil) throws -> Scalar {
        try required(try optionalScalar(position, name) ?? fallback, name)
    }

    func optionalBool(_ position: Int?, _ name: String) throws -> Bool? {
        switch value(position, name) {
        case .none: nil
        case .bool(let truth): truth
        case .int(let number): number != 0
        case let other: throw mistyped(name, "a truth value", other)
        }
    }

    func bool(_ position: Int?, _ name: String, default fallback: Bool) throws -> Bool {
        try optionalBool(position, name) ?? fallback
    }

    // MARK: Text and types

    func optionalString(_ position: Int?, _ name: String) throws -> String? {
        switch value(position, name) {
        case .none: nil
        case .string(let text): text
        case let other: throw mistyped(name, "text", other)
        }
    }

    func string(_ position: Int?, _ name: String, default fallback: String) throws -> String {
        try optionalString(position, name) ?? fallback
    }

    /// A choice that Ember spells as a case of `Choice`.
    func choice<Choice: RawRepresentable<String>>(_ position: Int?, _ name: String, default fallback: Choice) throws
        -> Choice
    {
        guard let text = try optionalString(position, name) else { return fallback }
        guard let choice = Choice(rawValue: text) else {
            throw IllTyped("\(operation): \(Choice.self) has no case \(text)")
        }
        return choice
    }

    func optionalDType(_ position: Int?, _ name: String) throws -> DType? {
        switch value(position, name) {
        case .none: nil
        case .dtype(let dtype): dtype
        case let other: throw mistyped(name, "an element type", other)
        }
    }

    // MARK: Several numbers

    /// One integer or several; nil when not given.
    func optionalInts(_ position: Int?, _ name: String) throws -> [Int]? {
        switch value(position, name) {
        case .none: nil
        case .int(let number): [number]
        case .list(let values): try integers(values, name)
        case let other: throw mistyped(name, "integers", other)
        }
    }

    func ints(_ position: Int?, _ name: String, default fallback: [Int]? = nil) throws -> [Int] {
        try required(try optionalInts(position, name) ?? fallback, name)
    }

    /// A size for every spatial dimension or one each; an empty list counts as not given, as in PyTorch's pooling.
    func optionalExtent(_ position: Int?, _ name: String) throws -> (any SpatialExtent)? {
        switch value(position, name) {
        case .none: nil
        case .int(let number): number
        case .list(let values) where values.isEmpty: nil
        case .list(let values): try integers(values, name)
        case let other: throw mistyped(name, "one integer or several", other)
        }
    }

    func extent(_ position: Int?, _ name: String, default fallback: (any SpatialExtent)? = nil) throws
        -> any SpatialExtent
    {
        try required(try optionalExtent(position, name) ?? fallback, name)
    }

    /// The sizes of an adaptive pooling's result, None for the input's own.
    func adaptiveExtent(_ position: Int?, _ name: String) throws -> any AdaptiveExtent {
        switch value(position, name) {
        case .int(let number): number
        case .list(let values):
            try values.map { value -> Int? in
                switch value {
                case .none: nil
                case .int(let number): number
                case let other: throw mistyped(name, "integers or None", other)
                }
            }
        case let other: throw mistyped(name, "one size or several", other)
        }
    }

    /// A convolution's padding: numbers, `same` or `valid`.
    func padding(_ position: Int?, _ name: String) throws -> any SpatialPadding {
        switch value(position, name) {
        case .none: 0
        case .int(let number): number
        case .string("same"): Padding.same
        case .string("valid"): Padding.valid
        case .list(let values): try integers(values, name)
        case let other: throw mistyped(name, "a padding", other)
        }
    }

    /// Sizes given as one list or as separate arguments: `x.expand(2, 3)` and `x.expand([2, 3])`.
    func sizes(from position: Int, _ name: String) throws -> [Int] {
        let rest = rest(from: position)
        if rest.isEmpty { return try ints(nil, name) }
        if rest.count == 1, case .list(let values) = rest[0] { return try integers(values, name) }
        return try integers(rest, name)
    }

    func doubles(_ position: Int?, _ name: String) throws -> [Double] {
        switch value(position, name) {
        case .list(let values):
            try values.map {
                switch $0 {
                case .int(let number): Double(number)
                case .double(let number): number
                case let other: throw mistyped(name, "numbers", other)
                }
            }
        case let other: throw mistyped(name, "numbers", other)
        }
    }

    private func integers(_ values: [Value], _ name: String) throws -> [Int] {
        try values.map {
            switch $0 {
            case .int(let number): number
            case .tensor(let tensor) where tensor.count == 1 && !tensor.dtype.isFloatingPoint: tensor.item(as: Int.self)
            case let other: throw mistyped(name, "integers", other)
            }
        }
    }
}
