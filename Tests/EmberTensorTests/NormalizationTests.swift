import Ember
import Testing

@Suite struct NormalizationTests {
    @Test func gradientsToSecondOrder() {
        let w = numbers([2], 1), b = numbers([2], 2)
        #expect(gradientError([numbers([3, 2, 2]), w, b]) {
            batchNorm($0[0], runningMean: nil, runningVar: nil, weight: $0[1], bias: $0[2], training: true)
        } < 1e-5)
        #expect(gradientError([numbers([3, 2]), numbers([2]), numbers([2]).square() + 0.5, w, b]) {
            batchNorm($0[0], runningMean: $0[1], runningVar: $0[2], weight: $0[3], bias: $0[4])
        } < 1e-5)
        #expect(gradientError([numbers([2, 3, 2]), numbers([3, 2], 1), numbers([3, 2], 2)]) {
            layerNorm($0[0], [3, 2], weight: $0[1], bias: $0[2])
        } < 1e-5)
        #expect(gradientError([numbers([2, 4, 3]), numbers([4], 1), numbers([4], 2)]) { groupNorm($0[0], groups: 2, weight: $0[1], bias: $0[2]) } < 1e-5)
        #expect(gradientError([numbers([2, 2, 3]), w, b]) { instanceNorm($0[0], weight: $0[1], bias: $0[2]) } < 1e-5)
        #expect(gradientError([numbers([2, 3]), numbers([3], 1)]) { rmsNorm($0[0], [3], weight: $0[1]) } < 1e-5)
        #expect(gradientError([numbers([2, 5, 2])]) { localResponseNorm($0[0], size: 3, alpha: 0.5) } < 1e-5)
        #expect(gradientError([numbers([2, 3])]) { normalize($0[0]) } < 1e-5)
    }

    @Test func valuesOfPyTorch() {
        let x = numbers([2, 4, 3])
        #expect(close(groupNorm(x, groups: 2, weight: numbers([4], 1), bias: numbers([4], 2))[1, 2], [-0.641282, -1.710691, -1.698152]))
        #expect(close(localResponseNorm(x, size: 4, alpha: 0.5, beta: 0.6)[1], [-0.605583, -0.817136, 0.301659, 0.886787, 0.0647, -0.862273, -0.401568, 0.672641, 0.686322, -0.43129, -0.861382, 0.084597]))
        let batch = batchNormWithStatistics(x.to(.float32), weight: nil, bias: nil)
        #expect(close(batch.mean, [0.027448, -0.151194, 0.143888, -0.011864]))
        #expect(close(batch.variance, [0.480772, 0.652816, 0.636038, 0.476004]))
        #expect(close(batch.output[0, 3], [-0.352974, 1.457259, 0.964433], 1e-5))
        #expect(close(rmsNorm(x, [4, 3])[0, 0], [0.0, 1.418564, 0.565864]))
    }

    /// What a convolution passes on, channels innermost, gives the same as row-major memory.
    @Test func channelsLast() {
        let x = numbers([2, 3, 4, 5]).to(.float32), last = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
        func gradient(_ x: Tensor) -> Tensor? {
            let leaf = x.requiringGrad()
            let y = batchNorm(leaf, runningMean: nil, runningVar: nil, training: true)
            return gradients(of: (y * numbers([2, 3, 4, 5], 1).to(.float32)).sum(), with: [leaf])[0]
        }
        if let a = gradient(x), let b = gradient(last) { #expect((a - b).abs().max().item() < 1e-5) } else { Issue.record("no gradient") }
    }

    @Test func attention() {
        let q = numbers([2, 3, 4]), k = numbers([2, 5, 4], 1), v = numbers([2, 5, 2], 2)
        #expect(close(scaledDotProductAttention(q, k, v, causal: true)[1], [0.007963, -0.978289, -0.170614, -0.187886, 0.117386, -0.11742]))
        let mask = Tensor([[true, false, true, true, false], [false, false, false, false, false], [true, true, true, true, true]].flatMap { $0 }, shape: [3, 5])
        #expect(close(scaledDotProductAttention(q, k, v, mask: mask)[0], [0.578333, -0.042043, 0.0, 0.0, 0.015371, 0.113994]))
        #expect(gradientError([q[0..<1, 0..<2], k[0..<1, 0..<2], v[0..<1, 0..<2]]) { scaledDotProductAttention($0[0], $0[1], $0[2], causal: true) } < 1e-5)
        #expect(gradientError([q[0..<1], k[0..<1], v[0..<1]], second: false) { scaledDotProductAttention($0[0], $0[1], $0[2], mask: mask) } < 1e-5)
    }

    @Test func wrongCallsAreErrors() {
        #expect(throws: TensorError.self) { try checked { batchNorm(.ones([1, 3]), runningMean: nil, runningVar: nil, training: true) } }
        #expect(throws: TensorError.self) { try checked { batchNorm(.ones([2, 3]), runningMean: nil, runningVar: nil) } }
        #expect(throws: TensorError.self) { try checked { layerNorm(.ones([2, 3]), [2]) } }
        #expect(throws: TensorError.self) { try checked { groupNorm(.ones([2, 3, 2]), groups: 2) } }
        #expect(throws: TensorError.self) { try checked { layerNorm(.ones([2, 3], dtype: .int64), [3]) } }
    }
}

@Suite struct EinsumTests {
    @Test func agreesWithProductsAndSums() {
        let a = numbers([2, 3, 4]), b = numbers([2, 4, 5], 1), s = numbers([3, 3], 2)
        #expect((einsum("bij,bjk->bik", a, b) - a.matmul(b)).abs().max().item() < 1e-12)
        #expect((einsum("...ij,...jk", a, b) - a.matmul(b)).abs().max().item() < 1e-12)
        #expect(einsum("ii", s).item() == (s[0, 0] + s[1, 1] + s[2, 2]).item())
        #expect(close(einsum("ii->i", s), [s[0, 0].item(), s[1, 1].item(), s[2, 2].item()]))
        #expect((einsum("bij->jb", a) - a.sum(1).mT).abs().max().item() < 1e-12)
        #expect((einsum("i,j,k->kij", s[0], s[1], s[2]) - s[2].reshape([3, 1, 1]) * s[0].reshape([3, 1]) * s[1]).abs().max().item() < 1e-12)
        #expect(gradientError([a, b, s]) { einsum("bij,bjk,il->lk", $0[0], $0[1], $0[2]) } < 1e-6)
        #expect((a.tensordot(b, dims: ([0, 2], [0, 1])) - einsum("bij,bjk->ik", a, b)).abs().max().item() < 1e-12)
        #expect(throws: TensorError.self) { try checked { einsum("ij,jk->im", s, s) } }
        #expect(throws: TensorError.self) { try checked { einsum("ij,jk", a, s) } }
    }

    @Test func biasWithoutWeight() {
        let x = numbers([2, 2, 3]), bias = numbers([2, 3], 1)
        #expect(gradientError([x, bias]) { layerNorm($0[0], [2, 3], bias: $0[1]).square() } < 1e-6)
        #expect(gradientError([x, numbers([2], 1)]) { groupNorm($0[0], groups: 1, bias: $0[1]).square() } < 1e-6)
        // Through the fused rule, which records nothing.
        let leaf = bias.requiringGrad()
        layerNorm(x, [2, 3], bias: leaf).sum().backward()
        #expect(leaf.grad?.array(of: Double.self) == [Double](repeating: 2, count: 6))
    }

    @Test func statisticsOfLayersAndGroups() {
        let x = numbers([2, 6]) * 3.0 + 1.0
        let layer = layerNormWithStatistics(x, [6], eps: 0.5), group = groupNormWithStatistics(x, groups: 2, eps: 0.5)
        #expect((layer.mean - x.mean([1], keepDim: true)).abs().max().item() < 1e-12)
        #expect((layer.rstd - (x.var([1], correction: 0, keepDim: true) + 0.5).rsqrt()).abs().max().item() < 1e-12)
        let halves = x.reshape([2, 2, 3])
        #expect((group.mean - halves.mean([2])).abs().max().item() < 1e-12)
        #expect((group.rstd - (halves.var([2], correction: 0) + 0.5).rsqrt()).abs().max().item() < 1e-12)
        #expect(gradientError([x]) { let y = layerNormWithStatistics($0[0], [6]); return y.output.square() + y.mean * y.rstd } < 1e-6)
    }
}
