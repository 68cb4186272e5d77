import EmberDistributions
import EmberTensor
import Testing

/// Derivatives of what distributions compute, against differences.
@Suite struct DerivativeTests {
    private func vector(_ values: Double...) -> Tensor { Tensor(values, dtype: .float64) }

    /// Families of numbers with two parameters each, and values that all of the parameters allow.
    private var continuous: [(name: String, parameters: [Tensor], values: Tensor)] {
        [
            ("Normal", [vector(0.3, -1), vector(0.8, 2)], vector(0.7, 1.1)), ("HalfNormal", [vector(0.8, 2)], vector(0.7, 1.1)),
            ("LogNormal", [vector(0.3, -1), vector(0.8, 2)], vector(0.7, 1.1)),
            ("Uniform", [vector(0, -1), vector(2, 3)], vector(0.7, 1.1)),
            ("Exponential", [vector(0.8, 2)], vector(0.7, 1.1)), ("Gamma", [vector(0.4, 6), vector(0.8, 2)], vector(0.7, 2.5)),
            ("InverseGamma", [vector(0.4, 6), vector(0.8, 2)], vector(0.7, 0.3)), ("Chi2", [vector(0.8, 7)], vector(0.7, 4)),
            ("Beta", [vector(0.4, 6), vector(0.8, 2)], vector(0.3, 0.7)),
            ("Kumaraswamy", [vector(0.4, 6), vector(0.8, 2)], vector(0.3, 0.7)),
            ("Cauchy", [vector(0.3, -1), vector(0.8, 2)], vector(0.7, 1.1)), ("HalfCauchy", [vector(0.8, 2)], vector(0.7, 1.1)),
            ("Laplace", [vector(0.3, -1), vector(0.8, 2)], vector(0.7, -3)),
            ("Gumbel", [vector(0.3, -1), vector(0.8, 2)], vector(0.7, 1.1)),
            ("Pareto", [vector(0.3, 0.6), vector(0.8, 2)], vector(0.7, 1.1)),
            ("Weibull", [vector(0.3, 1), vector(0.8, 2)], vector(0.7, 1.1)),
            ("StudentT", [vector(1.5, 6), vector(0.3, -1), vector(0.8, 2)], vector(0.7, -3)),
            ("FisherSnedecor", [vector(1.5, 6), vector(4.3, 3)], vector(0.7, 1.8)),
            ("VonMises", [vector(0.3, -1), vector(0.8, 20)], vector(0.7, -1.2)),
            ("ContinuousBernoulli", [vector(0.3, 0.9)], vector(0.3, 0.7)),
            ("RelaxedBernoulli", [vector(0.7, 1.4), vector(0.3, 0.6)], vector(0.3, 0.7)),
        ]
    }

    @Test func logProbabilitiesAndDistributionFunctions() throws {
        for (name, parameters, values) in continuous {
            do {
                try gradcheck(parameters + [values]) { [member(name, Array($0.dropLast())).logProb($0[$0.count - 1])] }
                try gradcheck(parameters + [values]) { [member(name, Array($0.dropLast())).cdf($0[$0.count - 1])] }
                guard name != "VonMises" else { continue }
                try gradcheck(parameters + [vector(0.3, 0.8)]) { [member(name, Array($0.dropLast())).icdf($0[$0.count - 1])] }
            } catch { Issue.record("\(name): \(error)") }
        }
    }

    @Test func secondDerivatives() throws {
        for (name, parameters, values) in continuous where ["Gamma", "Beta", "StudentT", "FisherSnedecor", "Weibull"].contains(name) {
            do {
                try gradgradcheck(parameters + [values]) { [member(name, Array($0.dropLast())).cdf($0[$0.count - 1])] }
            } catch { Issue.record("\(name): \(error)") }
        }
    }

    @Test func entropies() throws {
        for (name, parameters, _) in continuous where name != "RelaxedBernoulli" {
            do { try gradcheck(parameters) { [member(name, $0).entropy()] } } catch { Issue.record("\(name): \(error)") }
        }
        try gradcheck([vector(0.3, 0.6)]) { [Bernoulli(probs: $0[0]).entropy(), Geometric(probs: $0[0]).entropy()] }
        try gradcheck([vector(0.3, 0.6)]) { [Binomial(totalCount: 7, probs: $0[0]).entropy(), Poisson(rate: $0[0] * 5).entropy()] }
        try gradcheck([vector(0.3, 0.6)]) { [NegativeBinomial(totalCount: 2.5, probs: $0[0]).entropy()] }
        try gradcheck([vector(0.3, 0.6, 0.2)]) {
            [Categorical(logits: $0[0]).entropy(), Multinomial(totalCount: 4, logits: $0[0]).entropy()]
        }
    }

    @Test func discreteLogProbabilities() throws {
        let p = vector(0.3, 0.6), k = vector(1, 0)
        try gradcheck([p]) { [Bernoulli(probs: $0[0]).logProb(k), Geometric(probs: $0[0]).logProb(k), Poisson(rate: $0[0]).logProb(k)] }
        try gradcheck([p]) { [Binomial(totalCount: 3, probs: $0[0]).logProb(k), Binomial(totalCount: 3, logits: $0[0]).cdf(k)] }
        try gradcheck([vector(2.5, 4), p]) { [NegativeBinomial(totalCount: $0[0], probs: $0[1]).logProb(k)] }
        try gradcheck([vector(2.5, 4), p]) { [NegativeBinomial(totalCount: $0[0], probs: $0[1]).cdf(k)] }
        try gradcheck([p]) { [Poisson(rate: $0[0]).cdf(k), Geometric(probs: $0[0]).cdf(k)] }
        try gradcheck([vector(0.3, 0.6, 0.2)]) {
            [Categorical(probs: $0[0]).logProb(Tensor([0, 2])), Dirichlet(concentration: $0[0]).logProb(self.vector(0.2, 0.3, 0.5))]
        }
    }

    @Test func divergences() throws {
        let a = vector(0.6, 2.1), b = vector(1.2, 0.7), c = vector(0.9, 1.4), d = vector(2.2, 0.5)
        for (p, q) in [("Gamma", "Gamma"), ("Beta", "Beta"), ("Gumbel", "Gumbel"), ("Weibull", "Weibull"), ("Laplace", "Laplace"),
                       ("Cauchy", "Cauchy"), ("Gamma", "Gumbel"), ("Beta", "Normal"), ("Normal", "Laplace"), ("VonMises", "VonMises")] {
            do {
                try gradcheck([a, b, c, d]) { [klDivergence(member(p, [$0[0], $0[1]]), member(q, [$0[2], $0[3]]))] }
            } catch { Issue.record("\(p), \(q): \(error)") }
        }
    }

    /// The gradient of E[x²] by samples against its closed form, within the error of the sample.
    @Test func reparameterizedGradientsOfExpectations() {
        let generator = Generator(seed: 7)
        func check(_ name: String, _ parameters: [Tensor], _ secondMoment: (any Distribution) -> Tensor, tolerance: Double) {
            let leaves = parameters.map { $0.detach().requiringGrad() }
            member(name, leaves).rsample([50_000], generator: generator).square().mean().backward()
            let closed = parameters.map { $0.detach().requiringGrad() }
            secondMoment(member(name, closed)).backward()
            for (sampled, exact) in zip(leaves, closed) {
                let a: Double = sampled.grad?.item() ?? 0, b: Double = exact.grad?.item() ?? 0
                #expect(abs(a - b) <= tolerance * max(abs(b), 0.1), "\(name): \(a), not \(b)")
            }
        }
        func number(_ value: Double) -> Tensor { Tensor(value, dtype: .float64) }
        let moment: (any Distribution) -> Tensor = { $0.variance + $0.mean.square() }
        check("Gamma", [number(0.6), number(1.3)], moment, tolerance: 0.05)
        check("Gamma", [number(30), number(4)], moment, tolerance: 0.02)
        check("Beta", [number(0.7), number(2.5)], moment, tolerance: 0.05)
        check("StudentT", [number(9), number(0.5), number(2)], moment, tolerance: 0.1)
        check("Kumaraswamy", [number(0.7), number(2.5)], moment, tolerance: 0.05)
        check("Weibull", [number(0.7), number(2.5)], moment, tolerance: 0.05)
        check("InverseGamma", [number(9), number(2.5)], moment, tolerance: 0.05)
    }

    @Test func gradientsOfGradientsOfSamples() throws {
        // With fixed random numbers, a sample is a function of its parameters.
        try gradcheck([vector(2.3, 7)]) { [Gamma(concentration: $0[0], rate: 2).rsample([], generator: Generator(seed: 3)) * 0 + $0[0]] }
        let α = vector(2.3, 0.7).requiringGrad()
        let sample = Gamma(concentration: α, rate: 1).rsample([], generator: Generator(seed: 3))
        let first = gradients(of: sample.sum(), with: [α], createGraph: true)[0]
        let second = first.flatMap { gradients(of: $0.sum(), with: [α])[0] }
        // d²z/dα² of z with P(α, z) fixed, by differences of the quantile.
        let p = α.detach().igamma(sample.detach()), h = 1e-4
        let above = (α.detach() + h).igammaInverse(p), below = (α.detach() - h).igammaInverse(p), middle = α.detach().igammaInverse(p)
        let expected = (above - 2 * middle + below) / (h * h)
        #expect(second?.allClose(expected, rtol: 1e-4, atol: 1e-6) == true, "\(String(describing: second)), not \(expected)")
    }
}
