import Ember

/// A method without arguments.
func unary(_ method: @escaping @Sendable (Tensor) -> Tensor) -> OperatorCall {
    { .tensor(method(try $0.tensor(0, "input"))) }
}

/// A method of two tensors; a number in place of one does not compile.
func tensorPair(_ method: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> OperatorCall {
    { .tensor(method(try $0.tensor(0, "input"), try $0.tensor(1, "other"))) }
}

/// A method of two operands, of which the second may be a number.
func binary(_ method: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> OperatorCall {
    { .tensor(method(try $0.tensor(0, "input"), try $0.operand(1, "other"))) }
}

/// A method of two operands, of which one may be a number.
func symmetric(_ method: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> OperatorCall {
    { arguments in
        if arguments.isNumber(0) && arguments.isNumber(1) {
            throw IllTyped("\(arguments.operation): one operand must be a tensor")
        }
        return .tensor(method(try arguments.operand(0, "input"), try arguments.operand(1, "other")))
    }
}

/// Arithmetic, comparison, rounding, and functions of single elements.
let pointwiseCalls: [String: OperatorCall] = [
    "abs": unary { $0.abs() }, "acos": unary { $0.acos() }, "acosh": unary { $0.acosh() }, "asin": unary { $0.asin() },
    "asinh": unary { $0.asinh() }, "atan": unary { $0.atan() }, "atanh": unary { $0.atanh() },
    "ceil": unary { $0.ceil() },
    "cos": unary { $0.cos() }, "cosh": unary { $0.cosh() }, "digamma": unary { $0.digamma() },
    "erf": unary { $0.erf() },
    "erfc": unary { $0.erfc() }, "exp": unary { $0.exp() }, "exp2": unary { $0.exp2() }, "expm1": unary { $0.expm1() },
    "floor": unary { $0.floor() }, "frac": unary { $0.frac() }, "isnan": unary { $0.isNaN() },
    "isinf": unary { $0.isInfinite() },
    "lgamma": unary { $0.logGamma() }, "log": unary { $0.log() }, "log10": unary { $0.log10() },
    "log1p": unary { $0.log1p() },
    "log2": unary { $0.log2() }, "neg": unary { -$0 }, "reciprocal": unary { $0.reciprocal() },
    "rsqrt": unary { $0.rsqrt() },
    "sigmoid": unary { $0.sigmoid() }, "sign": unary { $0.sign() }, "signbit": unary { $0.signBit() },
    "sin": unary { $0.sin() },
    "sinh": unary { $0.sinh() }, "sqrt": unary { $0.sqrt() }, "square": unary { $0.square() },
    "tan": unary { $0.tan() },
    "tanh": unary { $0.tanh() }, "trunc": unary { $0.trunc() }, "logical_not": unary { $0.logicalNot() },
    "bitwise_not": unary { ~$0 },
    "mul": symmetric { $0 * $1 }, "true_divide": symmetric { $0 / $1 }, "eq": binary { $0 .== $1 },
    "ne": binary { $0 .!= $1 },
    "lt": binary { $0 .< $1 }, "le": binary { $0 .<= $1 }, "gt": binary { $0 .> $1 }, "ge": binary { $0 .>= $1 },
    "atan2": tensorPair { $0.atan2($1) }, "maximum": tensorPair { $0.maximum($1) },
    "minimum": tensorPair { $0.minimum($1) },
    "fmax": tensorPair { $0.fmax($1) }, "fmin": tensorPair { $0.fmin($1) }, "hypot": tensorPair { $0.hypot($1) },
    "floor_divide": binary { $0.floorDivide($1) }, "remainder": symmetric { $0.remainder($1) },
    "fmod": binary { $0.fmod($1) },
    "pow": { arguments in
        let base = try arguments.operand(0, "input")
        // A number as exponent is its own overload.
        if !arguments.isNumber(0), case .double(let exponent) = arguments.value(1, "exponent", "other") {
            return .tensor(base.pow(exponent))
        }
        if arguments.isNumber(0) && arguments.isNumber(1) { throw IllTyped("pow: one operand must be a tensor") }
        return .tensor(base.pow(try arguments.operand(1, arguments.has(1, "exponent") ? "exponent" : "other")))
    },
    "logaddexp": tensorPair { $0.logAddExp($1) }, "logaddexp2": tensorPair { $0.logAddExp2($1) },
    "xlogy": symmetric { $0.xlogy($1) }, "logical_and": tensorPair { $0.logicalAnd($1) },
    "logical_or": tensorPair { $0.logicalOr($1) },
    "logical_xor": tensorPair { $0.logicalXor($1) }, "bitwise_and": symmetric { $0 & $1 },
    "bitwise_or": symmetric { $0 | $1 },
    "bitwise_xor": symmetric { $0 ^ $1 }, "gcd": tensorPair { $0.gcd($1) }, "lcm": tensorPair { $0.lcm($1) },
    "heaviside": tensorPair { $0.heaviside($1) }, "copysign": binary { $0.copySign(of: $1) },
    "bitwise_left_shift": symmetric { $0.shiftedLeft(by: $1) },
    "bitwise_right_shift": symmetric { $0.shiftedRight(by: $1) },
    "add": { arguments in
        let a = try arguments.operand(0, "input"), b = try arguments.operand(1, "other")
        guard let alpha = try arguments.optionalScalar(nil, "alpha") else { return .tensor(a + b) }
        return .tensor(a + b * .scalar(alpha))
    },
    "sub": { arguments in
        let a = try arguments.operand(0, "input"), b = try arguments.operand(1, "other")
        guard let alpha = try arguments.optionalScalar(nil, "alpha") else { return .tensor(a - b) }
        return .tensor(a - b * .scalar(alpha))
    },
    "div": { arguments in
        let a = try arguments.operand(0, "input"), b = try arguments.operand(1, "other")
        switch try arguments.optionalString(nil, "rounding_mode") {
        case "floor"?: return .tensor(a.floorDivide(b))
        case "trunc"?: return .tensor(a.truncDivide(b))
        default: return .tensor(a / b)
        }
    },
    "clamp": { arguments in
        let x = try arguments.tensor(0, "input")
        if case .tensor = arguments.value(1, "min") {
            return .tensor(
                x.clamp(min: try arguments.optionalTensor(1, "min"), max: try arguments.optionalTensor(2, "max")))
        }
        if case .tensor = arguments.value(2, "max") {
            return .tensor(x.clamp(min: nil as Tensor?, max: try arguments.optionalTensor(2, "max")))
        }
        return .tensor(
            x.clamp(min: try arguments.optionalScalar(1, "min"), max: try arguments.optionalScalar(2, "max")))
    },
    "clamp_min": { arguments in
        let x = try arguments.tensor(0, "input")
        if case .tensor(let bound) = arguments.value(1, "min") { return .tensor(x.clamp(min: bound, max: nil)) }
        return .tensor(x.clamp(min: try arguments.scalar(1, "min")))
    },
    "clamp_max": { arguments in
        let x = try arguments.tensor(0, "input")
        if case .tensor(let bound) = arguments.value(1, "max") { return .tensor(x.clamp(min: nil, max: bound)) }
        return .tensor(x.clamp(max: try arguments.scalar(1, "max")))
    },
    // The samples put the value first, then condition and other.
    "where": { arguments in
        .tensor(
            try arguments.operand(0, "input").where(
                try arguments.tensor(1, "condition"), else: try arguments.operand(2, "other")))
    },
]
