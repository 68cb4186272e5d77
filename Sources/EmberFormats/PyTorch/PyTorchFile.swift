import EmberTensor

/// A file of `torch.save` or `torch.jit.save`: tensors in any nesting of dictionaries, lists and tuples, beside numbers and strings.
///
/// ```swift
/// let file = try PyTorchFile(path: "checkpoint.pt")
/// if let weights = file.value["model"]?.stateDict {
///     for (name, tensor) in weights { print(name, try tensor.load()) }
/// }
/// ```
/// Nothing in a file is ever run: names of Python outside of a fixed list are an error, as they are with `weights_only=True`. The zip format and
/// the one before PyTorch 1.6 are read; of TorchScript files the parameters, buffers and attributes, but not the code.
/// PyTorch: `torch.load(path, weights_only=True)`.
public struct PyTorchFile: TensorArchive {
    /// The largest pickle that is read; tensors are not part of it.
    public static let maximumPickleBytes = 1 << 28

    public let path: String
    /// ``TensorFormat/pytorch`` or ``TensorFormat/torchScript``.
    public let format: TensorFormat
    /// What the file holds.
    public let value: PickleValue
    private let tensors: [(name: String, tensor: PyTorchTensor)]
    private let positions: [String: Int]

    /// Opens a file; the elements of tensors are read when they are looked at.
    /// - Throws: `FormatError` when it cannot be read, is damaged, or needs anything of Python that is not data.
    public init(path: String) throws(FormatError) {
        try self.init(source: try MappedFile(path: path), description: path)
    }

    /// Reads the content of a file that lies in memory. `description` stands for the path in errors.
    public init(bytes: [UInt8], description: String = "bytes in memory") throws(FormatError) {
        try self.init(source: bytes, description: description)
    }

    private init(source: any ByteSource, description: String) throws(FormatError) {
        let isZip = source.withUnsafeBytes { $0.starts(with: Array("PK".utf8)) }
        if isZip {
            let archive = try TorchArchive(try ZipArchive(source, file: description), file: description)
            format = archive.isScript ? .torchScript : .pytorch
            value = try archive.value()
        } else {
            format = .pytorch
            value = try LegacyTorchFile.value(source, file: description)
        }
        path = description
        var listing = PickleListing()
        listing.add(value)
        tensors = listing.tensors
        positions = listing.positions
    }

    /// Everything but the tensors, by its path: `optimizer.param_groups.0.lr`.
    public var metadata: JSONObject {
        var listing = PickleListing(keepsOthers: true)
        listing.add(value)
        return listing.others
    }

    public var entries: [TensorEntry] {
        tensors.map { name, tensor in
            TensorEntry(
                name: name, shape: tensor.shape, storedType: tensor.dtype.rawValue, dtype: tensor.loadedDType, float8: tensor.dtype.float8,
                byteCount: tensor.byteCount)
        }
    }

    public func load(_ name: String) throws(FormatError) -> Tensor {
        guard let position = positions[name] else { throw missing(name) }
        do throws(FormatError) { return try tensors[position].tensor.load() } catch {
            throw FormatError(error.kind, file: path, "“\(name)”: \(error.problem)")
        }
    }
}

/// The tensors of a nested value by their paths, and the rest as JSON.
private struct PickleListing {
    private(set) var tensors: [(name: String, tensor: PyTorchTensor)] = []
    private(set) var positions: [String: Int] = [:]
    private(set) var others: JSONObject = [:]
    private let keepsOthers: Bool

    init(keepsOthers: Bool = false) { self.keepsOthers = keepsOthers }

    private mutating func note(_ value: PickleValue, path: String) {
        if keepsOthers { others[path] = PickleListing.json(value) }
    }

    mutating func add(_ value: PickleValue, path: String = "") {
        func inner(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        switch value {
        case .tensor(let tensor):
            // A key may contain a point, so that two paths can be spelled alike.
            var name = path.isEmpty ? "tensor" : path
            while positions[name] != nil { name += "'" }
            positions[name] = tensors.count
            tensors.append((name, tensor))
        case .dictionary(let dictionary):
            for (key, value) in dictionary.pairs {
                let name = key.stringValue ?? key.integerValue.map(String.init) ?? PickleListing.json(key).encoded
                add(value, path: inner(name))
            }
        case .list(let elements), .tuple(let elements), .set(let elements):
            guard elements.contains(where: { $0.isContainer }) else {
                note(value, path: path)
                return
            }
            for (index, element) in elements.enumerated() { add(element, path: inner("\(index)")) }
        case .object(_, let state): add(state, path: path)
        default: note(value, path: path)
        }
    }

    private static func json(_ value: PickleValue) -> JSON {
        switch value {
        case .none: .null
        case .boolean(let value): .boolean(value)
        case .integer(let value): .integer(value)
        case .largeInteger(let bytes): .string("an integer of \(bytes.count) bytes")
        case .number(let value): .number(value)
        case .complex(let real, let imaginary): .array([.number(real), .number(imaginary)])
        case .string(let value): .string(value)
        case .bytes(let bytes): .string("\(bytes.count) bytes")
        case .list(let elements), .tuple(let elements), .set(let elements): .array(elements.map(json))
        case .dtype(let dtype): .string("torch.\(dtype.rawValue)")
        case .device(let name): .string(name)
        case .size(let sizes): .array(sizes.map(JSON.integer))
        case .dictionary, .tensor, .object: .string("…")
        }
    }
}

extension PickleValue {
    /// Whether there may be tensors in it.
    fileprivate var isContainer: Bool {
        switch self {
        case .tensor, .dictionary, .object, .list, .tuple, .set: true
        default: false
        }
    }
}
