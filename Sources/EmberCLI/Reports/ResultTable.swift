/// The table of epochs in the terminal.
enum ResultTable {
    static let header = row(["epoch", "train loss", "train acc.", "test loss", "test acc.", "seconds"])

    static func row(_ statistics: EpochStatistics) -> String {
        row([
            "\(statistics.epoch)", NumberText.fixed(statistics.train.loss, 4), NumberText.percent(statistics.train.accuracy),
            NumberText.fixed(statistics.test.loss, 4), NumberText.percent(statistics.test.accuracy), NumberText.fixed(statistics.seconds, 1),
        ])
    }

    private static func row(_ fields: [String]) -> String {
        zip(fields, [5, 12, 12, 11, 11, 9]).map { NumberText.right($0, $1) }.joined()
    }
}
