import Ember
import Testing

@Suite struct JoiningTests {
    @Test func catAndStack() {
        let a = Tensor([[1, 2], [3, 4]]), b = Tensor([[5.5, 6]])
        let y = cat([a, b])
        #expect(y.dtype == .float32 && y.array(of: Float.self) == [1, 2, 3, 4, 5.5, 6])
        #expect(cat([a, a], dim: -1).array(of: Int.self) == [1, 2, 1, 2, 3, 4, 3, 4])
        #expect(stack([a, a], dim: 1).shape == [2, 2, 2])
        #expect(cat([Tensor([Int]()), a]).shape == [2, 2])
        #expect(throws: TensorError.self) { try checked { cat([a, Tensor([[1, 2, 3]])]) } }
        #expect(throws: TensorError.self) { try checked { cat([]) } }
    }

    @Test func channelsLastStays() {
        let a = Tensor.arange(48).reshape(1, 4, 4, 3).permute(0, 3, 1, 2)
        let y = cat([a, a], dim: 1)
        #expect(y.shape == [1, 6, 4, 4] && y.strides == [96, 1, 24, 6])
        #expect(y[0, 4].array(of: Int.self) == a[0, 1].array(of: Int.self))
    }

    @Test func splitting() {
        let x = Tensor.arange(7)
        #expect(x.split(3).map { $0.array(of: Int.self) } == [[0, 1, 2], [3, 4, 5], [6]])
        #expect(x.split([2, 5]).map(\.count) == [2, 5])
        #expect(x.chunk(4).map(\.count) == [2, 2, 2, 1])
        #expect(x.tensorSplit(3).map(\.count) == [3, 2, 2])
        #expect(x.tensorSplit(at: [1, 4, 10]).map(\.count) == [1, 3, 3, 0])
        #expect(x.unbind().count == 7 && x.unbind()[3].shape == [])
    }

    @Test func elementsRepeatedInARow() {
        for repeats in 1...6 {
            let x = Tensor.arange(0, 70, dtype: .int32).reshape([2, 35])
            let expected = (0..<70 * repeats).map { $0 / repeats }
            #expect(x.repeatInterleave(repeats, dim: 1).array(of: Int.self) == expected && x.repeatInterleave(repeats).array(of: Int.self) == expected)
        }
    }

    @Test func triangles() {
        let x = Tensor.arange(1, 13).reshape([3, 4])
        #expect(x.tril().array(of: Int.self) == [1, 0, 0, 0, 5, 6, 0, 0, 9, 10, 11, 0])
        #expect(x.triu(1).array(of: Int.self) == [0, 2, 3, 4, 0, 0, 7, 8, 0, 0, 0, 12])
        #expect(x.T.triu(-1).array(of: Int.self) == [1, 5, 9, 2, 6, 10, 0, 7, 11, 0, 0, 12])
        #expect(x.tril(9).array(of: Int.self) == x.array(of: Int.self) && x.triu(9).sum().item(as: Int.self) == 0 && x.tril(-9).sum().item(as: Int.self) == 0)
    }

    @Test func gradients() {
        expectGradients([scrambled([2, 3]), scrambled([1, 3])]) { cat($0) }
        expectGradients([scrambled([2, 3]), scrambled([2, 3])]) { stack($0, dim: -1) }
        expectGradients([scrambled([5, 2])]) { v in let p = v[0].split(2); return p[0] * p[1] + p[2] }
        expectGradients([scrambled([2]), scrambled([2, 1])]) { blockDiag($0) }
    }
}
