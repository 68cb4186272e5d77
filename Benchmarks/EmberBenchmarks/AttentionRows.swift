import Ember

/// Attention, alone and in Transformer layers.
let attentionRows: [Row] = [
    Row("attention 8x8x128x64", .operations(4 * 64 * 128 * 128 * 64)) {
        let q = Tensor.randn([8, 8, 128, 64]), k = Tensor.randn([8, 8, 128, 64]), v = Tensor.randn([8, 8, 128, 64])
        return { scaledDotProductAttention(q, k, v) }
    },
    Row("attention causal 1x8x1024x64", .operations(2 * 8 * 1024 * 1024 * 64)) {
        let q = Tensor.randn([1, 8, 1024, 64]), k = Tensor.randn([1, 8, 1024, 64]), v = Tensor.randn([1, 8, 1024, 64])
        return { scaledDotProductAttention(q, k, v, causal: true) }
    },
    Row("attention one query of 1024 keys", .bytes(4.2e6)) {
        let q = Tensor.randn([1, 8, 1, 64]), k = Tensor.randn([1, 8, 1024, 64]), v = Tensor.randn([1, 8, 1024, 64])
        return { scaledDotProductAttention(q, k, v) }
    },
    Row("attention 8x8x128x64, forward+backward", .operations(12 * 64 * 128 * 128 * 64)) {
        let q = Tensor.randn([8, 8, 128, 64]).requiringGrad(), k = Tensor.randn([8, 8, 128, 64]).requiringGrad()
        let v = Tensor.randn([8, 8, 128, 64]).requiringGrad(), cotangent = Tensor.randn([8, 8, 128, 64])
        return { gradients(of: scaledDotProductAttention(q, k, v), with: [q, k, v], cotangent: cotangent)[0] ?? q }
    },
    Row("MultiheadAttention 512, 8 heads, 128 tokens b8") {
        let layer = MultiheadAttention(512, heads: 8, batchFirst: true), x = Tensor.randn([8, 128, 512])
        layer.eval()
        return { noGrad { layer(x, x, x, needWeights: false).output } }
    },
    Row("TransformerEncoderLayer 512, 128 tokens b8, evaluation") {
        let layer = TransformerEncoderLayer(512, heads: 8, batchFirst: true), x = Tensor.randn([8, 128, 512])
        layer.eval()
        return { noGrad { layer(x) } }
    },
    Row("TransformerEncoderLayer 512, 128 tokens b8, forward+backward") {
        let layer = TransformerEncoderLayer(512, heads: 8, dropout: 0, batchFirst: true), x = Tensor.randn([8, 128, 512]).requiringGrad()
        let cotangent = Tensor.randn([8, 128, 512])
        return { gradients(of: layer(x), with: [x] + layer.parameters().map(\.value), cotangent: cotangent)[0] ?? x }
    },
]
