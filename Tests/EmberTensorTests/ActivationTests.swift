import Ember
import Testing

/// Values and gradients, also at the kinks, are PyTorch's.
@Suite struct ActivationTests {
    private static let activations: [(name: String, function: @Sendable (Tensor) -> Tensor, values: [Double], gradients: [Double])] = [
        ("relu", { relu($0) }, [0, 0, 0, 0.5, 3, 6], [0, 0, 0, 1, 1, 1]),
        ("relu6", { relu6($0) }, [0, 0, 0, 0.5, 3, 6], [0, 0, 0, 1, 1, 0]),
        ("leakyReLU", { leakyReLU($0) }, [-0.03, -0.005, 0, 0.5, 3, 6], [0.01, 0.01, 0.01, 1, 1, 1]),
        ("elu", { elu($0) }, [-0.950213, -0.3934693, 0, 0.5, 3, 6], [0.0497871, 0.6065307, 1, 1, 1, 1]),
        ("celu", { celu($0) }, [-0.950213, -0.3934693, 0, 0.5, 3, 6], [0.0497871, 0.6065307, 1, 1, 1, 1]),
        ("selu", { selu($0) }, [-1.6705687, -0.6917582, 0, 0.5253505, 3.1521029, 6.3042059],
         [0.0875306, 1.0663412, 1.7580993, 1.050701, 1.050701, 1.050701]),
        ("softsign", { softsign($0) }, [-0.75, -0.3333333, 0, 0.3333333, 0.75, 0.8571429],
         [0.0625, 0.4444445, 1, 0.4444445, 0.0625, 0.0204082]),
        ("hardtanh", { hardtanh($0) }, [-1, -0.5, 0, 0.5, 1, 1], [0, 1, 1, 1, 0, 0]),
        ("hardshrink", { hardshrink($0) }, [-3, 0, 0, 0, 3, 6], [1, 0, 0, 0, 1, 1]),
        ("softshrink", { softshrink($0) }, [-2.5, 0, 0, 0, 2.5, 5.5], [1, 0, 0, 0, 1, 1]),
        ("hardsigmoid", { hardsigmoid($0) }, [0, 0.4166667, 0.5, 0.5833333, 1, 1], [0, 0.1666667, 0.1666667, 0.1666667, 0, 0]),
        ("hardswish", { hardswish($0) }, [0, -0.2083333, 0, 0.2916667, 3, 6], [0, 0.3333333, 0.5, 0.6666667, 1, 1]),
    ]

    @Test func valuesAndGradients() {
        for (name, function, values, wanted) in Self.activations {
            let x = Tensor([-3, -0.5, 0, 0.5, 3, 6]).requiringGrad()
            let y = function(x)
            y.sum().backward()
            for (a, b) in zip(y.array(of: Double.self), values) { #expect(abs(a - b) < 1e-6, "\(name): \(a), not \(b)") }
            for (a, b) in zip(x.grad?.array(of: Double.self) ?? [], wanted) { #expect(abs(a - b) < 1e-6, "\(name)'s gradient: \(a), not \(b)") }
        }
    }

    @Test func smoothOnesToSecondOrder() throws {
        let smooth: [(String, @Sendable (Tensor) -> Tensor)] = [
            ("sigmoid", { sigmoid($0) }), ("logSigmoid", { logSigmoid($0) }), ("silu", { silu($0) }), ("mish", { mish($0) }),
            ("gelu", { gelu($0) }), ("gelu tanh", { gelu($0, approximate: .tanh) }), ("softplus", { softplus($0, beta: 2, threshold: 5) }),
            ("elu", { elu($0, alpha: 1.3) }), ("celu", { celu($0, alpha: 0.7) }), ("selu", { selu($0) }), ("softsign", { softsign($0) }),
            ("tanhshrink", { tanhshrink($0) }), ("glu", { glu($0) }), ("prelu", { prelu($0, Tensor([0.2], dtype: .float64)) }),
        ]
        let x = Tensor([-6, -1.3, -0.2, 0.4, 1.1, 4.0], dtype: .float64)
        for (name, function) in smooth {
            do {
                try gradcheck([x]) { [function($0[0])] }
                try gradgradcheck([x]) { [function($0[0])] }
            } catch { Issue.record("\(name): \(error)") }
        }
    }

    @Test func smallAndLargeArguments() {
        // Formulas that subtract lose these digits.
        #expect(abs(tanhshrink(Tensor([1e-3], dtype: .float64)).item() / 3.3333320000005397e-10 - 1) < 1e-14)
        #expect(logSigmoid(Tensor([-200.0, 200])).array(of: Float.self) == [-200, -1.3838965e-87].map { Float($0) })
        #expect(softplus(Tensor([100.0, -100])).array(of: Float.self)[0] == 100)
        // The second derivative where the other branch overflows.
        let x = Tensor([800.0], dtype: .float64).requiringGrad()
        let first = gradients(of: elu(x).sum(), with: [x], createGraph: true)[0]
        let second = first.map { gradients(of: $0.sum(), with: [x])[0]?.item() ?? 0 }
        #expect(second == 0)
    }

    @Test func learnedAndRandomSlopes() throws {
        let x = Tensor([-1, 2, -3, 0, -0.5])
        // torch.manual_seed(5); torch.nn.functional.rrelu(x, training=True)
        let sloped = rrelu(x, training: true, generator: Generator(seed: 5)).array(of: Float.self)
        #expect(sloped == [-0.25875312, 2, -0.5373487, 0, -0.09532631])
        #expect(abs(rrelu(x).array(of: Double.self)[0] + 11.0 / 48) < 1e-7)
        let whole = Tensor([-3, 1, 5])
        #expect(hardtanh(whole, min: -0.5, max: 2.5).array(of: Int.self) == [0, 1, 2])
        #expect(threshold(whole, 1.5, 2.5).dtype == .int64)
        #expect(prelu(Tensor(-2.0), Tensor([0.5])).item() == -1)
        let images = Tensor([-1, 2, -3, -4.0], dtype: .float64).reshape([1, 2, 2])
        #expect(prelu(images, Tensor([0.5, 0.25], dtype: .float64)).array(of: Double.self) == [-0.5, 2, -0.75, -1])
        try gradcheck([images, Tensor([0.5, 0.25], dtype: .float64)]) { [prelu($0[0], $0[1])] }
        for wrong in [{ prelu(images, Tensor([1, 2, 3.0], dtype: .float64)) }, { glu(images, dim: 0) }, { celu(x, alpha: 0) },
                      { softshrink(x, lambda: -1) }, { hardtanh(x, min: 1, max: 0) }, { rrelu(x, lower: 1, upper: 0) }] as [() -> Tensor] {
            #expect(throws: TensorError.self) { try checked { _ = wrong() } }
        }
    }
}
