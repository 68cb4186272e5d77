import Ember

/// The sizes of a BERT, as `config.json` has them.
struct BertConfiguration {
    var vocabularySize = 30522
    var hiddenSize = 384
    var layers = 6
    var heads = 12
    var intermediateSize = 1536
    var maximumPositions = 512
    var layerNormEps = 1e-12

    init() {}

    init(_ json: JSON) throws {
        func size(_ name: String) throws -> Int {
            guard let value = json[name]?.integerValue, value > 0 else { throw ModelProblem("config.json has no positive “\(name)”") }
            return value
        }
        vocabularySize = try size("vocab_size")
        hiddenSize = try size("hidden_size")
        layers = try size("num_hidden_layers")
        heads = try size("num_attention_heads")
        intermediateSize = try size("intermediate_size")
        maximumPositions = try size("max_position_embeddings")
        layerNormEps = json["layer_norm_eps"]?.doubleValue ?? 1e-12
        guard json["hidden_act"]?.stringValue == "gelu", hiddenSize % heads == 0 else {
            throw ModelProblem("config.json describes a model that this example does not know")
        }
    }
}

struct ModelProblem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// BERT (Devlin et al. 2019) up to the last hidden states. The properties' names give Hugging Face's keys.
final class BertModel: Module {
    let embeddings: BertEmbeddings
    let encoder: BertEncoder

    init(_ configuration: BertConfiguration) {
        embeddings = BertEmbeddings(configuration)
        encoder = BertEncoder(configuration)
    }

    /// - Parameters:
    ///   - tokens: whole numbers of shape (batch, length).
    ///   - mask: booleans of the same shape; false where there is only padding.
    /// - Returns: shape (batch, length, hidden size).
    func callAsFunction(_ tokens: Tensor, mask: Tensor) -> Tensor {
        // Broadcasts over heads and over the positions that look.
        let visible = mask.unsqueeze(1).unsqueeze(1)
        return encoder.layer.reduce(embeddings(tokens)) { $1($0, visible) }
    }
}

final class BertEmbeddings: Module, Layer {
    let wordEmbeddings: Embedding
    let positionEmbeddings: Embedding
    let tokenTypeEmbeddings: Embedding
    let layerNorm: LayerNorm

    override var pathNames: [String: String] { ["layerNorm": "LayerNorm"] }

    init(_ configuration: BertConfiguration) {
        wordEmbeddings = Embedding(configuration.vocabularySize, configuration.hiddenSize, paddingIdx: 0)
        positionEmbeddings = Embedding(configuration.maximumPositions, configuration.hiddenSize)
        tokenTypeEmbeddings = Embedding(2, configuration.hiddenSize)
        layerNorm = LayerNorm(configuration.hiddenSize, eps: configuration.layerNormEps)
    }

    func forward(_ tokens: Tensor) -> Tensor {
        let positions = Tensor.arange(0, .int(tokens.shape[1]))
        // A single sentence is of type 0 throughout.
        let types = Tensor.zeros([1], dtype: .int64)
        return layerNorm(wordEmbeddings(tokens) + tokenTypeEmbeddings(types) + positionEmbeddings(positions))
    }
}

final class BertEncoder: Module {
    let layer: [BertLayer]

    init(_ configuration: BertConfiguration) {
        layer = (0 ..< configuration.layers).map { _ in BertLayer(configuration) }
    }
}

final class BertLayer: Module {
    let attention: BertAttention
    let intermediate: BertIntermediate
    let output: BertOutput

    init(_ configuration: BertConfiguration) {
        attention = BertAttention(configuration)
        intermediate = BertIntermediate(configuration)
        output = BertOutput(configuration.intermediateSize, configuration)
    }

    func callAsFunction(_ x: Tensor, _ visible: Tensor) -> Tensor {
        let attended = attention(x, visible)
        return output(intermediate(attended), attended)
    }
}

final class BertAttention: Module {
    let selfAttention: BertSelfAttention
    let output: BertOutput

    override var pathNames: [String: String] { ["selfAttention": "self"] }

    init(_ configuration: BertConfiguration) {
        selfAttention = BertSelfAttention(configuration)
        output = BertOutput(configuration.hiddenSize, configuration)
    }

    func callAsFunction(_ x: Tensor, _ visible: Tensor) -> Tensor { output(selfAttention(x, visible), x) }
}

final class BertSelfAttention: Module {
    let query: Linear
    let key: Linear
    let value: Linear
    private let heads: Int

    init(_ configuration: BertConfiguration) {
        query = Linear(configuration.hiddenSize, configuration.hiddenSize)
        key = Linear(configuration.hiddenSize, configuration.hiddenSize)
        value = Linear(configuration.hiddenSize, configuration.hiddenSize)
        heads = configuration.heads
    }

    func callAsFunction(_ x: Tensor, _ visible: Tensor) -> Tensor {
        let (batch, length, size) = (x.shape[0], x.shape[1], x.shape[2])
        func split(_ x: Tensor) -> Tensor { x.reshape([batch, length, heads, size / heads]).transpose(1, 2) }
        let attended = scaledDotProductAttention(split(query(x)), split(key(x)), split(value(x)), mask: visible)
        return attended.transpose(1, 2).reshape([batch, length, size])
    }
}

final class BertIntermediate: Module, Layer {
    let dense: Linear

    init(_ configuration: BertConfiguration) { dense = Linear(configuration.hiddenSize, configuration.intermediateSize) }

    func forward(_ x: Tensor) -> Tensor { gelu(dense(x)) }
}

/// A linear layer, then the sum with what went around it, normalised.
final class BertOutput: Module {
    let dense: Linear
    let layerNorm: LayerNorm

    override var pathNames: [String: String] { ["layerNorm": "LayerNorm"] }

    init(_ inputSize: Int, _ configuration: BertConfiguration) {
        dense = Linear(inputSize, configuration.hiddenSize)
        layerNorm = LayerNorm(configuration.hiddenSize, eps: configuration.layerNormEps)
    }

    func callAsFunction(_ x: Tensor, _ residual: Tensor) -> Tensor { layerNorm(dense(x) + residual) }
}
