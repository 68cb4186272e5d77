import EmberTensor

/// What a file says about one of its tensors, known without reading the elements.
public struct TensorEntry: Sendable, Hashable {
    /// The name, unique in its file. Nested containers give paths: `optimizer.state.0.exp_avg`.
    public let name: String
    public let shape: [Int]
    /// The element type in the format's own words: `F8_E4M3`, `>f4`, `Q4_0`.
    public let storedType: String
    /// The element type that ``TensorArchive/load(_:)`` gives; nil for elements that Ember cannot load.
    public let dtype: DType?
    /// The 8-bit floating-point type of the elements, which ``TensorArchive/load(_:)`` gives as uint8; nil for all other types.
    public let float8: Float8?
    /// Bytes that the elements take in the file, unpacked.
    public let byteCount: Int

    public init(name: String, shape: [Int], storedType: String, dtype: DType?, float8: Float8? = nil, byteCount: Int) {
        self.name = name
        self.shape = shape
        self.storedType = storedType
        self.dtype = dtype
        self.float8 = float8
        self.byteCount = byteCount
    }
}

/// A file of named tensors, whatever its format: what programs need that list, convert or compare.
///
/// ```swift
/// let file = try TensorFile.open("model.pt")
/// for entry in file.entries { print(entry.name, entry.shape, entry.storedType) }
/// let weight = try file.load("conv.weight")
/// ```
/// Opening checks everything about the file but its elements, which are read when a tensor is loaded and, where the format allows it, only
/// when they are looked at.
public protocol TensorArchive: Sendable {
    var format: TensorFormat { get }
    /// The path as it was given, or a description such as "bytes in memory".
    var path: String { get }
    /// What the file says beside its tensors.
    var metadata: JSONObject { get }
    /// The tensors in the order of the file.
    var entries: [TensorEntry] { get }
    /// The tensor of this name. It shares the memory of the mapped file where that is possible; a write copies first, as always.
    /// - Throws: `FormatError` when there is none of this name, its elements are damaged, or ``TensorEntry/dtype`` is nil.
    func load(_ name: String) throws(FormatError) -> Tensor
}

extension TensorArchive {
    /// All tensors in the order of the file.
    public func loadAll() throws(FormatError) -> [NamedTensor] {
        var result: [NamedTensor] = []
        for entry in entries { result.append(NamedTensor(entry.name, try load(entry.name), float8: entry.float8)) }
        return result
    }

    func missing(_ name: String) -> FormatError {
        FormatError(.malformed, file: path, "there is no tensor “\(name)”")
    }
}

/// A tensor under a name, as files have them.
public struct NamedTensor: Sendable {
    public let name: String
    public let tensor: Tensor
    /// Set when the tensor, of type uint8, has the bytes of 8-bit floating-point numbers: files that know these types then have them as such.
    public let float8: Float8?

    public init(_ name: String, _ tensor: Tensor, float8: Float8? = nil) {
        precondition(float8 == nil || tensor.dtype == .uint8, "8-bit floating-point numbers are carried as uint8, not \(tensor.dtype.name)")
        self.name = name
        self.tensor = tensor
        self.float8 = float8
    }

    /// The type of the elements as errors and comparisons name it: `float32`, `float8_e5m2`.
    public var typeName: String { float8?.rawValue ?? tensor.dtype.name }
}

/// The memory of a tensor as bytes in row-major order; a tensor that lies otherwise is copied only while it is looked at.
public struct TensorBytes: ByteSource {
    public let tensor: Tensor

    public init(_ tensor: Tensor) { self.tensor = tensor }

    public var byteCount: Int { tensor.count * tensor.dtype.size }

    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try tensor.withUnsafeRawBuffer(body)
    }
}
