import EmberTensor

/// A family with densities p(x) = exp(⟨t(x), θ⟩ - F(θ) + k(x)): θ are the natural parameters, F the log normaliser.
///
/// Entropy and the divergence of two members follow from F and its gradient, which is the expected value of t. F. Nielsen and R. Nock,
/// "Entropies and cross-entropies of exponential families", ICIP 2010. PyTorch: `torch.distributions.ExponentialFamily`.
public protocol ExponentialFamily: Distribution {
    /// θ, as functions of the parameters.
    var naturalParameters: [Tensor] { get }

    /// F(θ), of shape `batchShape`.
    func logNormalizer(_ naturalParameters: [Tensor]) -> Tensor

    /// The expected value of k(x); nil where it has no closed form.
    var meanCarrierMeasure: Tensor? { get }
}

extension ExponentialFamily {
    /// The entropy F(θ) - ⟨θ, ∇F(θ)⟩ - E[k(x)]. PyTorch: `ExponentialFamily.entropy`.
    public func bregmanEntropy() -> Tensor {
        guard let carrier = meanCarrierMeasure else { return unknown("bregmanEntropy") }
        let (normalizer, moments) = logNormalizerAndMoments()
        var result = normalizer - carrier
        for (parameter, moment) in zip(naturalParameters, moments) { result = result - (parameter * moment).sumRightmost(eventShape.count) }
        return result
    }

    /// The Kullback-Leibler divergence from another member: F(θ') - F(θ) - ⟨θ' - θ, ∇F(θ)⟩.
    func bregmanDivergence(from other: Self) -> Tensor {
        let (normalizer, moments) = logNormalizerAndMoments()
        let others = other.naturalParameters
        var result = other.logNormalizer(others) - normalizer
        for ((parameter, target), moment) in zip(zip(naturalParameters, others), moments) {
            result = result - ((target - parameter) * moment).sumRightmost(eventShape.count)
        }
        return result
    }

    /// F(θ) and ∇F(θ), both differentiable.
    private func logNormalizerAndMoments() -> (normalizer: Tensor, moments: [Tensor]) {
        let wanted = isGradEnabled
        return enableGrad {
            // Without history of their own, the natural parameters are made leaves.
            let parameters = naturalParameters.map { $0.requiresGrad ? $0 : $0.requiringGrad() }
            let normalizer = logNormalizer(parameters)
            let moments = zip(gradients(of: normalizer.sum(), with: parameters, createGraph: true), parameters).map { $0 ?? $1.zerosLike() }
            let recorded = wanted && zip(parameters, naturalParameters).contains { $1.requiresGrad }
            return recorded ? (normalizer, moments) : (normalizer.detach(), moments.map { $0.detach() })
        }
    }
}
