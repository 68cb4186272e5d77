import Ember

/// Repetition, rearrangement, diagonals, windows of memory.
let shapingCalls: [String: OperatorCall] = [
    "repeat": { .tensor(try $0.tensor(0, "input").repeat(try $0.sizes(from: 1, "repeats"))) },
    "tile": { .tensor(try $0.tensor(0, "input").tile(try $0.sizes(from: 1, "dims"))) },
    "repeat_interleave": { arguments in
        let x = try arguments.tensor(0, "input"), dim = try arguments.optionalInt(2, "dim")
        // The size follows from the repeats; PyTorch takes it to spare a synchronisation.
        _ = try arguments.optionalInt(nil, "output_size")
        if case .tensor(let repeats) = arguments.value(1, "repeats") {
            return .tensor(x.repeatInterleave(repeats, dim: dim))
        }
        return .tensor(x.repeatInterleave(try arguments.int(1, "repeats"), dim: dim))
    },
    "roll": {
        .tensor(try $0.tensor(0, "input").roll(try $0.ints(1, "shifts"), dims: try $0.ints(2, "dims", default: [])))
    },
    "rot90": {
        .tensor(
            try $0.tensor(0, "input").rot90(
                try $0.int(1, "k", default: 1), dims: try $0.ints(2, "dims", default: [0, 1])))
    },
    "movedim": { .tensor(try $0.tensor(0, "input").movedim(try $0.ints(1, "source"), try $0.ints(2, "destination"))) },
    "flipud": unary { $0.flipud() }, "fliplr": unary { $0.fliplr() }, "T": unary { $0.T },
    "unflatten": { .tensor(try $0.tensor(0, "input").unflatten(try $0.int(1, "dim"), try $0.ints(2, "sizes"))) },
    "broadcast_shapes": { arguments in
        let shapes = try arguments.rest(from: 0).map { value -> Shape in
            switch value {
            case .int(let size): return [size]
            case .list(let sizes):
                return try sizes.map {
                    guard case .int(let size) = $0 else { throw IllTyped("broadcast_shapes: sizes are integers") }
                    return size
                }
            default: throw IllTyped("broadcast_shapes takes shapes, not \(value.kind)")
            }
        }
        return .list(broadcastShapes(shapes).map { .int($0) })
    },
    "broadcast_tensors": { list(broadcastTensors(try $0.variadicTensors(from: 0, "tensors"))) },
    "meshgrid": { arguments in
        let indexing: GridIndexing
        switch try arguments.string(nil, "indexing", default: "ij") {
        case "ij": indexing = .ij
        case "xy": indexing = .xy
        case let other: throw IllTyped("meshgrid: no indexing \(other)")
        }
        return list(meshgrid(try arguments.variadicTensors(from: 0, "tensors"), indexing: indexing))
    },
    "cartesian_prod": { .tensor(cartesianProd(try $0.variadicTensors(from: 0, "tensors"))) },
    "combinations": {
        .tensor(
            try $0.tensor(0, "input").combinations(
                try $0.int(1, "r", default: 2), withReplacement: try $0.bool(2, "with_replacement", default: false)))
    },
    "diagonal": diagonal(0, 1), "linalg.diagonal": diagonal(-2, -1),
    "diagonal_scatter": { arguments in
        .tensor(
            try arguments.tensor(0, "input").diagonalScatter(
                try arguments.tensor(1, "src"), offset: try arguments.int(2, "offset", default: 0),
                dim1: try arguments.int(3, "dim1", default: 0),
                dim2: try arguments.int(4, "dim2", default: 1)))
    },
    "diag_embed": { arguments in
        .tensor(
            try arguments.tensor(0, "input").diagEmbed(
                offset: try arguments.int(1, "offset", default: 0), dim1: try arguments.int(2, "dim1", default: -2),
                dim2: try arguments.int(3, "dim2", default: -1)))
    },
    "diag": { .tensor(try $0.tensor(0, "input").diag(try $0.int(1, "diagonal", default: 0))) },
    "diagflat": { .tensor(try $0.tensor(0, "input").diagflat(try $0.int(1, "offset", default: 0))) },
    "tril": { .tensor(try $0.tensor(0, "input").tril(try $0.int(1, "diagonal", default: 0))) },
    "triu": { .tensor(try $0.tensor(0, "input").triu(try $0.int(1, "diagonal", default: 0))) },
    "tril_indices": triangle { .trilIndices($0, $1, offset: $2) },
    "triu_indices": triangle { .triuIndices($0, $1, offset: $2) },
    "unfold": {
        .tensor(
            try $0.tensor(0, "input").unfold(
                try $0.int(1, "dimension"), size: try $0.int(2, "size"), step: try $0.int(3, "step")))
    },
    "as_strided": { arguments in
        if arguments.variant == "partial_views" {
            throw Unsupported("inputs whose surrounding memory is not recorded", "as_strided of a part")
        }
        return .tensor(
            try arguments.tensor(0, "input").asStrided(
                try arguments.ints(1, "size"), try arguments.ints(2, "stride"),
                storageOffset: try arguments.int(3, "storage_offset", default: 0)))
    },
    "as_strided_scatter": { arguments in
        .tensor(
            try arguments.tensor(0, "input").asStridedScatter(
                try arguments.tensor(1, "src"), try arguments.ints(2, "size"), try arguments.ints(3, "stride"),
                storageOffset: try arguments.int(4, "storage_offset", default: 0)))
    },
    "select_scatter": {
        .tensor(
            try $0.tensor(0, "input").selectScatter(
                try $0.tensor(1, "src"), dim: try $0.int(2, "dim"), index: try $0.int(3, "index")))
    },
    "F.pixel_shuffle": { .tensor(pixelShuffle(try $0.tensor(0, "input"), try $0.int(1, "upscale_factor"))) },
    "F.pixel_unshuffle": { .tensor(pixelUnshuffle(try $0.tensor(0, "input"), try $0.int(1, "downscale_factor"))) },
    "F.channel_shuffle": { .tensor(channelShuffle(try $0.tensor(0, "input"), groups: try $0.int(1, "groups"))) },
]

private func diagonal(_ dim1: Int, _ dim2: Int) -> OperatorCall {
    { arguments in
        .tensor(
            try arguments.tensor(0, "input").diagonal(
                offset: try arguments.int(nil, "offset", default: 0),
                dim1: try arguments.int(nil, "dim1", default: dim1), dim2: try arguments.int(nil, "dim2", default: dim2)
            ))
    }
}

private func triangle(_ indices: @escaping @Sendable (Int, Int, Int) -> Tensor) -> OperatorCall {
    { arguments in
        let places = indices(
            try arguments.int(0, "row"), try arguments.int(1, "col"), try arguments.int(2, "offset", default: 0))
        return .tensor(try arguments.optionalDType(nil, "dtype").map { places.to($0) } ?? places)
    }
}
