import ArgumentParser
import Ember

struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Shows what the steps of “ember train” spend on each operator.",
        discussion: """
            The network is trained for a few steps and forgotten. The table has the scopes first, then the operators by the time that each took \
            itself: how often it was called, at what rates it moved and computed, and the peak of memory. --trace writes the same steps, event \
            by event, for https://ui.perfetto.dev or chrome://tracing.
            """)

    @Option(help: "The data: \(DataChoice.allCases.map(\.rawValue).joined(separator: " or ")) (default: fashion-mnist).")
    var data: DataChoice?

    @OptionGroup var source: DataOptions

    @Option(help: "Steps to measure.")
    var steps = 20

    @Option(help: ArgumentHelp("Steps before, in which caches fill.", valueName: "steps"))
    var warmUp = 5

    @Option(help: "Images in a batch (default: \(TrainingSettings().batchSize)).")
    var batchSize: Int?

    @Option(help: "Threads for kernels (default: all processors).")
    var threads: Int?

    @Option(help: ArgumentHelp("Operators to list.", valueName: "count"))
    var top = 20

    @Flag(help: "One row for each combination of input shapes.")
    var shapes = false

    @Option(help: ArgumentHelp("Write a trace of the measured steps.", valueName: "file"))
    var trace: String?

    func validate() throws {
        for (value, name) in [(steps, "steps"), (batchSize ?? 1, "batch-size"), (threads ?? 1, "threads"), (top, "top")] where value < 1 {
            throw ValidationError("--\(name) must be at least 1, not \(value)")
        }
        if warmUp < 0 { throw ValidationError("--warm-up must not be negative, got \(warmUp)") }
    }

    func run() throws {
        if let threads { setThreadCount(threads) }
        var settings = TrainingSettings()
        settings.data = data ?? settings.data
        settings.batchSize = batchSize ?? settings.batchSize
        let loop = try TrainingLoop(settings, data: try source.load(.train, of: settings.data))
        var statistics = RunningStatistics()
        var batches = loop.loader.makeIterator()
        func train(steps: Int) throws {
            for _ in 0 ..< steps {
                var batch = try batches.nextBatch()
                if batch == nil {
                    batches = loop.loader.makeIterator()
                    batch = try batches.nextBatch()
                }
                guard let (images, labels) = batch else { return }
                _ = loop.step(images, labels, &statistics)
            }
        }
        try train(steps: warmUp)
        let profile = try Profiler.measure(shapes: shapes) { try train(steps: steps) }
        Terminal.line("\(settings.collection.title), \(ImageClassifier.name): \(NumberText.counted(steps, "step")) of "
            + "\(NumberText.counted(settings.batchSize, "image")), \(NumberText.counted(threadCount, "thread")), kernels for \(instructionSet)\n")
        Terminal.line(profile.table(limit: top, width: Terminal.isInteractive ? Terminal.columns : 110, groupedByShape: shapes))
        if let trace {
            try profile.writeTrace(to: trace)
            Terminal.line("\n\(trace) has \(NumberText.counted(profile.events.count, "event")): open it in https://ui.perfetto.dev")
        }
    }
}
