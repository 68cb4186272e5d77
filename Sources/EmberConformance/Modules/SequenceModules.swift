import Ember

/// The arguments that all recurrent layers share.
private struct RecurrentArguments {
    let input: Int, hidden: Int, layers: Int, bias: Bool, batchFirst: Bool, dropout: Double, bidirectional: Bool

    init(_ arguments: Arguments) throws {
        input = try arguments.int(0, "input_size")
        hidden = try arguments.int(1, "hidden_size")
        layers = try arguments.int(2, "num_layers", default: 1)
        bias = try arguments.bool(nil, "bias", default: true)
        batchFirst = try arguments.bool(nil, "batch_first", default: false)
        dropout = try arguments.double(nil, "dropout", default: 0)
        bidirectional = try arguments.bool(nil, "bidirectional", default: false)
    }
}

/// Two states, given as a list.
private func states(_ arguments: Arguments) throws -> (hidden: Tensor, cell: Tensor)? {
    if case .none = arguments.value(1, "hx") { return nil }
    let tensors = try arguments.tensors(1, "hx")
    guard tensors.count == 2 else { throw IllTyped("\(arguments.operation): the state is a pair") }
    return (tensors[0], tensors[1])
}

private func nonlinearity(_ arguments: Arguments) throws -> RecurrentNonlinearity {
    try arguments.choice(nil, "nonlinearity", default: .tanh)
}

/// Sizes of a transformer's layers.
private struct TransformerArguments {
    let features: Int, heads: Int, feedForward: Int, dropout: Double, eps: Double, batchFirst: Bool, normFirst: Bool,
        bias: Bool, activation: (Tensor) -> Tensor

    /// `first` is the position of `dim_feedforward`, which the others follow.
    init(_ arguments: Arguments, from first: Int) throws {
        features = try arguments.int(0, "d_model", default: 512)
        heads = try arguments.int(1, "nhead", default: 8)
        feedForward = try arguments.int(first, "dim_feedforward", default: 2048)
        dropout = try arguments.double(first + 1, "dropout", default: 0.1)
        eps = try arguments.double(first + 3, "layer_norm_eps", default: 1e-5)
        batchFirst = try arguments.bool(nil, "batch_first", default: false)
        normFirst = try arguments.bool(nil, "norm_first", default: false)
        bias = try arguments.bool(nil, "bias", default: true)
        switch try arguments.string(first + 2, "activation", default: "relu") {
        case "relu": activation = { relu($0) }
        case "gelu": activation = { gelu($0) }
        case let other: throw IllTyped("\(arguments.operation): no activation \(other)")
        }
    }
}

/// Recurrent layers, attention and transformers.
let sequenceModules: [String: ModuleCall] = [
    "RNN": { construction in
        let a = try RecurrentArguments(construction)
        let module = RNN(
            a.input, a.hidden, layers: a.layers, nonlinearity: try nonlinearity(construction), bias: a.bias,
            batchFirst: a.batchFirst, dropout: a.dropout,
            bidirectional: a.bidirectional)
        return BuiltModule(module: module) {
            let result = module(try $0.tensor(0, "input"), try $0.optionalTensor(1, "hx"))
            return list([result.output, result.hidden])
        }
    },
    "GRU": { construction in
        let a = try RecurrentArguments(construction)
        let module = GRU(
            a.input, a.hidden, layers: a.layers, bias: a.bias, batchFirst: a.batchFirst, dropout: a.dropout,
            bidirectional: a.bidirectional)
        return BuiltModule(module: module) {
            let result = module(try $0.tensor(0, "input"), try $0.optionalTensor(1, "hx"))
            return list([result.output, result.hidden])
        }
    },
    "LSTM": { construction in
        let a = try RecurrentArguments(construction)
        let module = LSTM(
            a.input, a.hidden, layers: a.layers, bias: a.bias, batchFirst: a.batchFirst, dropout: a.dropout,
            bidirectional: a.bidirectional,
            projectionSize: try construction.int(nil, "proj_size", default: 0))
        return BuiltModule(module: module) {
            let result = module(try $0.tensor(0, "input"), try states($0))
            return .list([.tensor(result.output), list([result.hidden, result.cell])])
        }
    },
    "RNNCell": { construction in
        let module = RNNCell(
            try construction.int(0, "input_size"), try construction.int(1, "hidden_size"),
            bias: try construction.bool(2, "bias", default: true),
            nonlinearity: try nonlinearity(construction))
        return BuiltModule(module: module) {
            .tensor(module(try $0.tensor(0, "input"), try $0.optionalTensor(1, "hx")))
        }
    },
    "GRUCell": { construction in
        let module = GRUCell(
            try construction.int(0, "input_size"), try construction.int(1, "hidden_size"),
            bias: try construction.bool(2, "bias", default: true))
        return BuiltModule(module: module) {
            .tensor(module(try $0.tensor(0, "input"), try $0.optionalTensor(1, "hx")))
        }
    },
    "LSTMCell": { construction in
        let module = LSTMCell(
            try construction.int(0, "input_size"), try construction.int(1, "hidden_size"),
            bias: try construction.bool(2, "bias", default: true))
        return BuiltModule(module: module) {
            let result = module(try $0.tensor(0, "input"), try states($0))
            return list([result.hidden, result.cell])
        }
    },
    "MultiheadAttention": { construction in
        let module = MultiheadAttention(
            try construction.int(0, "embed_dim"), heads: try construction.int(1, "num_heads"),
            dropout: try construction.double(2, "dropout", default: 0),
            bias: try construction.bool(3, "bias", default: true),
            addBiasKV: try construction.bool(4, "add_bias_kv", default: false),
            addZeroAttention: try construction.bool(5, "add_zero_attn", default: false),
            keyDim: try construction.optionalInt(6, "kdim"),
            valueDim: try construction.optionalInt(7, "vdim"),
            batchFirst: try construction.bool(8, "batch_first", default: false))
        return BuiltModule(module: module) {
            let result = module(
                try $0.tensor(0, "query"), try $0.tensor(1, "key"), try $0.tensor(2, "value"),
                keyPaddingMask: try $0.optionalTensor(3, "key_padding_mask"),
                needWeights: try $0.bool(4, "need_weights", default: true),
                attentionMask: try $0.optionalTensor(5, "attn_mask"),
                averageWeights: try $0.bool(6, "average_attn_weights", default: true),
                isCausal: try $0.bool(7, "is_causal", default: false))
            return .list([.tensor(result.output), result.weights.map(Value.tensor) ?? .none])
        }
    },
    "TransformerEncoderLayer": { construction in
        let a = try TransformerArguments(construction, from: 2)
        let module = TransformerEncoderLayer(
            a.features, heads: a.heads, feedForward: a.feedForward, dropout: a.dropout, activation: a.activation,
            layerNormEps: a.eps,
            batchFirst: a.batchFirst, normFirst: a.normFirst, bias: a.bias)
        return BuiltModule(module: module) {
            .tensor(
                module(
                    try $0.tensor(0, "src"), mask: try $0.optionalTensor(1, "src_mask"),
                    keyPaddingMask: try $0.optionalTensor(2, "src_key_padding_mask"),
                    isCausal: try $0.bool(3, "is_causal", default: false)))
        }
    },
    "TransformerDecoderLayer": { construction in
        let a = try TransformerArguments(construction, from: 2)
        let module = TransformerDecoderLayer(
            a.features, heads: a.heads, feedForward: a.feedForward, dropout: a.dropout, activation: a.activation,
            layerNormEps: a.eps,
            batchFirst: a.batchFirst, normFirst: a.normFirst, bias: a.bias)
        return BuiltModule(module: module) {
            .tensor(
                module(
                    try $0.tensor(0, "tgt"), try $0.tensor(1, "memory"), mask: try $0.optionalTensor(2, "tgt_mask"),
                    memoryMask: try $0.optionalTensor(3, "memory_mask"),
                    keyPaddingMask: try $0.optionalTensor(4, "tgt_key_padding_mask"),
                    memoryKeyPaddingMask: try $0.optionalTensor(5, "memory_key_padding_mask"),
                    isCausal: try $0.bool(6, "tgt_is_causal", default: false),
                    memoryIsCausal: try $0.bool(7, "memory_is_causal", default: false)))
        }
    },
    "Transformer": { construction in
        let a = try TransformerArguments(construction, from: 4)
        let module = Transformer(
            a.features, heads: a.heads, encoderLayers: try construction.int(2, "num_encoder_layers", default: 6),
            decoderLayers: try construction.int(3, "num_decoder_layers", default: 6), feedForward: a.feedForward,
            dropout: a.dropout,
            activation: a.activation, layerNormEps: a.eps, batchFirst: a.batchFirst, normFirst: a.normFirst,
            bias: a.bias)
        return BuiltModule(module: module) {
            .tensor(
                module(
                    try $0.tensor(0, "src"), try $0.tensor(1, "tgt"), sourceMask: try $0.optionalTensor(2, "src_mask"),
                    targetMask: try $0.optionalTensor(3, "tgt_mask"),
                    memoryMask: try $0.optionalTensor(4, "memory_mask"),
                    sourceKeyPaddingMask: try $0.optionalTensor(5, "src_key_padding_mask"),
                    targetKeyPaddingMask: try $0.optionalTensor(6, "tgt_key_padding_mask"),
                    memoryKeyPaddingMask: try $0.optionalTensor(7, "memory_key_padding_mask"),
                    sourceIsCausal: try $0.bool(8, "src_is_causal", default: false),
                    targetIsCausal: try $0.bool(9, "tgt_is_causal", default: false),
                    memoryIsCausal: try $0.bool(10, "memory_is_causal", default: false)))
        }
    },
]
