import Ember

/// A new tensor, a leaf when asked for.
private func created(_ arguments: Arguments, _ tensor: Tensor) throws -> Value {
    .tensor(try arguments.bool(nil, "requires_grad", default: false) ? tensor.requiringGrad() : tensor)
}

private func converted(_ dtype: DType) -> OperatorCall { unary { $0.withoutImaginary(for: dtype).to(dtype) } }

extension Tensor {
    /// What is converted to `dtype`. PyTorch drops imaginary parts with a warning; Ember's user says `.real`.
    func withoutImaginary(for dtype: DType?) -> Tensor {
        guard let dtype, !dtype.isComplex, dtype != .bool else { return self }
        return real
    }
}

/// New tensors and conversions of the element type.
let creationCalls: [String: OperatorCall] = [
    "zeros": { try created($0, .zeros(try $0.sizes(from: 0, "size"), dtype: try $0.optionalDType(nil, "dtype"))) },
    "ones": { try created($0, .ones(try $0.sizes(from: 0, "size"), dtype: try $0.optionalDType(nil, "dtype"))) },
    "full": {
        try created(
            $0, .full(try $0.ints(0, "size"), try $0.scalar(1, "fill_value"), dtype: try $0.optionalDType(nil, "dtype"))
        )
    },
    "zeros_like": { try created($0, try $0.tensor(0, "input").zerosLike(dtype: try $0.optionalDType(nil, "dtype"))) },
    "ones_like": { try created($0, try $0.tensor(0, "input").onesLike(dtype: try $0.optionalDType(nil, "dtype"))) },
    "full_like": {
        try created(
            $0,
            try $0.tensor(0, "input").fullLike(
                try $0.scalar(1, "fill_value"), dtype: try $0.optionalDType(nil, "dtype")))
    },
    "fill": { .tensor(try $0.tensor(0, "input").fullLike(try $0.scalar(1, "value"))) },
    "new_zeros": { try created($0, .zeros(try $0.sizes(from: 1, "size"), dtype: try typeLikeInput($0))) },
    "new_ones": { try created($0, .ones(try $0.sizes(from: 1, "size"), dtype: try typeLikeInput($0))) },
    "new_full": {
        try created($0, .full(try $0.ints(1, "size"), try $0.scalar(2, "fill_value"), dtype: try typeLikeInput($0)))
    },
    "scalar_tensor": {
        try created($0, Tensor(try $0.scalar(0, "s"), dtype: try $0.optionalDType(nil, "dtype") ?? Tensor.defaultDType))
    },
    "eye": {
        try created($0, .eye(try $0.int(0, "n"), try $0.optionalInt(1, "m"), dtype: try $0.optionalDType(nil, "dtype")))
    },
    "arange": { arguments in
        let dtype = try arguments.optionalDType(nil, "dtype")
        if !arguments.has(1, "end") {
            return try created(arguments, .arange(try arguments.scalar(0, "end"), dtype: dtype))
        }
        return try created(
            arguments,
            .arange(
                try arguments.scalar(0, "start"), try arguments.scalar(1, "end"),
                step: try arguments.scalar(2, "step", default: 1), dtype: dtype))
    },
    "linspace": { arguments in
        guard case .int(let count) = arguments.value(2, "steps") else {
            throw IllTyped("linspace: count is an integer")
        }
        return try created(
            arguments,
            .linspace(
                try bound(arguments, 0, "start"), try bound(arguments, 1, "end"), count: count,
                dtype: try arguments.optionalDType(nil, "dtype")))
    },
    "logspace": { arguments in
        guard case .int(let count) = arguments.value(2, "steps") else {
            throw IllTyped("logspace: count is an integer")
        }
        return try created(
            arguments,
            .logspace(
                try bound(arguments, 0, "start"), try bound(arguments, 1, "end"), count: count,
                base: try arguments.double(3, "base", default: 10), dtype: try arguments.optionalDType(nil, "dtype")))
    },
    "bfloat16": converted(.bfloat16), "bool": converted(.bool), "byte": converted(.uint8), "char": converted(.int8),
    "double": converted(.float64), "float": converted(.float32), "half": converted(.float16), "int": converted(.int32),
    "long": converted(.int64), "short": converted(.int16),
    "clone": unary { $0.clone() }, "contiguous": unary { $0.contiguous() },

    // Random ones; compared in shape and type here, number by number in random/.
    "rand_like": { .tensor(try $0.tensor(0, "input").randLike(dtype: try $0.optionalDType(nil, "dtype"))) },
    "randn_like": { .tensor(try $0.tensor(0, "input").randnLike(dtype: try $0.optionalDType(nil, "dtype"))) },
    "randn": { try created($0, .randn(try $0.sizes(from: 0, "size"), dtype: try $0.optionalDType(nil, "dtype"))) },
    "randint": { arguments in
        let dtype = try arguments.optionalDType(nil, "dtype") ?? .int64
        if arguments.count == 2 {
            return .tensor(.randint(0, try arguments.int(0, "high"), try arguments.ints(1, "size"), dtype: dtype))
        }
        return .tensor(
            .randint(
                try arguments.int(0, "low"), try arguments.int(1, "high"), try arguments.ints(2, "size"), dtype: dtype))
    },
    "randint_like": { arguments in
        let x = try arguments.tensor(0, "input"), dtype = try arguments.optionalDType(nil, "dtype")
        if arguments.count == 2 { return .tensor(x.randintLike(0, try arguments.int(1, "high"), dtype: dtype)) }
        return .tensor(x.randintLike(try arguments.int(1, "low"), try arguments.int(2, "high"), dtype: dtype))
    },
    "uniform": { arguments in
        let x = try arguments.tensor(0, "input")
        return .tensor(
            .uniform(
                x.shape, from: try arguments.double(1, "from", default: 0),
                to: try arguments.double(2, "to", default: 1), dtype: x.dtype))
    },
    "normal": { arguments in
        if case .tensor(let mean) = arguments.value(0, "mean") {
            if arguments.variant == "in_place" {
                return .tensor(
                    .normal(
                        mean.shape, mean: try arguments.double(1, "mean"), std: try arguments.double(2, "std"),
                        dtype: mean.dtype))
            }
            let std = try arguments.operand(1, "std")
            return .tensor(.normal(mean: mean, std: std.rank == 0 ? mean.fullLike(.double(std.item())) : std))
        }
        if case .tensor(let std) = arguments.value(1, "std") {
            return .tensor(.normal(mean: std.fullLike(.double(try arguments.double(0, "mean"))), std: std))
        }
        return .tensor(
            .normal(
                try arguments.ints(2, "size"), mean: try arguments.double(0, "mean"),
                std: try arguments.double(1, "std"),
                dtype: try arguments.optionalDType(nil, "dtype")))
    },
    "log_normal": { arguments in
        let x = try arguments.tensor(0, "input")
        return .tensor(
            .logNormal(
                x.shape, mean: try arguments.double(1, "mean", default: 1),
                std: try arguments.double(2, "std", default: 2), dtype: x.dtype))
    },
    "exponential": { arguments in
        let x = try arguments.tensor(0, "input")
        return .tensor(.exponential(x.shape, rate: try arguments.double(1, "lambd", default: 1), dtype: x.dtype))
    },
    "cauchy": { arguments in
        let x = try arguments.tensor(0, "input")
        return .tensor(
            .cauchy(
                x.shape, median: try arguments.double(1, "median", default: 0),
                sigma: try arguments.double(2, "sigma", default: 1), dtype: x.dtype))
    },
    "geometric": {
        .tensor(
            .geometric(
                try $0.tensor(0, "input").shape, p: try $0.double(1, "p"), dtype: try $0.tensor(0, "input").dtype))
    },
    "bernoulli": { .tensor(try $0.tensor(0, "input").bernoulli()) },
    "multinomial": { arguments in
        .tensor(
            try arguments.tensor(0, "input").multinomial(
                try arguments.int(1, "num_samples"), replacement: try arguments.bool(2, "replacement", default: false)))
    },
    "F.dropout": dropped { dropout($0, p: $1, training: $2) },
    "F.dropout2d": dropped { dropout2d($0, p: $1, training: $2) },
    "F.dropout3d": dropped { dropout3d($0, p: $1, training: $2) },
    "F.alpha_dropout": dropped(training: false) { alphaDropout($0, p: $1, training: $2) },
    "F.feature_alpha_dropout": dropped(training: false) { featureAlphaDropout($0, p: $1, training: $2) },
]

private func dropped(training fallback: Bool = true, _ function: @escaping @Sendable (Tensor, Double, Bool) -> Tensor)
    -> OperatorCall
{
    {
        .tensor(
            function(
                try $0.tensor(0, "input"), try $0.double(1, "p", default: 0.5),
                try $0.bool(2, "training", default: fallback)))
    }
}

/// `dtype`, or the type of the tensor that the new one is made like.
private func typeLikeInput(_ arguments: Arguments) throws -> DType {
    let input = try arguments.tensor(0, "input")
    return try arguments.optionalDType(nil, "dtype") ?? input.dtype
}

/// An end of a range: a number, or a 0-d tensor that holds one.
private func bound(_ arguments: Arguments, _ position: Int, _ name: String) throws -> Double {
    if case .tensor(let tensor) = arguments.value(position, name) {
        guard tensor.rank == 0 else { throw IllTyped("\(arguments.operation): \(name) is a number") }
        return tensor.item()
    }
    return try arguments.double(position, name)
}
