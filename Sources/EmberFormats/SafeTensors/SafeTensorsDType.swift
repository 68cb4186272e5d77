/// The element types of the safetensors format, in the order the format's own enumeration has them.
///
/// The order matters: writers sort tensors by it, from the last to the first, so that wide elements lie aligned.
public enum SafeTensorsDType: String, Sendable, CaseIterable, Comparable {
    case boolean = "BOOL"
    case float4 = "F4"
    case float6E2M3 = "F6_E2M3"
    case float6E3M2 = "F6_E3M2"
    case uint8 = "U8"
    case int8 = "I8"
    case float8E5M2 = "F8_E5M2"
    case float8E4M3 = "F8_E4M3"
    case float8E8M0 = "F8_E8M0"
    case float8E4M3FNUZ = "F8_E4M3FNUZ"
    case float8E5M2FNUZ = "F8_E5M2FNUZ"
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    case complex64 = "C64"
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"

    public var bitWidth: Int {
        switch self {
        case .float4: 4
        case .float6E2M3, .float6E3M2: 6
        case .boolean, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ: 8
        case .int16, .uint16, .float16, .bfloat16: 16
        case .int32, .uint32, .float32: 32
        case .complex64, .float64, .int64, .uint64: 64
        }
    }

    /// How many bytes a tensor of this shape takes; nil when that overflows or does not end on a whole byte.
    ///
    /// Sizes beside a zero must not overflow either: strides are products of them.
    public func byteCount(shape: [Int]) -> Int? {
        var bits = bitWidth
        for size in shape {
            let (product, overflow) = bits.multipliedReportingOverflow(by: max(size, 1))
            guard !overflow, size >= 0 else { return nil }
            bits = product
        }
        if shape.contains(0) { return 0 }
        return bits.isMultiple(of: 8) ? bits / 8 : nil
    }

    var rank: Int { SafeTensorsDType.ranks[self] ?? 0 }

    private static let ranks = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })

    public static func < (a: SafeTensorsDType, b: SafeTensorsDType) -> Bool { a.rank < b.rank }
}

/// A tensor as files hold it: its name, element type, shape, and its elements in row-major order, little-endian.
public struct TensorRecord: Sendable {
    public let name: String
    public let dtype: SafeTensorsDType
    public let shape: [Int]
    public let bytes: any ByteSource

    /// `bytes` must have the size that the type and shape ask for (writers check it).
    public init(name: String, dtype: SafeTensorsDType, shape: [Int], bytes: any ByteSource) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }
}
