import EmberTensor

/// How an embedding bag folds its vectors.
public enum EmbeddingBagMode: String, Sendable, CaseIterable { case sum, mean, max }

/// Rows of `weight` folded in bags, without the rows in between as a result. PyTorch: `torch.nn.functional.embedding_bag`.
///
/// - Parameters:
///   - indices: (bags, size), or all bags one after the other (1-d) with `offsets`.
///   - offsets: where each bag starts in 1-d `indices`.
///   - includeLastOffset: the last offset is the end of the last bag.
///   - paddingIdx: a row that counts for nothing.
///   - perSampleWeights: a factor for each index; for sums only.
///   - sparse: `backward()` gives a weight that is a leaf a sparse gradient.
public func embeddingBag(_ indices: Tensor, _ weight: Tensor, offsets: [Int]? = nil, mode: EmbeddingBagMode = .mean,
                         includeLastOffset: Bool = false, paddingIdx: Int? = nil, perSampleWeights: Tensor? = nil,
                         maxNorm: Double? = nil, normType: Double = 2, scaleGradByFreq: Bool = false, sparse: Bool = false) -> Tensor {
    composed("embeddingBag", [indices, weight] + [perSampleWeights].compactMap { $0 }) { () throws(TensorError) in
        guard weight.rank == 2 else { throw TensorError("the weight must be a matrix, this one has shape \(weight.shape)") }
        var starts: [Int]
        switch (indices.rank, offsets) {
        case (2, nil):
            starts = (0..<indices.shape[0]).map { $0 * indices.shape[1] }
        case (1, let offsets?):
            starts = includeLastOffset ? Array(offsets.dropLast()) : offsets
            guard starts.isEmpty || starts[0] == 0, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }),
                  (starts.last ?? 0) <= indices.count else {
                throw TensorError("offsets must rise from 0 to at most \(indices.count)")
            }
        default:
            throw TensorError("needs 2-d indices, or 1-d ones with offsets; these have shape \(indices.shape)")
        }
        if let perSampleWeights {
            guard mode == .sum else { throw TensorError("perSampleWeights go with sums only") }
            guard perSampleWeights.shape == indices.shape else {
                throw TensorError("perSampleWeights have shape \(perSampleWeights.shape), the indices \(indices.shape)")
            }
        }
        let count = indices.count, bags = starts.count
        let padding = paddingIdx.map { $0 < 0 ? $0 + weight.shape[0] : $0 }
        let numbers = indices.array(of: Int.self)
        var bag = -1
        let owners = (0..<count).map { i in
            while bag + 1 < bags && starts[bag + 1] <= i { bag += 1 }
            return bag
        }
        // Padding is left out before anything is looked up.
        let kept = (0..<count).filter { numbers[$0] != padding && owners[$0] >= 0 }
        var sizes = [Int](repeating: 0, count: bags)
        for i in kept { sizes[owners[i]] += 1 }
        let flat = indices.reshape([count]).indexSelect(0, Tensor(kept))
        let rows = embedding(flat, weight, maxNorm: maxNorm, normType: normType, scaleGradByFreq: scaleGradByFreq, sparse: sparse)
        let zeros = Tensor.zeros([bags, weight.shape[1]], dtype: rows.dtype)
        switch mode {
        case .sum, .mean:
            return roundedOnce([rows] + (perSampleWeights.map { [$0] } ?? [])) { operands in
                var rows = operands[0]
                if operands.count > 1 { rows = rows * operands[1].reshape([count]).indexSelect(0, Tensor(kept)).unsqueeze(1) }
                let sums = Tensor.zeros(zeros.shape, dtype: rows.dtype).indexAdd(0, Tensor(kept.map { owners[$0] }), rows)
                if mode == .sum { return sums }
                return sums / Tensor(sizes.map { Double(max($0, 1)) }, dtype: rows.dtype).unsqueeze(1)
            }
        case .max:
            var start = 0
            let largest = sizes.map { size in
                defer { start += size }
                return size == 0 ? Tensor.zeros([weight.shape[1]], dtype: rows.dtype) : rows.narrow(0, start: start, count: size).max(0).values
            }
            return largest.isEmpty ? zeros : stack(largest)
        }
    }
}

/// A table of vectors whose look-ups are folded in bags. PyTorch: `torch.nn.EmbeddingBag`.
public final class EmbeddingBag: Module {
    /// (count, dim)
    @Parameter public var weight: Tensor
    public let mode: EmbeddingBagMode
    public let maxNorm: Double?
    public let normType: Double
    public let scaleGradByFreq: Bool
    public let includeLastOffset: Bool
    public let paddingIdx: Int?
    /// Whether the weight gets a ``Parameter/sparseGradient`` of the rows that were looked up.
    public let sparse: Bool

    public init(_ count: Int, _ dim: Int, mode: EmbeddingBagMode = .mean, maxNorm: Double? = nil, normType: Double = 2,
                scaleGradByFreq: Bool = false, sparse: Bool = false, includeLastOffset: Bool = false, paddingIdx: Int? = nil,
                dtype: DType? = nil) {
        weight = Tensor.normal([count, dim], dtype: dtype)
        self.mode = mode
        self.maxNorm = maxNorm
        self.normType = normType
        self.scaleGradByFreq = scaleGradByFreq
        self.sparse = sparse
        self.includeLastOffset = includeLastOffset
        self.paddingIdx = paddingIdx.map { $0 < 0 ? $0 + count : $0 }
        super.init()
        if let row = self.paddingIdx {
            guard row >= 0, row < count else {
                TensorError("paddingIdx \(row) is out of range for \(count) rows").report(in: "EmbeddingBag")
                return
            }
            $weight.update { $0[row] = .zeros([dim], dtype: $0.dtype) }
        }
    }

    /// A layer with given vectors (count, dim), frozen unless asked otherwise. PyTorch: `torch.nn.EmbeddingBag.from_pretrained`.
    public init(pretrained vectors: Tensor, freeze: Bool = true, mode: EmbeddingBagMode = .mean, maxNorm: Double? = nil, normType: Double = 2,
                scaleGradByFreq: Bool = false, sparse: Bool = false, includeLastOffset: Bool = false, paddingIdx: Int? = nil) {
        weight = vectors
        self.mode = mode
        self.maxNorm = maxNorm
        self.normType = normType
        self.scaleGradByFreq = scaleGradByFreq
        self.sparse = sparse
        self.includeLastOffset = includeLastOffset
        self.paddingIdx = paddingIdx.map { $0 < 0 ? $0 + (vectors.shape.first ?? 0) : $0 }
        super.init()
        $weight.requiresGrad = !freeze
    }

    public func callAsFunction(_ indices: Tensor, offsets: [Int]? = nil, perSampleWeights: Tensor? = nil) -> Tensor {
        if let maxNorm { $weight.value = weight.embeddingRenormalized(indices, maxNorm: maxNorm, normType: normType) }
        return hooked([indices], embeddingBag(
            indices, weight, offsets: offsets, mode: mode, includeLastOffset: includeLastOffset, paddingIdx: paddingIdx,
            perSampleWeights: perSampleWeights, scaleGradByFreq: scaleGradByFreq, sparse: sparse))
    }
}
