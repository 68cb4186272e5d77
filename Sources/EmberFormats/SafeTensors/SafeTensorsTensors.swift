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

extension Tensor {
    /// The record's elements as a tensor; nil when Ember has no such element type.
    public init?(_ record: TensorRecord) {
        guard let dtype = record.dtype.dtype else { return nil }
        if dtype == .bool {
            // A file may hold any byte; a boolean in memory is 0 or 1.
            let truths: [UInt8] = record.bytes.withUnsafeBytes { $0.map { $0 == 0 ? 0 : 1 } }
            self = truths.withUnsafeBytes { Tensor(bytes: $0, shape: record.shape, dtype: dtype) }
        } else {
            self = record.bytes.withUnsafeBytes { Tensor(bytes: $0, shape: record.shape, dtype: dtype) }
        }
    }
}

extension TensorRecord {
    /// The tensor's elements under a name, as files hold them.
    public init(name: String, _ tensor: Tensor) {
        self.init(name: name, dtype: SafeTensorsDType(tensor.dtype), shape: tensor.shape, bytes: tensor.bytes())
    }
}
