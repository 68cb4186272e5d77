import Ember

private let count = 100_000

/// Densities, samples and divergences.
let distributionRows: [Row] = [
    Row("Normal logProb 100000") {
        let loc = Tensor.randn([count]), scale = Tensor.rand([count]) + 0.5, x = Tensor.randn([count])
        return { Normal(loc: loc, scale: scale).logProb(x) }
    },
    Row("Normal rsample 100000") {
        let loc = Tensor.randn([count]), scale = Tensor.rand([count]) + 0.5
        return { Normal(loc: loc, scale: scale).rsample([], generator: nil) }
    },
    Row("Normal cdf 100000") {
        let loc = Tensor.randn([count]), scale = Tensor.rand([count]) + 0.5, x = Tensor.randn([count])
        return { Normal(loc: loc, scale: scale).cdf(x) }
    },
    Row("Normal divergence 100000") {
        let p = Normal(loc: Tensor.randn([count]), scale: Tensor.rand([count]) + 0.5)
        let q = Normal(loc: Tensor.randn([count]), scale: Tensor.rand([count]) + 0.5)
        return { klDivergence(p, q) }
    },
    Row("Gamma logProb 100000") {
        let a = Tensor.rand([count]) + 0.5, b = Tensor.rand([count]) + 0.5, x = Tensor.rand([count]) + 0.1
        return { Gamma(concentration: a, rate: b).logProb(x) }
    },
    Row("Beta logProb 100000") {
        let a = Tensor.rand([count]) + 0.5, b = Tensor.rand([count]) + 0.5, x = Tensor.rand([count]) * 0.8 + 0.1
        return { Beta(concentration1: a, concentration0: b).logProb(x) }
    },
    Row("Beta divergence 100000") {
        let p = Beta(concentration1: Tensor.rand([count]) + 0.5, concentration0: Tensor.rand([count]) + 0.5)
        let q = Beta(concentration1: Tensor.rand([count]) + 0.5, concentration0: Tensor.rand([count]) + 0.5)
        return { klDivergence(p, q) }
    },
    Row("Categorical logProb 10000x100") {
        let logits = Tensor.randn([10_000, 100]), x = Tensor.randint(0, 100, [10_000])
        return { Categorical(logits: logits).logProb(x) }
    },
    Row("Categorical entropy 10000x100") {
        let logits = Tensor.randn([10_000, 100])
        return { Categorical(logits: logits).entropy() }
    },
    Row("Bernoulli logProb 100000") {
        let logits = Tensor.randn([count]), x = Tensor.rand([count]).bernoulli()
        return { Bernoulli(logits: logits).logProb(x) }
    },
    Row("MultivariateNormal logProb 64, 1000 samples") {
        let a = Tensor.randn([64, 64]), loc = Tensor.randn([64]), x = Tensor.randn([1000, 64])
        let covariance = a.matmul(a.T) + Tensor.eye(64) * 64.0
        return { MultivariateNormal(loc: loc, covarianceMatrix: covariance).logProb(x) }
    },
    Row("Dirichlet logProb 10000x10") {
        let a = Tensor.rand([10_000, 10]) + 0.5, x = Tensor.randn([10_000, 10]).softmax(1)
        return { Dirichlet(concentration: a).logProb(x) }
    },
]
