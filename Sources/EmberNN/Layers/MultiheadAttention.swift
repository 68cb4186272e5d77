import EmberTensor

/// Attention with several heads (Vaswani et al., arXiv:1706.03762). Queries (batch, targets, embedDim), keys (batch, sources, keyDim) and values
/// (batch, sources, valueDim) with `batchFirst`, else time before batch, or without batch; the result is as the query.
/// PyTorch: `torch.nn.MultiheadAttention`.
///
/// In masks true means "must not be seen", as there; masks of numbers are added to the scores.
public final class MultiheadAttention: Module {
    /// (3 embedDim, embedDim): projections of query, key and value; nil when these differ in size.
    @OptionalParameter public var inProjWeight: Tensor?
    /// (embedDim, embedDim), when sizes differ.
    @OptionalParameter public var qProjWeight: Tensor?
    /// (embedDim, keyDim), when sizes differ.
    @OptionalParameter public var kProjWeight: Tensor?
    /// (embedDim, valueDim), when sizes differ.
    @OptionalParameter public var vProjWeight: Tensor?
    /// (3 embedDim)
    @OptionalParameter public var inProjBias: Tensor?
    /// (1, 1, embedDim): a source that every target may see.
    @OptionalParameter public var biasK: Tensor?
    @OptionalParameter public var biasV: Tensor?
    public let outProj: Linear
    public let embedDim: Int
    public let heads: Int
    public let dropoutRate: Double
    public let addZeroAttention: Bool
    public let batchFirst: Bool

    public init(_ embedDim: Int, heads: Int, dropout: Double = 0, bias: Bool = true, addBiasKV: Bool = false, addZeroAttention: Bool = false,
                keyDim: Int? = nil, valueDim: Int? = nil, batchFirst: Bool = false, dtype: DType? = nil) {
        self.embedDim = embedDim
        self.heads = heads
        dropoutRate = dropout
        self.addZeroAttention = addZeroAttention
        self.batchFirst = batchFirst
        // PyTorch draws the output projection first.
        outProj = Linear(embedDim, embedDim, bias: bias, dtype: dtype)
        let isPacked = (keyDim ?? embedDim) == embedDim && (valueDim ?? embedDim) == embedDim
        inProjWeight = isPacked ? Initializer.xavierUniform([3 * embedDim, embedDim], dtype: dtype) : nil
        qProjWeight = isPacked ? nil : Initializer.xavierUniform([embedDim, embedDim], dtype: dtype)
        kProjWeight = isPacked ? nil : Initializer.xavierUniform([embedDim, keyDim ?? embedDim], dtype: dtype)
        vProjWeight = isPacked ? nil : Initializer.xavierUniform([embedDim, valueDim ?? embedDim], dtype: dtype)
        inProjBias = bias ? .zeros([3 * embedDim], dtype: dtype) : nil
        biasK = addBiasKV ? Initializer.xavierNormal([1, 1, embedDim], dtype: dtype) : nil
        biasV = addBiasKV ? Initializer.xavierNormal([1, 1, embedDim], dtype: dtype) : nil
        super.init()
        if bias { outProj.bias = .zeros([embedDim], dtype: dtype) }
        if heads < 1 || embedDim < 1 || embedDim % heads != 0 {
            TensorError("\(embedDim) features do not divide into \(heads) heads").report(in: "MultiheadAttention")
        }
    }

    /// - Parameters:
    ///   - keyPaddingMask: (batch, sources), or (sources) without batch: sources that are padding.
    ///   - attentionMask: (targets, sources) or (batch · heads, targets, sources).
    ///   - needWeights: whether to return the weights, the mean over heads unless `averageWeights` is false.
    ///   - isCausal: no target sees later sources; in place of an `attentionMask`.
    public func callAsFunction(_ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor? = nil, needWeights: Bool = true,
                               attentionMask: Tensor? = nil, averageWeights: Bool = true, isCausal: Bool = false)
        -> (output: Tensor, weights: Tensor?) {
        let operands = [query, key, value] + [keyPaddingMask, attentionMask].compactMap { $0 }
        var weights: Tensor?
        let output = composed("MultiheadAttention", operands) { () throws(TensorError) in
            guard query.rank == 2 || query.rank == 3, key.rank == query.rank, value.rank == query.rank, query.shape.last == embedDim else {
                throw TensorError("needs query, key and value of 3 dimensions, or of 2 without batch, with \(embedDim) features in the query")
            }
            let isBatched = query.rank == 3
            func arranged(_ x: Tensor) -> Tensor { isBatched ? (batchFirst ? x : x.transpose(0, 1)) : x.unsqueeze(0) }
            let (q, k, v) = (arranged(query), arranged(key), arranged(value))
            guard k.shape[0] == q.shape[0], Array(k.shape.prefix(2)) == Array(v.shape.prefix(2)) else {
                throw TensorError("key and value must have the same length, and the query's batch size")
            }
            let padding = isBatched ? keyPaddingMask : keyPaddingMask?.unsqueeze(0)
            let mask = try mask(padding: padding, attention: attentionMask, causal: isCausal, q.shape[0], q.shape[1], k.shape[1], q.dtype)
            let (result, perHead) = attend(projected(q, k, v), mask)
            if needWeights {
                let chosen = averageWeights ? perHead.mean(1) : perHead
                weights = isBatched ? chosen : chosen.squeeze(0)
            }
            return isBatched ? (batchFirst ? result : result.transpose(0, 1)) : result.squeeze(0)
        }
        return (hooked([query, key, value], output), weights)
    }

    private func projected(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> [Tensor] {
        let biases = inProjBias?.chunk(3) ?? []
        let weights = inProjWeight?.chunk(3) ?? [qProjWeight, kProjWeight, vProjWeight].compactMap { $0 }
        return zip([q, k, v], weights).enumerated().map { i, pair in linear(pair.0, pair.1, bias: biases.isEmpty ? nil : biases[i]) }
    }

    /// Everything that hides sources as one tensor to add to the scores, broadcasting to (batch, heads, targets, sources).
    private func mask(padding: Tensor?, attention: Tensor?, causal: Bool, _ batch: Int, _ targets: Int, _ sources: Int,
                      _ dtype: DType) throws(TensorError) -> Tensor? {
        func additive(_ mask: Tensor) -> Tensor {
            guard mask.dtype == .bool else { return mask.to(dtype) }
            return Tensor.full(mask.shape, .double(-Double.infinity), dtype: dtype).where(mask, else: .zeros(mask.shape, dtype: dtype))
        }
        var result: Tensor?
        if let attention {
            switch attention.shape {
            case [targets, sources]: result = additive(attention)
            case [batch * heads, targets, sources]: result = additive(attention).reshape([batch, heads, targets, sources])
            default:
                throw TensorError("the attention mask has shape \(attention.shape), expected [\(targets), \(sources)] or "
                    + "[\(batch * heads), \(targets), \(sources)]")
            }
        } else if causal {
            result = additive(Tensor.arange(0, .int(sources)) .> Tensor.arange(0, .int(targets)).unsqueeze(1))
        }
        if let padding {
            guard padding.shape == [batch, sources] else {
                throw TensorError("the key padding mask has shape \(padding.shape), expected [\(batch), \(sources)]")
            }
            let hidden = additive(padding).reshape([batch, 1, 1, sources])
            result = result.map { $0 + hidden } ?? hidden
        }
        return result
    }

    private func attend(_ projections: [Tensor], _ mask: Tensor?) -> (output: Tensor, weights: Tensor) {
        guard projections.count == 3, !projections.contains(where: \.isInert) else { return (.inert, .inert) }
        let (batch, targets, size) = (projections[0].shape[0], projections[0].shape[1], embedDim / heads)
        var (k, v) = (projections[1], projections[2])
        var extra = 0
        if let biasK, let biasV {
            k = cat([k, biasK.expand([batch, 1, embedDim])], dim: 1)
            v = cat([v, biasV.expand([batch, 1, embedDim])], dim: 1)
            extra += 1
        }
        if addZeroAttention {
            let zero = Tensor.zeros([batch, 1, embedDim], dtype: k.dtype)
            k = cat([k, zero], dim: 1)
            v = cat([v, zero], dim: 1)
            extra += 1
        }
        func split(_ x: Tensor) -> Tensor { x.reshape([batch, x.shape[1], heads, size]).transpose(1, 2) }
        var scores = (split(projections[0]) * (1 / Double(size)).squareRoot()).matmul(split(k).transpose(-2, -1))
        if let mask { scores = scores + (extra > 0 ? pad(mask, [0, extra]) : mask) }
        let weights = dropout(scores.softmax(-1), p: dropoutRate, training: isTraining && dropoutRate > 0)
        let joined = weights.matmul(split(v)).transpose(1, 2).reshape([batch, targets, embedDim])
        return (outProj(joined), weights)
    }
}
