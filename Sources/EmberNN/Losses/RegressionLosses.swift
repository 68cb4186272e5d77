import EmberTensor
import Foundation

/// The loss of a batch from those of its elements.
func reduced(_ losses: Tensor, _ reduction: Reduction) -> Tensor {
    switch reduction {
    case .none: losses
    case .mean: losses.mean()
    case .sum: losses.sum()
    }
}

/// The same for a loss of single elements, which are not stored when only their sum is wanted.
private func reduced(_ loss: ElementwiseLoss, _ input: Tensor, _ target: Tensor, _ reduction: Reduction, parameter: Double? = nil)
    -> Tensor {
    reduction == .none ? loss(input, target, parameter) : loss.total(input, target, parameter, isMean: reduction == .mean)
}

/// Weighted losses, of which the mean is by the sum of the weights.
private func weighted(_ losses: Tensor, _ weight: Tensor?, _ reduction: Reduction) throws(TensorError) -> Tensor {
    guard let weight else { return reduced(losses, reduction) }
    guard weight.shape == losses.shape else {
        throw TensorError("the weight has shape \(weight.shape), the losses \(losses.shape); they must be equal")
    }
    return reduction == .mean ? (losses * weight).sum() / weight.sum() : reduced(losses * weight, reduction)
}

/// Squared differences. PyTorch: `torch.nn.functional.mse_loss`.
public func mseLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean, weight: Tensor? = nil) -> Tensor {
    composed("mseLoss", [input, target]) { () throws(TensorError) in
        guard weight == nil else { return try weighted(ElementwiseLoss.squaredDifference(input, target), weight, reduction) }
        return reduced(.squaredDifference, input, target, reduction)
    }
}

/// Absolute differences. PyTorch: `torch.nn.functional.l1_loss`.
public func l1Loss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean, weight: Tensor? = nil) -> Tensor {
    composed("l1Loss", [input, target]) { () throws(TensorError) in
        guard weight == nil else { return try weighted(ElementwiseLoss.absoluteDifference(input, target), weight, reduction) }
        return reduced(.absoluteDifference, input, target, reduction)
    }
}

/// 0.5 d² / beta where |d| is below `beta`, |d| - 0.5 beta elsewhere. PyTorch: `torch.nn.functional.smooth_l1_loss`.
public func smoothL1Loss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean, beta: Double = 1) -> Tensor {
    composed("smoothL1Loss", [input, target]) { () throws(TensorError) in
        guard beta >= 0 else { throw TensorError("beta must not be negative, got \(beta)") }
        return beta > 0 ? reduced(.smoothL1, input, target, reduction, parameter: beta)
                        : reduced(.absoluteDifference, input, target, reduction)
    }
}

/// 0.5 d² where |d| is at most `delta`, delta (|d| - 0.5 delta) elsewhere (Huber, 1964). PyTorch: `torch.nn.functional.huber_loss`.
public func huberLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean, delta: Double = 1, weight: Tensor? = nil) -> Tensor {
    composed("huberLoss", [input, target]) { () throws(TensorError) in
        guard delta > 0 else { throw TensorError("delta must be above 0, got \(delta)") }
        if let weight, weight.shape != input.shape {
            throw TensorError("the weight has shape \(weight.shape), the input \(input.shape); they must be equal")
        }
        return roundedOnce([input, target] + (weight.map { [$0] } ?? [])) { operands in
            guard operands.count > 2 else { return reduced(.huber, operands[0], operands[1], reduction, parameter: delta) }
            return reduced(ElementwiseLoss.huber(operands[0], operands[1], delta) * operands[2], reduction)
        }
    }
}

/// Negative log likelihood of Poisson-distributed targets. PyTorch: `torch.nn.functional.poisson_nll_loss`.
///
/// - Parameters:
///   - logInput: whether the input is the logarithm of the rate.
///   - full: adds Stirling's approximation of log(target!), for targets above 1.
public func poissonNLLLoss(_ input: Tensor, _ target: Tensor, logInput: Bool = true, full: Bool = false, eps: Double = 1e-8,
                           reduction: Reduction = .mean) -> Tensor {
    composed("poissonNLLLoss", [input, target]) { () throws(TensorError) in
        var losses = logInput ? input.exp() - target * input : input - target * (input + eps).log()
        if full {
            let stirling = target * target.log() - target + 0.5 * (2 * Double.pi * target).log()
            losses = losses + stirling.where(target .> 1, else: target.zerosLike())
        }
        return reduced(losses, reduction)
    }
}

/// Negative log likelihood of normally distributed targets with mean `input` and variance `variance`, which has the input's shape, or lacks its
/// last dimension, or has size 1 in one. PyTorch: `torch.nn.functional.gaussian_nll_loss`.
public func gaussianNLLLoss(_ input: Tensor, _ target: Tensor, variance: Tensor, full: Bool = false, eps: Double = 1e-6,
                            reduction: Reduction = .mean) -> Tensor {
    composed("gaussianNLLLoss", [input, target, variance]) { () throws(TensorError) in
        var variance = variance
        if variance.shape != input.shape {
            let differing = zip(input.shape, variance.shape).filter { $0 != $1 }
            if Array(input.shape.dropLast()) == variance.shape {
                variance = variance.unsqueeze(-1)
            } else if variance.rank != input.rank || differing.count != 1 || differing[0].1 != 1 {
                throw TensorError("the variance has shape \(variance.shape), which does not go with the input's \(input.shape)")
            }
        }
        if (variance.detach() .< 0).any().item(as: Bool.self) { throw TensorError("the variance has negative elements") }
        // The limit keeps the value away from zero and lets the gradient through unchanged.
        let limited = variance + (variance.detach().clamp(min: .double(eps)) - variance.detach())
        var losses = 0.5 * (limited.log() + (input - target).square() / limited)
        if full { losses = losses + 0.5 * log(2 * Double.pi) }
        return reduced(losses, reduction)
    }
}
