import ArgumentParser
import Ember
import Foundation

/// `ember-conformance DIR`: PyTorch's recorded answers against Ember's.
@main
struct Conformance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ember-conformance",
        abstract: "Runs recorded PyTorch cases through Ember and compares values, gradients and errors.")

    @Argument(help: "The folder with ops/, modules/, optim/, random/, complex/ and errors/.")
    var directory: String

    @Flag(name: .long, help: "One line for each failing or unsupported case.")
    var verbose = false

    @Option(name: .long, help: "Only files whose path contains this text, such as ops/add or modules/.")
    var only: String?

    @Flag(name: .long, help: "Run in this process: a crash then ends the run, under a debugger for instance.")
    var inProcess = false

    /// Set for the processes this one starts: where in the one file to begin.
    @Option(name: .customLong("worker-start"), help: .hidden)
    var workerStart: Int?

    private static var suites: [any Suite.Type] { [OperatorSuite.self] }

    func run() throws {
        var tally = Tally()
        let files = try caseFiles()
        guard !files.isEmpty else { throw ValidationError("no case files under \(directory)") }
        if let workerStart {
            try Worker.run(files[0].path, files[0].suite, from: workerStart)
            return
        }
        for file in files {
            let outcomes = inProcess ? try Worker.outcomes(file.path, file.suite) : try isolated(file.path)
            for (line, outcome) in outcomes { tally.count(outcome, "\(file.label):\(line + 1)", verbose: verbose) }
        }
        print("\(tally.passed) passed, \(tally.failed) failed, \(tally.unsupported) unsupported")
        if tally.failed > 0 { throw ExitCode(1) }
    }

    private struct CaseFile {
        let path: String
        let label: String
        let suite: any Suite.Type
    }

    private func caseFiles() throws -> [CaseFile] {
        if directory.hasSuffix(".jsonl"), let suite = Self.suites.first(where: { directory.contains("/\($0.folder)/") }) {
            return [CaseFile(path: directory, label: directory, suite: suite)]
        }
        var found: [CaseFile] = []
        for suite in Self.suites {
            let folder = "\(directory)/\(suite.folder)"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names.sorted() where name.hasSuffix(".jsonl") {
                let label = "\(suite.folder)/\(name.dropLast(6))"
                if let only, !label.contains(only) { continue }
                found.append(CaseFile(path: "\(folder)/\(name)", label: label, suite: suite))
            }
        }
        return found
    }

    /// Runs a file in child processes: a case that ends the process counts as failed, and the next child goes on behind it.
    private func isolated(_ path: String) throws -> [(Int, Outcome)] {
        var outcomes: [(Int, Outcome)] = []
        var start = 0
        while true {
            let child = Process()
            child.executableURL = URL(fileURLWithPath: CommandLine.arguments[0].contains("/") ? CommandLine.arguments[0] : "/proc/self/exe")
            child.arguments = [path, "--worker-start", String(start)]
            let pipe = Pipe(), errors = Pipe()
            child.standardOutput = pipe
            child.standardError = errors
            child.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
            try child.run()
            let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            child.waitUntilExit()
            var running: Int?
            var finished = false
            for row in text.split(separator: "\n") {
                let parts = row.split(separator: "\t", maxSplits: 2).map(String.init)
                switch parts.first {
                case "end": finished = true
                case "start": running = parts.count > 1 ? Int(parts[1]) : nil
                case let kind?:
                    guard let line = running else { continue }
                    outcomes.append((line, kind == "passed" ? .passed : kind == "failed" ? .failed(parts.last ?? "") : .unsupported(parts.last ?? "")))
                    running = nil
                case nil: break
                }
            }
            if finished { return outcomes }
            guard let crashed = running else { throw ValidationError("a worker ended early in \(path): \(complaint.prefix(300))") }
            let reason = complaint.split(separator: "\n").first.map(String.init) ?? "signal \(child.terminationStatus)"
            outcomes.append((crashed, .failed("the process ended: \(reason)")))
            start = crashed + 1
        }
    }
}

/// How many cases came out how.
struct Tally {
    var passed = 0, failed = 0, unsupported = 0

    mutating func count(_ outcome: Outcome, _ label: String, verbose: Bool) {
        switch outcome {
        case .passed: passed += 1
        case .failed(let reason):
            failed += 1
            if verbose { print("FAILED \(label): \(reason)") }
        case .unsupported(let reason):
            unsupported += 1
            if verbose { print("unsupported \(label): \(reason)") }
        }
    }
}

/// Runs the cases of one file.
enum Worker {
    static func lines(_ path: String) throws -> [Substring] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    }

    static func tensors(_ path: String) throws -> SafeTensorsFile { try SafeTensorsFile(path: path.dropLast(6) + ".safetensors") }

    static func outcomes(_ path: String, _ suite: any Suite.Type) throws -> [(Int, Outcome)] {
        let tensors = try tensors(path)
        return try lines(path).enumerated().map { ($0, suite.outcome(try JSON(parsing: String($1)), tensors)) }
    }

    static func run(_ path: String, _ suite: any Suite.Type, from start: Int) throws {
        let tensors = try tensors(path)
        for (i, line) in try lines(path).enumerated() where i >= start {
            report("start\t\(i)")
            switch suite.outcome(try JSON(parsing: String(line)), tensors) {
            case .passed: report("passed")
            case .failed(let reason): report("failed\t\(reason)")
            case .unsupported(let reason): report("unsupported\t\(reason)")
            }
        }
        report("end")
    }

    /// Unbuffered: what a case prints before it ends the process must not be lost.
    private static func report(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
}
