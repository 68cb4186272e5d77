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
    "native_batch_norm": { arguments in
        _ = try arguments.double(6, "momentum")
        let x = try arguments.tensor(0, "input"), eps = try arguments.double(7, "eps")
        let weight = try arguments.optionalTensor(1, "weight"), bias = try arguments.optionalTensor(2, "bias")
        let mean = try arguments.optionalTensor(3, "running_mean")
        let variance = try arguments.optionalTensor(4, "running_var")
        guard try arguments.bool(5, "training", default: false) else {
            let none = Tensor.zeros([0], dtype: x.dtype)
            let output = batchNorm(x, runningMean: mean, runningVar: variance, weight: weight, bias: bias, eps: eps)
            return list([output, none, none])
        }
        let result = batchNormWithStatistics(x, weight: weight, bias: bias, eps: eps)
        // From the divisor n - 1 to n.
        let n = Double(max(x.count / max(x.shape.count > 1 ? x.shape[1] : 1, 1), 1))
        let deviation = result.variance * ((n - 1) / n) + eps
        return list([result.output, result.mean.to(x.dtype), deviation.rsqrt().to(x.dtype)])
    },
    "native_layer_norm": {
        let result = layerNormWithStatistics(
            try $0.tensor(0, "input"), try $0.ints(1, "normalized_shape"), weight: try $0.optionalTensor(2, "weight"),
            bias: try $0.optionalTensor(3, "bias"), eps: try $0.double(4, "eps"))
        return list([result.output, result.mean, result.rstd])
    },
    "native_group_norm": { arguments in
        let x = try arguments.tensor(0, "input")
        // Sizes that PyTorch's inner function wants told: they must be those of the input.
        guard try arguments.int(3, "N") == x.shape.first, try arguments.int(4, "C") == x.shape.dropFirst().first,
            try arguments.int(5, "HxW") == x.shape.dropFirst(2).reduce(1, *)
        else { throw IllTyped("native_group_norm: the sizes are those of the input") }
        let result = groupNormWithStatistics(
            x, groups: try arguments.int(6, "group"), weight: try arguments.optionalTensor(1, "weight"),
            bias: try arguments.optionalTensor(2, "bias"), eps: try arguments.double(7, "eps"))
        return list([result.output, result.mean, result.rstd])
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
        let rate = try arguments.double(4, "dropout_p", default: 0)
        arguments.isRandom = rate > 0
        return .tensor(
            scaledDotProductAttention(
                try arguments.tensor(0, "query"), try arguments.tensor(1, "key"), try arguments.tensor(2, "value"),
                mask: try arguments.optionalTensor(3, "attn_mask"),
                causal: try arguments.bool(5, "is_causal", default: false),
                scale: try arguments.optionalDouble(nil, "scale"),
                groupedQueries: try arguments.bool(nil, "enable_gqa", default: false),
                dropout: rate))
    },
    "F.multi_head_attention_forward": { arguments in
        let outProjWeight = try arguments.tensor(11, "out_proj_weight")
        guard try arguments.int(3, "embed_dim_to_check") == outProjWeight.shape.first else {
            throw IllTyped("multi_head_attention_forward: the features are those of the output projection")
        }
        let training = try arguments.bool(13, "training", default: true)
        let separate = try arguments.bool(17, "use_separate_proj_weight", default: false)
        let packed = try arguments.optionalTensor(5, "in_proj_weight")
        let q = try arguments.optionalTensor(18, "q_proj_weight"), k = try arguments.optionalTensor(19, "k_proj_weight")
        let v = try arguments.optionalTensor(20, "v_proj_weight")
        let parameters = AttentionParameters(
            inProjWeight: separate ? nil : packed, qProjWeight: q, kProjWeight: k, vProjWeight: v,
            inProjBias: try arguments.optionalTensor(6, "in_proj_bias"),
            biasK: try arguments.optionalTensor(7, "bias_k"),
            biasV: try arguments.optionalTensor(8, "bias_v"), outProjWeight: outProjWeight,
            outProjBias: try arguments.optionalTensor(12, "out_proj_bias"))
        let rate = try arguments.double(10, "dropout_p")
        arguments.isRandom = training && rate > 0
        let result = multiheadAttention(
            try arguments.tensor(0, "query"), try arguments.tensor(1, "key"), try arguments.tensor(2, "value"),
            heads: try arguments.int(4, "num_heads"), parameters: parameters,
            addZeroAttention: try arguments.bool(9, "add_zero_attn", default: false), dropout: training ? rate : 0,
            keyPaddingMask: try arguments.optionalTensor(14, "key_padding_mask"),
            needWeights: try arguments.bool(15, "need_weights", default: true),
            attentionMask: try arguments.optionalTensor(16, "attn_mask"),
            averageWeights: try arguments.bool(23, "average_attn_weights", default: true),
            isCausal: try arguments.bool(24, "is_causal", default: false))
        return .list([.tensor(result.output), result.weights.map { .tensor($0) } ?? .none])
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
