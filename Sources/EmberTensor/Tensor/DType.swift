import CEmber

/// The type of a tensor's elements. PyTorch: `torch.dtype`.
///
/// Raw values are those of CEmber's `ember_dtype`.
public enum DType: Int32, Sendable, Hashable, CaseIterable {
    case bool = 0
    case uint8 = 1
    case int8 = 2
    case int16 = 3
    case int32 = 4
    case int64 = 5
    case float16 = 6
    case bfloat16 = 7
    case float32 = 8
    case float64 = 9
    case complex64 = 10
    case complex128 = 11
    case uint16 = 12
    case uint32 = 13
    case uint64 = 14

    /// Bytes an element takes.
    public var size: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64, .complex64: 8
        case .complex128: 16
        }
    }

    /// float16, bfloat16, float32 or float64: real numbers with a fraction. PyTorch: `dtype.is_floating_point`.
    public var isFloatingPoint: Bool { rawValue >= DType.float16.rawValue && rawValue <= DType.float64.rawValue }

    /// complex64 or complex128. PyTorch: `dtype.is_complex`.
    public var isComplex: Bool { self == .complex64 || self == .complex128 }

    /// Floating-point or complex: the types that can carry gradients.
    public var isDifferentiable: Bool { rawValue >= DType.float16.rawValue && rawValue <= DType.complex128.rawValue }

    /// An integer type; `bool` is none. PyTorch: what `torch.is_integral` excludes bool from.
    public var isInteger: Bool { self != .bool && !isDifferentiable }

    /// The type of the real and imaginary parts of a complex type; itself for all others. PyTorch: `dtype.to_real`.
    public var realType: DType { self == .complex64 ? .float32 : self == .complex128 ? .float64 : self }

    /// The complex type whose parts have this type's precision, at least float32's. PyTorch: `dtype.to_complex`, whose float16 has a
    /// complex type of its own.
    public var complexType: DType { self == .float64 || self == .complex128 ? .complex128 : .complex64 }

    /// PyTorch's name, which is also what prints: `float32`, `int64` …
    public var name: String { String(describing: self) }

    /// The type of `a ∘ b` for tensors with dimensions. As in PyTorch, uint16, uint32 and uint64 have none with other integers, bool and
    /// complex types: an error. PyTorch: `torch.promote_types`.
    public static func promote(_ a: DType, _ b: DType) throws(TensorError) -> DType {
        if a == b { return a }
        if a.rawValue >= DType.uint16.rawValue && !b.isFloatingPoint || b.rawValue >= DType.uint16.rawValue && !a.isFloatingPoint {
            throw TensorError("\(a.name) and \(b.name) have no common type; convert one of the tensors with to(_:)")
        }
        switch (a.category, b.category) {
        case let (x, y) where x != y:
            if x == .complex || y == .complex { return a.complexType == .complex128 || b.complexType == .complex128 ? .complex128 : .complex64 }
            return x.rawValue > y.rawValue ? a : b
        case (.complex, _):
            return .complex128
        case (.floating, _):
            // Neither of the two 16-bit types holds the other.
            if a.size == 2 && b.size == 2 { return .float32 }
            return a.size > b.size ? a : b
        default:
            // uint8 with a signed type needs the next wider signed one.
            if a == .uint8 { return b == .int8 ? .int16 : b }
            if b == .uint8 { return a == .int8 ? .int16 : a }
            return a.size > b.size ? a : b
        }
    }

    enum Category: Int { case boolean, integer, floating, complex }

    var category: Category {
        self == .bool ? .boolean : isFloatingPoint ? .floating : isComplex ? .complex : .integer
    }

    /// What this type's values are computed in by the element-wise engine.
    var compute: ember_compute {
        switch self {
        case .float64: EMBER_COMPUTE_FLOAT64
        case .float16, .bfloat16, .float32: EMBER_COMPUTE_FLOAT32
        case .complex64: EMBER_COMPUTE_COMPLEX64
        case .complex128: EMBER_COMPUTE_COMPLEX128
        case .uint64: EMBER_COMPUTE_UINT64
        default: EMBER_COMPUTE_INT64
        }
    }
}

/// A number with float32's range and 8 bits of precision: the upper half of a `Float`.
public struct BFloat16: Sendable, Hashable {
    /// Sign, eight exponent bits, seven bits of fraction.
    public var bitPattern: UInt16

    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// Rounds to nearest, ties to even.
    public init(_ value: Float) {
        let bits = value.bitPattern
        bitPattern = value.isNaN ? 0x7fc0 : UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
    }
}

extension Float {
    /// The same value, exactly.
    public init(_ value: BFloat16) { self.init(bitPattern: UInt32(value.bitPattern) << 16) }
}

/// A Swift type that tensors can be made from and read into.
public protocol TensorElement: Sendable {
    /// The element type that has this type's memory layout.
    static var dtype: DType { get }
}

extension Bool: TensorElement { public static var dtype: DType { .bool } }
extension UInt8: TensorElement { public static var dtype: DType { .uint8 } }
extension Int8: TensorElement { public static var dtype: DType { .int8 } }
extension Int16: TensorElement { public static var dtype: DType { .int16 } }
extension Int32: TensorElement { public static var dtype: DType { .int32 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension Int: TensorElement { public static var dtype: DType { .int64 } }
extension UInt16: TensorElement { public static var dtype: DType { .uint16 } }
extension UInt32: TensorElement { public static var dtype: DType { .uint32 } }
extension UInt64: TensorElement { public static var dtype: DType { .uint64 } }
extension UInt: TensorElement { public static var dtype: DType { .uint64 } }
#if !(os(macOS) && arch(x86_64))
extension Float16: TensorElement { public static var dtype: DType { .float16 } }
#endif
extension BFloat16: TensorElement { public static var dtype: DType { .bfloat16 } }
extension Float: TensorElement { public static var dtype: DType { .float32 } }
extension Double: TensorElement { public static var dtype: DType { .float64 } }
