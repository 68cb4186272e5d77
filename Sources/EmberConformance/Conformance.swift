import ArgumentParser
import Ember
import Foundation

/// `ember-conformance DIR`: PyTorch's recorded answers against Ember's.
@main
struct Conformance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ember-conformance",
        abstract: "Runs recorded PyTorch cases through Ember and compares values, gradients and errors.",
        discussion: "The last line is `N passed, N failed, N unsupported`; the exit code is 1 when a case failed.")

    @Argument(help: "The folder with ops/, modules/, optim/, random/, complex/ and errors/.")
    var directory: String

    @Flag(name: .long, help: "One line for each failing or unsupported case.")
    var verbose = false

    @Flag(name: .long, help: "A table of the counts by operator, layer and optimiser.")
    var summary = false

    @Flag(name: .long, help: "Print the page docs/Conformance.md instead.")
    var document = false

    @Option(name: .long, help: "Only files whose path contains this text, such as ops/add or modules/.")
    var only: String?

    @Flag(
        name: .long,
        help: "Compare gradients, and gradients of gradients, with differences at the recorded points instead.")
    var gradients = false

    @Flag(name: .long, help: "Run in this process: a crash then ends the run, under a debugger for instance.")
    var inProcess = false

    /// Set for the processes this one starts: first file, first line in it, and the file to stop before.
    @Option(name: .customLong("worker"), parsing: .upToNextOption, help: .hidden)
    var worker: [Int] = []

    func run() throws {
        let files = try CaseFile.all(in: directory, only: only, subject: gradients ? .gradients : .answers)
        guard !files.isEmpty else { throw ValidationError("no case files under \(directory)") }
        if worker.count == 3 {
            try Worker.run(files, file: worker[0], line: worker[1], end: worker[2])
            return
        }
        let records =
            inProcess
            ? try Worker.records(files) : try WorkerPool(files: files, options: workerOptions).records()
        let report = Report(records)
        if document {
            print(ConformanceDocument(report).text)
        } else {
            if verbose { report.printDetails() }
            if summary { report.printSummary() }
            print(report.total)
        }
        if report.total.failed > 0 { throw ExitCode(1) }
    }

    /// What a child process is told, so that it sees the same files.
    private var workerOptions: [String] {
        [directory] + (only.map { ["--only", $0] } ?? []) + (gradients ? ["--gradients"] : [])
    }
}
