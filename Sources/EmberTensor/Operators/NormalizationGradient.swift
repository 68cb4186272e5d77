/// The gradient of the operator `normalization`.
///
/// With x̂ = (x - mean) · s, s = 1 / sqrt(variance + ε), and ĝ = g · weight, the gradient of x is s · (ĝ - mean(ĝ) - x̂ · mean(ĝ · x̂))
/// (Ioffe and Szegedy 2015, section 3, with the sums put together); where the mean counts as 0, without mean(ĝ).
func normalizationGradient(_ call: BackwardCall) -> [Tensor?] {
    let statisticsDiffer = call.cotangents[1] != nil || call.cotangents[2] != nil
    return isGradEnabled || statisticsDiffer ? recordedGradient(call) : fusedGradient(call)
}

/// In recorded operators, with the statistics as functions of x, so that the gradient can be differentiated.
private func recordedGradient(_ call: BackwardCall) -> [Tensor?] {
    let type = NormalizationRule.statisticsType(call.input(0).dtype), dims = call.attributes.ints("dims")
    let x = call.input(0).to(type), g = call.cotangent().to(type)
    let hasWeight = call.attributes.bool("weight"), hasBias = call.attributes.bool("bias")
    let count = Double(dims.reduce(1) { $0 * x.shape[$1] })
    let isCentred = call.attributes.bool("centred")
    let moments = isCentred ? x.varMean(dims, correction: 0, keepDim: true) : nil
    let centred = moments.map { x - $0.mean } ?? x
    let scale = ((moments?.var ?? x.square().mean(dims, keepDim: true)) + call.attributes.double("epsilon")).rsqrt()
    let normalized = centred * scale
    let weighted = hasWeight ? g * call.input(1).to(type) : g
    var cotangents: [Tensor?] = [nil]
    if call.needs(0) {
        var total = weighted - normalized * (weighted * normalized).mean(dims, keepDim: true)
        if isCentred { total = total - weighted.mean(dims, keepDim: true) }
        total = total * scale
        if let ofMean = call.cotangents[1] { total = total + ofMean / count }
        if let ofVariance = call.cotangents[2] { total = total + ofVariance * centred * (2 / count) }
        cotangents[0] = total
    }
    if hasWeight { cotangents.append(call.needs(1) ? (g * normalized).sum(to: call.shape(ofInput: 1)) : nil) }
    if hasBias {
        let i = hasWeight ? 2 : 1
        cotangents.append(call.needs(i) ? g.sum(to: call.shape(ofInput: i)) : nil)
    }
    return cotangents
}

/// The same values in two passes over x and the cotangent.
private func fusedGradient(_ call: BackwardCall) -> [Tensor?] {
    let hasWeight = call.attributes.bool("weight"), biasIndex = call.attributes.bool("bias") ? call.inputCount - 1 : nil
    let problem = NormalizationProblem(call.input(0), weight: hasWeight ? call.input(1) : nil, bias: nil, call.attributes)
    let type = NormalizationRule.statisticsType(problem.x.dtype)
    func cotangent(ofParameter i: Int?) -> Tensor? {
        guard let i, call.needs(i) else { return nil }
        let shape = call.shape(ofInput: i)
        return problem.x.count == 0 ? Tensor.zeros(shape, dtype: type) : Tensor.empty(shape, type, device: problem.x.device)
    }
    let ofX = call.needs(0) ? problem.emptyLikeX() : nil
    let ofWeight = cotangent(ofParameter: hasWeight ? 1 : nil), ofBias = cotangent(ofParameter: biasIndex)
    if problem.x.count > 0 {
        problem.x.device.backend.normalizeGradient(
            problem, cotangent: problem.laidOut(call.cotangent().detach()), mean: call.output(1).detach(), variance: call.output(2).detach(),
            into: ofX, weight: ofWeight, bias: ofBias)
    }
    return [ofX] + (hasWeight ? [ofWeight] : []) + (biasIndex != nil ? [ofBias] : [])
}
