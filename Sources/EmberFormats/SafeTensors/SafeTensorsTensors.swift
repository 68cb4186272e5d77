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
    public var loadedDType: DType? { float8 == nil ? dtype : .uint8 }

    /// Which 8-bit floating-point type it is, if it is one.
    public var float8: Float8? {
        switch self {
        case .float8E4M3: .e4m3fn
        case .float8E5M2: .e5m2
        case .float8E4M3FNUZ: .e4m3fnuz
        case .float8E5M2FNUZ: .e5m2fnuz
        case .float8E8M0: .e8m0fnu
        default: nil
        }
    }

    init(_ float8: Float8) {
        switch float8 {
        case .e4m3fn: self = .float8E4M3
        case .e5m2: self = .float8E5M2
        case .e4m3fnuz: self = .float8E4M3FNUZ
        case .e5m2fnuz: self = .float8E5M2FNUZ
        case .e8m0fnu: self = .float8E8M0
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
        try self.init(NamedTensor(name, tensor), file: "tensor \(name)")
    }

    private init(_ named: NamedTensor, file: String) throws(FormatError) {
        guard let dtype = named.float8.map({ SafeTensorsDType($0) }) ?? SafeTensorsDType(named.tensor.dtype) else {
            throw FormatError(.unsupported, file: file, "cannot write “\(named.name)”: safetensors files hold no \(named.typeName); "
                + "store it as complex64, or its parts with viewAsReal()")
        }
        self.init(name: named.name, dtype: dtype, shape: named.tensor.shape, bytes: TensorBytes(named.tensor))
    }

    /// The records of a file that is to be written at `path`.
    static func records(of tensors: [NamedTensor], path: String) throws(FormatError) -> [TensorRecord] {
        try tensors.map { (named) throws(FormatError) in try TensorRecord(named, file: path) }
    }
}
