import Ember

private let polygamma: OperatorCall = { arguments in
    // The samples put the tensor first.
    if case .int(let order) = arguments.value(0, "n") {
        return .tensor(try arguments.tensor(1, "input").polygamma(order))
    }
    return .tensor(try arguments.tensor(0, "input").polygamma(try arguments.int(1, "n")))
}

/// Special functions and element-wise functions that are composed.
let specialCalls: [String: OperatorCall] = [
    "erfinv": unary { $0.erfinv() }, "special.erfcx": unary { $0.erfcx() }, "special.ndtr": unary { $0.ndtr() },
    "special.ndtri": unary { $0.ndtri() },
    "special.log_ndtr": unary { $0.logNdtr() }, "i0": unary { $0.i0() }, "special.i0e": unary { $0.i0e() },
    "special.i1": unary { $0.i1() },
    "special.i1e": unary { $0.i1e() }, "special.bessel_j0": unary { $0.besselJ0() },
    "special.bessel_j1": unary { $0.besselJ1() },
    "special.bessel_y0": unary { $0.besselY0() }, "special.bessel_y1": unary { $0.besselY1() },
    "sinc": unary { $0.sinc() },
    "special.entr": unary { $0.entr() }, "isfinite": unary { $0.isFinite() },
    "isposinf": unary { $0.isPositiveInfinity() },
    "isneginf": unary { $0.isNegativeInfinity() }, "isreal": unary { $0.isReal() }, "sgn": unary { $0.sgn() },
    "deg2rad": unary { $0.deg2rad() }, "rad2deg": unary { $0.rad2deg() }, "positive": unary { $0.positive() },
    "igamma": tensorPair { $0.igamma($1) }, "igammac": tensorPair { $0.igammac($1) },
    "special.zeta": symmetric { $0.zeta($1) },
    "special.xlog1py": symmetric { $0.xlog1py($1) }, "ldexp": tensorPair { $0.ldexp($1) },
    "nextafter": tensorPair { $0.nextAfter($1) },
    "polygamma": polygamma, "special.polygamma": polygamma,
    "mvlgamma": { .tensor(try $0.tensor(0, "input").mvlgamma(try $0.int(1, "p"))) },
    "logit": { .tensor(try $0.tensor(0, "input").logit(eps: try $0.optionalDouble(1, "eps"))) },
    "frexp": { arguments in
        let result = try arguments.tensor(0, "input").frexp()
        return list([result.mantissa, result.exponent])
    },
    "float_power": { arguments in
        if arguments.isNumber(0) && arguments.isNumber(1) {
            throw IllTyped("float_power: one operand must be a tensor")
        }
        let base = try arguments.operand(0, "input")
        if arguments.isNumber(1) { return .tensor(base.floatPower(try arguments.double(1, "exponent"))) }
        return .tensor(base.floatPower(try arguments.tensor(1, "exponent")))
    },
    "nan_to_num": { arguments in
        .tensor(
            try arguments.tensor(0, "input").nanToNum(
                nan: try arguments.double(1, "nan", default: 0),
                positiveInfinity: try arguments.optionalDouble(2, "posinf"),
                negativeInfinity: try arguments.optionalDouble(3, "neginf")))
    },
    "round": { arguments in
        let x = try arguments.tensor(0, "input")
        guard let decimals = try arguments.optionalInt(nil, "decimals") else { return .tensor(x.round()) }
        return .tensor(x.round(decimals: decimals))
    },
    "rsub": {
        .tensor(
            try $0.tensor(0, "input").rsub(try $0.operand(1, "other"), alpha: try $0.scalar(nil, "alpha", default: 1)))
    },
    "addcmul": { arguments in
        .tensor(
            try arguments.tensor(0, "input").addcmul(
                try arguments.tensor(1, "tensor1"), try arguments.tensor(2, "tensor2"),
                value: try arguments.scalar(nil, "value", default: 1)))
    },
    "addcdiv": { arguments in
        .tensor(
            try arguments.tensor(0, "input").addcdiv(
                try arguments.tensor(1, "tensor1"), try arguments.tensor(2, "tensor2"),
                value: try arguments.scalar(nil, "value", default: 1)))
    },
    "lerp": { arguments in
        let start = try arguments.tensor(0, "input"), end = try arguments.tensor(1, "end")
        if case .tensor(let weight) = arguments.value(2, "weight") { return .tensor(start.lerp(end, weight)) }
        return .tensor(start.lerp(end, try arguments.double(2, "weight")))
    },
]
