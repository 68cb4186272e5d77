import EmberTensor

/// The element types of PyTorch's files, by PyTorch's names.
public enum TorchDType: String, Sendable, Hashable, CaseIterable {
    case bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64
    case uint16, uint32, uint64, complex64, complex128
    case float8E4M3FN = "float8_e4m3fn"
    case float8E5M2 = "float8_e5m2"
    case float8E4M3FNUZ = "float8_e4m3fnuz"
    case float8E5M2FNUZ = "float8_e5m2fnuz"
    case float8E8M0FNU = "float8_e8m0fnu"

    /// Bytes of an element.
    public var size: Int {
        switch self {
        case .bool, .uint8, .int8, .float8E4M3FN, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0FNU: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64, .complex64: 8
        case .complex128: 16
        }
    }

    /// The element type that loading gives; 8-bit floating-point numbers are loaded as bytes, and nil stands for types that Ember has not.
    public var loadedDType: DType? {
        float8 != nil ? .uint8 : DType.allCases.first { $0.name == rawValue }
    }

    /// Which 8-bit floating-point type it is, if it is one.
    public var float8: Float8? { Float8(rawValue: rawValue) }

    /// PyTorch's name for one of Ember's types is Ember's name.
    public init?(_ dtype: DType) { self.init(rawValue: dtype.name) }

    /// The class of PyTorch's typed storages, such as `FloatStorage`; types that came later are saved in untyped ones.
    var storageClass: String? { TorchDType.storageClasses.first { $0.value == self }?.key }

    static let storageClasses: [String: TorchDType] = [
        "BoolStorage": .bool, "ByteStorage": .uint8, "CharStorage": .int8, "ShortStorage": .int16, "IntStorage": .int32,
        "LongStorage": .int64, "HalfStorage": .float16, "BFloat16Storage": .bfloat16, "FloatStorage": .float32, "DoubleStorage": .float64,
        "ComplexFloatStorage": .complex64, "ComplexDoubleStorage": .complex128,
    ]
}
