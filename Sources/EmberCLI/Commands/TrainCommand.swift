import ArgumentParser
import Ember
import Foundation

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a convolutional network on pictures of clothing or digits.",
        discussion: """
            Everything goes into a run folder: a checkpoint, metrics.csv, events for TensorBoard, and pictures. Ctrl-C saves a checkpoint and \
            stops; --resume goes on from there, to the very numbers that an uninterrupted run gives.
            """)

    @Option(help: "The data: \(DataChoice.allCases.map(\.rawValue).joined(separator: " or ")) (default: fashion-mnist).")
    var data: DataChoice?

    @OptionGroup var source: DataOptions

    @Option(help: "Passes over the training data (default: \(TrainingSettings().epochs)).")
    var epochs: Int?

    @Option(help: "Images in a batch (default: \(TrainingSettings().batchSize)).")
    var batchSize: Int?

    @Option(help: "The highest learning rate, reached after a tenth of the steps (default: \(TrainingSettings().learningRate)).")
    var learningRate: Double?

    @Option(help: "The seed of all random numbers (default: \(TrainingSettings().seed)).")
    var seed: Int?

    @Option(help: ArgumentHelp("Use only the first images of each half, for a quick try.", valueName: "count"))
    var samples: Int?

    @Option(help: "Threads for kernels (default: all processors).")
    var threads: Int?

    @Option(help: ArgumentHelp("Save a checkpoint every so many steps, besides those at the ends of epochs.", valueName: "steps"))
    var checkpointEvery: Int?

    @Option(help: ArgumentHelp("Where the results go (default: a new folder below runs).", valueName: "folder"))
    var runFolder: String?

    @Option(help: ArgumentHelp("Continue the run in this folder, with its settings.", valueName: "folder"))
    var resume: String?

    func validate() throws {
        func atLeastOne(_ value: Int?, _ name: String) throws {
            if let value, value < 1 { throw ValidationError("--\(name) must be at least 1, not \(value)") }
        }
        try atLeastOne(epochs, "epochs")
        try atLeastOne(batchSize, "batch-size")
        try atLeastOne(samples, "samples")
        try atLeastOne(threads, "threads")
        try atLeastOne(checkpointEvery, "checkpoint-every")
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
            throw ValidationError("--learning-rate must be above 0, not \(learningRate)")
        }
        if resume != nil, runFolder != nil || data != nil || epochs != nil || batchSize != nil || learningRate != nil || seed != nil
            || samples != nil {
            throw ValidationError("--resume continues a run with its own settings; give no others with it")
        }
    }

    func run() throws {
        if let threads { setThreadCount(threads) }
        var settings = TrainingSettings()
        var checkpoint: TrainingCheckpoint?
        if let resume {
            let saved = try TrainingCheckpoint(path: try RunFolder.checkpointPath(resume))
            settings = saved.settings
            checkpoint = saved
            if saved.history.count == settings.epochs {
                throw CommandFailure("\(resume): all \(settings.epochs) epochs of this run are done")
            }
        } else {
            settings.data = data ?? settings.data
            settings.epochs = epochs ?? settings.epochs
            settings.batchSize = batchSize ?? settings.batchSize
            settings.learningRate = learningRate ?? settings.learningRate
            settings.seed = seed ?? settings.seed
            settings.sampleLimit = samples
        }
        let train = try source.load(.train, of: settings.data), test = try source.load(.test, of: settings.data)
        let folder = try resume.map(resumedFolder) ?? RunFolder.create(runFolder, data: settings.data)
        let trainer = try Trainer(
            settings, train: train, test: test, folder: folder, resuming: checkpoint, checkpointInterval: checkpointEvery)
        Terminal.line("\(settings.collection.title), \(ImageClassifier.name)\n\(trainer.description)")
        Terminal.line("seed \(settings.seed), \(threadCount) threads, kernels for \(instructionSet); run folder \(folder.path)")
        if let checkpoint { Terminal.line("resuming after step \(checkpoint.step), in epoch \(checkpoint.history.count + 1)") }
        InterruptSignal.watch()
        switch try trainer.run() {
        case .finished:
            Terminal.line("")
            Terminal.line("\(folder.path) has checkpoint.safetensors, metrics.csv, and the pictures loss.png, accuracy.png,")
            Terminal.line("confusion-matrix.png, wrong-predictions.png, feature-maps.png. See the curves with: ember board")
        case .interrupted:
            Terminal.line("interrupted; a checkpoint is saved. Continue with: ember train --resume \(folder.path)")
        }
    }

    private func resumedFolder(_ place: String) throws -> RunFolder {
        let checkpoint = try RunFolder.checkpointPath(place)
        guard checkpoint == RunFolder(path: place).checkpoint else { throw CommandFailure("--resume takes a run folder, not \(place)") }
        return RunFolder(path: place)
    }
}
