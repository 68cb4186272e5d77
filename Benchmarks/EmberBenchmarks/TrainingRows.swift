import Ember

/// Training steps and epochs.
let trainingRows: [Row] = [
    Row("MLP 784-1024-1024-10 b64, Adam step", tolerance: 0.02) {
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
    Row("Fashion-MNIST CNN, one epoch", tolerance: 0.02, timesOneCall: true, reportsMemory: true) {
        // A row without its data ends the program: a time of nothing would count as one.
        guard let training = try? FashionTraining() else { fatalError(FashionTraining.MissingData().description) }
        return { Tensor(training.epoch()).mean() }
    },
]
