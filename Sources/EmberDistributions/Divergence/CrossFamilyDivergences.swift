// KL(p ‖ q) of different families: the negative entropy of p less the expected log-density of q under p, by p's moments.
import EmberTensor

extension DivergenceTable {
    mutating func addCrossFamily() {
        addInfinitePairs()
        addBoundedSupport()
        addHalfLine()
        addLine()
        add(Bernoulli.self, Poisson.self) { p, q in -p.entropy() - (p.probs.xlogy(q.rate) - q.rate) }
    }

    /// Pairs of which p takes values outside of q's support.
    private mutating func addInfinitePairs() {
        addInfinite(Beta.self, [Pareto.self]) { $0.concentration1 }
        addInfinite(ContinuousBernoulli.self, [Pareto.self]) { $0.logits }
        addInfinite(Exponential.self, [Beta.self, ContinuousBernoulli.self, Pareto.self, Uniform.self]) { $0.rate }
        addInfinite(Gamma.self, [Beta.self, ContinuousBernoulli.self, Pareto.self, Uniform.self]) { $0.concentration }
        let bounded: [any Distribution.Type] = [Beta.self, ContinuousBernoulli.self, Exponential.self, Gamma.self, Pareto.self,
                                                Uniform.self]
        addInfinite(Gumbel.self, bounded) { $0.loc }
        addInfinite(Laplace.self, bounded) { $0.loc }
        addInfinite(Normal.self, bounded) { $0.loc }
        addInfinite(Pareto.self, [Beta.self, ContinuousBernoulli.self, Uniform.self]) { $0.scale }
        addInfinite(Poisson.self, [Bernoulli.self, Binomial.self]) { $0.rate }
    }

    /// p on an interval.
    private mutating func addBoundedSupport() {
        add(Beta.self, Exponential.self) { -$0.entropy() - $1.rate.log() + $1.rate * $0.mean }
        add(Beta.self, Gamma.self) { p, q in
            let meanLog = p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
            return -p.entropy() - gammaLogDensity(q, mean: p.mean, meanLog: meanLog)
        }
        add(Beta.self, Normal.self) { -$0.entropy() - normalLogDensity($1, mean: $0.mean, variance: $0.variance) }
        add(Beta.self, Uniform.self) { p, q in uniformBound(-p.entropy(), q, low: 0, high: 1) }
        add(Beta.self, ContinuousBernoulli.self) { p, q in -p.entropy() - p.mean * q.logits + q.logNormalizer([q.logits]) }
        add(ContinuousBernoulli.self, Exponential.self) { -$0.entropy() - $1.rate.log() + $1.rate * $0.mean }
        add(ContinuousBernoulli.self, Normal.self) { -$0.entropy() - normalLogDensity($1, mean: $0.mean, variance: $0.variance) }
        add(ContinuousBernoulli.self, Uniform.self) { p, q in uniformBound(-p.entropy(), q, low: 0, high: 1) }
        add(Uniform.self, Beta.self) { p, q in
            let expected = (q.concentration1 - 1) * meanLog(p.low, p.high) + (q.concentration0 - 1) * meanLog(1 - p.high, 1 - p.low)
            let value = -p.entropy() - expected + logBeta(q.concentration1, q.concentration0)
            return value.where((p.low .>= 0) & (p.high .<= 1), else: .infinity)
        }
        add(Uniform.self, ContinuousBernoulli.self) { p, q in
            let value = -p.entropy() - p.mean * q.logits + q.logNormalizer([q.logits])
            return value.where((p.low .>= 0) & (p.high .<= 1), else: .infinity)
        }
        add(Uniform.self, Exponential.self) { p, q in
            (-p.entropy() - q.rate.log() + q.rate * p.mean).where(p.low .>= 0, else: .infinity)
        }
        add(Uniform.self, Gamma.self) { p, q in
            (-p.entropy() - gammaLogDensity(q, mean: p.mean, meanLog: meanLog(p.low, p.high))).where(p.low .>= 0, else: .infinity)
        }
        add(Uniform.self, Gumbel.self) { p, q in
            let low = (p.low - q.loc) / q.scale, high = (p.high - q.loc) / q.scale
            let expected = ((-low).exp() - (-high).exp()) / (high - low)
            return -p.entropy() + q.scale.log() + 0.5 * (low + high) + expected
        }
        add(Uniform.self, Normal.self) { -$0.entropy() - normalLogDensity($1, mean: $0.mean, variance: $0.variance) }
        add(Uniform.self, Pareto.self) { p, q in
            let value = -p.entropy() - q.alpha.log() - q.alpha * q.scale.log() + (q.alpha + 1) * meanLog(p.low, p.high)
            return value.where(p.low .>= q.scale, else: .infinity)
        }
    }

    /// p on positive numbers.
    private mutating func addHalfLine() {
        add(Exponential.self, Gamma.self) { p, q in
            -p.entropy() - gammaLogDensity(q, mean: p.mean, meanLog: -p.rate.log() - eulerGamma)
        }
        add(Exponential.self, Gumbel.self) { p, q in
            // E[exp(-x / scale)] = rate / (rate + 1 / scale)
            let product = p.rate * q.scale
            return -p.entropy() + q.scale.log() + product.reciprocal() - q.loc / q.scale + (q.loc / q.scale).exp() * product / (product + 1)
        }
        add(Exponential.self, Normal.self) { -$0.entropy() - normalLogDensity($1, mean: $0.mean, variance: $0.variance) }
        add(Gamma.self, Exponential.self) { -$0.entropy() - $1.rate.log() + $1.rate * $0.mean }
        add(Gamma.self, Gumbel.self) { p, q in
            let product = p.rate * q.scale
            let expected = (q.loc / q.scale - p.concentration * product.reciprocal().log1p()).exp()
            return -p.entropy() + q.scale.log() + p.concentration / product - q.loc / q.scale + expected
        }
        add(Gamma.self, Normal.self) { -$0.entropy() - normalLogDensity($1, mean: $0.mean, variance: $0.variance) }
        add(Pareto.self, Exponential.self) { p, q in
            (-p.entropy() - q.rate.log() + q.rate * p.mean).where(p.alpha .> 1, else: .infinity)
        }
        add(Pareto.self, Gamma.self) { p, q in
            let meanLog = p.scale.log() + p.alpha.reciprocal()
            return (-p.entropy() - gammaLogDensity(q, mean: p.mean, meanLog: meanLog)).where(p.alpha .> 1, else: .infinity)
        }
        add(Pareto.self, Normal.self) { p, q in
            (-p.entropy() - normalLogDensity(q, mean: p.mean, variance: p.variance)).where(p.alpha .> 2, else: .infinity)
        }
    }

    /// p on all real numbers.
    private mutating func addLine() {
        add(Gumbel.self, Normal.self) { -$0.entropy() - normalLogDensity($1, mean: $0.mean, variance: $0.variance) }
        add(Laplace.self, Normal.self) { -$0.entropy() - normalLogDensity($1, mean: $0.mean, variance: $0.variance) }
        add(Normal.self, Gumbel.self) { p, q in
            let ratio = p.scale / q.scale, shift = (p.loc - q.loc) / q.scale
            return -p.entropy() + q.scale.log() + shift + (0.5 * ratio.square() - shift).exp()
        }
        add(Normal.self, Laplace.self) { p, q in
            // E|x - m| of a normal number: F. C. Leone, L. S. Nelson and R. B. Nottingham, "The folded normal distribution", 1961.
            let distance = p.loc - q.loc, standardized = distance / p.scale
            let expected = p.scale * 0.79788456080286535588 * (-0.5 * standardized.square()).exp()
                + distance * (standardized * 0.70710678118654752440).erf()
            return -p.entropy() + (2 * q.scale).log() + expected / q.scale
        }
    }
}

/// E[log q(x)] for a gamma-distributed q, of the expected x and log x.
private func gammaLogDensity(_ q: Gamma, mean: Tensor, meanLog: Tensor) -> Tensor {
    q.concentration * q.rate.log() - q.concentration.logGamma() + (q.concentration - 1) * meanLog - q.rate * mean
}

/// E[log q(x)] for a normal q.
private func normalLogDensity(_ q: Normal, mean: Tensor, variance: Tensor) -> Tensor {
    -0.5 * (variance + (mean - q.loc).square()) / q.scale.square() - q.scale.log() - logRootTwoPi
}

/// E[log x] of a uniform x, of which `low` is not negative.
private func meanLog(_ low: Tensor, _ high: Tensor) -> Tensor { (high.xlogy(high) - low.xlogy(low)) / (high - low) - 1 }

private func uniformBound(_ negativeEntropy: Tensor, _ q: Uniform, low: Double, high: Double) -> Tensor {
    (negativeEntropy + (q.high - q.low).log()).where((q.low .<= low) & (q.high .>= high), else: .infinity)
}
