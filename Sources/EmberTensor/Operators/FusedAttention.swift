/// Attention as backends are given it: values without history, of one type, the last dimension of stride 1.
struct AttentionProblem {
    /// [batch…, targets, features], [batch…, sources, features], [batch…, sources, values]
    let query: Tensor
    let key: Tensor
    let value: Tensor
    /// Bool (true takes part) or of the query's type; broadcasts to [batch…, targets, sources].
    let mask: Tensor?
    let isCausal: Bool
    let scale: Double

    init(_ inputs: [Tensor], _ attributes: Attributes) {
        query = Self.laidOut(inputs[0])
        key = Self.laidOut(inputs[1])
        value = Self.laidOut(inputs[2])
        mask = inputs.count > 3 ? inputs[3].detach() : nil
        isCausal = attributes.bool("causal")
        scale = attributes.double("scale")
    }

    static func laidOut(_ x: Tensor) -> Tensor { x.strides[x.rank - 1] == 1 ? x.detach() : x.detach().contiguous() }

    /// Memory for a result with the dimensions of `x` but the last, in the order in which they lie there: heads that were split off
    /// a dimension are joined to it again without a copy.
    static func empty(like x: Tensor, features: Int) -> Tensor {
        var shape = x.shape
        shape[x.rank - 1] = features
        let outer = (0..<x.rank - 1).filter { x.shape[$0] != 1 }
        guard !outer.contains(where: { x.strides[$0] <= 0 }) else { return Tensor.empty(shape, x.dtype, device: x.device) }
        var strides = ShapeRule.contiguousStrides(shape), next = features
        for d in outer.sorted(by: { (x.strides[$0], $1) < (x.strides[$1], $0) }) {
            strides[d] = next
            next *= shape[d]
        }
        return Tensor.empty(shape, x.dtype, device: x.device, strides: strides)
    }
}

/// Inputs: query, key and value with the same batch dimensions, and perhaps a mask. Outputs: the result, and the logarithm of the sum of each
/// target's exponentials, from which the gradient has the weights again; empty unless the call is recorded.
private let attentionOperator = Operator("attention", saving: [.inputs, .outputs], outputs: 2, forward: { inputs, attributes in
    let problem = AttentionProblem(inputs, attributes), query = problem.query
    let isRecorded = isGradEnabled && inputs.contains(where: \.requiresGrad)
    let result = AttentionProblem.empty(like: query, features: problem.value.shape[query.rank - 1])
    let logSumExp = Tensor.empty(isRecorded ? Array(query.shape.dropLast()) : [0], query.dtype, device: query.device)
    query.device.backend.attend(problem, into: result, logSumExp: isRecorded ? logSumExp : nil)
    return [result, logSumExp]
}, backward: { call in
    isGradEnabled ? recordedAttentionGradient(call) : fusedAttentionGradient(call)
}, flops: { inputs, outputs, attributes in
    let sources = inputs[1].shape[inputs[1].rank - 2], features = inputs[0].shape[inputs[0].rank - 1]
    let all = 2 * sources * (inputs[0].count + outputs[0].count)
    return attributes.bool("causal") && inputs[0].shape[inputs[0].rank - 2] == sources ? all / 2 : all
})

private func fusedAttentionGradient(_ call: BackwardCall) -> [Tensor?] {
    let problem = AttentionProblem((0..<call.inputCount).map { call.input($0) }, call.attributes)
    func empty(like x: Tensor) -> Tensor { AttentionProblem.empty(like: x, features: x.shape[x.rank - 1]) }
    let ofQuery = empty(like: problem.query), ofKey = empty(like: problem.key), ofValue = empty(like: problem.value)
    problem.query.device.backend.attendGradient(
        problem, result: call.output().detach(), logSumExp: call.output(1).detach(), cotangent: AttentionProblem.laidOut(call.cotangent()),
        query: ofQuery, key: ofKey, value: ofValue)
    return [ofQuery, ofKey, ofValue] + (problem.mask == nil ? [] : [nil])
}

/// In recorded operators, with the weights as a function of query and key, so that the gradient can be differentiated.
private func recordedAttentionGradient(_ call: BackwardCall) -> [Tensor?] {
    let query = call.input(0), key = call.input(1), value = call.input(2), g = call.cotangent()
    let mask = call.inputCount > 3 ? call.input(3) : nil, scale = call.attributes.double("scale")
    let weights = attentionWeights(query, key, mask: mask, causal: call.attributes.bool("causal"), scale: scale)
    let ofWeights = weights * g.matmul(value.mT)
    let ofScores = (ofWeights - weights * ofWeights.sum(-1, keepDim: true)) * scale
    return [ofScores.matmul(key), ofScores.mT.matmul(query), weights.mT.matmul(g)] + (mask == nil ? [] : [nil])
}

/// Attention by the kernel that never has all weights in memory; nil where it does not apply, be it that the call is wrong.
func fusedAttention(_ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor?, causal: Bool, scale: Double?) -> Tensor? {
    let type = query.dtype
    guard type == .float32 || type == .float64, key.dtype == type, value.dtype == type, query.rank >= 2, key.rank >= 2, value.rank >= 2,
          !(causal && mask != nil), query.shape.last == key.shape.last, key.shape[key.rank - 2] == value.shape[value.rank - 2] else { return nil }
    let batches = [query, key, value].map { Array($0.shape.dropLast(2)) }
    guard let keyed = try? ShapeRule.broadcast(batches[0], batches[1]), let batch = try? ShapeRule.broadcast(keyed, batches[2]) else { return nil }
    let targets = query.shape[query.rank - 2], sources = key.shape[key.rank - 2], features = query.shape[query.rank - 1]
    guard ShapeRule.count(batch) * targets > 0, sources > 0, features > 0, value.shape[value.rank - 1] > 0 else { return nil }
    if let mask {
        let scores = batch + [targets, sources]
        // A mask that learns gets its gradient from the scores. One that widens the batch is an error; other types are, too.
        guard mask.dtype == .bool || mask.dtype == type, !mask.requiresGrad, keyed == batch,
              (try? ShapeRule.broadcast(mask.shape, scores)) == scores else { return nil }
    }
    func expanded(_ x: Tensor) -> Tensor { x.rank - 2 == batch.count && Array(x.shape.dropLast(2)) == batch ? x : x.expand(batch + x.shape.suffix(2)) }
    return attentionOperator([expanded(query), expanded(key), expanded(value)] + [mask].compactMap { $0 }, [
        "causal": .bool(causal), "scale": .double(scale ?? 1 / Double(features).squareRoot()),
    ])[0]
}
