/// softmax(query · keyᵀ · scale + mask) · value over the last two dimensions: [*, targets, features], [*, sources, features] and
/// [*, sources, values] give [*, targets, values]. Vaswani et al. 2017, section 3.2.1.
///
/// - Parameters:
///   - mask: broadcasts to [*, targets, sources]; bool (true takes part) or of the query's type, then added to the scores.
///   - causal: a target sees no source after its own position; not together with `mask`.
///   - scale: 1 / sqrt(features) unless given.
///   - groupedQueries: the query has a multiple of the heads (dimension -3) of key and value, which are shared.
///   - p: the probability with which weights are dropped, as ``dropout(_:p:training:generator:)`` does; 0 outside training.
///
/// PyTorch: `torch.nn.functional.scaled_dot_product_attention`.
public func scaledDotProductAttention(_ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, causal: Bool = false,
                                      scale: Double? = nil, groupedQueries: Bool = false, dropout p: Double = 0,
                                      generator: Generator? = nil) -> Tensor {
    composed("scaledDotProductAttention", [query, key, value] + [mask].compactMap { $0 }) { () throws(TensorError) in
        guard value.rank >= 2, key.rank >= 2, value.shape[value.rank - 2] == key.shape[key.rank - 2] else {
            throw TensorError("key \(key.shape) and value \(value.shape) must have the same number of sources (dimension -2)")
        }
        // 16 bits are too coarse for scores and weights: one rounding, at the end.
        if query.dtype.isFloatingPoint, query.dtype.size == 2, key.dtype == query.dtype, value.dtype == query.dtype {
            let wideMask = mask.map { $0.dtype.isFloatingPoint ? $0.to(.float32) : $0 }
            return scaledDotProductAttention(query.to(.float32), key.to(.float32), value.to(.float32), mask: wideMask, causal: causal, scale: scale,
                                             groupedQueries: groupedQueries, dropout: p, generator: generator).to(query.dtype)
        }
        var key = key, value = value
        if groupedQueries {
            guard query.rank >= 3, key.rank >= 3, value.rank >= 3, key.shape[key.rank - 3] == value.shape[value.rank - 3],
                  key.shape[key.rank - 3] > 0, query.shape[query.rank - 3] % key.shape[key.rank - 3] == 0 else {
                throw TensorError("the query's heads (dimension -3) must be a multiple of those of key and value")
            }
            let times = query.shape[query.rank - 3] / key.shape[key.rank - 3]
            key = repeatedHeads(key, times)
            value = repeatedHeads(value, times)
        }
        if p == 0, let result = fusedAttention(query, key, value, mask: mask, causal: causal, scale: scale) { return result }
        let weights = attentionWeights(query, key, mask: mask, causal: causal, scale: scale)
        return dropout(weights, p: p, training: p != 0, generator: generator).matmul(value)
    }
}

/// Each head `times` times in a row.
private func repeatedHeads(_ x: Tensor, _ times: Int) -> Tensor {
    let d = x.rank - 3
    var wide = x.shape
    wide.insert(times, at: d + 1)
    var joined = x.shape
    joined[d] *= times
    return x.unsqueeze(d + 1).expand(wide).reshape(joined)
}

/// The weights softmax(query · keyᵀ · scale + mask) of ``scaledDotProductAttention(_:_:_:mask:causal:scale:groupedQueries:)``:
/// [*, targets, sources]. A target that may see no source has weights 0.
public func attentionWeights(_ query: Tensor, _ key: Tensor, mask: Tensor? = nil, causal: Bool = false, scale: Double? = nil) -> Tensor {
    composed("attentionWeights", [query, key] + [mask].compactMap { $0 }) { () throws(TensorError) in
        guard query.rank >= 2, key.rank >= 2, query.shape[query.rank - 1] == key.shape[key.rank - 1] else {
            throw TensorError("query \(query.shape) and key \(key.shape) must have the same number of features (dimension -1)")
        }
        guard query.dtype.isFloatingPoint else { throw TensorError("takes floating-point tensors, not \(query.dtype.name)") }
        guard !(causal && mask != nil) else { throw TensorError("a causal call takes no mask: it has its own") }
        let features = query.shape[query.rank - 1]
        // The smaller operand is scaled, not the scores.
        let factor = scale ?? 1 / Double(max(features, 1)).squareRoot()
        let scores = (query * factor).matmul(key.mT)
        let infinity = Tensor.full([], .double(-Double.infinity), dtype: scores.dtype)
        var visible: Tensor?
        if causal {
            let targets = scores.shape[scores.rank - 2], sources = scores.shape[scores.rank - 1]
            visible = Tensor.arange(0, .int(sources)) .<= Tensor.arange(0, .int(targets)).unsqueeze(1)
        } else if let mask {
            guard (try? ShapeRule.broadcast(mask.shape, scores.shape)) == scores.shape else {
                throw TensorError("the mask of shape \(mask.shape) does not broadcast to the scores' shape \(scores.shape)")
            }
            if mask.dtype == .bool {
                visible = mask
            } else {
                guard mask.dtype == query.dtype else {
                    throw TensorError("the mask must be bool or \(query.dtype.name) as the query, not \(mask.dtype.name)")
                }
                return (scores + mask).softmax(-1)
            }
        }
        guard let visible else { return scores.softmax(-1) }
        if causal { return scores.where(visible, else: infinity).softmax(-1) }
        // Rows in which nothing is visible would be softmax(-inf …) = NaN, in the gradient too; they get finite scores and then weight 0.
        let anything = visible.any(-1, keepDim: true)
        let weights = scores.where(visible.logicalOr(anything.logicalNot()), else: infinity).softmax(-1)
        return weights.where(anything, else: Tensor.zeros([], dtype: scores.dtype))
    }
}
