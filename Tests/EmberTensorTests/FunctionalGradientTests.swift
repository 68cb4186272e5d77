import Ember
import Testing

/// Jacobians, Hessians and their products against PyTorch's torch.autograd.functional.
@Suite struct FunctionalGradientTests {
    let a = Tensor([0.3, 0.7], dtype: .float64)
    let b = Tensor([1.5, -2.0], dtype: .float64)

    private func pair(_ inputs: [Tensor]) -> [Tensor] { [(inputs[0] * inputs[1].square()).sum(), inputs[0].sin()] }
    private func cubic(_ inputs: [Tensor]) -> Tensor { (inputs[0].pow(3) * inputs[1]).sum() }

    private func expect(_ tensors: [Tensor], _ numbers: [[Double]]) {
        #expect(tensors.count == numbers.count)
        for (tensor, expected) in zip(tensors, numbers) {
            let wanted = Tensor(expected, dtype: .float64).reshape(tensor.shape)
            #expect(tensor.allClose(wanted, rtol: 1e-12, atol: 1e-14), "\(tensor) is not \(expected)")
        }
    }

    @Test func jacobians() {
        let x = Tensor([[0.5, -1], [0.25, 2]], dtype: .float64)
        let one = jacobian(x) { $0.exp().sum(1) }
        #expect(one.shape == [2, 2, 2])
        expect([one], [[1.6487212707001282, 0.36787944117144233, 0, 0, 0, 0, 1.2840254166877414, 7.38905609893065]])
        let all = jacobian([a, b], pair)
        expect(all[0], [[2.25, 4], [0.9, -2.8]])
        expect(all[1], [[0.955336489125606, 0, 0, 0.7648421872844885], [0, 0, 0, 0]])
    }

    @Test func hessians() {
        let all = hessian([a, b], cubic)
        expect(all[0], [[2.7, 0, 0, -8.4], [0.27, 0, 0, 1.47]])
        expect(all[1], [[0.27, 0, 0, 1.47], [0, 0, 0, 0]])
        let one = hessian(a) { $0.pow(3).sum() }
        expect([one], [[1.8, 0, 0, 4.2]])
        let error = #expect(throws: TensorError.self) { try checked { hessian(a) { $0.exp() } } }
        #expect(error?.reason.contains("single number") == true)
    }

    @Test func products() {
        let v = [Tensor([1.0, 2], dtype: .float64), Tensor([-1.0, 0.5], dtype: .float64)]
        let backward = vjp([a, b], cotangents: [Tensor(2.0, dtype: .float64), Tensor([1.0, -1], dtype: .float64)], pair)
        expect(backward.products, [[5.455336489125606, 7.235157812715512], [1.8, -5.6]])
        let forward = jvp([a, b], tangents: v, pair)
        expect(forward.products, [[7.95], [0.955336489125606, 1.529684374568977]])
        expect(forward.outputs, [[0.3 * 2.25 + 0.7 * 4], [0.29552020666133955, 0.644217687237691]])
        let second = hvp([a, b], vectors: v, cubic)
        expect(second.products, [[2.43, -16.065], [0.27, 2.94]])
        expect([second.output], [[-0.6455]])
        #expect(!forward.outputs[0].requiresGrad && !second.products[0].requiresGrad)
    }

    /// With a graph, the Jacobian is differentiable: its sum's gradient is a column sum of second derivatives.
    @Test func jacobianHasAGradient() throws {
        try gradcheck([a]) { inputs in [jacobian(inputs[0], createGraph: true) { $0.pow(3) }] }
        let x = a.requiringGrad()
        jacobian(x, createGraph: true) { $0.pow(3) }.sum().backward()
        expect([x.grad ?? .zeros([])], [[1.8, 4.2]])
    }
}
