import Ember

/// A training run: the loop over epochs, and everything it writes into its folder.
final class Trainer {
    private let settings: TrainingSettings
    private let folder: RunFolder
    private let loop: TrainingLoop
    private let testData: Subset<LabeledImages>
    private var step = 0
    private var history: [EpochStatistics] = []
    /// The first epoch's beginning, in a run that is resumed.
    private var partialEpoch: TrainingCheckpoint.PartialEpoch?
    private let isResumed: Bool
    /// Steps between checkpoints within an epoch; nil saves at its end alone.
    private let checkpointInterval: Int?
    private let saver = BackgroundSaver()

    enum Outcome { case finished, interrupted }

    /// A new run, or the continuation of the one that `checkpoint` was written by.
    init(
        _ settings: TrainingSettings, train: LabeledImages, test: LabeledImages, folder: RunFolder,
        resuming checkpoint: TrainingCheckpoint?, checkpointInterval: Int?
    ) throws {
        self.settings = settings
        self.folder = folder
        self.checkpointInterval = checkpointInterval
        isResumed = checkpoint != nil
        testData = try test.subset(0 ..< min(test.count, settings.sampleLimit ?? .max))
        guard testData.count > 0 else { throw CommandFailure("the data has no samples") }
        loop = try TrainingLoop(settings, data: train)
        if let checkpoint {
            try checkpoint.restore(model: loop.model, optimizer: loop.optimizer, schedule: loop.schedule, loader: loop.loader)
            step = checkpoint.step
            history = checkpoint.history
            partialEpoch = checkpoint.partialEpoch
            let done = history.count * loop.loader.count + checkpoint.batchesTaken
            guard step == done else {
                throw CommandFailure("the checkpoint is at step \(step), which on this data is not where its epochs end (\(done))")
            }
        }
    }

    /// What is trained, layer by layer, and on how much.
    var description: String {
        "\(ModelSummary(of: loop.model, inputShape: [1] + loop.data.base.sampleShape))\n"
            + "\(NumberText.grouped(loop.data.count)) images to train on, \(NumberText.grouped(testData.count)) to test"
    }

    func run() throws -> Outcome {
        let events = try SummaryWriter(directory: folder.path)
        let metrics = try CSVWriter(path: folder.metrics, columns: EpochStatistics.columns, keepingRows: isResumed ? history.count : nil)
        let pictures = RunPictures(folder: folder, classNames: settings.collection.classNames)
        if !isResumed {
            pictures.logSamples(of: loop.data, to: events)
            events.addGraph(loop.model, input: .zeros([1] + loop.data.base.sampleShape))
        }
        Terminal.line(ResultTable.header)
        for row in history { Terminal.line(ResultTable.row(row)) }
        while history.count < settings.epochs {
            guard let statistics = try trainEpoch(events) else {
                try saver.finish()
                try events.close()
                return .interrupted
            }
            history.append(statistics)
            Terminal.line(ResultTable.row(statistics))
            try metrics.append(statistics.fields)
            log(statistics, to: events)
            try save(partialEpoch: nil)
            try pictures.drawCurves(history)
            try events.flush()
            if InterruptSignal.hasArrived, history.count < settings.epochs {
                try saver.finish()
                try events.close()
                return .interrupted
            }
        }
        let evaluation = try Evaluation(of: loop.model, on: testData, classes: settings.collection.classNames.count)
        try pictures.drawResults(evaluation, model: loop.model, data: testData, step: step, events: events)
        try saver.finish()
        try events.close()
        return .finished
    }

    /// Trains and tests one epoch, or the rest of one. Nil when it was interrupted; the checkpoint is then written.
    private func trainEpoch(_ events: SummaryWriter) throws -> EpochStatistics? {
        var statistics = partialEpoch?.statistics ?? RunningStatistics()
        let secondsBefore = partialEpoch?.seconds ?? 0
        partialEpoch = nil
        let start = ContinuousClock.now
        var done = loop.loader.position.batchesTaken
        var progress = ProgressReport(epoch: history.count + 1, of: settings.epochs, steps: loop.loader.count, firstStep: done)
        loop.model.train()
        let batches = loop.loader.makeIterator()
        while let (images, labels) = try batches.nextBatch() {
            let loss = loop.step(images, labels, &statistics)
            step += 1
            done += 1
            progress.didStep(done, samples: labels.count, loss: loss)
            if step % 10 == 0 || step == 1 {
                events.addScalar("loss/step", loss, step: step)
                events.addScalar("learning_rate", loop.optimizer.learningRate, step: step)
            }
            guard loss.isFinite else {
                throw CommandFailure("the loss is \(loss) after step \(step): a smaller --learning-rate may help")
            }
            guard done < loop.loader.count else { continue }
            let isInterrupted = InterruptSignal.hasArrived
            if isInterrupted || checkpointInterval.map({ step.isMultiple(of: $0) }) == true {
                try save(partialEpoch: .init(statistics: statistics, seconds: secondsBefore + (ContinuousClock.now - start).seconds))
            }
            if isInterrupted {
                progress.finish()
                return nil
            }
        }
        let test = try Evaluation(of: loop.model, on: testData, classes: settings.collection.classNames.count)
        progress.finish()
        return EpochStatistics(
            epoch: history.count + 1, train: statistics, test: test.statistics,
            seconds: secondsBefore + (ContinuousClock.now - start).seconds)
    }

    /// Takes the state down as it is now; it is written while training goes on.
    private func save(partialEpoch: TrainingCheckpoint.PartialEpoch?) throws {
        let checkpoint = TrainingCheckpoint(
            settings: settings, step: step, history: history, partialEpoch: partialEpoch, model: loop.model, optimizer: loop.optimizer,
            schedule: loop.schedule, loader: loop.loader)
        let path = folder.checkpoint
        try saver.save { try checkpoint.write(to: path) }
    }

    private func log(_ statistics: EpochStatistics, to events: SummaryWriter) {
        events.addScalar("loss/train", statistics.train.loss, step: step)
        events.addScalar("loss/test", statistics.test.loss, step: step)
        events.addScalar("accuracy/train", statistics.train.accuracy, step: step)
        events.addScalar("accuracy/test", statistics.test.accuracy, step: step)
        for (path, parameter) in loop.model.namedParameters() {
            events.addHistogram("weights/\(path)", parameter.value, step: step)
        }
    }
}
