/// The gradient of the operator `normalization`.
///
/// With x̂ = (x - mean) · s, s = 1 / sqrt(variance + ε), and ĝ = g · weight, the gradient of x is s · (ĝ - mean(ĝ) - x̂ · mean(ĝ · x̂))
/// (Ioffe and Szegedy 2015, section 3, with the sums put together).
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
    let moments = x.varMean(dims, correction: 0, keepDim: true)
    let centred = x - moments.mean
    let scale = (moments.var + call.attributes.double("epsilon")).rsqrt()
    let normalized = centred * scale
    let weighted = hasWeight ? g * call.input(1).to(type) : g
    var cotangents: [Tensor?] = [nil]
    if call.needs(0) {
        var total = (weighted - weighted.mean(dims, keepDim: true) - normalized * (weighted * normalized).mean(dims, keepDim: true)) * scale
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

/// The same values in as few passes over memory as reductions between them allow.
private func fusedGradient(_ call: BackwardCall) -> [Tensor?] {
    let x = call.input(0), g = call.cotangent(), dims = call.attributes.ints("dims")
    let type = NormalizationRule.statisticsType(x.dtype)
    let mean = call.output(1).detach()
    let scale = (call.output(2).detach() + call.attributes.double("epsilon")).rsqrt()
    let count = Double(dims.reduce(1) { $0 * x.shape[$1] })
    let weight = call.attributes.bool("weight") ? call.input(1).detach() : nil
    let biasIndex = call.attributes.bool("bias") ? call.inputCount - 1 : nil

    let multiply = ScalarRows.mul, subtract = ScalarRows.sub
    typealias Instruction = ElementwiseProgram.Instruction
    func run(_ operands: [Tensor], _ instructions: [Instruction], results: [Int], _ dtypes: [DType]) -> [Tensor] {
        let outputs = dtypes.map {
            Tensor.empty(x.shape, $0, device: x.device, strides: x.isContiguous ? nil : ShapeRule.denseStrides(x.shape, like: x.strides))
        }
        if x.count > 0 {
            x.device.backend.elementwise(ElementwiseProgram(inputCount: operands.count, instructions: instructions, results: results,
                                                            compute: type), operands, into: outputs)
        }
        return outputs
    }

    var cotangents = [Tensor?](repeating: nil, count: call.inputCount)
    func isPerStatistic(_ shape: Shape) -> Bool {
        dims.allSatisfy { d in
            let own = d - (x.rank - shape.count)
            return own < 0 || shape[own] == 1
        }
    }
    if weight.map({ isPerStatistic($0.shape) }) ?? true {
        // Batch and instance norm: the weight is a factor of the sums, which are the parameters' gradients, too.
        let product = run([x, mean, scale, g], [
            Instruction(operation: subtract, operands: [0, 1]), Instruction(operation: multiply, operands: [4, 2]),
            Instruction(operation: multiply, operands: [5, 3]),
        ], results: [6], [type])[0]
        let products = product.sum(dims, keepDim: true), sums = g.detach().sum(dims, keepDim: true, dtype: type)
        if call.needs(0) {
            let factor = weight.map { scale * $0.to(type) } ?? scale
            let slope = products * scale / count
            // ((g - mean g) - (x - mean) · slope) · factor
            cotangents[0] = run([x, mean, g, sums / count, slope, factor], [
                Instruction(operation: subtract, operands: [0, 1]), Instruction(operation: multiply, operands: [6, 4]),
                Instruction(operation: subtract, operands: [2, 3]), Instruction(operation: subtract, operands: [8, 7]),
                Instruction(operation: multiply, operands: [9, 5]),
            ], results: [10], [x.dtype])[0]
        }
        if weight != nil && call.needs(1) { cotangents[1] = products.sum(to: call.shape(ofInput: 1)) }
        if let biasIndex, call.needs(biasIndex) {
            let shape = call.shape(ofInput: biasIndex)
            cotangents[biasIndex] = (isPerStatistic(shape) ? sums : g.detach()).sum(to: shape)
        }
        return cotangents
    }
    guard let weight else { return cotangents }
    // Layer and group norm: the weight varies within what is averaged.
    let parts = run([x, mean, scale, g, weight], [
        Instruction(operation: subtract, operands: [0, 1]), Instruction(operation: multiply, operands: [5, 2]),
        Instruction(operation: multiply, operands: [6, 3]), Instruction(operation: multiply, operands: [7, 4]),
        Instruction(operation: multiply, operands: [3, 4]),
    ], results: [7, 8, 9], [type, type, type])
    if call.needs(0) {
        let slope = parts[1].mean(dims, keepDim: true) * scale
        cotangents[0] = run([x, mean, parts[2], parts[2].mean(dims, keepDim: true), slope, scale], [
            Instruction(operation: subtract, operands: [0, 1]), Instruction(operation: multiply, operands: [6, 4]),
            Instruction(operation: subtract, operands: [2, 3]), Instruction(operation: subtract, operands: [8, 7]),
            Instruction(operation: multiply, operands: [9, 5]),
        ], results: [10], [x.dtype])[0]
    }
    if call.needs(1) { cotangents[1] = parts[0].sum(to: call.shape(ofInput: 1)) }
    if let biasIndex, call.needs(biasIndex) { cotangents[biasIndex] = g.sum(to: call.shape(ofInput: biasIndex)) }
    return cotangents
}
