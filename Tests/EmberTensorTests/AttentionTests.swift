import Ember
import Testing

/// Attention without the matrix of weights in memory against the weights' own definition.
@Suite struct AttentionTests {
    private func randn(_ shape: Int..., dtype: DType) -> Tensor { Tensor.randn(shape, dtype: dtype) }

    /// Sizes beyond one block of targets and sources, and such that fill no tile; all kinds of masks; values and gradients.
    @Test(arguments: [(7, 11), (1, 300), (3, 140), (300, 150), (130, 261)]) func agreesWithItsWeights(targets: Int, sources: Int) {
        manualSeed(3)
        for (dtype, tolerance) in [(DType.float32, 3e-5), (.float64, 1e-12)] {
            let q = randn(2, targets, 20, dtype: dtype), k = randn(2, sources, 20, dtype: dtype), v = randn(2, sources, 9, dtype: dtype)
            let g = randn(2, targets, 9, dtype: dtype)
            let seen = randn(targets, sources, dtype: dtype) .> -0.5, added = randn(2, 1, sources, dtype: dtype)
            for (mask, causal) in [(nil, false), (nil, true), (seen, false), (added, false)] as [(Tensor?, Bool)] {
                func results(_ f: (Tensor, Tensor, Tensor) -> Tensor) -> [Tensor] {
                    let leaves = [q, k, v].map { $0.requiringGrad() }
                    let y = f(leaves[0], leaves[1], leaves[2])
                    return [y] + gradients(of: [y], with: leaves, cotangents: [g]).compactMap { $0 }
                }
                let own = results { scaledDotProductAttention($0, $1, $2, mask: mask, causal: causal) }
                let expected = results { attentionWeights($0, $1, mask: mask, causal: causal).matmul($2) }
                #expect(own.count == 4)
                for (a, b) in zip(own, expected) { #expect((a - b).abs().max().item() < tolerance) }
                let unrecorded = noGrad { scaledDotProductAttention(q, k, v, mask: mask, causal: causal) }
                #expect((unrecorded - own[0]).abs().max().item() < tolerance)
            }
        }
    }

    /// Heads split off the last dimension, keys shared by a batch, another scale: strides and broadcasting.
    @Test func stridesAndBroadcasting() {
        let x = Tensor.randn([3, 40, 4, 8], dtype: .float64), heads = x.transpose(1, 2)
        let k = Tensor.randn([4, 50, 8], dtype: .float64), v = Tensor.randn([1, 4, 50, 8], dtype: .float64)
        let y = scaledDotProductAttention(heads, k, v, scale: 0.3)
        let expected = attentionWeights(heads.contiguous(), k.expand([3, 4, 50, 8]).contiguous(), scale: 0.3).matmul(v)
        #expect(y.shape == [3, 4, 40, 8] && (y - expected).abs().max().item() < 1e-13)
        // The heads' results lie as the heads did.
        #expect(y.transpose(1, 2).isContiguous)
        let reversed = x.flip([-1]).transpose(1, 2)
        #expect((scaledDotProductAttention(reversed, k, v) - scaledDotProductAttention(reversed.contiguous(), k, v)).abs().max().item() < 1e-14)
    }

    @Test func gradientsToSecondOrder() throws {
        let q = numbers([2, 5, 3]), k = numbers([2, 6, 3], 1), v = numbers([2, 6, 2], 2)
        for causal in [false, true] {
            func f(_ x: [Tensor]) -> [Tensor] { [scaledDotProductAttention(x[0], x[1], x[2], causal: causal)] }
            try gradcheck([q, k, v], f)
            try gradgradcheck([q, k, v], f)
        }
        let added = numbers([5, 6], 3)
        try gradgradcheck([q, k, v]) { [scaledDotProductAttention($0[0], $0[1], $0[2], mask: added)] }
        // A mask that learns, and keys shared by the batch.
        try gradgradcheck([q, numbers([6, 3], 1), v, added]) { [scaledDotProductAttention($0[0], $0[1], $0[2], mask: $0[3])] }
    }

    /// A target that sees nothing gets 0 and passes no gradient; NaN and infinite scores stay in their rows.
    @Test func extremeValues() {
        var mask = Tensor.ones([6, 7], dtype: .bool)
        mask[2] = Tensor.zeros([7], dtype: .bool)
        let q = Tensor.randn([6, 4]).requiringGrad(), k = Tensor.randn([7, 4]), v = Tensor.randn([7, 4])
        let y = scaledDotProductAttention(q, k, v, mask: mask)
        #expect((y[2] .== 0).all().item(as: Bool.self))
        let g = gradients(of: [y.sum()], with: [q])[0]
        #expect(g.map { ($0[2] .== 0).all().item(as: Bool.self) && $0.isFinite().all().item(as: Bool.self) } == true)
        var broken = q.detach()
        broken[1, 0] = Tensor(Double.nan)
        broken[4] = Tensor(1e30).expand([4])
        let spoiled = scaledDotProductAttention(broken, k, v)
        #expect(spoiled[1].isNaN().all().item(as: Bool.self) && spoiled[4].isFinite().all().item(as: Bool.self))
        #expect((spoiled[0] .== scaledDotProductAttention(q.detach(), k, v)[0]).all().item(as: Bool.self))
    }
}
