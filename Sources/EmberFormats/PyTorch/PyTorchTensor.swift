import EmberTensor

/// The memory that tensors of a PyTorch file share, or that tensors which are to be written will have there.
///
/// `@unchecked Sendable`: `content` is set once, by the reader that made the storage, before anybody else sees it.
public final class PyTorchStorage: @unchecked Sendable {
    enum Content {
        case bytes(any ByteSource)
        case member(ZipArchive, ZipArchive.Entry)
    }

    /// The size that the file announces; the reader has made sure that the content has it.
    public let byteCount: Int
    let isBigEndian: Bool
    var content: Content

    init(byteCount: Int, isBigEndian: Bool = false, content: Content = .bytes([UInt8]())) {
        self.byteCount = byteCount
        self.isBigEndian = isBigEndian
        self.content = content
    }

    /// The content; unpacked now if the file is packed, which PyTorch's own files never are.
    func bytes() throws(FormatError) -> any ByteSource {
        switch content {
        case .bytes(let source): return source
        // PyTorch does not compare checksums, and can be told not to write them.
        case .member(let zip, let member): return try zip.content(of: member, verifying: !member.isStored)
        }
    }
}

/// A tensor in a PyTorch file: what kind of view of which storage. Nothing is read before ``load()``.
public struct PyTorchTensor: Sendable {
    public let storage: PyTorchStorage
    public let dtype: TorchDType
    public let shape: [Int]
    /// In elements. Zero for expanded dimensions.
    public let strides: [Int]
    /// Of the first element, in elements.
    public let offset: Int
    public var requiresGrad: Bool
    /// Whether it was saved as a `torch.nn.Parameter`.
    public var isParameter = false
    /// PyTorch saves the conjugate and the negative of a tensor as a mark on it.
    let isConjugated: Bool
    let isNegated: Bool
    let file: String

    /// Expanded tensors may be this much larger than their storage when they are loaded: a file of a few bytes can announce any size.
    static let maximumExpandedBytes = 1 << 30

    /// A tensor to be written. One of uint8 may have the bytes of 8-bit floating-point numbers, and is then written as such.
    public init(_ tensor: Tensor, float8: Float8? = nil) throws(FormatError) {
        precondition(float8 == nil || tensor.dtype == .uint8, "8-bit floating-point numbers are carried as uint8, not \(tensor.dtype.name)")
        guard let dtype = float8.flatMap({ TorchDType(rawValue: $0.rawValue) }) ?? TorchDType(tensor.dtype) else {
            throw FormatError(.unsupported, file: "tensor", "PyTorch has no element type \(tensor.dtype.name)")
        }
        var strides = [Int](repeating: 1, count: tensor.rank)
        for dim in tensor.shape.indices.dropLast().reversed() { strides[dim] = strides[dim + 1] * max(tensor.shape[dim + 1], 1) }
        let bytes = TensorBytes(tensor)
        storage = PyTorchStorage(byteCount: bytes.byteCount, content: .bytes(bytes))
        self.dtype = dtype
        shape = tensor.shape
        self.strides = strides
        offset = 0
        requiresGrad = tensor.requiresGrad
        isConjugated = false
        isNegated = false
        file = "tensor"
    }

    /// A view of a storage; throws unless all elements lie within it.
    init(
        storage: PyTorchStorage, dtype: TorchDType, shape: [Int], strides: [Int], offset: Int, requiresGrad: Bool = false,
        isConjugated: Bool = false, isNegated: Bool = false, file: String
    ) throws(FormatError) {
        func error(_ problem: String) -> FormatError {
            FormatError(.malformed, file: file, "a tensor of shape \(shape), strides \(strides), offset \(offset) \(problem)")
        }
        guard shape.count == strides.count else { throw error("has a different number of strides") }
        guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else { throw error("has a negative size") }
        // Sizes beside a zero must not overflow either: others multiply them.
        var bytes = dtype.size, last = offset
        for (size, stride) in zip(shape, strides) {
            let (product, tooLarge) = bytes.multipliedReportingOverflow(by: max(size, 1))
            let (step, tooFar) = max(size - 1, 0).multipliedReportingOverflow(by: stride)
            let (sum, carried) = last.addingReportingOverflow(step)
            guard !tooLarge, !tooFar, !carried else { throw error("is larger than memory can be") }
            (bytes, last) = (product, sum)
        }
        let isEmpty = shape.contains(0)
        guard isEmpty || last < storage.byteCount / dtype.size else {
            throw error("of \(dtype.rawValue) reaches beyond its storage of \(storage.byteCount) bytes")
        }
        guard isEmpty || bytes <= max(storage.byteCount, PyTorchTensor.maximumExpandedBytes) else {
            throw FormatError(.tooLarge, file: file, "a tensor of shape \(shape) is expanded from a storage of \(storage.byteCount) bytes")
        }
        self.storage = storage
        self.dtype = dtype
        self.shape = shape
        self.strides = strides
        self.offset = offset
        self.requiresGrad = requiresGrad
        self.isConjugated = isConjugated
        self.isNegated = isNegated
        self.file = file
    }

    /// Bytes that the elements take, each counted once.
    public var byteCount: Int { shape.reduce(dtype.size, *) }

    /// The element type that ``load()`` gives; nil for tensors that it refuses.
    public var loadedDType: DType? {
        shape.count <= Tensor.maximumRank && !isConjugated && !isNegated ? dtype.loadedDType : nil
    }

    /// The tensor, a view of the mapped file where that is possible. It does not require gradients.
    /// - Throws: `FormatError` for element types that Ember has not.
    public func load() throws(FormatError) -> Tensor {
        guard let loaded = loadedDType else {
            let reason = shape.count > Tensor.maximumRank ? "\(shape.count) dimensions; tensors have at most \(Tensor.maximumRank)"
                : isConjugated || isNegated ? "a lazily conjugated or negated tensor" : "the element type \(dtype.rawValue)"
            throw FormatError(.unsupported, file: file, "cannot load \(reason)")
        }
        guard !shape.contains(0) else { return Tensor.zeros(shape, dtype: loaded) }
        var contiguous = 1, isContiguous = true
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            isContiguous = isContiguous && stride == contiguous
            contiguous *= size
        }
        return StoredElements(try storage.bytes(), loaded, isBigEndian: storage.isBigEndian)
            .tensor(shape, strides: isContiguous ? nil : strides, offset: offset)
    }
}
