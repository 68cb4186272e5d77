import Ember
import Testing

@Suite struct ElementMappingTests {
    @Test func functionsOfElements() {
        let x = Tensor([[1.0, 4], [9, 16]])
        let root = x.T.map { $0.squareRoot() }
        #expect(root.array(of: Float.self) == [1, 3, 2, 4] && root.dtype == .float32 && root.shape == [2, 2])
        let pairs = x.map(Tensor([10, 100])) { $0 + $1 }
        #expect(pairs.array(of: Float.self) == [11, 104, 19, 116] && pairs.dtype == .float32)
        let big = Tensor([Int.max, 3]).map(as: Int.self) { $0 / 2 }
        #expect(big.array(of: Int.self) == [Int.max / 2, 1] && big.dtype == .int64)
        let large = x.map(as: Float.self) { $0 > 4 }
        #expect(large.dtype == .bool && large.array(of: Bool.self) == [false, false, true, true])
        #expect(throws: CancellationError.self) { try x.map { _ in throw CancellationError() } }
    }

    @Test func historyIsNotLostSilently() {
        let x = Tensor([1.0]).requiringGrad()
        let error = #expect(throws: TensorError.self) { try checked { x.map { $0 } } }
        #expect(error?.reason.contains("detach()") == true)
        #expect(noGrad { x.map { $0 + 1 } }.item() == 2)
        #expect(throws: TensorError.self) { try checked { Tensor.zeros([2]).map(Tensor.zeros([3])) { $0 + $1 } } }
    }
}
