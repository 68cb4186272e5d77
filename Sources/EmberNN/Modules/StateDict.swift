import EmberTensor

/// Tensors by path, in a fixed order: the state of a model. PyTorch: what `Module.state_dict` returns.
///
/// A value: taking one copies no memory, and it keeps its numbers whatever happens to the model afterwards.
public struct StateDict: Sendable {
    /// The paths, in the order of the model.
    public private(set) var keys: [String] = []
    private var tensors: [String: Tensor] = [:]

    public init() {}

    /// From pairs; a later pair replaces an earlier one of the same path.
    public init(_ pairs: some Sequence<(String, Tensor)>) {
        for (key, tensor) in pairs { self[key] = tensor }
    }

    /// From a dictionary, in the order of the paths.
    public init(_ dictionary: [String: Tensor]) {
        self.init(dictionary.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    /// The tensor at a path; setting nil removes it.
    public subscript(key: String) -> Tensor? {
        get { tensors[key] }
        set {
            if tensors.updateValue(newValue, forKey: key) { keys.append(key) }
            if newValue == nil { keys.removeAll { $0 == key } }
        }
    }

    /// The same tensors in a dictionary, for a file format that keeps no order.
    public var dictionary: [String: Tensor] { tensors }

    /// Only the paths below `prefix`, without it: `state.under("encoder")` has `layers.0.weight` for `encoder.layers.0.weight`.
    public func under(_ prefix: String) -> StateDict {
        StateDict(compactMap { key, tensor in key.hasPrefix(prefix + ".") ? (String(key.dropFirst(prefix.count + 1)), tensor) : nil })
    }

    /// The same tensors under other paths; nil drops one.
    public func renamed(_ rename: (String) -> String?) -> StateDict {
        StateDict(compactMap { key, tensor in rename(key).map { ($0, tensor) } })
    }
}

extension Dictionary {
    /// Sets or removes; true when the key is new and got a value.
    fileprivate mutating func updateValue(_ value: Value?, forKey key: Key) -> Bool {
        guard let value else { self[key] = nil; return false }
        return updateValue(value, forKey: key) == nil
    }
}

extension StateDict: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { keys.count }
    public subscript(position: Int) -> (key: String, value: Tensor) {
        let key = keys[position]
        guard let tensor = tensors[key] else { preconditionFailure("a path without a tensor") }
        return (key, tensor)
    }
}

extension StateDict: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Tensor)...) { self.init(elements) }
}

/// A state dict does not fit a model.
public struct StateDictError: Error, Sendable, CustomStringConvertible {
    /// Paths that the model has and the state dict lacks.
    public let missing: [String]
    /// Paths that the state dict has and the model lacks.
    public let unexpected: [String]
    /// Paths whose shapes differ.
    public let misshapen: [(path: String, expected: Shape, found: Shape)]

    public var description: String {
        var lines = ["the state dict does not fit the model:"]
        if !missing.isEmpty { lines.append("  missing: " + missing.joined(separator: ", ")) }
        if !unexpected.isEmpty { lines.append("  unexpected: " + unexpected.joined(separator: ", ")) }
        for (path, expected, found) in misshapen { lines.append("  \(path): the model has shape \(expected), the state dict \(found)") }
        return lines.joined(separator: "\n")
    }
}
