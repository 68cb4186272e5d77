import Ember

/// Operations of a step on one example, of layers' multiplications with addition: forward and both gradients, but for the first layer,
/// whose input needs none.
private func stepOperations(_ first: Int, _ others: Int...) -> Double { Double(4 * first + 6 * others.reduce(0, +)) }

/// Training steps and epochs.
let trainingRows: [Row] = [
    Row("MLP 784-1024-1024-10 b64, Adam step", .operations(64 * stepOperations(784 * 1024, 1024 * 1024, 1024 * 10)), tolerance: 0.02) {
        let network = Sequential(Linear(784, 1024), ReLU(), Linear(1024, 1024), ReLU(), Linear(1024, 10))
        let optimizer = Adam(network.parameters()), x = Tensor.randn([64, 784]), target = Tensor.randint(0, 10, [64])
        return {
            let loss = crossEntropy(network(x), target)
            optimizer.zeroGrad()
            loss.backward()
            optimizer.step()
            return loss
        }
    },
    Row("Fashion-MNIST CNN, one epoch",
        .operations(60_000 * stepOperations(784 * 32 * 9, 196 * 64 * 32 * 9, 49 * 128 * 64 * 9, 1152 * 10)), tolerance: 0.02,
        timesOneCall: true, reportsMemory: true) {
        // A row without its data ends the program: a time of nothing would count as one.
        guard let training = try? FashionTraining() else { fatalError(FashionTraining.MissingData().description) }
        return { Tensor(training.epoch()).mean() }
    },
]
