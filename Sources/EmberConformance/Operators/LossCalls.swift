import Ember

private func reduction(_ arguments: Arguments) throws -> Reduction {
    try arguments.choice(nil, "reduction", default: .mean)
}

/// A loss of input and target.
private func loss(_ function: @escaping @Sendable (Tensor, Tensor, Reduction) -> Tensor) -> OperatorCall {
    { .tensor(function(try $0.tensor(0, "input"), try $0.tensor(1, "target"), try reduction($0))) }
}

/// Losses.
let lossCalls: [String: OperatorCall] = [
    "F.mse_loss": { arguments in
        .tensor(
            mseLoss(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                reduction: try reduction(arguments),
                weight: try arguments.optionalTensor(nil, "weight")))
    },
    "F.l1_loss": { arguments in
        .tensor(
            l1Loss(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                reduction: try reduction(arguments),
                weight: try arguments.optionalTensor(nil, "weight")))
    },
    "F.smooth_l1_loss": { arguments in
        .tensor(
            smoothL1Loss(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                reduction: try reduction(arguments),
                beta: try arguments.double(nil, "beta", default: 1)))
    },
    "F.huber_loss": { arguments in
        .tensor(
            huberLoss(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                reduction: try reduction(arguments),
                delta: try arguments.double(nil, "delta", default: 1),
                weight: try arguments.optionalTensor(nil, "weight")))
    },
    "F.poisson_nll_loss": { arguments in
        .tensor(
            poissonNLLLoss(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                logInput: try arguments.bool(nil, "log_input", default: true),
                full: try arguments.bool(nil, "full", default: false),
                eps: try arguments.double(nil, "eps", default: 1e-8), reduction: try reduction(arguments)))
    },
    "F.gaussian_nll_loss": { arguments in
        .tensor(
            gaussianNLLLoss(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                variance: try arguments.tensor(2, "var"),
                full: try arguments.bool(3, "full", default: false), eps: try arguments.double(4, "eps", default: 1e-6),
                reduction: try reduction(arguments)))
    },
    "F.binary_cross_entropy": { arguments in
        .tensor(
            binaryCrossEntropy(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                weight: try arguments.optionalTensor(2, "weight"),
                reduction: try reduction(arguments)))
    },
    "F.binary_cross_entropy_with_logits": { arguments in
        .tensor(
            binaryCrossEntropyWithLogits(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                weight: try arguments.optionalTensor(2, "weight"),
                positiveWeight: try arguments.optionalTensor(nil, "pos_weight"), reduction: try reduction(arguments)))
    },
    "F.kl_div": { arguments in
        let text = try arguments.string(nil, "reduction", default: "mean")
        guard let reduction = KLDivergenceReduction(rawValue: text == "batchmean" ? "batchMean" : text) else {
            throw IllTyped("F.kl_div: no reduction \(text)")
        }
        return .tensor(
            klDivergence(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"), reduction: reduction,
                logTarget: try arguments.bool(nil, "log_target", default: false)))
    },
    "F.soft_margin_loss": loss { softMarginLoss($0, $1, reduction: $2) },
    "F.multilabel_margin_loss": loss { multilabelMarginLoss($0, $1, reduction: $2) },
    "F.multilabel_soft_margin_loss": { arguments in
        .tensor(
            multilabelSoftMarginLoss(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                weight: try arguments.optionalTensor(2, "weight"),
                reduction: try reduction(arguments)))
    },
    "F.multi_margin_loss": { arguments in
        .tensor(
            multiMarginLoss(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                p: try arguments.int(2, "p", default: 1),
                margin: try arguments.double(3, "margin", default: 1),
                weight: try arguments.optionalTensor(4, "weight"), reduction: try reduction(arguments)))
    },
    "F.hinge_embedding_loss": { arguments in
        .tensor(
            hingeEmbeddingLoss(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                margin: try arguments.double(2, "margin", default: 1),
                reduction: try reduction(arguments)))
    },
    "F.cosine_embedding_loss": { arguments in
        .tensor(
            cosineEmbeddingLoss(
                try arguments.tensor(0, "input1"), try arguments.tensor(1, "input2"), try arguments.tensor(2, "target"),
                margin: try arguments.double(3, "margin", default: 0), reduction: try reduction(arguments)))
    },
    "F.margin_ranking_loss": { arguments in
        .tensor(
            marginRankingLoss(
                try arguments.tensor(0, "input1"), try arguments.tensor(1, "input2"), try arguments.tensor(2, "target"),
                margin: try arguments.double(3, "margin", default: 0), reduction: try reduction(arguments)))
    },
    "F.triplet_margin_loss": { arguments in
        .tensor(
            tripletMarginLoss(
                try arguments.tensor(0, "anchor"), try arguments.tensor(1, "positive"),
                try arguments.tensor(2, "negative"), margin: try arguments.double(3, "margin", default: 1),
                p: try arguments.double(4, "p", default: 2), eps: try arguments.double(5, "eps", default: 1e-6),
                swap: try arguments.bool(6, "swap", default: false),
                reduction: try reduction(arguments)))
    },
    "F.triplet_margin_with_distance_loss": { arguments in
        .tensor(
            tripletMarginLoss(
                try arguments.tensor(0, "anchor"), try arguments.tensor(1, "positive"),
                try arguments.tensor(2, "negative"), margin: try arguments.double(nil, "margin", default: 1),
                swap: try arguments.bool(nil, "swap", default: false), reduction: try reduction(arguments),
                distance: { pairwiseDistance($0, $1) }))
    },
    "F.linear_cross_entropy": { arguments in
        .tensor(
            linearCrossEntropy(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "linear_weight"),
                try arguments.tensor(2, "target"),
                linearBias: try arguments.optionalTensor(nil, "linear_bias"),
                weight: try arguments.optionalTensor(nil, "weight"), reduction: try reduction(arguments),
                ignoreIndex: try arguments.optionalInt(nil, "ignore_index"),
                labelSmoothing: try arguments.double(nil, "label_smoothing", default: 0)))
    },
]
