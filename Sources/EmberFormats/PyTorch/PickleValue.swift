/// What a Python pickle of PyTorch holds: data, and nothing that could run.
///
/// ```swift
/// let checkpoint = try PyTorchFile(path: "checkpoint.pt").value
/// let epoch = checkpoint["epoch"]?.integerValue
/// let rate = checkpoint["optimizer"]?["param_groups"]?[0]?["lr"]?.doubleValue
/// ```
public enum PickleValue: Sendable {
    case none
    case boolean(Bool)
    case integer(Int)
    /// An integer beyond 64 bits: two's complement, little-endian.
    case largeInteger([UInt8])
    case number(Double)
    case complex(real: Double, imaginary: Double)
    case string(String)
    case bytes([UInt8])
    case list([PickleValue])
    case tuple([PickleValue])
    case set([PickleValue])
    case dictionary(PickleDictionary)
    case tensor(PyTorchTensor)
    /// A `torch.dtype`.
    case dtype(TorchDType)
    /// A `torch.device`, such as `cuda:0`.
    case device(String)
    /// A `torch.Size`.
    case size([Int])
    /// An object of a TorchScript file: the name of its class, and its attributes.
    indirect case object(className: String, state: PickleValue)

    public var isNone: Bool { if case .none = self { true } else { false } }
    public var booleanValue: Bool? { if case .boolean(let value) = self { value } else { nil } }
    public var integerValue: Int? { if case .integer(let value) = self { value } else { nil } }
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    public var tensorValue: PyTorchTensor? { if case .tensor(let value) = self { value } else { nil } }
    public var dictionaryValue: PickleDictionary? {
        switch self {
        case .dictionary(let value): value
        case .object(_, let state): state.dictionaryValue
        default: nil
        }
    }

    /// The value of a number of either kind.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The elements of a list, tuple, set or size.
    public var elements: [PickleValue]? {
        switch self {
        case .list(let elements), .tuple(let elements), .set(let elements): elements
        case .size(let sizes): sizes.map(PickleValue.integer)
        default: nil
        }
    }

    /// The value under a name in a dictionary or an object; nil when there is none.
    public subscript(name: String) -> PickleValue? { dictionaryValue?[name] }

    /// The element of a list, or the value under an integer in a dictionary; nil when there is none.
    public subscript(index: Int) -> PickleValue? {
        if let dictionary = dictionaryValue { return dictionary[index] }
        guard let elements, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The tensors of a state dict, in its order; nil when this is no dictionary from strings to tensors.
    public var stateDict: [(name: String, tensor: PyTorchTensor)]? {
        guard let dictionary = dictionaryValue else { return nil }
        var result: [(name: String, tensor: PyTorchTensor)] = []
        for (key, value) in dictionary.pairs {
            guard let name = key.stringValue, let tensor = value.tensorValue else { return nil }
            result.append((name, tensor))
        }
        return result
    }
}

/// The pairs of a Python dictionary in their order. No string and no integer occurs twice as a key.
public struct PickleDictionary: Sendable {
    /// Keys are mostly strings; those of an optimiser's state are integers.
    public private(set) var pairs: [(key: PickleValue, value: PickleValue)] = []
    /// Whether it is a `collections.OrderedDict`, as state dicts are.
    public var isOrdered: Bool

    private enum Key: Hashable { case string(String), integer(Int) }
    private var positions: [Key: Int] = [:]

    public init(isOrdered: Bool = false) { self.isOrdered = isOrdered }

    public var count: Int { pairs.count }

    public subscript(name: String) -> PickleValue? { positions[.string(name)].map { pairs[$0].value } }

    public subscript(index: Int) -> PickleValue? { positions[.integer(index)].map { pairs[$0].value } }

    /// Replaces the value of a key in its place, or appends the pair.
    public mutating func set(_ key: PickleValue, _ value: PickleValue) {
        let hashed: Key? =
            switch key {
            case .string(let name): .string(name)
            case .integer(let index): .integer(index)
            default: nil
            }
        if let hashed, let position = positions[hashed] {
            pairs[position].value = value
        } else {
            if let hashed { positions[hashed] = pairs.count }
            pairs.append((key, value))
        }
    }
}

extension PickleValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(arrayLiteral elements: PickleValue...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, PickleValue)...) {
        var dictionary = PickleDictionary()
        for (name, value) in elements { dictionary.set(.string(name), value) }
        self = .dictionary(dictionary)
    }
}
