import Ember

/// A reduction over `dim` (none, one or several) with `keepdim` and perhaps `dtype`.
private func reduction(_ method: @escaping @Sendable (Tensor, [Int], Bool, DType?) -> Tensor) -> OperatorCall {
    { arguments in
        .tensor(
            method(
                try arguments.tensor(0, "input"), try arguments.ints(1, "dim", default: []),
                try arguments.bool(2, "keepdim", default: false),
                try arguments.optionalDType(nil, "dtype")))
    }
}

/// The same for functions that have no `dtype`.
private func plainReduction(_ method: @escaping @Sendable (Tensor, [Int], Bool) -> Tensor) -> OperatorCall {
    { arguments in
        .tensor(
            method(
                try arguments.tensor(0, "input"), try arguments.ints(1, "dim", default: []),
                try arguments.bool(2, "keepdim", default: false)))
    }
}

/// Variance and its like: `(input, dim, unbiased | correction, keepdim)`, or `(input, unbiased)`.
private func deviation(_ method: @escaping @Sendable (Tensor, [Int], Double, Bool) -> [Tensor]) -> OperatorCall {
    { arguments in
        let x = try arguments.tensor(0, "input")
        var correction = try arguments.double(nil, "correction", default: 1)
        var dims: [Int] = []
        if case .bool(let unbiased) = arguments.value(1, "unbiased") {
            correction = unbiased ? 1 : 0
            if arguments.count < 2 { dims = try arguments.ints(nil, "dim", default: []) }
        } else {
            dims = try arguments.ints(1, "dim", default: [])
            if let unbiased = try arguments.optionalBool(2, "unbiased") { correction = unbiased ? 1 : 0 }
        }
        let results = method(x, dims, correction, try arguments.bool(3, "keepdim", default: false))
        return results.count == 1 ? .tensor(results[0]) : .list(results.map(Value.tensor))
    }
}

/// `max`/`min`: of two tensors, of everything, or along one dimension.
private func extreme(
    _ pair: @escaping @Sendable (Tensor, Tensor) -> Tensor, _ whole: @escaping @Sendable (Tensor) -> Tensor,
    _ along: @escaping @Sendable (Tensor, Int, Bool) -> (values: Tensor, indices: Tensor)
) -> OperatorCall {
    { arguments in
        let x = try arguments.tensor(0, "input")
        if case .tensor(let other) = arguments.value(1, "other") { return .tensor(pair(x, other)) }
        if arguments.variant == "binary" { throw IllTyped("\(arguments.operation): other is no tensor") }
        guard let dim = try arguments.optionalInt(1, "dim") else { return .tensor(whole(x)) }
        let result = along(x, dim, try arguments.bool(2, "keepdim", default: false))
        return .list([.tensor(result.values), .tensor(result.indices)])
    }
}

/// Sums, means, extremes, variances, norms and truth over dimensions.
let reductionCalls: [String: OperatorCall] = [
    "sum": reduction { $0.sum($1, keepDim: $2, dtype: $3) },
    "nansum": reduction { $0.nanSum($1, keepDim: $2, dtype: $3) },
    "mean": reduction { $0.mean($1, keepDim: $2, dtype: $3) },
    "nanmean": reduction { $0.nanMean($1, keepDim: $2, dtype: $3) },
    "amax": plainReduction { $0.amax($1, keepDim: $2) }, "amin": plainReduction { $0.amin($1, keepDim: $2) },
    "logsumexp": plainReduction { $0.logSumExp($1, keepDim: $2) },
    "count_nonzero": { .tensor(try $0.tensor(0, "input").countNonzero(try $0.ints(1, "dim", default: []))) },
    "sum_to_size": { .tensor(try $0.tensor(0, "input").sum(to: try $0.sizes(from: 1, "size"))) },
    "var": deviation { [$0.var($1, correction: $2, keepDim: $3)] },
    "std": deviation { [$0.std($1, correction: $2, keepDim: $3)] },
    "var_mean": deviation {
        let r = $0.varMean($1, correction: $2, keepDim: $3); return [r.var, r.mean]
    },
    "std_mean": deviation {
        let r = $0.stdMean($1, correction: $2, keepDim: $3); return [r.std, r.mean]
    },
    "max": extreme({ $0.maximum($1) }, { $0.max() }, { $0.max($1, keepDim: $2) }),
    "min": extreme({ $0.minimum($1) }, { $0.min() }, { $0.min($1, keepDim: $2) }),
    "argmax": {
        .tensor(
            try $0.tensor(0, "input").argmax(
                try $0.optionalInt(1, "dim"), keepDim: try $0.bool(2, "keepdim", default: false)))
    },
    "argmin": {
        .tensor(
            try $0.tensor(0, "input").argmin(
                try $0.optionalInt(1, "dim"), keepDim: try $0.bool(2, "keepdim", default: false)))
    },
    "aminmax": { arguments in
        let result = try arguments.tensor(0, "input").aminmax(
            try arguments.optionalInt(nil, "dim"), keepDim: try arguments.bool(nil, "keepdim", default: false))
        return .list([.tensor(result.min), .tensor(result.max)])
    },
    "dist": {
        .tensor(try $0.tensor(0, "input").dist(try $0.tensor(1, "other"), p: try $0.double(2, "p", default: 2)))
    },
    "renorm": {
        .tensor(
            try $0.tensor(0, "input").renorm(
                p: try $0.double(1, "p"), dim: try $0.int(2, "dim"), maxNorm: try $0.double(3, "maxnorm")))
    },
    "cdist": { arguments in
        // How the distances are computed does not change them.
        _ = try arguments.optionalString(3, "compute_mode")
        return .tensor(
            try arguments.tensor(0, "x1").cdist(
                try arguments.tensor(1, "x2"), p: try arguments.double(2, "p", default: 2)))
    },
    "F.pdist": { .tensor(try $0.tensor(0, "input").pdist(p: try $0.double(1, "p", default: 2))) },
    "softmax": softened { $0.softmax($1, dtype: $2) }, "log_softmax": softened { $0.logSoftmax($1, dtype: $2) },
    "F.softmin": softened { $0.softmin($1, dtype: $2) },
    "any": plainReduction { $0.any($1, keepDim: $2) }, "all": plainReduction { $0.all($1, keepDim: $2) },
]

private func softened(_ method: @escaping @Sendable (Tensor, Int, DType?) -> Tensor) -> OperatorCall {
    { arguments in
        let dtype = try arguments.optionalDType(2, "dtype"), x = try arguments.tensor(0, "input")
        return .tensor(method(x.withoutImaginary(for: dtype), try arguments.int(1, "dim"), dtype))
    }
}
