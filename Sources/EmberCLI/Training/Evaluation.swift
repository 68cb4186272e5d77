import Ember

/// How a model does on a data set, sample by sample.
struct Evaluation {
    var statistics = RunningStatistics()
    /// `confusion[truth][prediction]`
    var confusion: [[Int]]
    /// The probability that each sample's predicted class was given, and which class that was.
    var predictions: [(label: Int, predicted: Int, confidence: Float)] = []

    /// Runs the model without dropout and leaves it in the mode it was in.
    init(of model: ImageClassifier, on data: some Dataset<(Tensor, Tensor)>, classes: Int, batchSize: Int = 500) throws {
        confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
        let wasTraining = model.isTraining
        model.eval()
        defer { model.train(wasTraining) }
        let loader = DataLoader(data, batchSize: batchSize, workers: 1, generator: Generator(seed: 0))
        try loader.forEachBatch { images, labels in
            noGrad {
                let scores = model(images)
                statistics.add(loss: crossEntropy(scores, labels), scores: scores, labels: labels)
                let (confidences, classes) = softmax(scores, 1).max(1)
                let truths = labels.array(of: Int.self)
                for (truth, (predicted, confidence)) in zip(truths, zip(classes.array(of: Int.self), confidences.array(of: Float.self))) {
                    confusion[truth][predicted] += 1
                    predictions.append((truth, predicted, confidence))
                }
            }
        }
    }
}
