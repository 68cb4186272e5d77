import ArgumentParser
import Ember

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Tests a trained network on the pictures it was not trained on.")

    @Option(
        name: .customLong("run"), help: ArgumentHelp("A run folder or a checkpoint (default: the newest run).", valueName: "place"))
    var place: String?

    @OptionGroup var source: DataOptions

    func run() throws {
        let trained = try TrainedModel(place)
        let test = try source.load(.test, of: trained.settings.data)
        let names = test.classNames
        let evaluation = try Evaluation(of: trained.model, on: test, classes: names.count)
        Terminal.line("\(trained.path) on \(NumberText.grouped(test.count)) test images of \(trained.settings.collection.title)")
        Terminal.line(
            "loss \(NumberText.fixed(evaluation.statistics.loss, 4)), accuracy \(NumberText.percent(evaluation.statistics.accuracy))")
        let width = names.map(\.count).max() ?? 0
        Terminal.line("")
        Terminal.line(NumberText.left("class", width) + "   found   precise   most often taken for")
        for (truth, counts) in evaluation.confusion.enumerated() {
            let total = counts.reduce(0, +), predicted = evaluation.confusion.reduce(0) { $0 + $1[truth] }
            let rival = counts.indices.filter { $0 != truth && counts[$0] > 0 }.max { counts[$0] < counts[$1] }
            let found = NumberText.percent(Double(counts[truth]) / Double(total), 1)
            let precise = NumberText.percent(Double(counts[truth]) / Double(predicted), 1)
            Terminal.line(
                NumberText.left(names[truth], width) + NumberText.right(found, 8) + NumberText.right(precise, 10)
                    + (rival.map { "   \(names[$0]) (\(counts[$0]))" } ?? ""))
        }
    }
}
