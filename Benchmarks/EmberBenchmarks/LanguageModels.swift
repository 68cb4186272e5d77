import Ember

/// A language model of two recurrent layers; the same as in Benchmarks/peers/models.py.
final class RecurrentLanguageModel: Module {
    private let embedding: Embedding
    private let recurrent: LSTM
    private let output: Linear

    init(words: Int, size: Int) {
        embedding = Embedding(words, size)
        recurrent = LSTM(size, size, layers: 2)
        output = Linear(size, words)
    }

    /// Numbers of words [steps, batch] → scores [steps, batch, words].
    func callAsFunction(_ words: Tensor) -> Tensor { output(recurrent(embedding(words)).output) }
}

/// One layer of a decoder that sees what came before through its cache of keys and values.
private final class CachedLayer: Module {
    let norm1: LayerNorm
    let projection: Linear
    let attentionOutput: Linear
    let norm2: LayerNorm
    let linear1: Linear
    let linear2: Linear
    let heads: Int

    init(_ size: Int, heads: Int) {
        norm1 = LayerNorm(size)
        projection = Linear(size, 3 * size)
        attentionOutput = Linear(size, size)
        norm2 = LayerNorm(size)
        linear1 = Linear(size, 4 * size)
        linear2 = Linear(4 * size, size)
        self.heads = heads
    }

    func callAsFunction(_ x: Tensor, _ cache: inout CachedDecoder.Cache, at position: Int) -> Tensor {
        let count = x.shape[1], size = x.shape[2]
        let parts = projection(norm1(x)).reshape(1, count, 3, heads, size / heads).permute(2, 0, 3, 1, 4)
        let places = position..<position + count
        cache.keys[.all, .all, places] = parts[1]
        cache.values[.all, .all, places] = parts[2]
        let seen = 0..<position + count
        // Several new tokens must not see each other's successors; one sees all.
        let attended = scaledDotProductAttention(parts[0], cache.keys[.all, .all, seen], cache.values[.all, .all, seen], causal: count > 1)
        let y = x + attentionOutput(attended.transpose(1, 2).reshape(1, count, size))
        return y + linear2(gelu(linear1(norm2(y))))
    }
}

/// A decoder of GPT-2's kind that writes one token after the other; the same as in Benchmarks/peers/models.py.
final class CachedDecoder: Module {
    struct Cache {
        var keys: Tensor
        var values: Tensor
    }

    private let tokens: Embedding
    private let positions: Embedding
    private let layers: [CachedLayer]
    private let norm: LayerNorm
    private let output: Linear
    private let length: Int
    private let headSize: Int

    init(words: Int, size: Int, heads: Int, layers count: Int, length: Int) {
        tokens = Embedding(words, size)
        positions = Embedding(length, size)
        layers = (0..<count).map { _ in CachedLayer(size, heads: heads) }
        norm = LayerNorm(size)
        output = Linear(size, words, bias: false)
        self.length = length
        headSize = size / heads
    }

    /// Continues the prompt [1, tokens] by the most likely tokens; returns the scores of the last.
    func continuation(of prompt: Tensor, tokens count: Int) -> Tensor {
        noGrad {
            var caches = layers.map { layer in
                let empty = Tensor.zeros([1, layer.heads, length, headSize])
                return Cache(keys: empty, values: empty)
            }
            var position = 0
            func scores(_ input: Tensor) -> Tensor {
                let places = Tensor.arange(.int(position), .int(position + input.shape[1]))
                var x = tokens(input) + positions(places)
                for (i, layer) in layers.enumerated() { x = layer(x, &caches[i], at: position) }
                position += input.shape[1]
                return output(norm(x[.all, -1]))
            }
            var last = scores(prompt)
            for _ in 0..<count { last = scores(last.argmax(-1, keepDim: true)) }
            return last
        }
    }
}
