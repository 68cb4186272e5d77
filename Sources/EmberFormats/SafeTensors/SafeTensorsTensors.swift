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
        default: nil
        }
    }

    /// How the format names one of Ember's element types.
    public init(_ dtype: DType) {
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
    /// The tensor's elements under a name, as files hold them. Nothing is copied.
    public init(name: String, _ tensor: Tensor) {
        self.init(name: name, dtype: SafeTensorsDType(tensor.dtype), shape: tensor.shape, bytes: TensorBytes(tensor))
    }

    init(_ named: NamedTensor) { self.init(name: named.name, named.tensor) }
}
