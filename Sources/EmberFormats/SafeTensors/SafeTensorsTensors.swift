import EmberTensor

extension SafeTensorsDType {
    /// The element type Ember computes in; nil for types it only carries as bytes.
    public var dtype: DType? {
        switch self {
        case .boolean: .bool
        case .uint8: .uint8
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float32: .float32
        case .float64: .float64
        case .complex64: .complex64
        case .uint16: .uint16
        case .uint32: .uint32
        case .uint64: .uint64
        default: nil
        }
    }

    /// How the format names one of Ember's element types; nil for complex128, for which it has no name.
    public init?(_ dtype: DType) {
        switch dtype {
        case .bool: self = .boolean
        case .uint8: self = .uint8
        case .int8: self = .int8
        case .int16: self = .int16
        case .int32: self = .int32
        case .int64: self = .int64
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        case .float32: self = .float32
        case .float64: self = .float64
        case .complex64: self = .complex64
        case .complex128: return nil
        case .uint16: self = .uint16
        case .uint32: self = .uint32
        case .uint64: self = .uint64
        }
    }
}

extension SafeTensorsDType {
    /// The element type that loading gives: 8-bit floating-point numbers, in which Ember does not compute, are loaded as the bytes they are. Nil
    /// for elements of less than a byte.
    public var loadedDType: DType? {
        switch self {
        case .float8E5M2, .float8E4M3, .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ: .uint8
        default: dtype
        }
    }
}

extension Tensor {
    /// The record's elements as a tensor; nil when Ember has no such element type.
    ///
    /// Elements of a mapped file are not copied: the tensor reads them from there, and the mapping lives as long as the tensor.
    public init?(_ record: TensorRecord) {
        guard let dtype = record.dtype.loadedDType, record.shape.count <= Tensor.maximumRank else { return nil }
        self = StoredElements(record.bytes, dtype).tensor(record.shape)
    }
}

extension TensorRecord {
    /// The tensor's elements under a name, as files hold them. Nothing is copied. Throws for complex128, which files cannot hold.
    public init(name: String, _ tensor: Tensor) throws(FormatError) {
        guard let dtype = SafeTensorsDType(tensor.dtype) else {
            throw FormatError(.unsupported, file: "tensor \(name)", "safetensors files hold no \(tensor.dtype.name); store it as complex64, "
                + "or its parts with viewAsReal()")
        }
        self.init(name: name, dtype: dtype, shape: tensor.shape, bytes: TensorBytes(tensor))
    }

    static func records(of tensors: [NamedTensor]) throws(FormatError) -> [TensorRecord] {
        try tensors.map { (named) throws(FormatError) in try TensorRecord(name: named.name, named.tensor) }
    }
}
