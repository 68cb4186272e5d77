import Ember
import Testing

@Suite struct HistogramTests {
    @Test func oneDimension() {
        let x = numbers([8])
        let equal = x.histogram(bins: 4)
        #expect(close(equal.hist, [2, 2, 1, 3]) && close(equal.binEdges, [-0.823984, -0.373011, 0.077962, 0.528935, 0.979908]))
        let weighted = x.histogram(bins: 3, range: (-0.5, 1), weight: numbers([8], 1), density: true)
        #expect(close(weighted.hist, [-1.458664, 0.441537, 3.017126]) && close(weighted.binEdges, [-0.5, 0, 0.5, 1]))
        #expect(close(x.histogram(edges: Tensor([-1, -0.2, 0.3, 0.9], dtype: .float64)).hist, [2, 2, 2]))
    }

    @Test func severalDimensions() {
        let points = numbers([6, 2])
        let (density, edges) = points.histogramdd(bins: [2, 3], density: true)
        #expect(close(density, [0.286767, 0, 0.286767, 0.286767, 0.286767, 0.573534]))
        #expect(close(edges[0], [-0.999367, -0.032804, 0.93376]) && close(edges[1], [-0.823984, -0.222687, 0.378611, 0.979908]))
        let weighted = points.histogramdd(bins: [2, 2], range: [(-1, 1), (0, 1)], weight: numbers([6], 0.3))
        #expect(close(weighted.hist, [0, 0.101418, 0, 1.057791]))
    }

    @Test func edgesBelongToBins() {
        let x = Tensor([0, 1, 2, 2, 3, .nan], dtype: .float32)
        #expect(x.histogram(edges: Tensor([0, 1, 2], dtype: .float32)).hist.array(of: Int.self) == [1, 3])
        #expect(Tensor.zeros([0]).histogram(bins: 2).hist.array(of: Int.self) == [0, 0])
        #expect(Tensor.ones([3]).histogram(bins: 2).binEdges.array(of: Double.self) == [0.5, 1, 1.5])
    }

    @Test func wrongCallsAreErrors() {
        #expect(throws: TensorError.self) { try checked { numbers([3]).histogram(bins: 0) } }
        #expect(throws: TensorError.self) { try checked { numbers([3]).histogram(bins: 2, weight: numbers([2])) } }
        #expect(throws: TensorError.self) { try checked { numbers([3]).histogram(bins: 2, range: (1, 0)) } }
        #expect(throws: TensorError.self) { try checked { numbers([4, 3]).histogramdd(bins: [1, 1]) } }
        #expect(throws: TensorError.self) { try checked { Tensor([1, 2]).histogram(bins: 2) } }
    }

    @Test func statisticsWithoutNaN() {
        let x = Tensor([1, .nan, 3, .nan, .nan, .nan, -2, 5, 0], shape: [3, 3], dtype: .float64)
        let largest = x.nanMax(1).array(of: Double.self), smallest = x.nanMin(1).array(of: Double.self)
        #expect(largest[0] == 3 && largest[1].isNaN && largest[2] == 5 && smallest[0] == 1 && smallest[2] == -2)
        #expect(x.nanMax().item() == 5 && x.nanMin().item() == -2)
        let variance = x.nanVar(1).array(of: Double.self)
        #expect(variance[0] == 2 && variance[1].isNaN && variance[2] == 13)
        #expect(abs(x.nanStd(correction: 0).item() - 2.4166091947189146) < 1e-12)
        let leaf = x.requiringGrad()
        (leaf.nanMax(1) + leaf.nanStd(1))[0].backward()
        #expect(leaf.grad.map { close($0, [-0.70710678, 0, 1.70710678, 0, 0, 0, 0, 0, 0]) } == true)
        #expect(gradientError([numbers([3, 4])]) { $0[0].nanVar(0) + $0[0].nanMin(0) } < 1e-6)
    }
}
