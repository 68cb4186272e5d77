import EmberDistributions
import EmberTensor
import Testing

/// Ember against the numbers that SciPy and PyTorch gave (record-reference.py).
@Suite struct ReferenceTests {
    /// Compares element by element and counts what was compared, so that an empty table fails.
    private func compare(_ rows: [Reference], atLeast count: Int, relative: Double, absolute: Double = 0,
                         _ answer: (Reference) -> [Double]) {
        #expect(rows.count >= count)
        for row in rows {
            let found = answer(row)
            #expect(found.count == row.answers.count, "\(row)")
            for (i, (a, b)) in zip(found, row.answers).enumerated() {
                let at = row.arguments.indices.contains(i) ? " at \(row.arguments[i])" : ""
                #expect(agrees(a, b, relative: relative, absolute: absolute), "\(row)\(at): \(a), not \(b)")
            }
        }
    }

    private func distribution(_ row: Reference, _ dtype: DType = .float64) -> any Distribution {
        member(row.family, Reference.tensors(row.parameters, dtype))
    }

    /// The arguments as values: numbers one after another, or one event.
    private func value(_ row: Reference, _ distribution: any Distribution) -> Tensor {
        let values = Tensor(row.arguments, dtype: .float64)
        return distribution.eventShape.isEmpty ? values : values.reshape(distribution.eventShape)
    }

    @Test func logProbabilities() {
        compare(Reference.rows("logProb"), atLeast: 70, relative: 1e-7, absolute: 1e-9) { row in
            let distribution = self.distribution(row)
            return distribution.logProb(value(row, distribution)).atleast1d().array()
        }
    }

    @Test func distributionFunctions() {
        compare(Reference.rows("cdf"), atLeast: 60, relative: 1e-6) { row in
            self.distribution(row).cdf(Tensor(row.arguments, dtype: .float64)).array()
        }
    }

    @Test func quantiles() {
        compare(Reference.rows("icdf"), atLeast: 60, relative: 1e-6, absolute: 1e-14) { row in
            self.distribution(row).icdf(Tensor(row.arguments, dtype: .float64)).array()
        }
    }

    @Test func momentsAndEntropies() {
        for (what, answer) in [("mean", { $0.mean }), ("variance", { $0.variance }), ("entropy", { $0.entropy() })]
            as [(String, (any Distribution) -> Tensor)] {
            // Moments that do not exist are NaN where PyTorch has that, infinite in SciPy.
            let rows = Reference.rows(what).filter { $0.answers.allSatisfy(\.isFinite) }
            compare(rows, atLeast: 60, relative: 1e-6, absolute: 1e-9) { row in
                answer(self.distribution(row)).flatten().array()
            }
        }
    }

    /// Every family at PyTorch's own precision. Left out: modes that it takes for NaN (a growing Kumaraswamy density has one, and a falling
    /// Weibull density has it at 0), and VonMises, whose Bessel functions it approximates to 1e-8.
    @Test func pytorchValues() {
        for (what, answer) in [("torchEntropy", { $0.entropy() }), ("torchMean", { $0.mean }), ("torchMode", { $0.mode }),
                               ("torchVariance", { $0.variance })] as [(String, (any Distribution) -> Tensor)] {
            let rows = Reference.rows(what).filter { row in
                row.family != "VonMises" && !(what == "torchMode" && ["Kumaraswamy", "Weibull"].contains(row.family))
            }
            compare(rows, atLeast: 25, relative: 1e-11, absolute: 1e-13) { row in
                answer(self.distribution(row)).to(.float64).flatten().array()
            }
        }
        compare(Reference.rows("torchLogProb").filter { $0.family != "VonMises" }, atLeast: 35, relative: 1e-12, absolute: 1e-13) { row in
            let distribution = self.distribution(row)
            let value = Tensor(row.arguments, dtype: .float64)
            return distribution.logProb(value.reshape(distribution.batchShape + distribution.eventShape)).flatten().array()
        }
    }

    /// With the same seed, PyTorch's very samples.
    @Test func pytorchSamples() {
        compare(Reference.rows("sample"), atLeast: 35, relative: 2e-5, absolute: 1e-6) { row in
            self.distribution(row, .float32).sample([3], generator: Generator(seed: 0)).to(.float64).flatten().array()
        }
    }

    /// The gradients of a weighted sum of samples, and the samples. Implicit derivatives are approximations in PyTorch, to a few 1e-4.
    @Test func pytorchGradientsOfSamples() {
        let implicit = ["Gamma", "InverseGamma", "Chi2", "Beta", "Dirichlet", "StudentT", "FisherSnedecor"]
        let rows = Reference.rows("rsampleGradient")
        let gradient: (Reference) -> [Double] = { row in
            let parameters = Reference.tensors(row.parameters, .float64).map { $0.requiringGrad() }
            let sample = member(row.family, parameters).rsample([3], generator: Generator(seed: 0))
            for (a, b) in zip(sample.flatten().array(of: Double.self), row.arguments) {
                #expect(agrees(a, b, relative: 1e-9, absolute: 1e-12), "\(row): sample \(a), not \(b)")
            }
            let weights = (1.7 * Tensor.arange(.int(sample.count)).to(.float64) + 0.3).cos().reshape(sample.shape)
            (sample * weights).sum().backward()
            return parameters.flatMap { ($0.grad ?? $0.zerosLike()).flatten().array(of: Double.self) }
        }
        compare(rows.filter { !implicit.contains($0.family) }, atLeast: 12, relative: 1e-8, absolute: 1e-10, gradient)
        compare(rows.filter { implicit.contains($0.family) }, atLeast: 7, relative: 2e-3, absolute: 1e-4, gradient)
    }

    @Test func divergences() {
        compare(Reference.rows("kl"), atLeast: 75, relative: 1e-9, absolute: 1e-12) { row in
            let names = row.family.split(separator: "|"), sets = row.parameters.split(separator: "|")
            let p = member(String(names[0]), Reference.tensors(String(sets[0]), .float64))
            let q = member(String(names[1]), Reference.tensors(String(sets[1]), .float64))
            return klDivergence(p, q).flatten().array()
        }
    }
}
