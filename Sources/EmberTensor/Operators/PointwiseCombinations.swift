// Element-wise functions that are composed of rows of the scalar table, or that need more than one row.

private enum Rows {
    static let multiplyAdd = ScalarOperator.named("multiply_add")
    static let lerp = ScalarOperator.named("lerp")
    static let ldexp = ScalarOperator.named("ldexp")
    static let frexpMantissa = ScalarOperator.named("frexp_mantissa")
    static let frexpExponent = ScalarOperator.named("frexp_exponent")
    static let nextAfter = ScalarOperator.named("nextafter")
}

extension Tensor {
    // MARK: Sums and products

    /// self + value · a · b, broadcasting. PyTorch: `torch.addcmul`.
    public func addcmul(_ a: Tensor, _ b: Tensor, value: Scalar = 1) -> Tensor {
        composed("addcmul", [self, a, b]) { () throws(TensorError) in
            if case .double = value, try !TypePromotion.common([self, a, b]).isDifferentiable {
                throw TensorError("value \(value) must be an integer, as the tensors are")
            }
            return roundedOnce([self, a, b]) { Rows.multiplyAdd(value == 1 ? $0[1] : $0[1] * Tensor(wrapping: value), $0[2], $0[0]) }
        }
    }

    /// self + value · a / b, broadcasting. PyTorch: `torch.addcdiv`.
    public func addcdiv(_ a: Tensor, _ b: Tensor, value: Scalar = 1) -> Tensor {
        composed("addcdiv", [self, a, b]) { () throws(TensorError) in
            guard a.dtype.isDifferentiable || b.dtype.isDifferentiable else {
                throw TensorError("divides floating-point numbers, not \(a.dtype.name) by \(b.dtype.name); "
                    + "write x + value * a / b or x + value * a.truncDivide(b) for integers")
            }
            return roundedOnce([self, a, b]) { $0[0] + (value == 1 ? $0[1] : $0[1] * Tensor(wrapping: value)) / $0[2] }
        }
    }

    /// self + weight · (end - self), exactly `end` at 1, broadcasting. PyTorch: `torch.lerp`.
    public func lerp(_ end: Tensor, _ weight: Tensor) -> Tensor {
        composed("lerp", [self, end, weight]) { () throws(TensorError) in
            guard dtype.isDifferentiable, end.dtype == dtype, weight.dtype == dtype || weight.body.isWrappedNumber else {
                throw TensorError("takes floating-point tensors of one type, not \(dtype.name), \(end.dtype.name) and \(weight.dtype.name)")
            }
            if dtype.isComplex { return self + weight * (end - self) }
            return Rows.lerp(self, end, weight)
        }
    }

    /// self + weight · (end - self), broadcasting. PyTorch: `torch.lerp`.
    public func lerp(_ end: Tensor, _ weight: Double) -> Tensor { lerp(end, Tensor(wrapping: .double(weight))) }

    /// other - alpha · self, broadcasting. PyTorch: `torch.rsub`.
    public func rsub(_ other: Tensor, alpha: Scalar = 1) -> Tensor {
        composed("rsub", [self, other]) { () throws(TensorError) in
            if case .double = alpha, try !TypePromotion.common([self, other]).isDifferentiable {
                throw TensorError("alpha \(alpha) must be an integer, as the tensors are")
            }
            return other - (alpha == 1 ? self : self * Tensor(wrapping: alpha))
        }
    }

    /// The tensor itself; bool has no sign and is an error. PyTorch: `torch.positive`.
    public func positive() -> Tensor {
        composed("positive", [self]) { () throws(TensorError) in
            guard dtype != .bool else { throw TensorError("takes numbers, not truth values") }
            return self
        }
    }

    // MARK: Powers and rounding

    /// self to the power of `exponent`, computed and returned as float64, broadcasting. PyTorch: `torch.float_power`.
    public func floatPower(_ exponent: Tensor) -> Tensor {
        let type: DType = dtype.isComplex || exponent.dtype.isComplex ? .complex128 : .float64
        return to(type).pow(exponent.to(type))
    }

    /// self to the power of a number, computed and returned as float64. PyTorch: `torch.float_power`.
    public func floatPower(_ exponent: Double) -> Tensor { to(.float64).pow(exponent) }

    /// Rounded to `decimals` digits after the decimal point (before it for negative ones), halves to even. PyTorch: `torch.round(decimals=)`.
    public func round(decimals: Int) -> Tensor {
        composed("round", [self]) { () throws(TensorError) in
            if decimals == 0 { return round() }
            guard dtype.isFloatingPoint else { throw TensorError("rounds floating-point numbers to decimals, not \(dtype.name)") }
            var scale = 1.0
            for _ in 0..<Swift.min(decimals.magnitude, 400) { scale *= 10 }
            // PyTorch's order of operations: what is not exact in it decides how halves round.
            let number = Tensor(wrapping: .double(scale))
            return decimals > 0 ? (self * number).round() / number : (self / number).round() * number
        }
    }

    /// Degrees to radians. PyTorch: `torch.deg2rad`.
    public func deg2rad() -> Tensor { self * Tensor(wrapping: .double(Double.pi / 180)) }

    /// Radians to degrees. PyTorch: `torch.rad2deg`.
    public func rad2deg() -> Tensor { self * Tensor(wrapping: .double(180 / Double.pi)) }

    // MARK: Floating-point representation

    /// self · 2^exponent, exact for whole exponents, broadcasting. PyTorch: `torch.ldexp`.
    public func ldexp(_ exponent: Tensor) -> Tensor {
        dtype.isComplex || exponent.dtype.isComplex ? self * exponent.exp2() : Rows.ldexp(self, exponent)
    }

    /// Mantissas m with 0.5 ≤ |m| < 1 and int32 exponents e with m · 2^e = self. PyTorch: `torch.frexp`.
    public func frexp() -> (mantissa: Tensor, exponent: Tensor) {
        let parts = composed("frexp", [self], outputs: 2) { () throws(TensorError) in
            guard dtype.isFloatingPoint else { throw TensorError("takes floating-point tensors, not \(dtype.name)") }
            return [Rows.frexpMantissa(self), Rows.frexpExponent(detach()).to(.int32)]
        }
        return (parts[0], parts[1])
    }

    /// The next number of the type after self in the direction of `other`, broadcasting. PyTorch: `torch.nextafter`.
    public func nextAfter(_ other: Tensor) -> Tensor {
        composed("nextAfter", [self, other]) { () throws(TensorError) in
            let common = try TypePromotion.common([self, other])
            switch common {
            case .float32, .float64: return Rows.nextAfter(self, other)
            case .float16: return nextAfter(other, digits: 11, leastExponent: -13).to(.float16)
            case .bfloat16: return nextAfter(other, digits: 8, leastExponent: -125).to(.bfloat16)
            default: throw TensorError("steps floating-point numbers, not \(common.name)")
            }
        }
    }

    /// The same for a type of `digits` binary digits that float32 contains: x and x plus or minus its last place are exact there.
    private func nextAfter(_ other: Tensor, digits: Int, leastExponent: Int) -> Tensor {
        let x = to(.float32), from = x.detach(), to = other.detach().to(.float32)
        let (mantissa, exponent) = from.frexp()
        // Below a power of two numbers lie twice as close.
        let towardsZero = (from .> to) .== (from .> 0)
        let halved = ((mantissa.abs() .== 0.5) & towardsZero).to(.float32)
        let least = Tensor.scalar(.int(leastExponent))
        let place = least.where(from .== 0, else: (exponent.to(.float32) - halved).maximum(least)) - Double(digits)
        let step = Tensor.ones([]).ldexp(place) * (to - from).sign()
        let largest = Tensor((digits == 11 ? DType.float16 : .bfloat16).largestFinite)
        let moved = largest.copySign(of: from).where(from.isInfinite() & (from .!= to), else: x + step)
        return to.where(from .== to, else: moved)
    }

    /// NaN replaced by `nan`, and infinities by `positiveInfinity` and `negativeInfinity`, by default the type's largest and smallest
    /// numbers. PyTorch: `torch.nan_to_num`.
    public func nanToNum(nan: Double = 0, positiveInfinity: Double? = nil, negativeInfinity: Double? = nil) -> Tensor {
        guard !isInert, dtype.isDifferentiable else { return self }
        if dtype.isComplex {
            func part(_ x: Tensor) -> Tensor { x.nanToNum(nan: nan, positiveInfinity: positiveInfinity, negativeInfinity: negativeInfinity) }
            return .complex(part(real), part(imag))
        }
        let number = { (value: Double) in Tensor(Scalar.double(value), dtype: dtype) }
        let largest = dtype.largestFinite
        let finite = number(positiveInfinity ?? largest).where(isPositiveInfinity(),
            else: number(negativeInfinity ?? -largest).where(isNegativeInfinity(), else: self))
        return number(nan).where(isNaN(), else: finite)
    }
}

extension DType {
    /// The largest number of a floating-point type.
    fileprivate var largestFinite: Double {
        switch self {
        case .float16: 65504
        case .bfloat16: Double(Float(BFloat16(bitPattern: 0x7f7f)))
        case .float32: Double(Float.greatestFiniteMagnitude)
        default: Double.greatestFiniteMagnitude
        }
    }
}
