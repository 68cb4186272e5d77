import Ember

/// Sorting, selection, searching, counting, scans, products and statistics of order.
let orderingCalls: [String: OperatorCall] = [
    "sort": { arguments in
        pair(
            try arguments.tensor(0, "input").sort(
                try arguments.int(1, "dim", default: -1),
                descending: try arguments.bool(2, "descending", default: false),
                stable: try arguments.bool(nil, "stable", default: false)))
    },
    "argsort": { arguments in
        .tensor(
            try arguments.tensor(0, "input").argsort(
                try arguments.int(1, "dim", default: -1),
                descending: try arguments.bool(2, "descending", default: false),
                stable: try arguments.bool(nil, "stable", default: false)))
    },
    "msort": unary { $0.msort() },
    "topk": { arguments in
        pair(
            try arguments.tensor(0, "input").topk(
                try arguments.int(1, "k"), dim: try arguments.int(2, "dim", default: -1),
                largest: try arguments.bool(3, "largest", default: true),
                sorted: try arguments.bool(4, "sorted", default: true)))
    },
    "kthvalue": { arguments in
        pair(
            try arguments.tensor(0, "input").kthvalue(
                try arguments.int(1, "k"), dim: try arguments.int(2, "dim", default: -1),
                keepDim: try arguments.bool(3, "keepdim", default: false)))
    },
    "mode": {
        pair(
            try $0.tensor(0, "input").mode(
                try $0.int(1, "dim", default: -1), keepDim: try $0.bool(2, "keepdim", default: false)))
    },
    "median": median({ $0.median() }, { $0.median($1, keepDim: $2) }),
    "nanmedian": median({ $0.nanmedian() }, { $0.nanmedian($1, keepDim: $2) }),
    "quantile": quantile(
        { $0.quantile($1, $2, keepDim: $3, interpolation: $4) }, { $0.quantile($1, $2, keepDim: $3, interpolation: $4) }
    ),
    "nanquantile": quantile(
        { $0.nanquantile($1, $2, keepDim: $3, interpolation: $4) },
        { $0.nanquantile($1, $2, keepDim: $3, interpolation: $4) }),
    "searchsorted": { arguments in
        let sequence = try arguments.tensor(0, "sorted_sequence")
        // A number is compared as one of the sequence's type.
        let values =
            arguments.isNumber(1)
            ? Tensor(try arguments.scalar(1, "input"), dtype: sequence.dtype) : try arguments.tensor(1, "input")
        var right = try arguments.bool(nil, "right", default: false)
        if let side = try arguments.optionalString(nil, "side") { right = side == "right" }
        let found = sequence.searchsorted(values, right: right, sorter: try arguments.optionalTensor(nil, "sorter"))
        return .tensor(try arguments.bool(nil, "out_int32", default: false) ? found.to(.int32) : found)
    },
    "bucketize": { arguments in
        let found = try arguments.operand(0, "input").bucketize(
            try arguments.tensor(1, "boundaries"), right: try arguments.bool(nil, "right", default: false))
        return .tensor(try arguments.bool(nil, "out_int32", default: false) ? found.to(.int32) : found)
    },
    "isin": { arguments in
        arguments.ignore("assume_unique")
        return .tensor(
            try arguments.operand(0, "elements").isin(
                try arguments.operand(1, "test_elements"), invert: try arguments.bool(nil, "invert", default: false)))
    },
    "bincount": {
        .tensor(
            try $0.tensor(0, "input").bincount(
                weights: try $0.optionalTensor(1, "weights"), minLength: try $0.int(2, "minlength", default: 0)))
    },
    "histc": {
        .tensor(
            try $0.tensor(0, "input").histc(
                bins: try $0.int(1, "bins", default: 100), min: try $0.double(2, "min", default: 0),
                max: try $0.double(3, "max", default: 0)))
    },
    "unique": { arguments in
        arguments.ignore("sorted")
        return uniqueResult(
            try arguments.tensor(0, "input").unique(
                returnInverse: try arguments.bool(nil, "return_inverse", default: false),
                returnCounts: try arguments.bool(nil, "return_counts", default: false),
                dim: try arguments.optionalInt(nil, "dim")))
    },
    "unique_consecutive": { arguments in
        uniqueResult(
            try arguments.tensor(0, "input").uniqueConsecutive(
                returnInverse: try arguments.bool(nil, "return_inverse", default: false),
                returnCounts: try arguments.bool(nil, "return_counts", default: false),
                dim: try arguments.optionalInt(nil, "dim")))
    },
    "unravel_index": { list(try $0.tensor(0, "indices").unravelIndex(try $0.ints(1, "shape"))) },
    "cumsum": {
        .tensor(try $0.tensor(0, "input").cumsum(try $0.int(1, "dim"), dtype: try $0.optionalDType(nil, "dtype")))
    },
    "cumprod": {
        .tensor(try $0.tensor(0, "input").cumprod(try $0.int(1, "dim"), dtype: try $0.optionalDType(nil, "dtype")))
    },
    "logcumsumexp": { .tensor(try $0.tensor(0, "input").logCumSumExp(try $0.int(1, "dim"))) },
    "cummax": { pair(try $0.tensor(0, "input").cummax(try $0.int(1, "dim"))) },
    "cummin": { pair(try $0.tensor(0, "input").cummin(try $0.int(1, "dim"))) },
    "prod": { arguments in
        .tensor(
            try arguments.tensor(0, "input").prod(
                try arguments.optionalInt(1, "dim"), keepDim: try arguments.bool(2, "keepdim", default: false),
                dtype: try arguments.optionalDType(nil, "dtype")))
    },
    "isclose": { arguments in
        .tensor(
            try arguments.tensor(0, "input").isClose(
                try arguments.tensor(1, "other"), rtol: try arguments.double(2, "rtol", default: 1e-5),
                atol: try arguments.double(3, "atol", default: 1e-8),
                equalNaN: try arguments.bool(4, "equal_nan", default: false)))
    },
    "allclose": { arguments in
        .bool(
            try arguments.tensor(0, "input").allClose(
                try arguments.tensor(1, "other"), rtol: try arguments.double(2, "rtol", default: 1e-5),
                atol: try arguments.double(3, "atol", default: 1e-8),
                equalNaN: try arguments.bool(4, "equal_nan", default: false)))
    },
    "equal": { .bool(try $0.tensor(0, "input").equal(try $0.tensor(1, "other"))) },
    "cov": { arguments in
        .tensor(
            try arguments.tensor(0, "input").cov(
                correction: try arguments.double(nil, "correction", default: 1),
                frequencies: try arguments.optionalTensor(nil, "fweights"),
                importances: try arguments.optionalTensor(nil, "aweights")))
    },
    "corrcoef": unary { $0.corrcoef() },
    "diff": { arguments in
        .tensor(
            try arguments.tensor(0, "input").diff(
                order: try arguments.int(1, "n", default: 1), dim: try arguments.int(2, "dim", default: -1),
                prepend: try arguments.optionalTensor(3, "prepend"), append: try arguments.optionalTensor(4, "append")))
    },
    "trapezoid": integral({ $0.trapezoid(dx: $1, dim: $2) }, { $0.trapezoid(x: $1, dim: $2) }),
    "trapz": integral({ $0.trapezoid(dx: $1, dim: $2) }, { $0.trapezoid(x: $1, dim: $2) }),
    "cumulative_trapezoid": integral(
        { $0.cumulativeTrapezoid(dx: $1, dim: $2) }, { $0.cumulativeTrapezoid(x: $1, dim: $2) }),
    "gradient": { arguments in
        let x = try arguments.tensor(0, "input"), dims = try arguments.optionalInts(nil, "dim"),
            order = try arguments.int(nil, "edge_order", default: 1)
        switch arguments.value(nil, "spacing") {
        case .none: return list(x.gradient(dims: dims, edgeOrder: order))
        case .list(let values):
            if case .tensor? = values.first {
                return list(
                    x.gradient(coordinates: try arguments.tensors(nil, "spacing"), dims: dims, edgeOrder: order))
            }
            return list(x.gradient(spacing: try arguments.doubles(nil, "spacing"), dims: dims, edgeOrder: order))
        default: return list(x.gradient(spacing: try arguments.double(nil, "spacing"), dims: dims, edgeOrder: order))
        }
    },
]

func pair(_ result: (values: Tensor, indices: Tensor)) -> Value { list([result.values, result.indices]) }

private func median(
    _ whole: @escaping @Sendable (Tensor) -> Tensor,
    _ along: @escaping @Sendable (Tensor, Int, Bool) -> (values: Tensor, indices: Tensor)
) -> OperatorCall {
    { arguments in
        let x = try arguments.tensor(0, "input")
        guard let dim = try arguments.optionalInt(1, "dim") else { return .tensor(whole(x)) }
        return pair(along(x, dim, try arguments.bool(2, "keepdim", default: false)))
    }
}

private func quantile(
    _ several: @escaping @Sendable (Tensor, Tensor, Int?, Bool, QuantileInterpolation) -> Tensor,
    _ one: @escaping @Sendable (Tensor, Double, Int?, Bool, QuantileInterpolation) -> Tensor
) -> OperatorCall {
    { arguments in
        let x = try arguments.tensor(0, "input"), dim = try arguments.optionalInt(2, "dim"),
            keepDim = try arguments.bool(3, "keepdim", default: false)
        let interpolation: QuantileInterpolation
        switch try arguments.string(nil, "interpolation", default: "linear") {
        case "linear": interpolation = .linear
        case "lower": interpolation = .lower
        case "higher": interpolation = .higher
        case "midpoint": interpolation = .midpoint
        case "nearest": interpolation = .nearest
        case let other: throw IllTyped("\(arguments.operation): no interpolation \(other)")
        }
        if case .tensor(let q) = arguments.value(1, "q") { return .tensor(several(x, q, dim, keepDim, interpolation)) }
        return .tensor(one(x, try arguments.double(1, "q"), dim, keepDim, interpolation))
    }
}

private func integral(
    _ even: @escaping @Sendable (Tensor, Double, Int) -> Tensor,
    _ at: @escaping @Sendable (Tensor, Tensor, Int) -> Tensor
) -> OperatorCall {
    { arguments in
        let y = try arguments.tensor(0, "y"), dim = try arguments.int(nil, "dim", default: -1)
        if let x = try arguments.optionalTensor(1, "x") { return .tensor(at(y, x, dim)) }
        return .tensor(even(y, try arguments.double(nil, "dx", default: 1), dim))
    }
}

private func uniqueResult(_ result: (values: Tensor, inverse: Tensor?, counts: Tensor?)) -> Value {
    let all = [result.values, result.inverse, result.counts].compactMap { $0 }
    return all.count == 1 ? .tensor(all[0]) : list(all)
}
