import Foundation

/// A complex number of two floating-point numbers: what a complex64 or complex128 tensor's element is.
public struct Complex<Real: BinaryFloatingPoint & Sendable>: Sendable, Hashable {
    public var real: Real
    public var imaginary: Real

    public init(_ real: Real, _ imaginary: Real = 0) {
        self.real = real
        self.imaginary = imaginary
    }

    /// Rounds both parts to another precision.
    public init<Other>(_ other: Complex<Other>) { self.init(Real(other.real), Real(other.imaginary)) }

    /// The imaginary unit.
    public static var i: Complex { Complex(0, 1) }

    /// The number with the opposite imaginary part.
    public var conjugate: Complex { Complex(real, -imaginary) }

    /// The distance from 0, without overflow of squares.
    public var magnitude: Real { Real(hypot(Double(real), Double(imaginary))) }

    /// The angle from the positive real axis, in -π through π.
    public var phase: Real { Real(atan2(Double(imaginary), Double(real))) }

    public static func + (a: Complex, b: Complex) -> Complex { Complex(a.real + b.real, a.imaginary + b.imaginary) }
    public static func - (a: Complex, b: Complex) -> Complex { Complex(a.real - b.real, a.imaginary - b.imaginary) }
    public static prefix func - (a: Complex) -> Complex { Complex(-a.real, -a.imaginary) }
    public static func * (a: Complex, b: Complex) -> Complex {
        Complex(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
    }
    /// By the larger part of the divisor (R. L. Smith, Algorithm 116, 1962): squares would overflow.
    public static func / (a: Complex, b: Complex) -> Complex {
        if abs(b.imaginary) > abs(b.real) {
            let ratio = b.real / b.imaginary, divisor = b.imaginary + b.real * ratio
            return Complex((a.real * ratio + a.imaginary) / divisor, (a.imaginary * ratio - a.real) / divisor)
        }
        let ratio = b.real == 0 ? 0 : b.imaginary / b.real, divisor = b.real + b.imaginary * ratio
        return Complex((a.real + a.imaginary * ratio) / divisor, (a.imaginary - a.real * ratio) / divisor)
    }
}

/// The element of a complex64 tensor.
public typealias Complex64 = Complex<Float>
/// The element of a complex128 tensor.
public typealias Complex128 = Complex<Double>

extension Complex: CustomStringConvertible {
    /// `1.0+2.0j`, as Python writes it.
    public var description: String { "\(real)\(imaginary.sign == .minus ? "" : "+")\(imaginary)j" }
}

/// The real types that tensors have complex numbers of: `Float` and `Double`.
public protocol ComplexComponent: BinaryFloatingPoint, Sendable {
    /// The type of a tensor of complex numbers with such parts.
    static var complexDType: DType { get }
}

extension Float: ComplexComponent { public static var complexDType: DType { .complex64 } }
extension Double: ComplexComponent { public static var complexDType: DType { .complex128 } }

extension Complex: TensorElement where Real: ComplexComponent { public static var dtype: DType { Real.complexDType } }
extension Complex: ExpressibleByScalarDefault where Real: ComplexComponent { public static var scalarDefault: Complex { Complex(0) } }
