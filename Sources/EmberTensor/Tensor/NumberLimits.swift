/// Range and precision of a floating-point type, as numbers that `Double` holds exactly. PyTorch: `torch.finfo`.
public struct FloatingPointLimits: Sendable, Hashable {
    /// Bits an element takes.
    public let bits: Int
    /// The distance from 1 to the next larger number.
    public let epsilon: Double
    /// The largest finite number.
    public let max: Double
    /// The smallest positive number of full precision. PyTorch: `finfo.tiny`, `finfo.smallest_normal`.
    public let smallestNormal: Double

    /// The lowest finite number.
    public var min: Double { -max }
}

/// Range of an integer type. PyTorch: `torch.iinfo`.
public struct IntegerLimits: Sendable, Hashable {
    /// Bits an element takes.
    public let bits: Int
    /// The lowest number.
    public let min: Int64
    /// The largest number.
    public let max: UInt64

    fileprivate init<Integer: FixedWidthInteger>(_ type: Integer.Type) {
        bits = Integer.bitWidth
        min = Int64(Integer.min)
        max = UInt64(Integer.max)
    }
}

extension DType {
    /// The limits of a floating-point type; nil for others. PyTorch: `torch.finfo(dtype)`.
    public var floatingPointLimits: FloatingPointLimits? {
        switch self {
        case .float16: FloatingPointLimits(bits: 16, epsilon: 0x1p-10, max: 65504, smallestNormal: 0x1p-14)
        case .bfloat16: FloatingPointLimits(bits: 16, epsilon: 0x1p-7, max: 0x1.fep127, smallestNormal: 0x1p-126)
        case .float32: FloatingPointLimits(bits: 32, epsilon: Double(Float.ulpOfOne), max: Double(Float.greatestFiniteMagnitude),
                                           smallestNormal: Double(Float.leastNormalMagnitude))
        case .float64: FloatingPointLimits(bits: 64, epsilon: .ulpOfOne, max: .greatestFiniteMagnitude,
                                           smallestNormal: .leastNormalMagnitude)
        default: nil
        }
    }

    /// The limits of an integer type; nil for others. PyTorch: `torch.iinfo(dtype)`.
    public var integerLimits: IntegerLimits? {
        switch self {
        case .uint8: IntegerLimits(UInt8.self)
        case .uint16: IntegerLimits(UInt16.self)
        case .uint32: IntegerLimits(UInt32.self)
        case .uint64: IntegerLimits(UInt64.self)
        case .int8: IntegerLimits(Int8.self)
        case .int16: IntegerLimits(Int16.self)
        case .int32: IntegerLimits(Int32.self)
        case .int64: IntegerLimits(Int64.self)
        default: nil
        }
    }

    /// Whether the type has negative numbers. PyTorch: `dtype.is_signed`.
    public var isSigned: Bool { isInteger ? (integerLimits?.min ?? 0) < 0 : self != .bool }
}
