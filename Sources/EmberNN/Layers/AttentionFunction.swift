import EmberTensor

/// The tensors of attention with several heads, as ``MultiheadAttention`` keeps them under the same names.
public struct AttentionParameters: Sendable {
    /// (3 embedDim, embedDim): projections of query, key and value; or else the three below.
    public var inProjWeight: Tensor?
    /// (embedDim, embedDim)
    public var qProjWeight: Tensor?
    /// (embedDim, keyDim)
    public var kProjWeight: Tensor?
    /// (embedDim, valueDim)
    public var vProjWeight: Tensor?
    /// (3 embedDim)
    public var inProjBias: Tensor?
    /// (1, 1, embedDim), or embedDim numbers in any shape: a source that every target may see.
    public var biasK: Tensor?
    public var biasV: Tensor?
    /// (embedDim, embedDim)
    public var outProjWeight: Tensor
    /// (embedDim)
    public var outProjBias: Tensor?

    public init(inProjWeight: Tensor? = nil, qProjWeight: Tensor? = nil, kProjWeight: Tensor? = nil, vProjWeight: Tensor? = nil,
                inProjBias: Tensor? = nil, biasK: Tensor? = nil, biasV: Tensor? = nil, outProjWeight: Tensor, outProjBias: Tensor? = nil) {
        self.inProjWeight = inProjWeight
        self.qProjWeight = qProjWeight
        self.kProjWeight = kProjWeight
        self.vProjWeight = vProjWeight
        self.inProjBias = inProjBias
        self.biasK = biasK
        self.biasV = biasV
        self.outProjWeight = outProjWeight
        self.outProjBias = outProjBias
    }
}

/// Attention with several heads (Vaswani et al., arXiv:1706.03762) of queries (targets, batch, embedDim) over keys (sources, batch, keyDim) and
/// values (sources, batch, valueDim), or the three without batch: what ``MultiheadAttention`` computes, whose masks these are.
///
/// - Parameters:
///   - addZeroAttention: one more source, of zeros.
///   - p: the probability with which weights are dropped; 0 outside training.
///   - keyPaddingMask: (batch, sources), or (sources) without batch: sources that are padding.
///   - attentionMask: (targets, sources) or (batch · heads, targets, sources).
///   - needWeights: whether to return the weights (batch, targets, sources), the mean over heads unless `averageWeights` is false.
///   - isCausal: no target sees later sources; in place of an `attentionMask`.
///
/// PyTorch: `torch.nn.functional.multi_head_attention_forward`.
public func multiheadAttention(_ query: Tensor, _ key: Tensor, _ value: Tensor, heads: Int, parameters: AttentionParameters,
                               addZeroAttention: Bool = false, dropout p: Double = 0, keyPaddingMask: Tensor? = nil, needWeights: Bool = true,
                               attentionMask: Tensor? = nil, averageWeights: Bool = true, isCausal: Bool = false, generator: Generator? = nil)
    -> (output: Tensor, weights: Tensor?) {
    let operands = [query, key, value] + [keyPaddingMask, attentionMask].compactMap { $0 }
    var weights: Tensor?
    let output = composed("multiheadAttention", operands) { () throws(TensorError) in
        let call = try HeadedAttention(parameters, heads: heads, addZeroAttention: addZeroAttention, dropout: p, generator: generator)
        let embedDim = call.embedDim
        guard query.rank == 2 || query.rank == 3, key.rank == query.rank, value.rank == query.rank, query.shape.last == embedDim else {
            throw TensorError("needs query, key and value of 3 dimensions, or of 2 without batch, with \(embedDim) features in the query")
        }
        let isBatched = query.rank == 3
        func batchFirst(_ x: Tensor) -> Tensor { isBatched ? x.transpose(0, 1) : x.unsqueeze(0) }
        let (q, k, v) = (batchFirst(query), batchFirst(key), batchFirst(value))
        guard k.shape[0] == q.shape[0], Array(k.shape.prefix(2)) == Array(v.shape.prefix(2)) else {
            throw TensorError("key and value must have the same length, and the query's batch size")
        }
        let padding = isBatched ? keyPaddingMask : keyPaddingMask?.unsqueeze(0)
        let projections = try call.projected(q, k, v)
        // Without a mask tensor and sources that every target sees, the causal order needs no mask at all.
        let isPlainlyCausal = isCausal && attentionMask == nil && padding == nil && !needWeights && p == 0 && !call.addsSources
        let mask = isPlainlyCausal ? nil
            : try call.mask(padding: padding, attention: attentionMask, causal: isCausal, q.shape[0], q.shape[1], k.shape[1], q.dtype)
        let (result, perHead) = call.attend(projections, mask, causal: isPlainlyCausal, needWeights: needWeights)
        if needWeights {
            let chosen = averageWeights ? perHead.mean(1) : perHead
            weights = isBatched ? chosen : chosen.squeeze(0)
        }
        return isBatched ? result.transpose(0, 1) : result.squeeze(0)
    }
    return (output, needWeights ? weights ?? .inert : nil)
}

/// One call, with the batch in front.
private struct HeadedAttention {
    let parameters: AttentionParameters
    let heads: Int
    let embedDim: Int
    let addZeroAttention: Bool
    let dropoutRate: Double
    let generator: Generator?

    init(_ parameters: AttentionParameters, heads: Int, addZeroAttention: Bool, dropout: Double, generator: Generator?) throws(TensorError) {
        self.parameters = parameters
        self.heads = heads
        self.addZeroAttention = addZeroAttention
        dropoutRate = dropout
        self.generator = generator
        embedDim = parameters.outProjWeight.shape.first ?? 0
        guard heads > 0, embedDim > 0, embedDim % heads == 0 else {
            throw TensorError("\(embedDim) features do not divide into \(heads) heads")
        }
    }

    func projected(_ q: Tensor, _ k: Tensor, _ v: Tensor) throws(TensorError) -> [Tensor] {
        let biases = parameters.inProjBias?.chunk(3) ?? []
        let weights = parameters.inProjWeight?.chunk(3)
            ?? [parameters.qProjWeight, parameters.kProjWeight, parameters.vProjWeight].compactMap { $0 }
        guard weights.count == 3, biases.isEmpty || biases.count == 3 else {
            throw TensorError("needs inProjWeight, or the weights of query, key and value; and a bias for all three or none")
        }
        return zip([q, k, v], weights).enumerated().map { i, pair in linear(pair.0, pair.1, bias: biases.isEmpty ? nil : biases[i]) }
    }

    /// Everything that hides sources as one tensor to add to the scores, broadcasting to (batch, heads, targets, sources).
    func mask(padding: Tensor?, attention: Tensor?, causal: Bool, _ batch: Int, _ targets: Int, _ sources: Int,
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

    /// Whether there are sources besides the given ones.
    var addsSources: Bool { addZeroAttention || (parameters.biasK != nil && parameters.biasV != nil) }

    func attend(_ projections: [Tensor], _ mask: Tensor?, causal: Bool, needWeights: Bool) -> (output: Tensor, weights: Tensor) {
        guard projections.count == 3, !projections.contains(where: \.isInert) else { return (.inert, .inert) }
        let (batch, targets, size) = (projections[0].shape[0], projections[0].shape[1], embedDim / heads)
        var (k, v) = (projections[1], projections[2])
        var extra = 0
        if let biasK = parameters.biasK, let biasV = parameters.biasV {
            k = cat([k, biasK.reshape([1, 1, embedDim]).expand([batch, 1, embedDim])], dim: 1)
            v = cat([v, biasV.reshape([1, 1, embedDim]).expand([batch, 1, embedDim])], dim: 1)
            extra += 1
        }
        if addZeroAttention {
            let zero = Tensor.zeros([batch, 1, embedDim], dtype: k.dtype)
            k = cat([k, zero], dim: 1)
            v = cat([v, zero], dim: 1)
            extra += 1
        }
        func split(_ x: Tensor) -> Tensor { x.reshape([batch, x.shape[1], heads, size]).transpose(1, 2) }
        func output(_ joined: Tensor) -> Tensor {
            linear(joined.transpose(1, 2).reshape([batch, targets, embedDim]), parameters.outProjWeight, bias: parameters.outProjBias)
        }
        if !needWeights && dropoutRate == 0 && k.dtype.size >= 4 {
            let attended = scaledDotProductAttention(split(projections[0]), split(k), split(v), mask: extra > 0 ? mask.map { pad($0, [0, extra]) } : mask,
                                                     causal: causal)
            return (output(attended), .inert)
        }
        var scores = (split(projections[0]) * (1 / Double(size)).squareRoot()).matmul(split(k).transpose(-2, -1))
        if let mask { scores = scores + (extra > 0 ? pad(mask, [0, extra]) : mask) }
        let weights = dropout(scores.softmax(-1), p: dropoutRate, training: dropoutRate > 0, generator: generator)
        return (output(weights.matmul(split(v))), weights)
    }
}
