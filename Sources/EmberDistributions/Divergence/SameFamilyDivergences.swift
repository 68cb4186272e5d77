// KL(p ‖ q) of two members of one family. Formulas without a source are the expected value of the difference of the log-densities.
import EmberTensor

extension DivergenceTable {
    mutating func addSameFamily() {
        add(Normal.self, Normal.self, normal)
        add(HalfNormal.self, HalfNormal.self) { normal($0.normal, $1.normal) }
        add(LogNormal.self, LogNormal.self) { normal($0.normal, $1.normal) }
        // F. Chyzak and F. Nielsen, "A closed-form formula for the Kullback-Leibler divergence between Cauchy distributions", 2019.
        add(Cauchy.self, Cauchy.self) { p, q in
            ((p.scale + q.scale).square() + (p.loc - q.loc).square()).log() - (4 * p.scale * q.scale).log()
        }
        add(Laplace.self, Laplace.self) { p, q in
            let ratio = p.scale / q.scale, distance = (p.loc - q.loc).abs()
            return -ratio.log() + distance / q.scale + ratio * (-distance / p.scale).exp() - 1
        }
        add(Gumbel.self, Gumbel.self) { p, q in
            let ratio = p.scale / q.scale, shift = (q.loc - p.loc) / q.scale
            return -ratio.log() - shift + ratio * eulerGamma + (shift + (1 + ratio).logGamma()).exp() - (1 + eulerGamma)
        }
        add(Uniform.self, Uniform.self) { p, q in
            ((q.high - q.low) / (p.high - p.low)).log().where((q.low .<= p.low) & (q.high .>= p.high), else: .infinity)
        }
        add(Exponential.self, Exponential.self) { p, q in
            let ratio = q.rate / p.rate
            return ratio - ratio.log() - 1
        }
        add(Gamma.self, Gamma.self, gamma)
        add(InverseGamma.self, InverseGamma.self) { gamma($0.gamma, $1.gamma) }  // 1/x changes both densities by the same factor
        add(Beta.self, Beta.self) { p, q in
            let a = p.concentration1 - q.concentration1, b = p.concentration0 - q.concentration0
            return logBeta(q.concentration1, q.concentration0) - logBeta(p.concentration1, p.concentration0)
                + a * p.concentration1.digamma() + b * p.concentration0.digamma()
                - (a + b) * (p.concentration1 + p.concentration0).digamma()
        }
        add(Dirichlet.self, Dirichlet.self) { p, q in
            let sum = p.concentration.sum(-1, keepDim: true)
            let expectedLog = p.concentration.digamma() - sum.digamma()
            return p.concentration.sum(-1).logGamma() - q.concentration.sum(-1).logGamma()
                + (q.concentration.logGamma() - p.concentration.logGamma()).sum(-1)
                + ((p.concentration - q.concentration) * expectedLog).sum(-1)
        }
        // M. Gil, "On Rényi divergence measures for continuous alphabet sources", Queen's University, 2011.
        add(Pareto.self, Pareto.self) { p, q in
            let ratio = q.alpha / p.alpha
            let value = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
            return value.where(p.scale .>= q.scale, else: .infinity)
        }
        // C. Bauckhage, "Computing the Kullback-Leibler divergence between two Weibull distributions", 2013.
        add(Weibull.self, Weibull.self) { p, q in
            let ratio = q.concentration / p.concentration
            return (p.concentration / q.concentration).log() + q.concentration * (q.scale / p.scale).log()
                + (ratio - 1) * eulerGamma + (q.concentration * (p.scale / q.scale).log() + (1 + ratio).logGamma()).exp() - 1
        }
        add(VonMises.self, VonMises.self) { p, q in
            let cosine = p.concentration.i1e() / p.concentration.i0e()
            return q.concentration.logI0() - p.concentration.logI0() + cosine * (p.concentration - q.concentration * (p.loc - q.loc).cos())
        }
        add(ContinuousBernoulli.self, ContinuousBernoulli.self) { p, q in
            p.mean * (p.logits - q.logits) - p.logNormalizer([p.logits]) + q.logNormalizer([q.logits])
        }
        addDiscrete()
    }

    private mutating func addDiscrete() {
        add(Bernoulli.self, Bernoulli.self) { p, q in
            let first = p.probs, rest = 1 - p.probs
            return first.xlogy(first) - first.xlogy(q.probs) + rest.xlogy(rest) - rest.xlogy(1 - q.probs)
        }
        add(Categorical.self, Categorical.self, categorical)
        add(OneHotCategorical.self, OneHotCategorical.self) { categorical($0.categorical, $1.categorical) }
        add(Poisson.self, Poisson.self) { p, q in p.rate.xlogy(p.rate / q.rate) - (p.rate - q.rate) }
        add(Geometric.self, Geometric.self) { p, q in -p.entropy() - (-q.probs).log1p() / p.probs - q.logits }
        add(Binomial.self, Binomial.self) { p, q in
            composed("klDivergence", [p.totalCount, q.totalCount]) { () throws(TensorError) in
                guard (p.totalCount .>= q.totalCount).all().item(as: Bool.self) else {
                    throw TensorError("has no closed form for Binomials where q counts more trials than p")
                }
                let value = p.totalCount * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
                return value.where(p.totalCount .== q.totalCount, else: .infinity)
            }
        }
    }
}

func normal(_ p: Normal, _ q: Normal) -> Tensor {
    let ratio = (p.scale / q.scale).square()
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).square() - 1 - ratio.log())
}

private func gamma(_ p: Gamma, _ q: Gamma) -> Tensor {
    q.concentration * (p.rate / q.rate).log() + q.concentration.logGamma() - p.concentration.logGamma()
        + (p.concentration - q.concentration) * p.concentration.digamma() + (q.rate - p.rate) * (p.concentration / p.rate)
}

private func categorical(_ p: Categorical, _ q: Categorical) -> Tensor {
    let terms = p.probs * (p.logits - q.logits)
    return terms.where(q.probs .!= 0, else: .infinity).where(p.probs .!= 0, else: 0).sum(-1)
}
