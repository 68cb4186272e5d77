import Foundation

/// How an epoch is going: a bar on a terminal, a line every tenth of the way elsewhere.
struct ProgressReport {
    private let title: String
    private let steps: Int
    private let firstStep: Int
    private let start = ContinuousClock.now
    private var samples = 0
    private var lastShown: ContinuousClock.Instant?

    /// - Parameter firstStep: steps of the epoch done before, in a resumed run.
    init(epoch: Int, of epochs: Int, steps: Int, firstStep: Int) {
        title = "epoch \(epoch)/\(epochs)"
        self.steps = steps
        self.firstStep = firstStep
    }

    /// To be called after every step; `step` counts those of the epoch that are done.
    mutating func didStep(_ step: Int, samples count: Int, loss: Double) {
        samples += count
        let now = ContinuousClock.now
        if Terminal.isInteractive {
            if let lastShown, now - lastShown < .milliseconds(100), step < steps { return }
            lastShown = now
            Terminal.replaceLine(bar(step, now, loss))
        } else if step * 10 / steps != (step - 1) * 10 / steps {
            Terminal.line("  \(title)  step \(step)/\(steps)  " + details(step, now, loss))
        }
    }

    /// Makes room for the row of the table.
    func finish() {
        if Terminal.isInteractive { Terminal.replaceLine("") }
    }

    private func details(_ step: Int, _ now: ContinuousClock.Instant, _ loss: Double) -> String {
        let seconds = max((now - start).seconds, 1e-9)
        let rate = Double(samples) / seconds
        let remaining = seconds / Double(max(step - firstStep, 1)) * Double(steps - step)
        return "loss \(NumberText.fixed(loss, 4))  \(NumberText.grouped(Int(rate))) images/s  ETA \(NumberText.duration(remaining))"
    }

    private func bar(_ step: Int, _ now: ContinuousClock.Instant, _ loss: Double) -> String {
        let right = NumberText.right("\(step * 100 / steps)", 3) + " %  " + details(step, now, loss)
        let width = min(Terminal.columns - title.count - right.count - 5, 40)
        guard width >= 8 else { return "\(title) \(right)" }
        let filled = step * width / steps
        return "\(title) \(String(repeating: "━", count: filled))\(String(repeating: "─", count: width - filled)) \(right)"
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
