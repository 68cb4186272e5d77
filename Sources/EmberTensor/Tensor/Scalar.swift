/// One number or truth value that knows which kind it is, for arguments that PyTorch calls `Scalar`.
///
/// Literals work directly: `Tensor.full([2, 3], 1)` is an int64 tensor, `Tensor.full([2, 3], 1.0)` a float32 one.
public enum Scalar: Sendable, Hashable {
    case bool(Bool)
    case int(Int)
    case double(Double)
    case complex(Complex128)

    /// The value as a floating-point number; true is 1, a complex number its real part.
    public var doubleValue: Double {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .int(let value): Double(value)
        case .double(let value): value
        case .complex(let value): value.real
        }
    }

    /// The type a tensor of this scalar alone has: bool, int64, the default floating type or its complex type.
    public var dtype: DType {
        switch self {
        case .bool: .bool
        case .int: .int64
        case .double: Tensor.defaultDType
        case .complex: Tensor.defaultDType.complexType
        }
    }

    public init(_ value: Bool) { self = .bool(value) }
    public init(_ value: Int) { self = .int(value) }
    public init(_ value: Double) { self = .double(value) }
    public init(_ value: Complex128) { self = .complex(value) }
}

extension Scalar: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension Scalar: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .complex(let value): "\(value)"
        }
    }
}
