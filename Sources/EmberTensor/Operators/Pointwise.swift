// Public methods for rows of the scalar table that take one or two operands. What a row computes, its types and its gradient stand in
// CEmber's ScalarOperators.def; a row is looked up once.

private enum Rows {
    static let abs = ScalarOperator.named("abs")
    static let sign = ScalarOperator.named("sign")
    static let square = ScalarOperator.named("square")
    static let reciprocal = ScalarOperator.named("reciprocal")
    static let sqrt = ScalarOperator.named("sqrt")
    static let rsqrt = ScalarOperator.named("rsqrt")
    static let exp = ScalarOperator.named("exp")
    static let exp2 = ScalarOperator.named("exp2")
    static let expm1 = ScalarOperator.named("expm1")
    static let log = ScalarOperator.named("log")
    static let log2 = ScalarOperator.named("log2")
    static let log10 = ScalarOperator.named("log10")
    static let log1p = ScalarOperator.named("log1p")
    static let sin = ScalarOperator.named("sin")
    static let cos = ScalarOperator.named("cos")
    static let tan = ScalarOperator.named("tan")
    static let asin = ScalarOperator.named("asin")
    static let acos = ScalarOperator.named("acos")
    static let atan = ScalarOperator.named("atan")
    static let sinh = ScalarOperator.named("sinh")
    static let cosh = ScalarOperator.named("cosh")
    static let tanh = ScalarOperator.named("tanh")
    static let asinh = ScalarOperator.named("asinh")
    static let acosh = ScalarOperator.named("acosh")
    static let atanh = ScalarOperator.named("atanh")
    static let floor = ScalarOperator.named("floor")
    static let ceil = ScalarOperator.named("ceil")
    static let round = ScalarOperator.named("round")
    static let trunc = ScalarOperator.named("trunc")
    static let frac = ScalarOperator.named("frac")
    static let sigmoid = ScalarOperator.named("sigmoid")
    static let relu = ScalarOperator.named("relu")
    static let erf = ScalarOperator.named("erf")
    static let erfc = ScalarOperator.named("erfc")
    static let logGamma = ScalarOperator.named("lgamma")
    static let digamma = ScalarOperator.named("digamma")
    static let isNaN = ScalarOperator.named("isnan")
    static let isInfinite = ScalarOperator.named("isinf")
    static let isFinite = ScalarOperator.named("isfinite")
    static let isPositiveInfinity = ScalarOperator.named("isposinf")
    static let isNegativeInfinity = ScalarOperator.named("isneginf")
    static let signBit = ScalarOperator.named("signbit")
    static let logicalNot = ScalarOperator.named("logical_not")
    static let pow = ScalarOperator.named("pow")
    static let atan2 = ScalarOperator.named("atan2")
    static let maximum = ScalarOperator.named("maximum")
    static let minimum = ScalarOperator.named("minimum")
    static let fmax = ScalarOperator.named("fmax")
    static let fmin = ScalarOperator.named("fmin")
    static let hypot = ScalarOperator.named("hypot")
    static let copySign = ScalarOperator.named("copysign")
    static let floorDivide = ScalarOperator.named("floor_divide")
    static let truncDivide = ScalarOperator.named("trunc_divide")
    static let remainder = ScalarOperator.named("remainder")
    static let fmod = ScalarOperator.named("fmod")
    static let logAddExp = ScalarOperator.named("logaddexp")
    static let logAddExp2 = ScalarOperator.named("logaddexp2")
    static let xlogy = ScalarOperator.named("xlogy")
    static let logicalAnd = ScalarOperator.named("logical_and")
    static let logicalOr = ScalarOperator.named("logical_or")
    static let logicalXor = ScalarOperator.named("logical_xor")
    static let gcd = ScalarOperator.named("gcd")
    static let lcm = ScalarOperator.named("lcm")
    static let heaviside = ScalarOperator.named("heaviside")
    static let shiftedLeft = ScalarOperator.named("bitwise_left_shift")
    static let shiftedRight = ScalarOperator.named("bitwise_right_shift")
    static let whereRow = ScalarOperator.named("where")
    static let clamp = ScalarOperator.named("clamp")
    static let clampMin = ScalarOperator.named("clamp_min")
    static let clampMax = ScalarOperator.named("clamp_max")
}

extension Tensor {
    /// Absolute value, of complex numbers a real one. PyTorch: `torch.abs`.
    public func abs() -> Tensor { Rows.abs(self) }

    /// -1, 0 or 1. Complex numbers have none, but a direction: ``sgn()``. PyTorch: `torch.sign`.
    public func sign() -> Tensor {
        composed("sign", [self]) { () throws(TensorError) in
            guard !dtype.isComplex else { throw TensorError("takes real numbers, not \(dtype.name); sgn() gives a complex number's direction") }
            return Rows.sign(self)
        }
    }

    /// The square. PyTorch: `torch.square`.
    public func square() -> Tensor { Rows.square(dtype == .bool ? to(.int64) : self) }

    /// 1 / x. PyTorch: `torch.reciprocal`.
    public func reciprocal() -> Tensor { Rows.reciprocal(self) }

    /// Square root. PyTorch: `torch.sqrt`.
    public func sqrt() -> Tensor { Rows.sqrt(self) }

    /// 1 / sqrt(x). PyTorch: `torch.rsqrt`.
    public func rsqrt() -> Tensor { Rows.rsqrt(self) }

    /// e to the power of x. PyTorch: `torch.exp`.
    public func exp() -> Tensor { Rows.exp(self) }

    /// 2 to the power of x. PyTorch: `torch.exp2`.
    public func exp2() -> Tensor { Rows.exp2(self) }

    /// exp(x) - 1, exact near 0. PyTorch: `torch.expm1`.
    public func expm1() -> Tensor { Rows.expm1(self) }

    /// Natural logarithm. PyTorch: `torch.log`.
    public func log() -> Tensor { Rows.log(self) }

    /// Binary logarithm. PyTorch: `torch.log2`.
    public func log2() -> Tensor { Rows.log2(self) }

    /// Decimal logarithm. PyTorch: `torch.log10`.
    public func log10() -> Tensor { Rows.log10(self) }

    /// log(1 + x), exact near 0. PyTorch: `torch.log1p`.
    public func log1p() -> Tensor { Rows.log1p(self) }

    /// Sine (radians). PyTorch: `torch.sin`.
    public func sin() -> Tensor { Rows.sin(self) }

    /// Cosine (radians). PyTorch: `torch.cos`.
    public func cos() -> Tensor { Rows.cos(self) }

    /// Tangent (radians). PyTorch: `torch.tan`.
    public func tan() -> Tensor { Rows.tan(self) }

    /// Inverse sine. PyTorch: `torch.asin`.
    public func asin() -> Tensor { Rows.asin(self) }

    /// Inverse cosine. PyTorch: `torch.acos`.
    public func acos() -> Tensor { Rows.acos(self) }

    /// Inverse tangent. PyTorch: `torch.atan`.
    public func atan() -> Tensor { Rows.atan(self) }

    /// Hyperbolic sine. PyTorch: `torch.sinh`.
    public func sinh() -> Tensor { Rows.sinh(self) }

    /// Hyperbolic cosine. PyTorch: `torch.cosh`.
    public func cosh() -> Tensor { Rows.cosh(self) }

    /// Hyperbolic tangent. PyTorch: `torch.tanh`.
    public func tanh() -> Tensor { Rows.tanh(self) }

    /// Inverse hyperbolic sine. PyTorch: `torch.asinh`.
    public func asinh() -> Tensor { Rows.asinh(self) }

    /// Inverse hyperbolic cosine. PyTorch: `torch.acosh`.
    public func acosh() -> Tensor { Rows.acosh(self) }

    /// Inverse hyperbolic tangent. PyTorch: `torch.atanh`.
    public func atanh() -> Tensor { Rows.atanh(self) }

    /// Rounded down. PyTorch: `torch.floor`.
    public func floor() -> Tensor { Rows.floor(self) }

    /// Rounded up. PyTorch: `torch.ceil`.
    public func ceil() -> Tensor { Rows.ceil(self) }

    /// Rounded to the nearest whole number, halves to the even one. PyTorch: `torch.round`.
    public func round() -> Tensor { Rows.round(self) }

    /// Rounded towards zero. PyTorch: `torch.trunc`.
    public func trunc() -> Tensor { Rows.trunc(self) }

    /// What truncation takes away. PyTorch: `torch.frac`.
    public func frac() -> Tensor { Rows.frac(self) }

    /// 1 / (1 + exp(-x)). PyTorch: `torch.sigmoid`.
    public func sigmoid() -> Tensor { Rows.sigmoid(self) }

    /// max(x, 0). PyTorch: `torch.nn.functional.relu`.
    public func relu() -> Tensor { Rows.relu(self) }

    /// Error function. PyTorch: `torch.erf`.
    public func erf() -> Tensor { Rows.erf(self) }

    /// 1 - erf(x), exact for large x. PyTorch: `torch.erfc`.
    public func erfc() -> Tensor { Rows.erfc(self) }

    /// Logarithm of the absolute value of the gamma function. PyTorch: `torch.lgamma`.
    public func logGamma() -> Tensor { Rows.logGamma(self) }

    /// Derivative of `logGamma`. PyTorch: `torch.digamma`.
    public func digamma() -> Tensor { Rows.digamma(self) }

    /// Whether each element is not a number, as bool. PyTorch: `torch.isnan`.
    public func isNaN() -> Tensor { Rows.isNaN(self) }

    /// Whether each element is an infinity, as bool. PyTorch: `torch.isinf`.
    public func isInfinite() -> Tensor { Rows.isInfinite(self) }

    /// Whether each element is neither infinite nor NaN, as bool. PyTorch: `torch.isfinite`.
    public func isFinite() -> Tensor { Rows.isFinite(self) }

    /// Whether each element is positive infinity, as bool. PyTorch: `torch.isposinf`.
    public func isPositiveInfinity() -> Tensor { Rows.isPositiveInfinity(self) }

    /// Whether each element is negative infinity, as bool. PyTorch: `torch.isneginf`.
    public func isNegativeInfinity() -> Tensor { Rows.isNegativeInfinity(self) }

    /// Whether the sign bit is set, as bool. PyTorch: `torch.signbit`.
    public func signBit() -> Tensor { Rows.signBit(self) }

    /// Whether each element is zero, as bool. PyTorch: `torch.logical_not`.
    public func logicalNot() -> Tensor { Rows.logicalNot(self) }

    /// This to the power of `exponent`, broadcasting. PyTorch: `torch.pow`.
    public func pow(_ exponent: Tensor) -> Tensor { Rows.pow(self, exponent) }

    /// The angle of the point (x, self), broadcasting. PyTorch: `torch.atan2`.
    public func atan2(_ x: Tensor) -> Tensor { Rows.atan2(self, x) }

    /// The larger of two; NaN wins, broadcasting. PyTorch: `torch.maximum`.
    public func maximum(_ other: Tensor) -> Tensor { Rows.maximum(self, other) }

    /// The smaller of two; NaN wins, broadcasting. PyTorch: `torch.minimum`.
    public func minimum(_ other: Tensor) -> Tensor { Rows.minimum(self, other) }

    /// The larger of two; a number wins over NaN, broadcasting. PyTorch: `torch.fmax`.
    public func fmax(_ other: Tensor) -> Tensor { Rows.fmax(self, other) }

    /// The smaller of two; a number wins over NaN, broadcasting. PyTorch: `torch.fmin`.
    public func fmin(_ other: Tensor) -> Tensor { Rows.fmin(self, other) }

    /// sqrt(a² + b²), broadcasting. PyTorch: `torch.hypot`.
    public func hypot(_ other: Tensor) -> Tensor { Rows.hypot(self, other) }

    /// This with the sign of the argument, broadcasting. PyTorch: `torch.copysign`.
    public func copySign(of other: Tensor) -> Tensor { Rows.copySign(self, other) }

    /// This with the sign of a number. PyTorch: `torch.copysign`.
    public func copySign(of other: Double) -> Tensor { Rows.copySign(self, Tensor(wrapping: .double(other))) }

    /// Quotient rounded down, broadcasting. PyTorch: `torch.floor_divide`.
    public func floorDivide(_ other: Tensor) -> Tensor { Rows.floorDivide(self, other) }

    /// Quotient rounded towards zero, broadcasting. PyTorch: `torch.div(rounding_mode='trunc')`.
    public func truncDivide(_ other: Tensor) -> Tensor { Rows.truncDivide(self, other) }

    /// What floor division leaves: it has the divisor's sign, broadcasting. PyTorch: `torch.remainder`.
    public func remainder(_ other: Tensor) -> Tensor { Rows.remainder(self, other) }

    /// What division towards zero leaves: it has the dividend's sign, broadcasting. PyTorch: `torch.fmod`.
    public func fmod(_ other: Tensor) -> Tensor { Rows.fmod(self, other) }

    /// log(exp(a) + exp(b)) without overflow, broadcasting. PyTorch: `torch.logaddexp`.
    public func logAddExp(_ other: Tensor) -> Tensor {
        dtype.isComplex || other.dtype.isComplex ? complexLogAddExp(other) : Rows.logAddExp(self, other)
    }

    /// log2(2^a + 2^b) without overflow, broadcasting. PyTorch: `torch.logaddexp2`.
    public func logAddExp2(_ other: Tensor) -> Tensor { Rows.logAddExp2(self, other) }

    /// a · log(b), 0 where a is 0, broadcasting. PyTorch: `torch.xlogy`.
    public func xlogy(_ other: Tensor) -> Tensor { Rows.xlogy(self, other) }

    /// Whether both are not zero, broadcasting. PyTorch: `torch.logical_and`.
    public func logicalAnd(_ other: Tensor) -> Tensor { Rows.logicalAnd(self, other) }

    /// Whether either is not zero, broadcasting. PyTorch: `torch.logical_or`.
    public func logicalOr(_ other: Tensor) -> Tensor { Rows.logicalOr(self, other) }

    /// Whether exactly one is not zero, broadcasting. PyTorch: `torch.logical_xor`.
    public func logicalXor(_ other: Tensor) -> Tensor { Rows.logicalXor(self, other) }

    /// Greatest common divisor of integers, broadcasting. PyTorch: `torch.gcd`.
    public func gcd(_ other: Tensor) -> Tensor { Rows.gcd(self, other) }

    /// Least common multiple of integers, broadcasting. PyTorch: `torch.lcm`.
    public func lcm(_ other: Tensor) -> Tensor { Rows.lcm(self, other) }

    /// 0 below zero, 1 above, `values` at zero, broadcasting. PyTorch: `torch.heaviside`.
    public func heaviside(_ values: Tensor) -> Tensor { Rows.heaviside(self, values) }

    /// Bits shifted left, broadcasting. PyTorch: `torch.bitwise_left_shift`.
    public func shiftedLeft(by other: Tensor) -> Tensor { Rows.shiftedLeft(self, other) }

    /// Bits shifted right, keeping the sign, broadcasting. PyTorch: `torch.bitwise_right_shift`.
    public func shiftedRight(by other: Tensor) -> Tensor { Rows.shiftedRight(self, other) }

    /// This to the power of a number. PyTorch: `torch.pow`.
    public func pow(_ exponent: Double) -> Tensor {
        // Squares are by far the most frequent power, and a multiplication is exact.
        exponent == 2 ? square() : Rows.pow(self, Tensor(wrapping: exponent))
    }

    /// Elements of `self` where `condition` holds, of `other` elsewhere. PyTorch: `torch.where(condition, self, other)`.
    public func `where`(_ condition: Tensor, else other: Tensor) -> Tensor {
        composed("where", [condition, self, other]) { () throws(TensorError) in
            guard condition.dtype == .bool || condition.dtype == .uint8 else {
                throw TensorError("the condition must be bool, not \(condition.dtype.name)")
            }
            return Rows.whereRow(condition, self, other)
        }
    }

    /// Elements limited to `min...max`; either may be left out. PyTorch: `torch.clamp`.
    public func clamp(min: Scalar? = nil, max: Scalar? = nil) -> Tensor {
        clamp(min: min.map(Tensor.init(wrapping:)), max: max.map(Tensor.init(wrapping:)))
    }

    /// Elements limited to `min...max`, which broadcast; either may be left out. PyTorch: `torch.clamp`.
    public func clamp(min: Tensor?, max: Tensor?) -> Tensor {
        switch (min, max) {
        case let (min?, max?): return Rows.clamp(self, min, max)
        case let (min?, nil): return Rows.clampMin(self, min)
        case let (nil, max?): return Rows.clampMax(self, max)
        case (nil, nil):
            return composed("clamp", [self]) { () throws(TensorError) in throw TensorError("needs a min, a max, or both") }
        }
    }
}
