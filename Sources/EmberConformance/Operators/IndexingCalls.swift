import Ember

/// Gathering, scattering, masks, joining and splitting.
let indexingCalls: [String: OperatorCall] = [
    "gather": { .tensor(try $0.tensor(0, "input").gather(try $0.int(1, "dim"), try $0.tensor(2, "index"))) },
    "index_select": { .tensor(try $0.tensor(0, "input").indexSelect(try $0.int(1, "dim"), try $0.tensor(2, "index"))) },
    "take": { .tensor(try $0.tensor(0, "input").take(try $0.tensor(1, "index"))) },
    "take_along_dim": {
        .tensor(try $0.tensor(0, "input").takeAlongDim(try $0.tensor(1, "indices"), try $0.optionalInt(2, "dim")))
    },
    "F.embedding": { arguments in
        // The samples put the weight first.
        .tensor(
            embedding(
                try arguments.tensor(1, "input"), try arguments.tensor(0, "weight"),
                paddingIdx: try arguments.optionalInt(2, "padding_idx"),
                maxNorm: try arguments.optionalDouble(3, "max_norm"),
                normType: try arguments.double(4, "norm_type", default: 2),
                scaleGradByFreq: try arguments.bool(5, "scale_grad_by_freq", default: false),
                sparse: try arguments.bool(6, "sparse", default: false)))
    },
    "F.embedding_bag": { arguments in
        // The samples put the weight first.
        .tensor(
            embeddingBag(
                try arguments.tensor(1, "input"), try arguments.tensor(0, "weight"),
                offsets: try arguments.optionalTensor(2, "offsets")?.array(),
                mode: try arguments.choice(nil, "mode", default: EmbeddingBagMode.mean),
                includeLastOffset: try arguments.bool(nil, "include_last_offset", default: false),
                paddingIdx: try arguments.optionalInt(nil, "padding_idx"),
                perSampleWeights: try arguments.optionalTensor(nil, "per_sample_weights"),
                maxNorm: try arguments.optionalDouble(3, "max_norm"),
                normType: try arguments.double(4, "norm_type", default: 2),
                scaleGradByFreq: try arguments.bool(5, "scale_grad_by_freq", default: false),
                sparse: try arguments.bool(nil, "sparse", default: false)))
    },
    "F.one_hot": { arguments in
        let classes = try arguments.int(1, "num_classes", default: -1)
        return .tensor(try arguments.tensor(0, "tensor").oneHot(classes == -1 ? nil : classes))
    },
    "scatter": { arguments in
        let x = try arguments.tensor(0, "input"), dim = try arguments.int(1, "dim"),
            index = try arguments.tensor(2, "index")
        let reduce = try scatterReduction(arguments, nil, "reduce")
        if case .tensor(let source) = arguments.value(3, "src") {
            return .tensor(reduce.map { x.scatter(dim, index, source, reduce: $0) } ?? x.scatter(dim, index, source))
        }
        let value = try arguments.scalar(3, "value")
        return .tensor(reduce.map { x.scatter(dim, index, value, reduce: $0) } ?? x.scatter(dim, index, value))
    },
    "scatter_add": {
        .tensor(
            try $0.tensor(0, "input").scatterAdd(
                try $0.int(1, "dim"), try $0.tensor(2, "index"), try $0.tensor(3, "src")))
    },
    "scatter_reduce": { arguments in
        guard let reduction = try scatterReduction(arguments, 4, "reduce") else {
            throw IllTyped("scatter_reduce: reduce is missing")
        }
        return .tensor(
            try arguments.tensor(0, "input").scatterReduce(
                try arguments.int(1, "dim"), try arguments.tensor(2, "index"), try arguments.tensor(3, "src"),
                reduction,
                includeSelf: try arguments.bool(5, "include_self", default: true)))
    },
    "index_add": { arguments in
        .tensor(
            try arguments.tensor(0, "input").indexAdd(
                try arguments.int(1, "dim"), try arguments.tensor(2, "index"), try arguments.tensor(3, "source"),
                alpha: try arguments.double(nil, "alpha", default: 1)))
    },
    "index_fill": { arguments in
        let x = try arguments.tensor(0, "input"), dim = try arguments.int(1, "dim"),
            index = try arguments.tensor(2, "index")
        if case .tensor(let value) = arguments.value(3, "value") { return .tensor(x.indexFill(dim, index, value)) }
        return .tensor(x.indexFill(dim, index, try arguments.scalar(3, "value")))
    },
    "index_reduce": { arguments in
        guard let reduction = try scatterReduction(arguments, 4, "reduce") else {
            throw IllTyped("index_reduce: reduce is missing")
        }
        return .tensor(
            try arguments.tensor(0, "input").indexReduce(
                try arguments.int(1, "dim"), try arguments.tensor(2, "index"), try arguments.tensor(3, "source"),
                reduction,
                includeSelf: try arguments.bool(5, "include_self", default: true)))
    },
    "index_put": { arguments in
        .tensor(
            try arguments.tensor(0, "input").indexPut(
                try arguments.tensors(1, "indices"), try arguments.tensor(2, "values"),
                accumulate: try arguments.bool(3, "accumulate", default: false)))
    },
    "put": {
        .tensor(
            try $0.tensor(0, "input").put(
                try $0.tensor(1, "index"), try $0.tensor(2, "source"),
                accumulate: try $0.bool(3, "accumulate", default: false)))
    },
    "slice": { arguments in
        let x = try arguments.tensor(0, "input"), dim = try arguments.int(1, "dim", default: 0)
        let range = TensorRange.slice(
            from: try arguments.optionalInt(2, "start"), to: try arguments.optionalInt(3, "end"),
            by: try arguments.int(4, "step", default: 1))
        return .tensor(dim == 0 ? x[range] : x.transpose(0, dim)[range].transpose(0, dim))
    },
    "masked_select": { .tensor(try $0.tensor(0, "input").maskedSelect(try $0.tensor(1, "mask"))) },
    "masked_fill": { arguments in
        let x = try arguments.tensor(0, "input"), mask = try arguments.tensor(1, "mask")
        if case .tensor(let value) = arguments.value(2, "value") { return .tensor(x.maskedFill(mask, value)) }
        return .tensor(x.maskedFill(mask, try arguments.scalar(2, "value")))
    },
    "masked_scatter": {
        .tensor(try $0.tensor(0, "input").maskedScatter(try $0.tensor(1, "mask"), try $0.tensor(2, "source")))
    },
    "nonzero": { arguments in
        let x = try arguments.tensor(0, "input")
        return try arguments.bool(nil, "as_tuple", default: false) ? list(x.nonzeroAsTuple()) : .tensor(x.nonzero())
    },
    "argwhere": unary { $0.argwhere() },

    "cat": { .tensor(cat(try $0.tensors(0, "tensors"), dim: try $0.int(1, "dim", default: 0))) },
    "stack": { .tensor(stack(try $0.tensors(0, "tensors"), dim: try $0.int(1, "dim", default: 0))) },
    "hstack": { .tensor(hstack(try $0.tensors(0, "tensors"))) },
    "vstack": { .tensor(vstack(try $0.tensors(0, "tensors"))) },
    "dstack": { .tensor(dstack(try $0.tensors(0, "tensors"))) },
    "column_stack": { .tensor(columnStack(try $0.tensors(0, "tensors"))) },
    "block_diag": { .tensor(blockDiag(try $0.variadicTensors(from: 0, "tensors"))) },
    "atleast_1d": atLeast({ $0.atleast1d() }, { atleast1d($0) }),
    "atleast_2d": atLeast({ $0.atleast2d() }, { atleast2d($0) }),
    "atleast_3d": atLeast({ $0.atleast3d() }, { atleast3d($0) }),
    "split": split, "split_with_sizes": split,
    "chunk": { list(try $0.tensor(0, "input").chunk(try $0.int(1, "chunks"), dim: try $0.int(2, "dim", default: 0))) },
    "tensor_split": { arguments in
        let x = try arguments.tensor(0, "input"), dim = try arguments.int(2, "dim", default: 0)
        switch arguments.value(1, "indices_or_sections") {
        case .tensor(let places) where places.rank == 1: return list(x.tensorSplit(at: places.array(), dim: dim))
        case .list: return list(x.tensorSplit(at: try arguments.ints(1, "indices_or_sections"), dim: dim))
        default: return list(x.tensorSplit(try arguments.int(1, "indices_or_sections"), dim: dim))
        }
    },
    "hsplit": splitting({ $0.hsplit($1) }, { $0.hsplit(at: $1) }),
    "vsplit": splitting({ $0.vsplit($1) }, { $0.vsplit(at: $1) }),
    "dsplit": splitting({ $0.dsplit($1) }, { $0.dsplit(at: $1) }),
    "unbind": { list(try $0.tensor(0, "input").unbind(try $0.int(1, "dim", default: 0))) },
]

func list(_ tensors: [Tensor]) -> Value { .list(tensors.map(Value.tensor)) }

private func atLeast(
    _ one: @escaping @Sendable (Tensor) -> Tensor, _ several: @escaping @Sendable ([Tensor]) -> [Tensor]
) -> OperatorCall {
    { arguments in
        if arguments.count == 1, case .tensor(let x) = arguments.value(0, "tensors") { return .tensor(one(x)) }
        return list(several(try arguments.variadicTensors(from: 0, "tensors")))
    }
}

private let split: OperatorCall = { arguments in
    let x = try arguments.tensor(0, "tensor"), dim = try arguments.int(2, "dim", default: 0)
    if case .list = arguments.value(1, "split_size_or_sections", "split_sizes") {
        return list(
            x.split(
                try arguments.ints(1, arguments.has(nil, "split_sizes") ? "split_sizes" : "split_size_or_sections"),
                dim: dim))
    }
    return list(x.split(try arguments.int(1, "split_size_or_sections"), dim: dim))
}

private func splitting(
    _ equally: @escaping @Sendable (Tensor, Int) -> [Tensor], _ at: @escaping @Sendable (Tensor, [Int]) -> [Tensor]
) -> OperatorCall {
    { arguments in
        let x = try arguments.tensor(0, "input")
        if case .list = arguments.value(1, "indices_or_sections") {
            return list(at(x, try arguments.ints(1, "indices_or_sections")))
        }
        return list(equally(x, try arguments.int(1, "indices_or_sections")))
    }
}

private func scatterReduction(_ arguments: Arguments, _ position: Int?, _ name: String) throws -> ScatterReduction? {
    switch try arguments.optionalString(position, name) {
    case nil: nil
    case "sum"?, "add"?: .sum
    case "prod"?, "multiply"?: .product
    case "amax"?: .max
    case "amin"?: .min
    case "mean"?: .mean
    case let other?: throw IllTyped("\(arguments.operation): no reduction \(other)")
    }
}
