import Ember
import Testing

@Suite struct AutogradTests {
    @Test func chainOfElementwiseOperators() {
        let x = Tensor([1.0, 2.0, 3.0]).requiringGrad()
        let y = Tensor([4.0, 5.0, 6.0]).requiringGrad()
        ((x * y + x.exp()) / 2).sum().backward()
        #expect(x.grad?.array(of: Float.self) == zip([4, 5, 6], [1, 2, 3] as [Float]).map { ($0 + Float(_exp($1))) / 2 }.map { $0 })
        #expect(y.grad?.array(of: Float.self) == [0.5, 1, 1.5])
    }
    private func _exp(_ x: Float) -> Float { Tensor([x]).exp().item(as: Float.self) }

    @Test func secondDerivative() {
        let x = Tensor([0.5, 2.0], dtype: .float64).requiringGrad()
        let first = gradients(of: x.pow(3).sum(), with: [x], createGraph: true)[0]
        let second = gradients(of: first!.sum(), with: [x])[0]
        #expect(second?.array(of: Double.self) == [3, 12])
    }

    @Test func deepGraph() {
        let x = Tensor([1.0]).requiringGrad()
        var y = x
        for _ in 0..<100_000 { y = y * 1.0 + 0.0 }
        y.sum().backward()
        #expect(x.grad?.item() == 1)
    }

    @Test func broadcastGradient() {
        let x = Tensor.ones([2, 3]).requiringGrad()
        let b = Tensor.ones([3]).requiringGrad()
        (x * b).sum().backward()
        #expect(b.grad?.array(of: Float.self) == [2, 2, 2])
    }

    @Test func failureIsThrown() {
        #expect(throws: TensorError.self) { try checked { Tensor.ones([2]) + Tensor.ones([3]) } }
    }
}
