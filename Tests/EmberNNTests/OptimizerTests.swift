import Ember
import Testing

/// Five steps on Σ k pₖ² + Σ sin q + 0.1 Σ q·q, against PyTorch's in float64.
struct OptimizerTests {
    private static func minimized(_ make: ([Parameter]) -> Optimizer, restarting: Bool = false) throws -> Tensor {
        let p = Parameter(Tensor([1.0, -2, 3], dtype: .float64)), q = Parameter(Tensor([[0.5, -1], [2, 1.5]], dtype: .float64))
        var optimizer = make([p, q])
        for step in 0..<5 {
            if restarting && step == 3 {
                let state = optimizer.stateDict()
                optimizer = make([p, q])
                try optimizer.loadStateDict(state)
            }
            optimizer.step {
                optimizer.zeroGrad()
                let squares = (p.value.square() * Tensor([1.0, 2, 3], dtype: .float64)).sum()
                let loss = squares + q.value.sin().sum() + q.value.matmul(q.value).sum() * 0.1
                loss.backward()
                return loss
            }
        }
        return cat([p.value.detach(), q.value.detach().flatten()])
    }

    private static let cases: [(name: String, make: @Sendable ([Parameter]) -> Optimizer, expected: [Double])] = [
        ("SGD", { SGD($0, learningRate: 0.1, momentum: 0.9, dampening: 0.5, weightDecay: 0.1) },
         [-0.3286191, 1.731415, -2.720705, -0.4602657, -1.760498, 2.254302, 0.922001]),
        ("Nesterov", { SGD($0, learningRate: 0.1, momentum: 0.9, nesterov: true, maximize: true) },
         [8.17703, -57.13184, 221.7707, 2.006965, 1.343719, 1.763611, 2.130342]),
        ("Adam", { Adam($0, learningRate: 0.1, weightDecay: 0.1, amsgrad: true) },
         [0.5079637, -1.502956, 2.501779, -0.0001030646, -1.492356, 2.495282, 0.9977949]),
        ("AdamW", { AdamW($0, learningRate: 0.1) }, [0.5040801, -1.494046, 2.487869, -0.001965354, -1.488395, 2.489317, 0.9914485]),
        ("Adagrad", { Adagrad($0, learningRate: 0.1, learningRateDecay: 0.1, initialAccumulator: 0.1) },
         [0.7343912, -1.72459, 2.721989, 0.2216935, -1.265203, 2.278114, 1.22794]),
        ("Adadelta", { Adadelta($0, weightDecay: 0.1) }, [0.9836313, -1.983599, 2.983588, 0.4835571, -1.016375, 2.016782, 1.483495]),
        ("Adamax", { Adamax($0, learningRate: 0.1) }, [0.5515538, -1.525778, 2.516964, 0.004588573, -1.459026, 2.430571, 1.047668]),
        ("NAdam", { NAdam($0, learningRate: 0.1, weightDecay: 0.1, decoupledWeightDecay: true) },
         [0.5865556, -1.52223, 2.468518, 0.07608961, -1.327104, 2.342327, 0.9938948]),
        ("RAdam", { RAdam($0, learningRate: 0.1, betas: (0.9, 0.9)) },
         [0.201648, 0.5063061, -1.338126, -0.04460632, -1.512629, 2.249925, 1.247466]),
        ("ASGD", { ASGD($0, learningRate: 0.1, averagingStart: 2) },
         [0.3276657, -0.1555148, 0.03071962, -0.04728253, -1.469869, 2.287715, 1.230372]),
        ("Rprop", { Rprop($0, learningRate: 0.1) }, [0.25584, -1.25584, 2.25584, -0.24416, -1.74416, 2.74416, 0.75584]),
        ("RMSprop", { RMSprop($0, learningRate: 0.1, momentum: 0.5, centered: true) },
         [0.1893239, 0.3028329, -0.426194, -1.593997, -2.616603, 6.845343, -1.890997]),
        ("Adafactor", { Adafactor($0, learningRate: 0.1, weightDecay: 0.1) },
         [0.2574345, -1.110511, 2.034129, -0.1967665, -1.533095, 2.637265, 0.6461263]),
        ("LBFGS", { LBFGS($0, learningRate: 0.1, maxIterations: 3) },
         [0.3899157, -0.6686739, 0.9813594, -0.4137835, -1.557082, 2.816372, 0.8730011]),
        ("LBFGS, strong Wolfe", { LBFGS($0, maxIterations: 4, lineSearch: .strongWolfe) },
         [5.062333e-06, 8.675132e-07, -1.378001e-07, -1.570807, -2.533829, 5.675416, -1.570795]),
    ]

    /// Parameters, gradients and state may lie in different orders, be views, or be of 16 bits: each step is that of row-major tensors.
    @Test func layoutsAndTypes() {
        let values = Tensor.randn([2, 3, 4, 5]), slopes = Tensor.randn([2, 3, 4, 5])
        func stepped(_ value: Tensor, _ slope: Tensor) -> Tensor {
            let parameters = [Parameter(value), Parameter(Tensor.ones([3]))]
            parameters[0].gradient = slope
            parameters[1].gradient = Tensor.ones([3])
            let optimizer = Adam(parameters, learningRate: 0.1, weightDecay: 0.1)
            for _ in 0..<3 { optimizer.step() }
            return parameters[0].value.detach().contiguous()
        }
        let expected = stepped(values, slopes)
        func inward(_ x: Tensor) -> Tensor { x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) }
        for (value, slope) in [(inward(values), slopes), (values, inward(slopes)), (inward(values), inward(slopes))] {
            #expect(stepped(value, slope).array(of: Float.self) == expected.array(of: Float.self))
        }
        #expect((stepped(values.to(.bfloat16), slopes.to(.bfloat16)).to(.float32) - expected).abs().max().item() < 0.03)
        #expect((stepped(values.to(.float16), slopes).to(.float32) - expected).abs().max().item() < 0.01)
    }

    /// Parameters of all sizes are updated as one piece of work; each as it would be alone.
    @Test func manyParametersAreUpdatedTogether() {
        let sizes = [1, 7, 40_000, 0, 16_384, 3, 100_000], values = sizes.map { Tensor.randn([$0]) }, slopes = sizes.map { Tensor.randn([$0]) }
        func stepped(_ chosen: [Int]) -> [[Float]] {
            let parameters = chosen.map { Parameter(values[$0]) }
            for (parameter, i) in zip(parameters, chosen) { parameter.gradient = slopes[i] }
            let optimizer = AdamW(parameters, learningRate: 0.1)
            for _ in 0..<2 { optimizer.step() }
            return parameters.map { $0.value.array(of: Float.self) }
        }
        let together = stepped(Array(sizes.indices)), alone = sizes.indices.map { stepped([$0])[0] }
        #expect(together == alone)
    }

    @Test(arguments: cases.indices) func stepsArePyTorchs(_ i: Int) throws {
        let (name, make, expected) = Self.cases[i]
        #expect(isClose(try Self.minimized(make), expected, tolerance: 2e-6), "\(name)")
        #expect(isClose(try Self.minimized(make, restarting: true), expected, tolerance: 2e-6), "\(name), restarted")
    }

    @Test func muon() {
        let q = Parameter(Tensor([[0.5, -1], [2, 1.5], [1, 0]]))
        let optimizer = Muon([q], learningRate: 0.1)
        for _ in 0..<3 {
            optimizer.zeroGrad()
            (q.value.square() * Tensor.arange(6.0).reshape([3, 2])).sum().backward()
            optimizer.step()
        }
        #expect(isClose(q.value, [0.4269307, -0.8546433, 1.854745, 1.181207, 0.6642512, 0.1918607], tolerance: 1e-2))
    }

    @Test func groupsHaveTheirOwnNumbers() {
        let a = Parameter(Tensor([1.0])), b = Parameter(Tensor([1.0]))
        let optimizer = SGD([ParameterGroup([a], [.learningRate: 0.5]), ParameterGroup([b])], learningRate: 0.1)
        (a.value + b.value).sum().backward()
        optimizer.step()
        #expect(isClose(a.value, [0.5]) && isClose(b.value, [0.9]))
        #expect(throws: TensorError.self) { try checked { SGD([ParameterGroup([a], [.beta1: 0.5])]) } }
        #expect(throws: TensorError.self) { try checked { SGD([a, a]) } }
        #expect(throws: OptimizerStateError.self) { try optimizer.loadStateDict(SGD([a]).stateDict()) }
    }

    @Test func snapshotsSurviveSteps() {
        let a = Parameter(Tensor([1.0, 2.0]))
        let optimizer = Adam([a])
        a.value.sum().backward()
        optimizer.step()
        let state = optimizer.stateDict(), value = a.value.detach()
        let before = (state.tensors["0.exp_avg"]?.array(of: Double.self), value.array(of: Double.self))
        optimizer.step()
        #expect(state.tensors["0.exp_avg"]?.array(of: Double.self) == before.0 && value.array(of: Double.self) == before.1)
        #expect(a.value.isLeaf && a.value.requiresGrad)
    }

    @Test func clipping() {
        let a = Parameter(Tensor([3.0, 4.0])), b = Parameter(Tensor([12.0]))
        ((a.value.square().sum() + b.value.square().sum()) * 0.5).backward()
        #expect(isClose(clipGradientNorm([a, b], maxNorm: 1.3), [13]))
        #expect(a.gradient.map { isClose($0, [0.3, 0.4]) } == true && b.gradient.map { isClose($0, [1.2]) } == true)
        clipGradientValue([a, b], 0.35)
        #expect(a.gradient.map { isClose($0, [0.3, 0.35]) } == true)
    }
}

struct ScheduleTests {
    private func rates(_ count: Int = 12, _ make: (Optimizer) -> LearningRateSchedule) -> (rates: [Double], optimizer: Optimizer) {
        let optimizer = SGD([Parameter(Tensor([0.0]))], learningRate: 0.1, momentum: 0.9)
        let schedule = make(optimizer)
        return ((0..<count).map { _ in
            defer { schedule.step() }
            return optimizer.learningRate
        }, optimizer)
    }

    private func isClose(_ a: [Double], _ b: [Double]) -> Bool { a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-8 } }

    @Test func ratesArePyTorchs() {
        #expect(isClose(rates { SequentialSchedule($0, [LinearSchedule($0, startFactor: 0.1, steps: 4), CosineAnnealingSchedule($0, steps: 5)],
                                                   milestones: [4]) }.rates,
                        [0.01, 0.0325, 0.055, 0.0775, 0.1, 0.09045085, 0.06545085, 0.03454915, 0.0095491503, 0, 0.0095491503, 0.03454915]))
        #expect(isClose(rates(6) { ChainedSchedule($0, [ConstantSchedule($0, factor: 0.5, steps: 3), ExponentialSchedule($0, gamma: 0.9)]) }.rates,
                        [0.05, 0.045, 0.0405, 0.0729, 0.06561, 0.059049]))
        let oneCycle = rates { OneCycleSchedule($0, highest: 0.1, totalSteps: 13) }
        #expect(isClose(oneCycle.rates, [0.004, 0.029516395, 0.078936979, 0.099970207, 0.096437826, 0.087425588, 0.073996978, 0.057736636,
                                         0.040563358, 0.024503672, 0.011452695, 0.0029505054]))
        #expect(abs(oneCycle.optimizer[0, .momentum] - 0.95) < 1e-9)
        #expect(isClose(rates { CyclicSchedule($0, lowest: 0.01, highest: 0.1, stepsUp: 3, mode: .triangular2) }.rates,
                        [0.01, 0.04, 0.07, 0.1, 0.07, 0.04, 0.01, 0.025, 0.04, 0.055, 0.04, 0.025]))
        #expect(isClose(rates { CosineAnnealingWarmRestartsSchedule($0, firstLength: 3, factor: 2, minimum: 0.01) }.rates,
                        [0.1, 0.0775, 0.0325, 0.1, 0.093971143, 0.0775, 0.055, 0.0325, 0.016028857, 0.1, 0.098466662, 0.093971143]))
        #expect(isClose(rates(8) { PolynomialSchedule($0, steps: 6, power: 2) }.rates,
                        [0.1, 0.069444444, 0.044444444, 0.025, 0.011111111, 0.0027777778, 0, 0]))
    }

    @Test func plateausLowerTheRate() {
        let optimizer = SGD([Parameter(Tensor([0.0]))], learningRate: 0.1)
        let schedule = PlateauSchedule(optimizer, factor: 0.5, patience: 1)
        for metric in [1, 0.9, 0.95, 0.93] { schedule.step(metric) }
        #expect(optimizer.learningRate == 0.05)
    }
}
