import EmberTensor

/// Binary cross-entropy of probabilities; logarithms are limited to -100. PyTorch: `torch.nn.functional.binary_cross_entropy`.
public func binaryCrossEntropy(_ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean) -> Tensor {
    composed("binaryCrossEntropy", [input, target] + [weight].compactMap { $0 }) { () throws(TensorError) in
        guard input.shape == target.shape else {
            throw TensorError("input and target have shapes \(input.shape) and \(target.shape); they must be equal")
        }
        let values = input.detach()
        if ((values .< 0) | (values .> 1)).any().item(as: Bool.self) {
            throw TensorError("the input must hold probabilities from 0 through 1; for logits there is binaryCrossEntropyWithLogits")
        }
        var losses = (target - 1) * (-input).log1p().clamp(min: -100.0) - target * input.log().clamp(min: -100.0)
        if let weight { losses = losses * weight }
        return reduced(losses, reduction)
    }
}

/// Binary cross-entropy of logits. `positiveWeight` multiplies the part of positive targets.
/// PyTorch: `torch.nn.functional.binary_cross_entropy_with_logits`.
public func binaryCrossEntropyWithLogits(_ input: Tensor, _ target: Tensor, weight: Tensor? = nil, positiveWeight: Tensor? = nil,
                                         reduction: Reduction = .mean) -> Tensor {
    composed("binaryCrossEntropyWithLogits", [input, target] + [weight, positiveWeight].compactMap { $0 }) { () throws(TensorError) in
        guard input.shape == target.shape else {
            throw TensorError("input and target have shapes \(input.shape) and \(target.shape); they must be equal")
        }
        var logarithm = logSigmoid(input)
        if let positiveWeight { logarithm = ((positiveWeight - 1) * target + 1) * logarithm }
        var losses = (1 - target) * input - logarithm
        if let weight { losses = losses * weight }
        return reduced(losses, reduction)
    }
}

/// How ``klDivergence(_:_:reduction:logTarget:)`` makes one number of many.
public enum KLDivergenceReduction: String, Sendable, CaseIterable {
    case none, mean, sum
    /// The sum divided by the batch size: the divergence as mathematics defines it.
    case batchMean
}

/// target (log target - input), the input being log probabilities. PyTorch: `torch.nn.functional.kl_div`.
public func klDivergence(_ input: Tensor, _ target: Tensor, reduction: KLDivergenceReduction = .mean, logTarget: Bool = false) -> Tensor {
    composed("klDivergence", [input, target]) { () throws(TensorError) in
        let losses = logTarget ? target.exp() * (target - input) : target.xlogy(target) - target * input
        switch reduction {
        case .none: return losses
        case .mean: return losses.mean()
        case .sum: return losses.sum()
        case .batchMean: return input.rank == 0 ? losses.sum() : losses.sum() / Double(input.shape[0])
        }
    }
}

/// Logistic loss of targets -1 and 1: log(1 + exp(-target · input)). PyTorch: `torch.nn.functional.soft_margin_loss`.
public func softMarginLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
    composed("softMarginLoss", [input, target]) { () throws(TensorError) in
        reduced(-logSigmoid(target * input), reduction)
    }
}

/// The mean over classes (the last dimension) of binary cross-entropies of logits. PyTorch: `torch.nn.functional.multilabel_soft_margin_loss`.
public func multilabelSoftMarginLoss(_ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean) -> Tensor {
    composed("multilabelSoftMarginLoss", [input, target] + [weight].compactMap { $0 }) { () throws(TensorError) in
        guard input.rank > 0 else { throw TensorError("needs a dimension of classes") }
        var losses = -(target * logSigmoid(input) + (1 - target) * logSigmoid(-input))
        if let weight { losses = losses * weight }
        return reduced(losses.sum(-1) / Double(input.shape[input.rank - 1]), reduction)
    }
}

/// Logits and class numbers as a batch; a single example becomes a batch of one.
private func batched(_ input: Tensor, _ target: Tensor, targetRank: Int) throws(TensorError) -> (input: Tensor, target: Tensor) {
    guard input.rank <= 2, input.count > 0 || input.rank == 2 && input.shape[1] > 0 else {
        throw TensorError("needs logits of shape (classes) or (batch, classes), not \(input.shape)")
    }
    let batch = input.rank < 2 ? 1 : input.shape[0]
    let logits = input.rank < 2 ? input.reshape([1, input.count]) : input
    let expected = targetRank == 1 ? [batch] : [batch, logits.shape[1]]
    let isSingle = input.rank < 2 && target.count == expected.reduce(1, *) && target.rank <= targetRank
    guard target.shape == expected || isSingle else {
        throw TensorError("input of shape \(input.shape) does not go with a target of shape \(target.shape)")
    }
    guard target.dtype == .int64 else { throw TensorError("the target must be int64, not \(target.dtype.name)") }
    return (logits, target.reshape(expected))
}

/// Hinge loss of several classes: the mean over classes i other than the target y of max(0, margin - x[y] + x[i])ᵖ, times `weight[y]`.
/// PyTorch: `torch.nn.functional.multi_margin_loss`.
public func multiMarginLoss(_ input: Tensor, _ target: Tensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil,
                            reduction: Reduction = .mean) -> Tensor {
    composed("multiMarginLoss", [input, target] + [weight].compactMap { $0 }) { () throws(TensorError) in
        guard p == 1 || p == 2 else { throw TensorError("p must be 1 or 2, got \(p)") }
        let (logits, classes) = try batched(input, target, targetRank: 1)
        let count = logits.shape[1]
        if let weight, weight.shape != [count] {
            throw TensorError("the weight has shape \(weight.shape), not one number for each of the \(count) classes")
        }
        let numbers = classes.array(of: Int.self)
        if let wrong = numbers.first(where: { $0 < 0 || $0 >= count }) {
            throw TensorError("class \(wrong) is out of range for \(count) classes")
        }
        let column = classes.unsqueeze(1)
        var violations = (margin - logits.gather(1, column) + logits).clamp(min: 0.0)
        if p == 2 { violations = violations.square() }
        if let weight { violations = violations * weight.indexSelect(0, classes).unsqueeze(1) }
        let others = column .!= Tensor.arange(0, .int(count)).unsqueeze(0)
        let losses = violations.where(others, else: violations.zerosLike()).sum(1) / Double(count)
        return reduced(input.rank < 2 && reduction == .none ? losses.reshape([]) : losses, reduction)
    }
}

/// Hinge loss of several labels an example. A row of the target lists classes up to the first -1; the loss is the sum over a listed class
/// j and a class i that is not listed of max(0, 1 - x[j] + x[i]), divided by the number of classes.
/// PyTorch: `torch.nn.functional.multilabel_margin_loss`.
public func multilabelMarginLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
    composed("multilabelMarginLoss", [input, target]) { () throws(TensorError) in
        let (logits, lists) = try batched(input, target, targetRank: 2)
        let batch = logits.shape[0], count = logits.shape[1]
        let numbers = lists.array(of: Int.self)
        // For each position of a list the class (0 past its end) and whether it counts; for each class whether it is not listed.
        var classes = [Int](repeating: 0, count: batch * count), counts = [Bool](repeating: false, count: batch * count)
        var unlisted = [Bool](repeating: true, count: batch * count)
        for n in 0..<batch {
            for j in 0..<count {
                let number = numbers[n * count + j]
                if number < 0 { break }
                guard number < count else { throw TensorError("class \(number) is out of range for \(count) classes") }
                classes[n * count + j] = number
                counts[n * count + j] = true
                unlisted[n * count + number] = false
            }
        }
        let listed = logits.gather(1, Tensor(classes, shape: [batch, count])).unsqueeze(2)
        let violations = (1 - listed + logits.unsqueeze(1)).clamp(min: 0.0)
        let pairs = Tensor(counts, shape: [batch, count]).unsqueeze(2) & Tensor(unlisted, shape: [batch, count]).unsqueeze(1)
        let losses = violations.where(pairs, else: violations.zerosLike()).sum(1, 2) / Double(count)
        return reduced(input.rank < 2 && reduction == .none ? losses.reshape([]) : losses, reduction)
    }
}

/// ``crossEntropy(_:_:weight:ignoreIndex:reduction:labelSmoothing:)`` of a linear layer's output. `linearWeight` is (classes, …, features), where
/// dimensions between make one prediction each. PyTorch: `torch.nn.functional.linear_cross_entropy`.
public func linearCrossEntropy(_ input: Tensor, _ linearWeight: Tensor, _ target: Tensor, linearBias: Tensor? = nil, weight: Tensor? = nil,
                               reduction: Reduction = .mean, ignoreIndex: Int? = nil, labelSmoothing: Double = 0) -> Tensor {
    composed("linearCrossEntropy", [input, linearWeight, target] + [linearBias, weight].compactMap { $0 }) { () throws(TensorError) in
        guard input.rank == 1 || input.rank == 2 else { throw TensorError("the input must have 1 or 2 dimensions, not \(input.rank)") }
        guard linearWeight.rank >= 2, linearWeight.shape.last == input.shape.last else {
            throw TensorError("input \(input.shape) and linear weight \(linearWeight.shape) must have the same last dimension, the features")
        }
        let outputs = Array(linearWeight.shape.dropLast()), lead = Array(input.shape.dropLast())
        if let linearBias, linearBias.shape != outputs {
            throw TensorError("the linear bias has shape \(linearBias.shape), the weight asks for \(outputs)")
        }
        guard outputs.count == 1 || !lead.isEmpty else {
            throw TensorError("several predictions an example need a batched input, (batch, features)")
        }
        if ignoreIndex != nil && target.shape == lead + outputs {
            throw TensorError("ignoreIndex makes no sense when the target holds probabilities")
        }
        let flat = linearWeight.reshape([outputs.reduce(1, *), input.shape[input.rank - 1]])
        let logits = linear(input, flat, bias: linearBias?.reshape([outputs.reduce(1, *)])).reshape(lead + outputs)
        return crossEntropy(logits, target, weight: weight, ignoreIndex: ignoreIndex ?? -100, reduction: reduction,
                            labelSmoothing: labelSmoothing)
    }
}
