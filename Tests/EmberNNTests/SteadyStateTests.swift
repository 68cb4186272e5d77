import Ember
import Testing

/// After its first steps a training loop lives on the memory it has: none is asked of the system.
@Suite struct SteadyStateTests {
    /// Counts over a few steps at a time. Tests that run beside this one may ask the system meanwhile; a loop that does so itself never has a
    /// window without.
    private func expectSteadyState(_ name: String, _ step: () -> Void) {
        for _ in 0..<4 { step() }
        var fewest = Int.max
        for _ in 0..<8 where fewest > 0 {
            let before = MemoryStatistics.now.systemAllocations
            for _ in 0..<4 { step() }
            fewest = min(fewest, MemoryStatistics.now.systemAllocations - before)
        }
        #expect(fewest == 0, "\(name) asks the system for memory \(fewest) times in four steps")
    }

    private func train(_ optimizer: Optimizer, _ loss: () -> Tensor) {
        optimizer.zeroGrad()
        loss().backward()
        optimizer.step()
    }

    @Test func convolutionalNetwork() {
        let network = Sequential(
            Conv2d(3, 16, kernelSize: 3, padding: 1), BatchNorm2d(16), ReLU(), MaxPool2d(2), Conv2d(16, 32, kernelSize: 3), ReLU(), Flatten(),
            Dropout(0.1), Linear(32 * 14 * 14, 10))
        let optimizer = Adam(network.parameters()), x = Tensor.randn([8, 3, 32, 32]), target = Tensor.randint(0, 10, [8])
        expectSteadyState("A convolutional network") { train(optimizer) { crossEntropy(network(x), target) } }
    }

    @Test func recurrentNetwork() {
        let recurrent = LSTM(32, 64, layers: 2), output = Linear(64, 20)
        let optimizer = SGD(recurrent.parameters() + output.parameters(), learningRate: 0.01, momentum: 0.9)
        let x = Tensor.randn([16, 8, 32]), target = Tensor.randint(0, 20, [16 * 8])
        expectSteadyState("A recurrent network") {
            train(optimizer) { crossEntropy(output(recurrent(x).output).reshape(16 * 8, 20), target) }
        }
    }

    @Test func transformer() {
        let encoder = TransformerEncoderLayer(64, heads: 4, feedForward: 256), optimizer = AdamW(encoder.parameters())
        let x = Tensor.randn([4, 40, 64])
        expectSteadyState("A transformer") { train(optimizer) { encoder(x).square().mean() } }
    }
}
