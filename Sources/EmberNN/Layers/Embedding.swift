import EmberTensor

/// A table of vectors by number: integers of any shape → that shape and `dim` behind it. PyTorch: `torch.nn.Embedding`.
public final class Embedding: Module, Layer {
    /// (count, dim)
    @Parameter public var weight: Tensor
    /// The row that stays zero and untrained.
    public let paddingIdx: Int?
    public let maxNorm: Double?
    public let normType: Double
    public let scaleGradByFreq: Bool
    /// Whether the weight gets a ``Parameter/sparseGradient`` of the rows that were looked up.
    public let sparse: Bool

    public init(_ count: Int, _ dim: Int, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
                scaleGradByFreq: Bool = false, sparse: Bool = false, dtype: DType? = nil) {
        weight = Tensor.normal([count, dim], dtype: dtype)
        self.paddingIdx = paddingIdx.map { $0 < 0 ? $0 + count : $0 }
        self.maxNorm = maxNorm
        self.normType = normType
        self.scaleGradByFreq = scaleGradByFreq
        self.sparse = sparse
        super.init()
        if let row = self.paddingIdx {
            guard row >= 0, row < count else {
                TensorError("paddingIdx \(row) is out of range for \(count) rows").report(in: "Embedding")
                return
            }
            $weight.update { $0[row] = .zeros([dim], dtype: $0.dtype) }
        }
    }

    /// A layer with given vectors (count, dim), frozen unless asked otherwise. PyTorch: `torch.nn.Embedding.from_pretrained`.
    public init(pretrained vectors: Tensor, freeze: Bool = true, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
                scaleGradByFreq: Bool = false, sparse: Bool = false) {
        weight = vectors
        self.paddingIdx = paddingIdx.map { $0 < 0 ? $0 + (vectors.shape.first ?? 0) : $0 }
        self.maxNorm = maxNorm
        self.normType = normType
        self.scaleGradByFreq = scaleGradByFreq
        self.sparse = sparse
        super.init()
        $weight.requiresGrad = !freeze
    }

    public func forward(_ input: Tensor) -> Tensor {
        // As in PyTorch, a look-up with a largest norm changes the table itself.
        if let maxNorm { $weight.value = weight.embeddingRenormalized(input, maxNorm: maxNorm, normType: normType) }
        return embedding(input, weight, paddingIdx: paddingIdx, scaleGradByFreq: scaleGradByFreq, sparse: sparse)
    }
}
