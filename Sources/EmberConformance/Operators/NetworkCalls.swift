import Ember

/// Normalisation, attention, padding and distances.
let networkCalls: [String: OperatorCall] = [
    "F.batch_norm": { arguments in
        // The new running statistics are no part of the result.
        _ = try arguments.optionalDouble(6, "momentum")
        return .tensor(
            batchNorm(
                try arguments.tensor(0, "input"), runningMean: try arguments.optionalTensor(1, "running_mean"),
                runningVar: try arguments.optionalTensor(2, "running_var"),
                weight: try arguments.optionalTensor(3, "weight"), bias: try arguments.optionalTensor(4, "bias"),
                training: try arguments.bool(5, "training", default: false),
                eps: try arguments.double(7, "eps", default: 1e-5)))
    },
    "F.instance_norm": { arguments in
        _ = try arguments.optionalDouble(6, "momentum")
        return .tensor(
            instanceNorm(
                try arguments.tensor(0, "input"), runningMean: try arguments.optionalTensor(1, "running_mean"),
                runningVar: try arguments.optionalTensor(2, "running_var"),
                weight: try arguments.optionalTensor(3, "weight"), bias: try arguments.optionalTensor(4, "bias"),
                useInputStats: try arguments.bool(5, "use_input_stats", default: true),
                eps: try arguments.double(7, "eps", default: 1e-5)))
    },
    "F.layer_norm": { arguments in
        .tensor(
            layerNorm(
                try arguments.tensor(0, "input"), try arguments.ints(1, "normalized_shape"),
                weight: try arguments.optionalTensor(2, "weight"),
                bias: try arguments.optionalTensor(3, "bias"), eps: try arguments.double(4, "eps", default: 1e-5)))
    },
    "F.group_norm": { arguments in
        .tensor(
            groupNorm(
                try arguments.tensor(0, "input"), groups: try arguments.int(1, "num_groups"),
                weight: try arguments.optionalTensor(2, "weight"),
                bias: try arguments.optionalTensor(3, "bias"), eps: try arguments.double(4, "eps", default: 1e-5)))
    },
    "F.rms_norm": { arguments in
        .tensor(
            rmsNorm(
                try arguments.tensor(0, "input"), try arguments.ints(1, "normalized_shape"),
                weight: try arguments.optionalTensor(2, "weight"),
                eps: try arguments.optionalDouble(3, "eps")))
    },
    "F.local_response_norm": { arguments in
        .tensor(
            localResponseNorm(
                try arguments.tensor(0, "input"), size: try arguments.int(1, "size"),
                alpha: try arguments.double(2, "alpha", default: 1e-4),
                beta: try arguments.double(3, "beta", default: 0.75), k: try arguments.double(4, "k", default: 1)))
    },
    "F.normalize": { arguments in
        .tensor(
            normalize(
                try arguments.tensor(0, "input"), p: try arguments.double(1, "p", default: 2),
                dim: try arguments.int(2, "dim", default: 1),
                eps: try arguments.double(3, "eps", default: 1e-12)))
    },
    "F.cosine_similarity": { arguments in
        .tensor(
            cosineSimilarity(
                try arguments.tensor(0, "x1"), try arguments.tensor(1, "x2"),
                dim: try arguments.int(2, "dim", default: 1),
                eps: try arguments.double(3, "eps", default: 1e-8)))
    },
    "F.pairwise_distance": { arguments in
        .tensor(
            pairwiseDistance(
                try arguments.tensor(0, "x1"), try arguments.tensor(1, "x2"),
                p: try arguments.double(2, "p", default: 2),
                eps: try arguments.double(3, "eps", default: 1e-6),
                keepDim: try arguments.bool(4, "keepdim", default: false)))
    },
    "F.scaled_dot_product_attention": { arguments in
        guard try arguments.double(4, "dropout_p", default: 0) == 0 else {
            throw Unsupported("arguments Ember does not have", "F.scaled_dot_product_attention: dropout_p")
        }
        return .tensor(
            scaledDotProductAttention(
                try arguments.tensor(0, "query"), try arguments.tensor(1, "key"), try arguments.tensor(2, "value"),
                mask: try arguments.optionalTensor(3, "attn_mask"),
                causal: try arguments.bool(5, "is_causal", default: false),
                scale: try arguments.optionalDouble(nil, "scale"),
                groupedQueries: try arguments.bool(nil, "enable_gqa", default: false)))
    },
    "F.pad": { arguments in
        let mode = try arguments.choice(2, "mode", default: PadMode.constant)
        return .tensor(
            pad(
                try arguments.tensor(0, "input"), try arguments.ints(1, "pad"), mode: mode,
                value: try arguments.scalar(3, "value", default: 0.0)))
    },
    "constant_pad_nd": {
        .tensor(pad(try $0.tensor(0, "input"), try $0.ints(1, "pad"), value: try $0.scalar(2, "value", default: 0.0)))
    },
]
