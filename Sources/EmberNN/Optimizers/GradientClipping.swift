import EmberTensor

/// Scales gradients so that the norm of all together is at most `maxNorm`. PyTorch: `torch.nn.utils.clip_grad_norm_`.
///
/// - Parameters:
///   - normType: the p of the norm; infinity for the largest magnitude.
///   - errorIfNonfinite: whether a norm that is infinite or NaN is an error.
/// - Returns: the norm before, as a 0-d tensor.
@discardableResult
public func clipGradientNorm(_ parameters: [Parameter], maxNorm: Double, normType: Double = 2, errorIfNonfinite: Bool = false) -> Tensor {
    composed("clipGradientNorm", []) { () throws(TensorError) in
        let total = gradientNorm(parameters, normType: normType)
        if errorIfNonfinite && !(total.item() as Double).isFinite {
            throw TensorError("the norm of the gradients is \(total.item() as Double)")
        }
        // Multiplying by 1 when there is nothing to clip costs less than asking, which would wait for the device.
        let scale = (maxNorm / (total + 1e-6)).clamp(max: 1.0)
        noGrad {
            for parameter in parameters {
                if let sparse = parameter.sparseGradient {
                    parameter.sparseGradient = sparse.coalesced().mapValues { $0 * scale.to($0.dtype) }
                    continue
                }
                guard var gradient = parameter.gradient else { continue }
                parameter.gradient = nil
                gradient *= scale.to(gradient.dtype)
                parameter.gradient = gradient
            }
        }
        return total
    }
}

/// The norm of all gradients together; 0 without any. PyTorch: `torch.nn.utils.get_total_norm`.
public func gradientNorm(_ parameters: [Parameter], normType: Double = 2) -> Tensor {
    noGrad {
        let norms = parameters.compactMap { parameter in
            // Repeated coordinates of a sparse gradient count as their sum; the rows that it does not name are zero.
            (parameter.sparseGradient?.coalesced().values ?? parameter.gradient)?.detach().vectorNorm(normType)
        }
        return norms.isEmpty ? Tensor.zeros([]) : stack(norms).vectorNorm(normType)
    }
}

/// Limits every gradient element to `-limit...limit`. PyTorch: `torch.nn.utils.clip_grad_value_`.
public func clipGradientValue(_ parameters: [Parameter], _ limit: Double) {
    noGrad {
        for parameter in parameters {
            if let sparse = parameter.sparseGradient {
                parameter.sparseGradient = sparse.mapValues { $0.clamp(min: .double(-limit), max: .double(limit)) }
                continue
            }
            guard let gradient = parameter.gradient else { continue }
            parameter.gradient = gradient.detach().clamp(min: .double(-limit), max: .double(limit))
        }
    }
}
