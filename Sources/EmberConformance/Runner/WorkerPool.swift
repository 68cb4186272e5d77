import ArgumentParser
import Foundation
import Synchronization

/// Runs cases in child processes, one a core, each on a stretch of the files. A case that ends its process or hangs
/// counts as failed, and the next child goes on behind it.
struct WorkerPool {
    let files: [CaseFile]
    /// Arguments that make a child process see the same files.
    let options: [String]

    private static let filesPerStretch = 24

    func records() throws -> [CaseRecord] {
        let starts = Array(stride(from: 0, to: files.count, by: Self.filesPerStretch))
        let next = Atomic<Int>(0)
        let results = Mutex<[Int: Result<[CaseRecord], any Error>]>([:])
        let labels = files.map(\.label), options = options
        DispatchQueue.concurrentPerform(
            iterations: max(1, min(ProcessInfo.processInfo.activeProcessorCount, starts.count))
        ) { _ in
            while true {
                let stretch = next.add(1, ordering: .relaxed).oldValue
                guard stretch < starts.count else { return }
                let range = starts[stretch]..<min(starts[stretch] + Self.filesPerStretch, labels.count)
                let result = Result { try Self.run(range, labels, options) }
                results.withLock { $0[stretch] = result }
            }
        }
        return try results.withLock { results in try starts.indices.flatMap { try results[$0]?.get() ?? [] } }
    }

    private static func run(_ range: Range<Int>, _ labels: [String], _ options: [String]) throws -> [CaseRecord] {
        var records: [CaseRecord] = []
        var file = range.lowerBound, line = 0
        while true {
            let child = try Child(
                arguments: options + ["--worker", "\(file)", "\(line)", "\(range.upperBound)"])
            var running: (file: Int, line: Int, subject: String)?
            var finished = false
            for row in child.output.split(separator: "\n") {
                let fields = row.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                switch fields[0] {
                case "end": finished = true
                case "start" where fields.count == 4:
                    running = Int(fields[1]).flatMap { f in Int(fields[2]).map { (f, $0, fields[3]) } }
                default:
                    guard let current = running, let outcome = outcome(fields) else { continue }
                    records.append(
                        CaseRecord(
                            label: labels[current.file], line: current.line + 1, subject: current.subject,
                            outcome: outcome))
                    (file, line) = (current.file, current.line + 1)
                    running = nil
                }
            }
            if finished { return records }
            guard let crashed = running else {
                throw ValidationError(
                    "a worker ended early behind \(labels[file]):\(line): \(child.complaint.prefix(300))")
            }
            let reason = child.complaint.split(separator: "\n").first.map(String.init) ?? "signal \(child.status)"
            records.append(
                CaseRecord(
                    label: labels[crashed.file], line: crashed.line + 1, subject: crashed.subject,
                    outcome: .failed("the process ended: \(reason)")))
            (file, line) = (crashed.file, crashed.line + 1)
        }
    }

    private static func outcome(_ fields: [String]) -> Outcome? {
        switch fields[0] {
        case "passed": .passed(byTypes: false)
        case "refused": .passed(byTypes: true)
        case "failed" where fields.count > 1: .failed(fields[1])
        case "unsupported" where fields.count > 2: .unsupported(reason: fields[1], detail: fields[2])
        default: nil
        }
    }
}

/// A run of this program, waited for.
private struct Child {
    let output: String
    let complaint: String
    let status: Int32

    init(arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        // Standard error goes to a file: a pipe that nobody reads while the other is being read could fill up.
        let errors = FileManager.default.temporaryDirectory.appendingPathComponent(
            "ember-conformance-\(UUID().uuidString)")
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = try FileHandle(forWritingTo: errors)
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        try process.run()
        output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
        complaint = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
    }
}
