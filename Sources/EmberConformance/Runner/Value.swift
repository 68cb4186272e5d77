import Ember

/// An argument or result of a recorded call.
indirect enum Value {
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case dtype(DType)
    case tensor(Tensor)
    case slice(Int?, Int?, Int?)
    case ellipsis
    case list([Value])
    case dictionary([(name: String, value: Value)])

    /// What it is, for messages.
    var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a truth value"
        case .int: "an integer"
        case .double: "a real number"
        case .string(let text): "the text \(text)"
        case .dtype: "an element type"
        case .tensor: "a tensor"
        case .slice, .ellipsis: "a range"
        case .list: "a list"
        case .dictionary: "a dictionary"
        }
    }

    /// All tensors in order, as PyTorch's pytree flattening gives them.
    var flattened: [Value] {
        switch self {
        case .list(let values): values.flatMap(\.flattened)
        case .dictionary(let entries): entries.flatMap(\.value.flattened)
        default: [self]
        }
    }
}

/// Turns the files' JSON into values; collects the tensors that take part in gradients, in order of appearance.
struct Decoder {
    let tensors: SafeTensorsFile
    /// Whether real inputs are given in float64, to tell rounding from mistakes.
    let widened: Bool
    /// Values that stand in for the recorded leaves, in their order.
    private let replacements: [Tensor]
    private(set) var leaves: [Tensor] = []

    init(tensors: SafeTensorsFile, widened: Bool = false, replacingLeaves replacements: [Tensor] = []) {
        self.tensors = tensors
        self.widened = widened
        self.replacements = replacements
    }

    func tensor(_ key: String) throws -> Tensor {
        guard let record = tensors[key] else { throw Failure("the file has no tensor \(key)") }
        guard let tensor = Tensor(record) else {
            // Of more dimensions than tensors have: Ember refuses it where PyTorch's operator does.
            if record.dtype.loadedDType != nil { return .zeros(record.shape) }
            throw Unsupported("element types Ember does not have", record.dtype.rawValue)
        }
        return widened && tensor.dtype.isFloatingPoint ? tensor.to(.float64) : tensor
    }

    /// A recorded result.
    func decoded(_ json: JSON?) throws -> Value {
        var decoder = self
        return try decoder.value(json)
    }

    mutating func value(_ json: JSON?, asInput: Bool = false) throws -> Value {
        guard let json, !json.isNull else { return .none }
        if let items = json.arrayValue { return .list(try items.map { try value($0, asInput: asInput) }) }
        guard let object = json.objectValue else { throw Unsupported("values the runner does not know", json.encoded) }
        if let key = object["t"]?.stringValue {
            var result = try tensor(key)
            if object["complex"]?.booleanValue == true { result = result.viewAsComplex() }
            guard asInput else { return .tensor(result) }
            if object["nc"]?.booleanValue == true { result = result.nonContiguous() }
            if object["grad"]?.booleanValue == true {
                if leaves.count < replacements.count {
                    result = replacements[leaves.count]
                } else {
                    result.requiresGrad = true
                }
                leaves.append(result)
            }
            return .tensor(result)
        }
        if let number = object["i"]?.integerValue { return .int(number) }
        if let truth = object["b"]?.booleanValue { return .bool(truth) }
        if let text = object["s"]?.stringValue { return .string(text) }
        if let number = object["f"] {
            switch number.stringValue {
            case "inf"?: return .double(.infinity)
            case "-inf"?: return .double(-.infinity)
            case "nan"?: return .double(.nan)
            default:
                guard let value = number.doubleValue else {
                    throw Unsupported("values the runner does not know", number.encoded)
                }
                return .double(value)
            }
        }
        if let name = object["dtype"]?.stringValue {
            guard let dtype = DType.allCases.first(where: { $0.name == name }) else {
                throw Unsupported("element types Ember does not have", name)
            }
            return .dtype(widened && dtype.isFloatingPoint ? .float64 : widened && dtype.isComplex ? .complex128 : dtype)
        }
        if let parts = object["slice"]?.arrayValue, parts.count == 3 {
            return .slice(parts[0].integerValue, parts[1].integerValue, parts[2].integerValue)
        }
        if object["ellipsis"]?.booleanValue == true { return .ellipsis }
        if let entries = object["d"]?.objectValue {
            return .dictionary(try entries.map { ($0.name, try value($0.value, asInput: asInput)) })
        }
        throw Unsupported("values the runner does not know", json.encoded)
    }
}

extension Tensor {
    /// The same values in memory with gaps.
    func nonContiguous() -> Tensor {
        guard rank > 0 else { return self }
        return unsqueeze(-1).expand(shape + [2]).contiguous().select(-1, 1)
    }
}
