import Ember

/// What a training run trains, and on what: the network, its optimiser and schedule, and the batches, all from the settings' seed.
final class TrainingLoop {
    let model: ImageClassifier
    let optimizer: Adam
    let schedule: OneCycleSchedule
    let data: Subset<LabeledImages>
    let loader: DataLoader<(Tensor, Tensor)>

    init(_ settings: TrainingSettings, data: LabeledImages) throws {
        self.data = try data.subset(0 ..< min(data.count, settings.sampleLimit ?? .max))
        guard self.data.count > 0 else { throw CommandFailure("the data has no samples") }
        manualSeed(settings.seed)
        model = ImageClassifier(classes: settings.collection.classNames.count)
        optimizer = Adam(model.parameters(), learningRate: settings.learningRate)
        loader = DataLoader(self.data, batchSize: settings.batchSize, shuffle: true, workers: 1, prefetch: 4)
        schedule = OneCycleSchedule(optimizer, highest: settings.learningRate, totalSteps: settings.epochs * loader.count)
    }

    /// One step of the optimiser; returns the mean loss of the batch.
    func step(_ images: Tensor, _ labels: Tensor, _ statistics: inout RunningStatistics) -> Double {
        let (scores, loss) = Profiler.record("forward") {
            let scores = model(images)
            return (scores, crossEntropy(scores, labels))
        }
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        schedule.step()
        let before = statistics.lossSum
        Profiler.record("statistics") { statistics.add(loss: loss.detach(), scores: scores, labels: labels) }
        return (statistics.lossSum - before) / Double(labels.count)
    }
}
