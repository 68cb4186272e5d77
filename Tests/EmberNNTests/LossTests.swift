import Ember
import Testing

/// Values and directional derivatives in float64, against PyTorch's.
struct LossTests {
    private static let y = Tensor.linspace(1, -1, count: 12, dtype: .float64).reshape([3, 4])
    private static let p = Tensor.linspace(0.05, 0.95, count: 12, dtype: .float64).reshape([3, 4])
    private static let signs = Tensor([[1.0, -1, 1, -1], [1, 1, -1, -1], [-1, 1, 1, 1]], dtype: .float64)
    private static let classes = Tensor([1, 0, 3])
    private static let pairs = Tensor([1.0, -1, 1], dtype: .float64)
    private static let weights = Tensor([1.0, 2, 3, 4], dtype: .float64)

    private static let cases: [(name: String, loss: @Sendable (Tensor) -> Tensor, value: Double, derivative: Double)] = [
        ("mse", { mseLoss($0, y) }, 3.0416667, 1.225),
        ("l1", { l1Loss($0, y, reduction: .sum) }, 18, 3.4045455),
        ("smooth l1", { smoothL1Loss($0, y, beta: 0.5) }, 1.2708333, 0.28371212),
        ("Huber", { huberLoss($0, y, delta: 0.7) }, 0.82875, 0.19587121),
        ("Poisson", { poissonNLLLoss($0, p * 3, full: true) }, 1.3728577, 0.67608334),
        ("Gauss", { gaussianNLLLoss($0, y, variance: p, full: true) }, 8.6495847, 0.25),
        ("bce", { binaryCrossEntropy($0.sigmoid(), p) }, 0.52817681, 0.010246694),
        ("bce with logits", { binaryCrossEntropyWithLogits($0, p, positiveWeight: weights) }, 0.86329895, -0.12655294),
        ("kl", { klDivergence($0.logSoftmax(1), y.softmax(1), reduction: .batchMean) }, 0.15441009, 0.050065661),
        ("soft margin", { softMarginLoss($0, signs) }, 0.75128287, 0.0313073),
        ("multi-label soft margin", { multilabelSoftMarginLoss($0, (signs .> 0).to(.float64)) }, 0.75128287, 0.0313073),
        ("multi margin", { multiMarginLoss($0, classes, p: 2, margin: 0.5, weight: weights) }, 0.68302342, 0.17107438),
        ("multi-label margin", { multilabelMarginLoss($0, Tensor([[1, 3, -1, 0], [-1, 0, 0, 0], [0, 2, 3, 1]])) }, 0.22727273, -0.027272727),
        ("hinge", { hingeEmbeddingLoss($0, signs) }, 0.59469697, 0.17613636),
        ("cosine", { cosineEmbeddingLoss($0, y, pairs, margin: 0.1) }, 1.3323801, -0.0036479542),
        ("ranking", { marginRankingLoss($0.select(1, 0), $0.select(1, 1), pairs, margin: 0.2) }, 0.34545455, 0.054545455),
        ("triplet", { tripletMarginLoss($0, y, p, swap: true) }, 3.0214211, 0.29813048),
        ("nll", { nllLoss($0.logSoftmax(1), classes) }, 1.5017147, 0.045278979),
        ("linear cross-entropy", { linearCrossEntropy($0, y, Tensor([0, 2, 1])) }, 4.1464576, 1.1678131),
    ]

    @Test(arguments: cases.indices) func valuesAndDerivativesArePyTorchs(_ i: Int) {
        let (name, loss, value, derivative) = Self.cases[i]
        let x = Tensor.linspace(-1.5, 2, count: 12, dtype: .float64).reshape([3, 4]).requiringGrad()
        let result = loss(x)
        result.backward()
        #expect(isClose(result.detach(), [value], tolerance: 1e-6), "\(name)")
        #expect(x.grad.map { isClose(($0 * Self.p).sum(), [derivative], tolerance: 1e-6) } == true, "\(name)")
    }

    /// Sums that store no losses: over several chunks of work, with a target that broadcasts, and to the second derivative.
    @Test func totalsWithoutLosses() throws {
        let x = Tensor.randn([70, 1500]), target = Tensor.randn([1500])
        let d = (x.to(.float64) - target.to(.float64)).abs()
        let smooth = (d.square() / 0.6).where(d .< 0.3, else: d - 0.15)
        let huber = (d.square() * 0.5).where(d .<= 0.3, else: (d - 0.15) * 0.3)
        let expected: [(Tensor, Tensor)] = [
            (mseLoss(x, target), d.square().mean()), (mseLoss(x, target, reduction: .sum), d.square().sum()), (l1Loss(x, target), d.mean()),
            (smoothL1Loss(x, target, beta: 0.3), smooth.mean()), (huberLoss(x, target, delta: 0.3), huber.mean()),
            (mseLoss(x.T, target.unsqueeze(1)), d.square().mean()),
        ]
        for (found, wanted) in expected { #expect(found.dtype == .float32 && isClose(found.to(.float64) / wanted, [1], tolerance: 1e-6)) }
        #expect(smoothL1Loss(x, target, reduction: .none).shape == [70, 1500])
        #expect(mseLoss(Tensor.zeros([0]), Tensor.zeros([0])).isNaN().item(as: Bool.self))
        #expect(mseLoss(x.to(.float16), target.to(.float16)).dtype == .float16)
        let a = Self.y + 0.03, b = Self.p[0]
        for loss in [{ mseLoss($0, $1) }, { l1Loss($0, $1) }, { smoothL1Loss($0, $1, beta: 0.4) }, { huberLoss($0, $1, delta: 0.4) }]
            as [@Sendable (Tensor, Tensor) -> Tensor] {
            try gradcheck([a, b]) { [loss($0[0], $0[1])] }
            try gradgradcheck([a, b]) { [loss($0[0], $0[1])] }
        }
    }

    @Test func connectionistTemporalClassification() {
        let x = Tensor.linspace(-1, 1, count: 24, dtype: .float64).reshape([4, 2, 3]).cos().requiringGrad()
        let loss = ctcLoss((x * 3).logSoftmax(2), Tensor([[1, 2], [2, 0]]), inputLengths: [4, 3], targetLengths: [2, 1])
        loss.backward()
        #expect(isClose(loss.detach(), [1.2024800687622585], tolerance: 1e-7))
        #expect(x.grad.map { isClose(($0 * x.detach()).sum(), [0.023919502728458997], tolerance: 1e-7) } == true)
        // Gradients that will be differentiated are those of a composition.
        let other = gradients(of: ctcLoss((x * 3).logSoftmax(2), Tensor([[1, 2], [2, 0]]), inputLengths: [4, 3], targetLengths: [2, 1]), with: [x],
                              createGraph: true)[0]
        #expect(other.flatMap { other in x.grad.map { ((($0 - other).abs().max().item() as Double) < 1e-12) } } == true)
        let tooShort = ctcLoss(x.detach().logSoftmax(2), Tensor([[1, 1], [2, 0]]), inputLengths: [2, 3], targetLengths: [2, 1], reduction: .none)
        #expect(tooShort[0].item() == Double.infinity && (tooShort[1].item() as Double).isFinite)
    }

    @Test func embeddingBags() {
        let expected: [(EmbeddingBagMode, [Double], [Double])] = [
            (.sum, [4, 6, 0, 0, 12, 14], [1, 1, 0, 0, 1, 1, 2, 2]), (.mean, [2, 3, 0, 0, 6, 7], [0.5, 0.5, 0, 0, 0.5, 0.5, 1, 1]),
            (.max, [4, 5, 0, 0, 6, 7], [0, 0, 0, 0, 1, 1, 1, 1]),
        ]
        for (mode, values, gradient) in expected {
            let weight = Tensor.arange(8.0, dtype: .float64).reshape([4, 2]).requiringGrad()
            let bags = embeddingBag(Tensor([0, 2, 1, 3, 3]), weight, offsets: [0, 2, 2], mode: mode, paddingIdx: 1)
            bags.sum().backward()
            #expect(isClose(bags.detach(), values) && weight.grad.map { isClose($0, gradient) } == true, "\(mode)")
        }
    }

    @Test func borders() {
        let x = Tensor.arange(12.0).reshape([1, 3, 4])
        #expect(pad(x, [1, 2, 1, 1], mode: .reflect).sum().item() == 190)
        #expect(isClose(pad(x, [1, 2], mode: .circular).flatten().narrow(0, start: 0, count: 7), [3, 0, 1, 2, 3, 0, 1]))
        #expect(isClose(pad(x, [-1, 1], value: 9).flatten().narrow(0, start: 0, count: 8), [1, 2, 3, 9, 5, 6, 7, 9]))
        #expect(throws: TensorError.self) { try checked { pad(x, [4, 0], mode: .reflect) } }
    }

    /// Losses that add terms of both signs: in float64 the sum is -0.6507.
    @Test func sixteenBitLossesRoundOnce() {
        let x = Tensor([-8.5, -1.765625, -4.3125, -2.40625, -7.9375], dtype: .bfloat16), y = Tensor([1.0, 1, 1, 1, -1], dtype: .bfloat16)
        let loss = hingeEmbeddingLoss(x, y, margin: 8.396163642458497, reduction: .sum).item()
        #expect(abs(loss + 0.6507) < 0.003)
    }

    /// PyTorch's integers wrap before the margin makes them floating-point.
    @Test func marginsOfUnsignedIntegers() {
        let x1 = Tensor([5], dtype: .uint8), x2 = Tensor([2], dtype: .uint8), y = Tensor([9], dtype: .uint8)
        #expect(marginRankingLoss(x1, x2, y, margin: 1, reduction: .none).array(of: Double.self) == [230])
    }
}
