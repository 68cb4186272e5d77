import EmberDistributions
import EmberTensor
import Testing

@Suite struct DistributionTests {
    private func numbers(_ x: Tensor) -> [Double] { x.to(.float64).flatten().array() }
    private func vector(_ values: Double...) -> Tensor { Tensor(values, dtype: .float64) }

    // MARK: Shapes and parameters

    @Test func shapes() {
        let normal = Normal(loc: Tensor.zeros([3, 1]), scale: Tensor.ones([2]))
        #expect(normal.batchShape == [3, 2] && normal.eventShape == [])
        #expect(normal.sample([4]).shape == [4, 3, 2])
        #expect(normal.expand([5, 3, 2]).batchShape == [5, 3, 2])
        let vectors = Independent(normal, dims: 1)
        #expect(vectors.batchShape == [3] && vectors.eventShape == [2])
        #expect(vectors.logProb(normal.sample([4])).shape == [4, 3])
        #expect(vectors.entropy().shape == [3])
        let categorical = Categorical(logits: Tensor.zeros([3, 5]))
        #expect(categorical.batchShape == [3] && categorical.sample([2, 2]).shape == [2, 2, 3])
        #expect(categorical.logProb(Tensor([[0, 1, 2], [2, 1, 0]])).shape == [2, 3])
        #expect(OneHotCategorical(logits: Tensor.zeros([3, 5])).sample([2]).shape == [2, 3, 5])
        #expect(Multinomial(totalCount: 4, logits: Tensor.zeros([3, 5])).sample([2]).shape == [2, 3, 5])
        #expect(Dirichlet(concentration: Tensor.ones([3, 5])).expand([2, 3]).sample().shape == [2, 3, 5])
        #expect(LKJCholesky(size: 4, concentration: Tensor.ones([3])).sample([2]).shape == [2, 3, 4, 4])
    }

    @Test func numbersTakeTheTypeOfTensors() {
        #expect(Normal(loc: 0, scale: 1).loc.dtype == .float32)
        #expect(Normal(loc: 0, scale: vector(1, 2)).loc.dtype == .float64)
        #expect(Gamma(concentration: 2.5, rate: Tensor([1, 2])).rate.dtype == .float32)
    }

    @Test func wrongParametersAndValues() throws {
        func reason(_ body: () -> Void) -> String {
            do { try checked(body) } catch let error as TensorError { return error.description } catch {}
            return ""
        }
        #expect(reason { _ = Normal(loc: 0, scale: -1) }.contains("scale must be positive"))
        #expect(reason { _ = Normal(loc: 0, scale: -1).logProb(Tensor(0.0)) }.contains("scale must be positive"))
        #expect(reason { _ = Bernoulli(probs: Tensor([0.5, 1.5])) }.contains("probs must be in 0.0...1.0"))
        #expect(reason { _ = Uniform(low: 1, high: 0) }.contains("low must be below high"))
        #expect(reason { _ = Normal(loc: Tensor.zeros([2]), scale: Tensor.ones([3])) }.contains("do not broadcast"))
        #expect(reason { _ = Gamma(concentration: 1, rate: 1).logProb(Tensor(-1.0)) }.contains("outside of the support"))
        #expect(reason { _ = Binomial(totalCount: 3, probs: 0.5).logProb(Tensor(4.0)) }.contains("outside of the support"))
        #expect(reason { _ = Normal(loc: Tensor.zeros([2]), scale: 1).logProb(Tensor.zeros([3])) }.contains("do not broadcast"))
        #expect(reason { _ = Normal(loc: 0, scale: 1).icdf(Tensor(1.5)) }.contains("0...1"))
        #expect(reason { _ = Dirichlet(concentration: Tensor([1.0, 2])).cdf(Tensor([0.5, 0.5])) }.contains("no cdf"))
        #expect(reason { _ = Independent(Normal(loc: 0, scale: 1), dims: 1) }.contains("batch shape"))
        #expect(reason { _ = klDivergence(Normal(loc: 0, scale: 1), Poisson(rate: 1)) }.contains("registerKL"))
        // Unchecked, the formulas answer.
        #expect(Normal(loc: 0, scale: -1, validate: false).scale.item() == -1)
        #expect(Exponential(rate: 1, validate: false).logProb(Tensor(-1.0)).item() == 1)
    }

    @Test func defaultValidation() throws {
        Distributions.validatesArguments = false
        defer { Distributions.validatesArguments = true }
        #expect(!Normal(loc: 0, scale: 1).validatesArguments)
        #expect(Normal(loc: 0, scale: 1, validate: true).validatesArguments)
    }

    // MARK: Samples

    /// Sample moments within five standard errors of the distribution's own.
    @Test func sampleMoments() {
        let generator = Generator(seed: 42), count = 40_000
        for row in Reference.rows("torchMean") where !["Cauchy", "HalfCauchy", "Categorical", "VonMises", "StudentT", "FisherSnedecor",
                                                        "InverseGamma", "Pareto", "Wishart"].contains(row.family) {
            let distribution = member(row.family, Reference.tensors(row.parameters, .float64))
            let sample = distribution.sample([count], generator: generator)
            let deviation = distribution.stddev
            let error = ((sample.mean([0]) - distribution.mean) / deviation).abs().max().item()
            #expect(error < 5 / Double(count).squareRoot(), "\(row.family): mean off by \(error) deviations")
            let ratio = (sample.var([0]) / distribution.variance - 1).abs().max().item()
            #expect(ratio < 0.1, "\(row.family): variance off by a part of \(ratio)")
        }
    }

    /// F(x) of samples x is uniform: the largest distance of its empirical distribution from that (Kolmogorov and Smirnov) stays small.
    @Test func samplesFollowDistributionFunctions() {
        let generator = Generator(seed: 11), count = 20_000
        for (name, parameters) in [("Gamma", [0.3, 2]), ("Beta", [0.5, 3]), ("StudentT", [2.5, 1, 2]), ("FisherSnedecor", [3, 2.5]),
                                   ("VonMises", [0, 2.5]), ("InverseGamma", [1.5, 2]), ("Cauchy", [1, 2]), ("HalfCauchy", [2]),
                                   ("Kumaraswamy", [0.5, 3]), ("ContinuousBernoulli", [0.9]), ("Pareto", [1, 0.7]), ("Gumbel", [1, 2]),
                                   ("LogitRelaxedBernoulli", [0.5, 0.7])] as [(String, [Double])] {
            let distribution = member(name, parameters.map { Tensor($0, dtype: .float64) })
            let u = distribution.cdf(distribution.sample([count], generator: generator)).sort().values
            let even = (Tensor.arange(.int(count)).to(.float64) + 0.5) / Double(count)
            let distance = (u - even).abs().max().item()
            #expect(distance < 1.63 / Double(count).squareRoot(), "\(name): \(distance)")
        }
    }

    @Test func samplesCarryNoGradient() {
        let scale = Tensor(1.5).requiringGrad()
        #expect(!Normal(loc: 0, scale: scale).sample([2]).requiresGrad)
        #expect(Normal(loc: 0, scale: scale).rsample([2]).requiresGrad)
        let logits = Tensor([0.1, 0.2]).requiringGrad()
        #expect(OneHotCategoricalStraightThrough(logits: logits).rsample([3]).requiresGrad)
        #expect(throws: TensorError.self) { try checked { Poisson(rate: 1).rsample() } }
        #expect(!Poisson(rate: 1).hasReparameterizedSample && Gamma(concentration: 1, rate: 1).hasReparameterizedSample)
    }

    // MARK: Discrete distributions

    @Test func enumeratedProbabilitiesSumToOne() {
        let p = vector(0.2, 0.7)
        let weights = Tensor([[1.0, 2, 3], [3, 2, 1]], dtype: .float64)
        let members: [any Distribution] = [
            Bernoulli(probs: p), Binomial(totalCount: 6, probs: p), Categorical(probs: weights), OneHotCategorical(probs: weights),
        ]
        for distribution in members {
            #expect(distribution.hasEnumerableSupport)
            let values = distribution.enumerateSupport()
            #expect(Array(values.shape.dropFirst()) == distribution.batchShape + distribution.eventShape)
            #expect(distribution.logProb(values).exp().sum([0]).allClose(Tensor.ones([2], dtype: .float64)))
            #expect(distribution.enumerateSupport(expand: false).shape[1] == 1)
        }
    }

    @Test func discreteQuantilesInvertDistributionFunctions() {
        let members: [any Distribution] = [
            Binomial(totalCount: 9, probs: vector(0.3)), Poisson(rate: vector(7.5)), NegativeBinomial(totalCount: 3.5, probs: vector(0.6)),
            Geometric(probs: vector(0.2)), Bernoulli(probs: vector(0.3)), Categorical(probs: vector(0.2, 0.5, 0.3)),
        ]
        for distribution in members {
            for p in [0.01, 0.3, 0.72, 0.99] {
                let k = distribution.icdf(Tensor([p], dtype: .float64)).to(.float64)
                #expect(distribution.cdf(k).item() >= p)
                #expect(k.item() == 0 || distribution.cdf(k - 1).item() < p, "\(type(of: distribution)) at \(p)")
            }
        }
        #expect(numbers(Binomial(totalCount: 9, probs: vector(0.3)).icdf(vector(1))) == [9])
        #expect(numbers(Poisson(rate: vector(0.3)).icdf(vector(0, 1))) == [0, .infinity])
    }

    @Test func certainOutcomes() {
        #expect(numbers(Geometric(probs: vector(1)).logProb(vector(0))) == [0])
        #expect(numbers(Multinomial(totalCount: 2, probs: vector(0, 1)).logProb(vector(0, 2))).allSatisfy { abs($0) < 1e-12 })
        #expect(numbers(Poisson(rate: vector(0)).logProb(vector(0))) == [0])
        #expect(abs(Categorical(probs: vector(0, 1)).entropy().item()) < 1e-12)
    }

    // MARK: Exponential families

    @Test func bregmanFormsAgree() throws {
        let members: [any ExponentialFamily] = [
            Normal(loc: vector(0.3), scale: vector(2)), Gamma(concentration: vector(2.5), rate: vector(0.7)), Exponential(rate: vector(3)),
            Beta(concentration1: vector(2.5), concentration0: vector(0.7)), Bernoulli(probs: vector(0.3)),
            ContinuousBernoulli(probs: vector(0.3)),
            Dirichlet(concentration: vector(2.5, 0.7, 1)),
        ]
        for member in members {
            #expect(member.bregmanEntropy().allClose(member.entropy(), rtol: 1e-10), "\(type(of: member))")
        }
        try gradcheck([vector(2.5), vector(0.7)]) { [Gamma(concentration: $0[0], rate: $0[1]).bregmanEntropy()] }
    }

    private struct Ratio: ExponentialFamily {
        let rate: Tensor
        static var parameterConstraints: [String: Constraint] { ["rate": .positive] }
        var batchShape: Shape { rate.shape }
        var support: Constraint { .positive }
        var validatesArguments: Bool { true }
        func logProb(_ value: Tensor) -> Tensor { rate.log() - rate * value }
        func expand(_ batchShape: Shape) -> Ratio { Ratio(rate: rate.expand(batchShape)) }
        var naturalParameters: [Tensor] { [-rate] }
        func logNormalizer(_ θ: [Tensor]) -> Tensor { -(-θ[0]).log() }
        var meanCarrierMeasure: Tensor? { rate.zerosLike() }
    }

    @Test func divergencesOfOneFamilyNeedNoRule() throws {
        let p = vector(0.7), q = vector(2)
        let exact = klDivergence(Exponential(rate: p), Exponential(rate: q))
        #expect(klDivergence(Ratio(rate: p), Ratio(rate: q)).allClose(exact))
        try gradcheck([p, q]) { [klDivergence(Ratio(rate: $0[0]), Ratio(rate: $0[1]))] }
    }

    @Test func addedRulesAreFound() {
        registerKL(Ratio.self, Poisson.self) { p, q in p.rate + q.rate }
        #expect(klDivergence(Ratio(rate: vector(1)), Poisson(rate: vector(2))).item() == 3)
        #expect(klDivergence(Chi2(df: 3), Gamma(concentration: 1.5, rate: 0.5)).item() == 0)
    }

    // MARK: Compositions

    @Test func mixtures() throws {
        let mixture = MixtureSameFamily(Categorical(probs: vector(0.3, 0.7)), Normal(loc: vector(-1, 2), scale: vector(0.5, 1)))
        #expect(mixture.batchShape == [] && mixture.sample([3]).shape == [3])
        let x = vector(-1.3, 0.4)
        let first = Normal(loc: -1, scale: vector(0.5)).logProb(x).exp(), second = Normal(loc: 2, scale: vector(1)).logProb(x).exp()
        #expect(mixture.logProb(x).allClose((0.3 * first + 0.7 * second).log()))
        #expect(abs(mixture.mean.item() - 1.1) < 1e-12 && abs(mixture.variance.item() - (0.3 * 0.25 + 0.7 + 0.21 * 9)) < 1e-12)
        let sample = mixture.sample([50_000], generator: Generator(seed: 5))
        #expect(abs(sample.mean().item() - 1.1) < 0.05)
        try gradcheck([vector(0.3, 0.7), vector(-1, 2), x]) {
            let mixture = MixtureSameFamily(Categorical(logits: $0[0]), Normal(loc: $0[1], scale: 1))
            return [mixture.logProb($0[2]), mixture.cdf($0[2])]
        }
        let rows = Independent(Normal(loc: Tensor.zeros([2, 3]), scale: 1), dims: 1)
        let vectors = MixtureSameFamily(Categorical(probs: vector(0.3, 0.7)), rows)
        #expect(vectors.sample([4]).shape == [4, 3] && vectors.mean.shape == [3] && vectors.logProb(Tensor.zeros([4, 3])).shape == [4])
    }

    @Test func transformedDistributions() throws {
        let base = Normal(loc: vector(0.3, -1), scale: vector(0.8, 2))
        let transformed = TransformedDistribution(base, [ExpTransform()]), known = LogNormal(loc: base.loc, scale: base.scale)
        let x = vector(0.7, 3), p = vector(0.2, 0.9)
        #expect(transformed.logProb(x).allClose(known.logProb(x)))
        #expect(transformed.cdf(x).allClose(known.cdf(x)) && transformed.icdf(p).allClose(known.icdf(p)))
        // A falling transform turns the distribution function around.
        let falling = TransformedDistribution(base, [AffineTransform(loc: 1, scale: -2)])
        let same = Normal(loc: 1 - 2 * base.loc, scale: 2 * base.scale)
        #expect(falling.cdf(x).allClose(same.cdf(x)) && falling.icdf(p).allClose(same.icdf(p))
            && falling.logProb(x).allClose(same.logProb(x)))
        let simplex = TransformedDistribution(base, [StickBreakingTransform()])
        #expect(simplex.batchShape == [] && simplex.eventShape == [3] && simplex.sample([4]).shape == [4, 3])
        #expect(Constraint.simplex.check(simplex.sample([4])).all().item(as: Bool.self))
        #expect(simplex.expand([5]).sample().shape == [5, 3])
        #expect(klDivergence(transformed, TransformedDistribution(Normal(loc: vector(0, 0), scale: 1), [ExpTransform()]))
            .allClose(klDivergence(base, Normal(loc: vector(0, 0), scale: 1))))
        #expect(throws: TensorError.self) { try checked { klDivergence(transformed, falling) } }
    }
}
