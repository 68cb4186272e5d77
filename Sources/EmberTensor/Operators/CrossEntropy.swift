/// How a loss combines the losses of its elements. PyTorch: the `reduction` argument of losses.
public enum Reduction: String, Sendable, CaseIterable {
    /// One loss per element.
    case none
    /// Their (weighted) mean.
    case mean
    /// Their sum.
    case sum
}

/// Shapes of classification losses: logits [C] or [N, C, d…] and class indices of the shape without C.
enum ClassificationRule {
    static func classDim(_ logits: Tensor) -> Int { logits.rank == 1 ? 0 : 1 }

    static func check(_ logits: Tensor, weight: Tensor?) throws(TensorError) {
        guard logits.rank >= 1 else { throw TensorError("needs scores of shape [C] or [N, C, …], not a 0-d tensor") }
        guard logits.dtype.isFloatingPoint else {
            throw TensorError("takes floating-point scores, not \(logits.dtype.name)")
        }
        let classes = logits.shape[classDim(logits)]
        guard let weight else { return }
        guard weight.shape == [classes] else {
            throw TensorError("weight must have shape [\(classes)], one per class, not \(weight.shape)")
        }
        guard weight.dtype == logits.dtype else {
            throw TensorError("weight must have the scores' type \(logits.dtype.name), not \(weight.dtype.name)")
        }
    }

    static func checkIndices(_ logits: Tensor, _ target: Tensor) throws(TensorError) {
        guard target.dtype == .int64 || target.dtype == .uint8 else {
            throw TensorError("class indices must be int64 (or uint8), not \(target.dtype.name)")
        }
        var expected = logits.shape
        expected.remove(at: classDim(logits))
        guard target.shape == expected else {
            throw TensorError("scores of shape \(logits.shape) need class indices of shape \(expected), not \(target.shape)")
        }
    }
}

/// Loss, and for the gradient log Σ exp of every distribution and the divisor of the mean.
private let crossEntropyOperator: Operator = Operator("cross_entropy", saving: [.inputs, .outputs], outputs: 3, forward: {
    inputs, attributes throws(TensorError) -> [Tensor] in
    let logits = inputs[0].detach().contiguous(), target = inputs[1].contiguous()
    let problem = CrossEntropyProblem(logits, target, weight: inputs.count > 2 ? inputs[2].detach().contiguous() : nil, attributes)
    let losses = Tensor.empty(target.shape, logits.dtype, device: logits.device)
    let logSumExp = Tensor.empty(target.shape, logits.dtype == .float64 ? .float64 : .float32, device: logits.device)
    let divisor = try logits.device.backend.crossEntropy(problem, losses: losses, logSumExp: logSumExp)
    let loss: Tensor
    switch Reduction(rawValue: attributes.string("reduction")) ?? .mean {
    case .none: loss = losses
    case .sum: loss = losses.sum()
    case .mean: loss = (losses.sum(dtype: logSumExp.dtype) / Tensor([divisor], shape: [], dtype: .float64)).to(logits.dtype)
    }
    return [loss, logSumExp, Tensor([divisor], shape: [], dtype: .float64)]
}, backward: { call in
    let none = [Tensor?](repeating: nil, count: call.inputCount)
    guard call.needs(0) else { return none }
    let isMean = call.attributes.string("reduction") == Reduction.mean.rawValue
    let weight = call.inputCount > 2 ? call.input(2) : nil
    let problem = CrossEntropyProblem(call.input(0).contiguous(), call.input(1).contiguous(), weight: weight?.detach().contiguous(),
                                      call.attributes)
    let scale: Double = isMean ? 1 / call.output(2).item() : 1
    var gradient: Tensor
    if isGradEnabled {
        gradient = problem.gradient(call.cotangent(), scale: scale)
    } else {
        gradient = Tensor.empty(problem.logits.shape, problem.logits.dtype, device: problem.logits.device)
        problem.logits.device.backend.crossEntropyBackward(
            problem, logSumExp: call.output(1), cotangent: call.cotangent().contiguous(), scale: scale, into: gradient)
    }
    return [gradient] + none.dropFirst()
})

/// Scores, classes and what weighs them; all contiguous.
struct CrossEntropyProblem {
    let logits: Tensor
    let target: Tensor
    let weight: Tensor?
    let ignoreIndex: Int
    let labelSmoothing: Double

    init(_ logits: Tensor, _ target: Tensor, weight: Tensor?, _ attributes: Attributes) {
        self.logits = logits
        self.target = target
        self.weight = weight
        ignoreIndex = attributes.int("ignoreIndex")
        labelSmoothing = attributes.double("labelSmoothing")
    }

    var extents: (outer: Int, n: Int, inner: Int) { SoftmaxRule.extents(logits.shape, dim: ClassificationRule.classDim(logits)) }

    /// The gradient of the scores in differentiable operators: with the target distribution q of an element, whose loss
    /// is
    /// -Σ q log softmax(x), it is g (softmax(x) Σ q - q).
    func gradient(_ cotangent: Tensor, scale: Double) -> Tensor {
        let dim = ClassificationRule.classDim(logits), classes = logits.shape[dim]
        var perClass = [Int](repeating: 1, count: logits.rank)
        perClass[dim] = classes
        let target = self.target.unsqueeze(dim)
        let weights = (weight ?? Tensor.ones([classes], dtype: logits.dtype)).reshape(perClass)
        let hit = (target .== Tensor.arange(.int(classes)).reshape(perClass)).to(logits.dtype)
        let counted = (target .!= Double(ignoreIndex)).to(logits.dtype)
        let q = (hit * ((1 - labelSmoothing) * (hit * weights).sum(dim, keepDim: true)) + weights * (labelSmoothing / Double(classes))) * counted
        let g = cotangent.rank == 0 ? cotangent : cotangent.unsqueeze(dim)
        return (logits.softmax(dim) * q.sum(dim, keepDim: true) - q) * g * scale
    }
}

/// The cross-entropy between scores and classes: -log softmax(logits)[target], weighted.
///
/// - Parameters:
///   - logits: scores that need not be normalised, [C], [N, C] or [N, C, d1, …].
///   - target: class indices (int64) of the shape without C; or probabilities of `logits`' own shape.
///   - weight: a factor per class, [C].
///   - ignoreIndex: index targets of this value contribute nothing, not to the mean's divisor either.
///   - reduction: the mean (weighted by the targets' weights), the sum, or one loss per target.
///   - labelSmoothing: this part of every target distribution is spread evenly over the classes
///     (C. Szegedy et al., Rethinking the Inception Architecture, 2015).
///
/// PyTorch: `torch.nn.functional.cross_entropy`.
public func crossEntropy(_ logits: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100,
                         reduction: Reduction = .mean, labelSmoothing: Double = 0) -> Tensor {
    composed("crossEntropy", [logits, target] + (weight.map { [$0] } ?? [])) { () throws(TensorError) in
        try ClassificationRule.check(logits, weight: weight)
        guard labelSmoothing >= 0, labelSmoothing <= 1 else {
            throw TensorError("labelSmoothing must lie in 0 through 1, got \(labelSmoothing)")
        }
        if target.shape == logits.shape {
            guard target.dtype.isFloatingPoint else {
                throw TensorError("targets of the scores' own shape are probabilities, of a floating-point type, not \(target.dtype.name)")
            }
            guard ignoreIndex < 0 else {
                throw TensorError("ignoreIndex has no meaning for targets that are probabilities")
            }
            return probabilityCrossEntropy(logits, target, weight, reduction, labelSmoothing)
        }
        try ClassificationRule.checkIndices(logits, target)
        let operands = [logits, target.to(.int64)] + (weight.map { [$0] } ?? [])
        let attributes: Attributes = [
            "ignoreIndex": .int(ignoreIndex), "reduction": .string(reduction.rawValue), "labelSmoothing": .double(labelSmoothing),
        ]
        return crossEntropyOperator(operands, attributes)[0]
    }
}

private func probabilityCrossEntropy(_ logits: Tensor, _ target: Tensor, _ weight: Tensor?, _ reduction: Reduction,
                                     _ labelSmoothing: Double) -> Tensor {
    let dim = ClassificationRule.classDim(logits), classes = logits.shape[dim]
    let smoothed = labelSmoothing == 0 ? target : target * (1 - labelSmoothing) + labelSmoothing / Double(Swift.max(classes, 1))
    var terms = logits.logSoftmax(dim) * smoothed
    if let weight {
        var perClass = [Int](repeating: 1, count: logits.rank)
        perClass[dim] = classes
        terms = terms * weight.reshape(perClass)
    }
    switch reduction {
    case .none: return -terms.sum(dim)
    case .sum: return -terms.sum()
    case .mean: return -terms.sum() / (Double(logits.count) / Double(Swift.max(classes, 1)))
    }
}

/// Loss, and for the gradient the divisor of the mean.
private let nllLossOperator: Operator = Operator("nll_loss", saving: [.inputs, .outputs], outputs: 2, forward: {
    inputs, attributes throws(TensorError) -> [Tensor] in
    let x = inputs[0].detach().contiguous(), target = inputs[1].contiguous()
    let problem = CrossEntropyProblem(x, target, weight: inputs.count > 2 ? inputs[2].detach().contiguous() : nil, attributes)
    let reduction = Reduction(rawValue: attributes.string("reduction")) ?? .mean
    let losses = reduction == .none ? Tensor.empty(target.shape, x.dtype, device: x.device) : nil
    let (sum, weights) = try x.device.backend.negativeLogLikelihood(problem, losses: losses)
    let loss = losses ?? Tensor(reduction == .sum ? sum : sum / weights, dtype: x.dtype)
    return [loss, Tensor(weights, dtype: .float64)]
}, backward: { call in
    let none = [Tensor?](repeating: nil, count: call.inputCount)
    guard call.needs(0) else { return none }
    let x = call.input(0), g = call.cotangent(), dim = ClassificationRule.classDim(x), ignoreIndex = Double(call.attributes.int("ignoreIndex"))
    let ignored = call.input(1) .== ignoreIndex, target = call.input(1).maskedFill(ignored, 0)
    let weights = call.inputCount > 2 ? call.input(2).detach().indexSelect(0, target.reshape([target.count])).reshape(target.shape)
        : Tensor.ones(target.shape, dtype: x.dtype)
    var factors = -weights.maskedFill(ignored, 0)
    if call.attributes.string("reduction") == Reduction.mean.rawValue { factors = factors / call.output(1).to(factors.dtype) }
    let parts = (factors * g).unsqueeze(dim)
    return [Tensor.unstoredZeros(x.shape, dtype: g.dtype).scatter(dim, target.unsqueeze(dim), parts)] + none.dropFirst()
})

/// Minus the log-probabilities of the target classes, weighted.
///
/// - Parameters:
///   - logProbabilities: [C], [N, C] or [N, C, d1, …], as ``logSoftmax(_:_:dtype:)`` gives.
///   - target: class indices (int64) of the shape without C.
///   - weight: a factor per class, [C].
///   - ignoreIndex: targets of this value contribute nothing.
///
/// PyTorch: `torch.nn.functional.nll_loss`.
public func nllLoss(_ logProbabilities: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100,
                    reduction: Reduction = .mean) -> Tensor {
    composed("nllLoss", [logProbabilities, target] + (weight.map { [$0] } ?? [])) { () throws(TensorError) in
        try ClassificationRule.check(logProbabilities, weight: weight)
        try ClassificationRule.checkIndices(logProbabilities, target)
        let operands = [logProbabilities, target.to(.int64)] + (weight.map { [$0] } ?? [])
        let attributes: Attributes = [
            "ignoreIndex": .int(ignoreIndex), "reduction": .string(reduction.rawValue), "labelSmoothing": .double(0),
        ]
        return nllLossOperator(operands, attributes)[0]
    }
}
