import EmberTensor

/// The two linear layers of a transformer's layer.
private func feedForward(_ x: Tensor, _ first: Linear, _ second: Linear, _ activation: (Tensor) -> Tensor, dropout: Dropout) -> Tensor {
    second(dropout(activation(first(x))))
}

/// Self-attention and a feed-forward network, each with a residual connection and a normalisation (Vaswani et al., arXiv:1706.03762).
/// Layouts and masks are those of ``MultiheadAttention``. PyTorch: `torch.nn.TransformerEncoderLayer`.
public final class TransformerEncoderLayer: Module {
    public let selfAttn: MultiheadAttention
    public let linear1: Linear
    public let dropout: Dropout
    public let linear2: Linear
    public let norm1: LayerNorm
    public let norm2: LayerNorm
    public let dropout1: Dropout
    public let dropout2: Dropout
    /// Normalises before attention and feed-forward instead of after the sums.
    public let normFirst: Bool
    private let activation: (Tensor) -> Tensor

    public init(_ features: Int, heads: Int, feedForward: Int = 2048, dropout: Double = 0.1,
                activation: @escaping (Tensor) -> Tensor = { relu($0) }, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
                normFirst: Bool = false, bias: Bool = true, dtype: DType? = nil) {
        selfAttn = MultiheadAttention(features, heads: heads, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype)
        linear1 = Linear(features, feedForward, bias: bias, dtype: dtype)
        self.dropout = Dropout(dropout)
        linear2 = Linear(feedForward, features, bias: bias, dtype: dtype)
        norm1 = LayerNorm(features, eps: layerNormEps, bias: bias, dtype: dtype)
        norm2 = LayerNorm(features, eps: layerNormEps, bias: bias, dtype: dtype)
        dropout1 = Dropout(dropout)
        dropout2 = Dropout(dropout)
        self.normFirst = normFirst
        self.activation = activation
    }

    public func callAsFunction(_ source: Tensor, mask: Tensor? = nil, keyPaddingMask: Tensor? = nil, isCausal: Bool = false) -> Tensor {
        func attention(_ x: Tensor) -> Tensor {
            dropout1(selfAttn(x, x, x, keyPaddingMask: keyPaddingMask, needWeights: false, attentionMask: mask, isCausal: isCausal).output)
        }
        func network(_ x: Tensor) -> Tensor { dropout2(feedForward(x, linear1, linear2, activation, dropout: dropout)) }
        var x = source
        if normFirst {
            x = x + attention(norm1(x))
            x = x + network(norm2(x))
        } else {
            x = norm1(x + attention(x))
            x = norm2(x + network(x))
        }
        return hooked([source], x)
    }
}

/// Self-attention over the target, attention to the encoder's output (the memory) and a feed-forward network.
/// PyTorch: `torch.nn.TransformerDecoderLayer`.
public final class TransformerDecoderLayer: Module {
    public let selfAttn: MultiheadAttention
    public let multiheadAttn: MultiheadAttention
    public let linear1: Linear
    public let dropout: Dropout
    public let linear2: Linear
    public let norm1: LayerNorm
    public let norm2: LayerNorm
    public let norm3: LayerNorm
    public let dropout1: Dropout
    public let dropout2: Dropout
    public let dropout3: Dropout
    public let normFirst: Bool
    private let activation: (Tensor) -> Tensor

    public init(_ features: Int, heads: Int, feedForward: Int = 2048, dropout: Double = 0.1,
                activation: @escaping (Tensor) -> Tensor = { relu($0) }, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
                normFirst: Bool = false, bias: Bool = true, dtype: DType? = nil) {
        selfAttn = MultiheadAttention(features, heads: heads, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype)
        multiheadAttn = MultiheadAttention(features, heads: heads, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype)
        linear1 = Linear(features, feedForward, bias: bias, dtype: dtype)
        self.dropout = Dropout(dropout)
        linear2 = Linear(feedForward, features, bias: bias, dtype: dtype)
        norm1 = LayerNorm(features, eps: layerNormEps, bias: bias, dtype: dtype)
        norm2 = LayerNorm(features, eps: layerNormEps, bias: bias, dtype: dtype)
        norm3 = LayerNorm(features, eps: layerNormEps, bias: bias, dtype: dtype)
        dropout1 = Dropout(dropout)
        dropout2 = Dropout(dropout)
        dropout3 = Dropout(dropout)
        self.normFirst = normFirst
        self.activation = activation
    }

    public func callAsFunction(_ target: Tensor, _ memory: Tensor, mask: Tensor? = nil, memoryMask: Tensor? = nil, keyPaddingMask: Tensor? = nil,
                               memoryKeyPaddingMask: Tensor? = nil, isCausal: Bool = false, memoryIsCausal: Bool = false) -> Tensor {
        func attention(_ x: Tensor) -> Tensor {
            dropout1(selfAttn(x, x, x, keyPaddingMask: keyPaddingMask, needWeights: false, attentionMask: mask, isCausal: isCausal).output)
        }
        func crossAttention(_ x: Tensor) -> Tensor {
            dropout2(multiheadAttn(x, memory, memory, keyPaddingMask: memoryKeyPaddingMask, needWeights: false, attentionMask: memoryMask,
                                   isCausal: memoryIsCausal).output)
        }
        func network(_ x: Tensor) -> Tensor { dropout3(feedForward(x, linear1, linear2, activation, dropout: dropout)) }
        var x = target
        if normFirst {
            x = x + attention(norm1(x))
            x = x + crossAttention(norm2(x))
            x = x + network(norm3(x))
        } else {
            x = norm1(x + attention(x))
            x = norm2(x + crossAttention(x))
            x = norm3(x + network(x))
        }
        return hooked([target, memory], x)
    }
}

/// `count` modules that start with equal values, drawn once: what PyTorch's deep copies of a layer are.
private func clones<M: Module>(_ count: Int, _ make: () -> M) -> [M] {
    guard count > 0 else { return [] }
    let first = make()
    let generator = Generator.default.copy()
    let others = (1..<count).map { _ in
        let copy = make()
        for (parameter, tensor) in zip(copy.parameters(), first.parameters()) { parameter.value = tensor.value.detach() }
        return copy
    }
    // The state comes from this very generator, so it is never refused.
    try? Generator.default.restore(generator.stateBytes)
    return [first] + others
}

/// Encoder layers one after the other. PyTorch: `torch.nn.TransformerEncoder`.
public final class TransformerEncoder: Module {
    public let layers: [TransformerEncoderLayer]
    public let norm: LayerNorm?

    /// - Parameter layer: makes a layer; all start with the values of the first.
    public init(_ count: Int, norm: LayerNorm? = nil, layer: () -> TransformerEncoderLayer) {
        layers = clones(count, layer)
        self.norm = norm
    }

    public func callAsFunction(_ source: Tensor, mask: Tensor? = nil, keyPaddingMask: Tensor? = nil, isCausal: Bool = false) -> Tensor {
        let x = layers.reduce(source) { $1($0, mask: mask, keyPaddingMask: keyPaddingMask, isCausal: isCausal) }
        return hooked([source], norm?(x) ?? x)
    }
}

/// Decoder layers one after the other. PyTorch: `torch.nn.TransformerDecoder`.
public final class TransformerDecoder: Module {
    public let layers: [TransformerDecoderLayer]
    public let norm: LayerNorm?

    /// - Parameter layer: makes a layer; all start with the values of the first.
    public init(_ count: Int, norm: LayerNorm? = nil, layer: () -> TransformerDecoderLayer) {
        layers = clones(count, layer)
        self.norm = norm
    }

    public func callAsFunction(_ target: Tensor, _ memory: Tensor, mask: Tensor? = nil, memoryMask: Tensor? = nil, keyPaddingMask: Tensor? = nil,
                               memoryKeyPaddingMask: Tensor? = nil, isCausal: Bool = false, memoryIsCausal: Bool = false) -> Tensor {
        let x = layers.reduce(target) {
            $1($0, memory, mask: mask, memoryMask: memoryMask, keyPaddingMask: keyPaddingMask, memoryKeyPaddingMask: memoryKeyPaddingMask,
               isCausal: isCausal, memoryIsCausal: memoryIsCausal)
        }
        return hooked([target, memory], norm?(x) ?? x)
    }
}

/// An encoder and a decoder (Vaswani et al., arXiv:1706.03762): source and target sequences → as the target.
/// PyTorch: `torch.nn.Transformer`.
public final class Transformer: Module {
    public let encoder: TransformerEncoder
    public let decoder: TransformerDecoder

    public init(_ features: Int = 512, heads: Int = 8, encoderLayers: Int = 6, decoderLayers: Int = 6, feedForward: Int = 2048,
                dropout: Double = 0.1, activation: @escaping (Tensor) -> Tensor = { relu($0) }, layerNormEps: Double = 1e-5,
                batchFirst: Bool = false, normFirst: Bool = false, bias: Bool = true, dtype: DType? = nil) {
        encoder = TransformerEncoder(encoderLayers, norm: LayerNorm(features, eps: layerNormEps, bias: bias, dtype: dtype)) {
            TransformerEncoderLayer(features, heads: heads, feedForward: feedForward, dropout: dropout, activation: activation,
                                    layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype)
        }
        decoder = TransformerDecoder(decoderLayers, norm: LayerNorm(features, eps: layerNormEps, bias: bias, dtype: dtype)) {
            TransformerDecoderLayer(features, heads: heads, feedForward: feedForward, dropout: dropout, activation: activation,
                                    layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype)
        }
        super.init()
        for parameter in parameters() where parameter.shape.count > 1 {
            parameter.value = Initializer.xavierUniform(parameter.shape, dtype: parameter.dtype)
        }
    }

    public func callAsFunction(_ source: Tensor, _ target: Tensor, sourceMask: Tensor? = nil, targetMask: Tensor? = nil,
                               memoryMask: Tensor? = nil, sourceKeyPaddingMask: Tensor? = nil, targetKeyPaddingMask: Tensor? = nil,
                               memoryKeyPaddingMask: Tensor? = nil, sourceIsCausal: Bool = false, targetIsCausal: Bool = false,
                               memoryIsCausal: Bool = false) -> Tensor {
        let memory = encoder(source, mask: sourceMask, keyPaddingMask: sourceKeyPaddingMask, isCausal: sourceIsCausal)
        return hooked([source, target], decoder(
            target, memory, mask: targetMask, memoryMask: memoryMask, keyPaddingMask: targetKeyPaddingMask,
            memoryKeyPaddingMask: memoryKeyPaddingMask, isCausal: targetIsCausal, memoryIsCausal: memoryIsCausal))
    }

    /// The mask of numbers that hides later positions: -∞ above the diagonal. PyTorch: `Transformer.generate_square_subsequent_mask`.
    public static func causalMask(_ size: Int, dtype: DType? = nil) -> Tensor {
        let later = Tensor.arange(0, .int(size)) .> Tensor.arange(0, .int(size)).unsqueeze(1)
        let type = dtype ?? Tensor.defaultDType
        return Tensor.full([size, size], .double(-Double.infinity), dtype: type).where(later, else: .zeros([size, size], dtype: type))
    }
}
