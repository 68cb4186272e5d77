import Ember
import Testing

/// Numbers are PyTorch's.
@Suite struct AdaptiveLogSoftmaxTests {
    @Test func clustersShareAnEntryOfTheHead() {
        let layer = AdaptiveLogSoftmaxWithLoss(6, 9, cutoffs: [3, 6], divisor: 2, headBias: true).filledWithWaves()
        #expect(layer.stateDict().map { "\($0.key) \($0.value.shape)" } == [
            "head.weight [5, 6]", "head.bias [5]", "tail.0.0.weight [3, 6]", "tail.0.1.weight [3, 3]", "tail.1.0.weight [1, 6]", "tail.1.1.weight [3, 1]",
        ])
        let x = wave(5, 6).requiringGrad()
        let (output, loss) = layer(x, Tensor([0, 4, 8, 3, 2]))
        #expect(isClose(output, [-0.8463709018, -3.357930523, -3.867256849, -2.53128239, -2.343219861], tolerance: 1e-8))
        #expect(isClose(loss, [2.589212105], tolerance: 1e-8))
        loss.backward()
        #expect(x.grad.map { isClose($0[1], [
            -0.04849130174, -0.1040494011, -0.1106714413, -0.0652429734, 0.01087028437, 0.08187107756,
        ], tolerance: 1e-8) } == true)
        #expect(layer.parameter(at: "tail.1.0.weight")?.gradient.map { isClose($0, [
            -0.02270121538, -0.0008483535041, 0.02140350228, 0.03358895651, 0.02997699965, 0.01226639145,
        ], tolerance: 1e-8) } == true)
        let all = layer.logProbabilities(x)
        #expect(isClose(all[2], [
            -1.50555508, -1.772161005, -0.8809615601, -2.965444387, -3.565617618, -3.135152398, -3.651203186, -3.747754808, -3.867256849,
        ], tolerance: 1e-8))
        #expect(((all.exp().sum(1) - 1).abs() .< 1e-12).all().item(as: Bool.self))
        #expect(layer.predict(x).array(of: Int.self) == [0, 1, 2, 0, 1])
        #expect(throws: TensorError.self) { try checked { layer(x, Tensor([0, 4, 9, 3, 2])).output } }
    }
}
