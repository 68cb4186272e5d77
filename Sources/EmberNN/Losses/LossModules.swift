import EmberTensor

// The losses as modules; what each computes stands at the function it calls.

/// Cross-entropy of logits. PyTorch: `torch.nn.CrossEntropyLoss`.
public final class CrossEntropyLoss: Module {
    @OptionalBuffer public var weight: Tensor?
    public let ignoreIndex: Int
    public let reduction: Reduction
    public let labelSmoothing: Double
    public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Reduction = .mean,
                labelSmoothing: Double = 0) {
        self.weight = weight
        self.ignoreIndex = ignoreIndex
        self.reduction = reduction
        self.labelSmoothing = labelSmoothing
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], crossEntropy(input, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction, labelSmoothing: labelSmoothing))
    }
}

/// Negative log likelihood of log probabilities. PyTorch: `torch.nn.NLLLoss`.
public final class NLLLoss: Module {
    @OptionalBuffer public var weight: Tensor?
    public let ignoreIndex: Int
    public let reduction: Reduction
    public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Reduction = .mean) {
        self.weight = weight
        self.ignoreIndex = ignoreIndex
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], nllLoss(input, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction))
    }
}

/// Squared differences. PyTorch: `torch.nn.MSELoss`.
public final class MSELoss: Module {
    public let reduction: Reduction
    public init(reduction: Reduction = .mean) {
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], mseLoss(input, target, reduction: reduction))
    }
}

/// Absolute differences. PyTorch: `torch.nn.L1Loss`.
public final class L1Loss: Module {
    public let reduction: Reduction
    public init(reduction: Reduction = .mean) {
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], l1Loss(input, target, reduction: reduction))
    }
}

/// Squared near zero, absolute elsewhere. PyTorch: `torch.nn.SmoothL1Loss`.
public final class SmoothL1Loss: Module {
    public let reduction: Reduction
    public let beta: Double
    public init(reduction: Reduction = .mean, beta: Double = 1) {
        self.reduction = reduction
        self.beta = beta
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], smoothL1Loss(input, target, reduction: reduction, beta: beta))
    }
}

/// Squared near zero, linear elsewhere. PyTorch: `torch.nn.HuberLoss`.
public final class HuberLoss: Module {
    public let reduction: Reduction
    public let delta: Double
    public init(reduction: Reduction = .mean, delta: Double = 1) {
        self.reduction = reduction
        self.delta = delta
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], huberLoss(input, target, reduction: reduction, delta: delta))
    }
}

/// Negative log likelihood of Poisson-distributed targets. PyTorch: `torch.nn.PoissonNLLLoss`.
public final class PoissonNLLLoss: Module {
    public let logInput: Bool
    public let full: Bool
    public let eps: Double
    public let reduction: Reduction
    public init(logInput: Bool = true, full: Bool = false, eps: Double = 1e-8, reduction: Reduction = .mean) {
        self.logInput = logInput
        self.full = full
        self.eps = eps
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], poissonNLLLoss(input, target, logInput: logInput, full: full, eps: eps, reduction: reduction))
    }
}

/// Negative log likelihood of normally distributed targets. PyTorch: `torch.nn.GaussianNLLLoss`.
public final class GaussianNLLLoss: Module {
    public let full: Bool
    public let eps: Double
    public let reduction: Reduction
    public init(full: Bool = false, eps: Double = 1e-6, reduction: Reduction = .mean) {
        self.full = full
        self.eps = eps
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor, _ variance: Tensor) -> Tensor {
        hooked([input, target, variance], gaussianNLLLoss(input, target, variance: variance, full: full, eps: eps, reduction: reduction))
    }
}

/// Binary cross-entropy of probabilities. PyTorch: `torch.nn.BCELoss`.
public final class BCELoss: Module {
    @OptionalBuffer public var weight: Tensor?
    public let reduction: Reduction
    public init(weight: Tensor? = nil, reduction: Reduction = .mean) {
        self.weight = weight
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], binaryCrossEntropy(input, target, weight: weight, reduction: reduction))
    }
}

/// Binary cross-entropy of logits. PyTorch: `torch.nn.BCEWithLogitsLoss`.
public final class BCEWithLogitsLoss: Module {
    @OptionalBuffer public var weight: Tensor?
    @OptionalBuffer public var posWeight: Tensor?
    public let reduction: Reduction
    public init(weight: Tensor? = nil, posWeight: Tensor? = nil, reduction: Reduction = .mean) {
        self.weight = weight
        self.posWeight = posWeight
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], binaryCrossEntropyWithLogits(input, target, weight: weight, positiveWeight: posWeight, reduction: reduction))
    }
}

/// Kullback-Leibler divergence of log probabilities. PyTorch: `torch.nn.KLDivLoss`.
public final class KLDivLoss: Module {
    public let reduction: KLDivergenceReduction
    public let logTarget: Bool
    public init(reduction: KLDivergenceReduction = .mean, logTarget: Bool = false) {
        self.reduction = reduction
        self.logTarget = logTarget
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], klDivergence(input, target, reduction: reduction, logTarget: logTarget))
    }
}

/// Logistic loss of targets -1 and 1. PyTorch: `torch.nn.SoftMarginLoss`.
public final class SoftMarginLoss: Module {
    public let reduction: Reduction
    public init(reduction: Reduction = .mean) {
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], softMarginLoss(input, target, reduction: reduction))
    }
}

/// Mean of binary cross-entropies of logits. PyTorch: `torch.nn.MultiLabelSoftMarginLoss`.
public final class MultiLabelSoftMarginLoss: Module {
    @OptionalBuffer public var weight: Tensor?
    public let reduction: Reduction
    public init(weight: Tensor? = nil, reduction: Reduction = .mean) {
        self.weight = weight
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], multilabelSoftMarginLoss(input, target, weight: weight, reduction: reduction))
    }
}

/// Hinge loss of several classes. PyTorch: `torch.nn.MultiMarginLoss`.
public final class MultiMarginLoss: Module {
    public let p: Int
    public let margin: Double
    @OptionalBuffer public var weight: Tensor?
    public let reduction: Reduction
    public init(p: Int = 1, margin: Double = 1, weight: Tensor? = nil, reduction: Reduction = .mean) {
        self.p = p
        self.margin = margin
        self.weight = weight
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], multiMarginLoss(input, target, p: p, margin: margin, weight: weight, reduction: reduction))
    }
}

/// Hinge loss of several labels an example. PyTorch: `torch.nn.MultiLabelMarginLoss`.
public final class MultiLabelMarginLoss: Module {
    public let reduction: Reduction
    public init(reduction: Reduction = .mean) {
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], multilabelMarginLoss(input, target, reduction: reduction))
    }
}

/// Hinge loss of distances. PyTorch: `torch.nn.HingeEmbeddingLoss`.
public final class HingeEmbeddingLoss: Module {
    public let margin: Double
    public let reduction: Reduction
    public init(margin: Double = 1, reduction: Reduction = .mean) {
        self.margin = margin
        self.reduction = reduction
    }
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        hooked([input, target], hingeEmbeddingLoss(input, target, margin: margin, reduction: reduction))
    }
}

/// Angle between pairs. PyTorch: `torch.nn.CosineEmbeddingLoss`.
public final class CosineEmbeddingLoss: Module {
    public let margin: Double
    public let reduction: Reduction
    public init(margin: Double = 0, reduction: Reduction = .mean) {
        self.margin = margin
        self.reduction = reduction
    }
    public func callAsFunction(_ x1: Tensor, _ x2: Tensor, _ target: Tensor) -> Tensor {
        hooked([x1, x2, target], cosineEmbeddingLoss(x1, x2, target, margin: margin, reduction: reduction))
    }
}

/// Order of pairs. PyTorch: `torch.nn.MarginRankingLoss`.
public final class MarginRankingLoss: Module {
    public let margin: Double
    public let reduction: Reduction
    public init(margin: Double = 0, reduction: Reduction = .mean) {
        self.margin = margin
        self.reduction = reduction
    }
    public func callAsFunction(_ x1: Tensor, _ x2: Tensor, _ target: Tensor) -> Tensor {
        hooked([x1, x2, target], marginRankingLoss(x1, x2, target, margin: margin, reduction: reduction))
    }
}

/// Distances in triplets. PyTorch: `torch.nn.TripletMarginLoss`.
public final class TripletMarginLoss: Module {
    public let margin: Double
    public let p: Double
    public let eps: Double
    public let swap: Bool
    public let reduction: Reduction
    public init(margin: Double = 1, p: Double = 2, eps: Double = 1e-6,
                swap: Bool = false, reduction: Reduction = .mean) {
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap
        self.reduction = reduction
    }
    public func callAsFunction(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
        hooked([anchor, positive, negative], tripletMarginLoss(anchor, positive, negative, margin: margin, p: p, eps: eps, swap: swap, reduction: reduction))
    }
}

/// ``TripletMarginLoss`` with any distance. PyTorch: `torch.nn.TripletMarginWithDistanceLoss`.
public final class TripletMarginWithDistanceLoss: Module {
    public let margin: Double
    public let swap: Bool
    public let reduction: Reduction
    private let distance: (Tensor, Tensor) -> Tensor
    public init(margin: Double = 1, swap: Bool = false, reduction: Reduction = .mean,
                distance: @escaping (Tensor, Tensor) -> Tensor = { pairwiseDistance($0, $1) }) {
        self.margin = margin
        self.swap = swap
        self.reduction = reduction
        self.distance = distance
    }
    public func callAsFunction(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
        hooked([anchor, positive, negative],
               tripletMarginLoss(anchor, positive, negative, margin: margin, swap: swap, reduction: reduction, distance: distance))
    }
}

/// A linear layer and the cross-entropy of its outputs in one. PyTorch: `torch.nn.LinearCrossEntropyLoss`.
public final class LinearCrossEntropyLoss: Module {
    /// To all classes of all positions: its weight is reshaped to (classes, outFeatures…, inFeatures).
    public let linear: Linear
    @OptionalBuffer public var weight: Tensor?
    public let classes: Int
    public let outFeatures: [Int]
    public let ignoreIndex: Int?
    public let reduction: Reduction
    public let labelSmoothing: Double

    /// - Parameter outFeatures: sizes of dimensions after the classes, each position of which is a prediction of its own.
    public init(_ inFeatures: Int, _ classes: Int, outFeatures: [Int] = [], bias: Bool = false, weight: Tensor? = nil,
                ignoreIndex: Int? = nil, reduction: Reduction = .mean, labelSmoothing: Double = 0, dtype: DType? = nil) {
        linear = Linear(inFeatures, outFeatures.reduce(classes, *), bias: bias, dtype: dtype)
        self.weight = weight
        self.classes = classes
        self.outFeatures = outFeatures
        self.ignoreIndex = ignoreIndex
        self.reduction = reduction
        self.labelSmoothing = labelSmoothing
    }

    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
        let shape = [classes] + outFeatures
        return hooked([input, target], linearCrossEntropy(
            input, linear.weight.reshape(shape + [linear.inFeatures]), target, linearBias: linear.bias?.reshape(shape), weight: weight,
            reduction: reduction, ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing))
    }
}

/// The angle's cosine of vectors along `dim`. PyTorch: `torch.nn.CosineSimilarity`.
public final class CosineSimilarity: Module {
    public let dim: Int
    public let eps: Double
    public init(dim: Int = 1, eps: Double = 1e-8) {
        self.dim = dim
        self.eps = eps
    }
    public func callAsFunction(_ x1: Tensor, _ x2: Tensor) -> Tensor { hooked([x1, x2], cosineSimilarity(x1, x2, dim: dim, eps: eps)) }
}

/// The p-norm of differences along the last dimension. PyTorch: `torch.nn.PairwiseDistance`.
public final class PairwiseDistance: Module {
    public let p: Double
    public let eps: Double
    public let keepDim: Bool
    public init(p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false) {
        self.p = p
        self.eps = eps
        self.keepDim = keepDim
    }
    public func callAsFunction(_ x1: Tensor, _ x2: Tensor) -> Tensor {
        hooked([x1, x2], pairwiseDistance(x1, x2, p: p, eps: eps, keepDim: keepDim))
    }
}
