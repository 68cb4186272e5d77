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
        func timeFirst(_ x: Tensor) -> Tensor { batchFirst && x.rank == 3 ? x.transpose(0, 1) : x }
        let parameters = AttentionParameters(
            inProjWeight: inProjWeight, qProjWeight: qProjWeight, kProjWeight: kProjWeight, vProjWeight: vProjWeight, inProjBias: inProjBias,
            biasK: biasK, biasV: biasV, outProjWeight: outProj.weight, outProjBias: outProj.bias)
        let result = multiheadAttention(
            timeFirst(query), timeFirst(key), timeFirst(value), heads: heads, parameters: parameters, addZeroAttention: addZeroAttention,
            dropout: isTraining ? dropoutRate : 0, keyPaddingMask: keyPaddingMask, needWeights: needWeights, attentionMask: attentionMask,
            averageWeights: averageWeights, isCausal: isCausal)
        return (hooked([query, key, value], timeFirst(result.output)), result.weights)
    }
}
