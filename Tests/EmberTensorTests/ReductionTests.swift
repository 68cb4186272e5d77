import Ember
import Testing

@Suite struct ReductionTests {
    private let x = Tensor([[1.0, 2, 4], [0, -1, 4]], dtype: .float64)

    private func gradient(_ function: (Tensor) -> Tensor) -> [Double] {
        let leaf = x.requiringGrad()
        return gradients(of: function(leaf).sum(), with: [leaf])[0]?.array(of: Double.self) ?? []
    }

    @Test func extremes() {
        #expect(x.max().item() == 4)
        #expect(x.amin(0).array(of: Double.self) == [0, -1, 4])
        let (values, indices) = x.max(1, keepDim: true)
        #expect(values.shape == [2, 1] && values.array(of: Double.self) == [4, 4])
        #expect(indices.array(of: Int.self) == [2, 2])
        #expect(x.argmax().item(as: Int.self) == 2)
        #expect(x.argmin(1).array(of: Int.self) == [0, 1])
        #expect(Tensor([1.0, .nan, 3]).max(0).indices.item(as: Int.self) == 1)
        let (low, high) = x.aminmax(0)
        #expect(low.array(of: Double.self) == [0, -1, 4] && high.array(of: Double.self) == [1, 2, 4])
    }

    @Test func extremesShareTheirGradientOrGiveItToOne() {
        #expect(gradient { $0.max() } == [0, 0, 0.5, 0, 0, 0.5])
        #expect(gradient { $0.amax([0, 1]) * 2.0 } == [0, 0, 1, 0, 0, 1])
        #expect(gradient { $0.max(0).values } == [1, 1, 1, 0, 0, 0])
        #expect(gradient { $0.min(1, keepDim: true).values * 3.0 } == [3, 0, 0, 0, 3, 0])
    }

    @Test func nothingHasNoExtreme() {
        #expect(throws: TensorError.self) { try checked { Tensor.zeros([0]).max() } }
        #expect(throws: TensorError.self) { try checked { Tensor.zeros([2, 0]).argmax(1) } }
        #expect(throws: TensorError.self) { try checked { Tensor.zeros([2, 0]).max(1).values } }
        #expect(Tensor.zeros([2, 0]).amax(0).shape == [0])
    }
}
