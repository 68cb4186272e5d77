import EmberTensor

/// The angle's cosine of vectors along `dim`, which broadcast; lengths count as at least `eps`. PyTorch: `torch.nn.functional.cosine_similarity`.
public func cosineSimilarity(_ x1: Tensor, _ x2: Tensor, dim: Int = 1, eps: Double = 1e-8) -> Tensor {
    composed("cosineSimilarity", [x1, x2]) { () throws(TensorError) in
        let product = x1 * x2
        guard !product.isInert else { return product }
        func unit(_ x: Tensor) -> Tensor {
            let expanded = x.expand(product.shape)
            return expanded / expanded.vectorNorm(2, [dim], keepDim: true).clamp(min: .double(eps))
        }
        return (unit(x1) * unit(x2)).sum([dim])
    }
}

/// ‖x1 - x2 + eps‖ₚ along the last dimension. PyTorch: `torch.nn.functional.pairwise_distance`.
public func pairwiseDistance(_ x1: Tensor, _ x2: Tensor, p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false) -> Tensor {
    composed("pairwiseDistance", [x1, x2]) { () throws(TensorError) in
        (x1 - x2 + .scalar(.double(eps))).vectorNorm(p, [-1], keepDim: keepDim)
    }
}

/// x where the target is 1, max(0, margin - x) where it is -1. PyTorch: `torch.nn.functional.hinge_embedding_loss`.
public func hingeEmbeddingLoss(_ input: Tensor, _ target: Tensor, margin: Double = 1, reduction: Reduction = .mean) -> Tensor {
    composed("hingeEmbeddingLoss", [input, target]) { () throws(TensorError) in
        roundedOnce([input, target]) { operands in
            let input = operands[0], target = operands[1], zero = input.zerosLike()
            let far = (.scalar(.double(margin)) - input).clamp(min: 0.0).where(target .!= 1, else: zero)
            return reduced(far + input.where(target .!= -1, else: zero), reduction)
        }
    }
}

/// 1 - cos for pairs whose target is 1, max(0, cos - margin) for -1. Inputs are (batch, features) with targets (batch), or (features) with one
/// target. PyTorch: `torch.nn.functional.cosine_embedding_loss`.
public func cosineEmbeddingLoss(_ x1: Tensor, _ x2: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduction = .mean) -> Tensor {
    composed("cosineEmbeddingLoss", [x1, x2, target]) { () throws(TensorError) in
        guard target.rank <= 1, x1.rank == target.rank + 1, x2.rank == target.rank + 1 else {
            throw TensorError("a target of \(target.rank) dimensions needs inputs of \(target.rank + 1), got \(x1.shape) and \(x2.shape)")
        }
        return roundedOnce([x1, x2]) { operands in
            // The small number inside the root, not a lower limit, is PyTorch's.
            let x1 = operands[0], x2 = operands[1], eps = 1e-12, dim = target.rank
            let lengths = ((x1.square().sum([dim]) + eps) * (x2.square().sum([dim]) + eps)).sqrt()
            let cosine = (x1 * x2).sum([dim]) / lengths
            let zero = cosine.zerosLike()
            let losses = (1 - cosine).where(target .== 1, else: zero) + (cosine - margin).clamp(min: 0.0).where(target .== -1, else: zero)
            return reduced(losses, reduction)
        }
    }
}

/// max(0, margin - target (x1 - x2)). PyTorch: `torch.nn.functional.margin_ranking_loss`.
public func marginRankingLoss(_ x1: Tensor, _ x2: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduction = .mean) -> Tensor {
    composed("marginRankingLoss", [x1, x2, target]) { () throws(TensorError) in
        guard x1.rank == x2.rank, x1.rank == target.rank else {
            throw TensorError("inputs and target must have equally many dimensions, got \(x1.shape), \(x2.shape) and \(target.shape)")
        }
        return roundedOnce([x1, x2, target]) { operands in
            reduced((-operands[2] * (operands[0] - operands[1]) + .scalar(.double(margin))).clamp(min: 0.0), reduction)
        }
    }
}

/// max(0, d(anchor, positive) - d(anchor, negative) + margin) with the p-norm as distance; `swap` takes the smaller of d(anchor, negative)
/// and d(positive, negative) (Balntas et al., BMVC 2016). PyTorch: `torch.nn.functional.triplet_margin_loss`.
public func tripletMarginLoss(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2, eps: Double = 1e-6,
                              swap: Bool = false, reduction: Reduction = .mean) -> Tensor {
    tripletMarginLoss(anchor, positive, negative, margin: margin, swap: swap, reduction: reduction) {
        pairwiseDistance($0, $1, p: p, eps: eps)
    }
}

/// ``tripletMarginLoss(_:_:_:margin:p:eps:swap:reduction:)`` with any distance.
/// PyTorch: `torch.nn.functional.triplet_margin_with_distance_loss`.
public func tripletMarginLoss(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, swap: Bool = false,
                              reduction: Reduction = .mean, distance: (Tensor, Tensor) -> Tensor) -> Tensor {
    composed("tripletMarginLoss", [anchor, positive, negative]) { () throws(TensorError) in
        guard margin > 0 else { throw TensorError("the margin must be above 0, got \(margin)") }
        guard anchor.rank == positive.rank, anchor.rank == negative.rank else {
            throw TensorError("anchor, positive and negative must have equally many dimensions, got \(anchor.shape), "
                + "\(positive.shape) and \(negative.shape)")
        }
        var toNegative = distance(anchor, negative)
        if swap { toNegative = toNegative.minimum(distance(positive, negative)) }
        return reduced((margin + distance(anchor, positive) - toNegative).clamp(min: 0.0), reduction)
    }
}
