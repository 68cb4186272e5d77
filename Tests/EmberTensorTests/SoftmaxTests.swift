import Ember
import Testing

@Suite struct SoftmaxTests {
    private let x = Tensor([[1.0, 2, 4], [0, -1, 3]], dtype: .float64)
    private let target = Tensor([2, 0])
    private let weight = Tensor([0.5, 1, 2], dtype: .float64)

    /// Value, first derivative of the sum and the derivative of Σ i·dx_i, as PyTorch 2.13 has them.
    private func expect(_ function: (Tensor) -> Tensor, _ value: [Double], _ first: [Double], _ second: [Double],
                        sourceLocation: SourceLocation = #_sourceLocation) throws {
        let leaf = x.requiringGrad()
        let y = function(leaf)
        close(y, value, sourceLocation)
        let gradient = try #require(gradients(of: y.sum(), with: [leaf], createGraph: true)[0])
        close(gradient, first, sourceLocation)
        let again = try #require(gradients(of: (gradient * Tensor.arange(6.0, dtype: .float64).reshape(2, 3)).sum(), with: [leaf])[0])
        close(again, second, sourceLocation)
        // Without recording, gradients come from kernels of their own.
        close(try #require(gradients(of: function(leaf).sum(), with: [leaf])[0]), first, sourceLocation)
    }

    private func close(_ x: Tensor, _ expected: [Double], _ sourceLocation: SourceLocation) {
        let values = x.array(of: Double.self)
        #expect(values.count == expected.count, sourceLocation: sourceLocation)
        for (a, b) in zip(values, expected) { #expect(abs(a - b) < 1e-7, "\(values)", sourceLocation: sourceLocation) }
    }

    @Test func softmaxAndLogSoftmax() throws {
        try expect({ $0.softmax(1) * weight },
                   [0.021005, 0.1141952, 1.6875895, 0.0233063, 0.0171478, 1.8724791],
                   [-0.0555705, -0.0939586, 0.1495291, -0.0658605, -0.0156548, 0.0815153],
                   [0.0915098, 0.0519132, -0.143423, 0.1175822, 0.0113998, -0.128982])
        try expect({ $0.logSoftmax(0) * weight },
                   [-0.1566308, -0.0485874, -0.6265234, -0.6566308, -3.0485874, -2.6265234],
                   [-0.2310586, -0.9051483, -0.9242343, 0.2310586, 0.9051483, 0.9242343],
                   [0.5898358, 0.27106, 2.3593432, -0.5898358, -0.27106, -2.3593432])
    }

    @Test func crossEntropyOfClasses() throws {
        try expect({ crossEntropy($0, target) }, [1.617865],
                   [0.021005, 0.0570976, -0.0781026, -0.4766937, 0.0085739, 0.4681198],
                   [-0.0378465, -0.04578, 0.0836265, -0.0440402, -0.0076276, 0.0516678])
        try expect({ crossEntropy($0, target, weight: weight, labelSmoothing: 0.1) }, [0.805149],
                   [0.0255411, 0.0742163, -0.0997574, -0.1761011, -0.0094465, 0.1855476],
                   [-0.0580314, -0.070196, 0.1282273, -0.0199649, -0.0034578, 0.0234227])
        try expect({ crossEntropy($0, Tensor([2, -100]), weight: weight, reduction: .sum) }, [0.339692],
                   [0.0840201, 0.2283904, -0.3124105, 0, 0, 0], [-0.1513862, -0.1831199, 0.3345061, 0, 0, 0])
        try expect({ crossEntropy($0, target, weight: weight, reduction: .none) }, [0.339692, 1.532942],
                   [0.0840201, 0.2283904, -0.3124105, -0.4766937, 0.0085739, 0.4681198],
                   [-0.1513862, -0.1831199, 0.3345061, -0.0440402, -0.0076276, 0.0516678])
    }

    @Test func crossEntropyOfProbabilities() throws {
        let q = Tensor([[0.2, 0.3, 0.5], [1, 0, 0]], dtype: .float64)
        try expect({ crossEntropy($0, q, weight: weight, labelSmoothing: 0.2) }, [1.3957924],
                   [-0.0282399, -0.0760612, 0.1043011, -0.201906, -0.0279032, 0.2298092],
                   [-0.051219, -0.0619556, 0.1131746, -0.0278921, -0.0048308, 0.032723])
    }

    @Test func crossEntropyPerPixel() {
        // [N, C, d] equals [N·d, C].
        let scores = Tensor.randn([2, 3, 5], generator: Generator(seed: 1)), classes = Tensor.randint(0, 3, [2, 5], generator: Generator(seed: 2))
        let a = crossEntropy(scores, classes).item(), b = crossEntropy(scores.transpose(1, 2).reshape(10, 3), classes.reshape(10)).item()
        #expect(abs(a - b) < 1e-6)
    }

    @Test func negativeLogLikelihood() throws {
        let scores = Tensor([[1.0, 2, 4], [0.5, -1, 3]], dtype: .float64)
        #expect(abs(nllLoss(scores, target, weight: weight).item() + 3.3) < 1e-12)
        #expect(nllLoss(scores, Tensor([2, -1]), weight: weight, ignoreIndex: -1).item() == -4)
        #expect(nllLoss(scores, Tensor([2, -1]), weight: weight, ignoreIndex: -1, reduction: .none).array(of: Double.self) == [-8, 0])
        let leaf = x.requiringGrad()
        let a = gradients(of: nllLoss(leaf.logSoftmax(1), target, weight: weight), with: [leaf])[0]
        let b = gradients(of: crossEntropy(leaf, target, weight: weight), with: [leaf])[0]
        #expect(try #require(a).allClose(try #require(b)))
        #expect(throws: TensorError.self) { try checked { nllLoss(scores, Tensor([2, 3])) } }
    }

    /// Losses are added up in stretches of a thousand; each is one score that was picked.
    @Test func negativeLogLikelihoodOfManyPositions() {
        let scores = (Tensor.arange(0, 22_500, dtype: .float64) * 0.37).sin().reshape([3, 5, 1500])
        let classes = (Tensor.arange(4500) * 7).remainder(Tensor(5)).reshape([3, 1500])
        let picked = -scores.gather(1, classes.unsqueeze(1)).squeeze(1)
        #expect(nllLoss(scores, classes, reduction: .none).equal(picked))
        #expect(abs(nllLoss(scores, classes).item() - picked.mean().item()) < 1e-12)
        let kept = classes .!= 2
        let mean: Double = (picked * kept.to(.float64)).sum().item() / kept.to(.float64).sum().item()
        #expect(abs(nllLoss(scores, classes, ignoreIndex: 2).item() - mean) < 1e-12)
    }

    @Test func wrongTargets() {
        #expect(throws: TensorError.self) { try checked { crossEntropy(x, Tensor([2, 3])) } }
        #expect(throws: TensorError.self) { try checked { crossEntropy(x, Tensor([2, 1, 0])) } }
        #expect(throws: TensorError.self) { try checked { crossEntropy(x, Tensor([0.5, 1])) } }
        #expect(throws: TensorError.self) { try checked { crossEntropy(x, target, weight: Tensor([1.0, 2])) } }
        #expect(throws: TensorError.self) { try checked { Tensor([1, 2]).softmax(0) } }
        #expect(throws: TensorError.self) { try checked { x.softmax(2) } }
    }
}
