import Ember

/// Training steps and epochs.
let trainingRows: [Row] = [
    Row(name: "Fashion-MNIST CNN, one epoch", tolerance: 0.02, timesOneCall: true) {
        // A row without its data ends the program: a time of nothing would count as one.
        guard let training = try? FashionTraining() else { fatalError(FashionTraining.MissingData().description) }
        return { Tensor(training.epoch()).mean() }
    },
]
