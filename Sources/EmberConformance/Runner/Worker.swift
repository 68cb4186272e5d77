import Ember
import Foundation

/// One case's result with where it stands.
struct CaseRecord: Sendable {
    let label: String
    /// Counted from 1.
    let line: Int
    let subject: String
    let outcome: Outcome
}

/// Runs cases in this process.
enum Worker {
    /// How long one case may take before it counts as hanging.
    private static let secondsPerCase: UInt32 = 30

    static func records(_ files: [CaseFile]) throws -> [CaseRecord] {
        var records: [CaseRecord] = []
        for file in files {
            try forEachCase(in: file, from: 0) { i, line, tensors in
                records.append(
                    CaseRecord(
                        label: file.label, line: i + 1, subject: file.suite.subject(line),
                        outcome: file.suite.outcome(line, tensors)))
            }
        }
        return records
    }

    /// Runs the files from `file` up to, not including, `end`, beginning at `line`, and reports each case on standard
    /// output.
    static func run(_ files: [CaseFile], file: Int, line: Int, end: Int) throws {
        // The pool runs one process a core.
        setThreadCount(1)
        for index in file..<min(end, files.count) {
            let suite = files[index].suite
            try forEachCase(in: files[index], from: index == file ? line : 0) { i, json, tensors in
                alarm(secondsPerCase)
                report("start", "\(index)", "\(i)", suite.subject(json))
                switch suite.outcome(json, tensors) {
                case .passed(let byTypes): report(byTypes ? "refused" : "passed")
                case .failed(let reason): report("failed", reason)
                case .unsupported(let reason, let detail): report("unsupported", reason, detail)
                }
            }
        }
        report("end")
    }

    private static func forEachCase(
        in file: CaseFile, from start: Int, _ body: (Int, JSON, SafeTensorsFile) throws -> Void
    ) throws {
        let tensors = try SafeTensorsFile(path: file.path.dropLast(6) + ".safetensors")
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        for (i, line) in text.split(separator: "\n").enumerated() where i >= start {
            try body(i, try JSON(parsing: String(line)), tensors)
        }
    }

    /// Unbuffered: what is written before a case that ends the process must not be lost.
    private static func report(_ fields: String...) {
        let row = fields.map { $0.replacing("\t", with: " ").replacing("\n", with: " ") }.joined(separator: "\t")
        FileHandle.standardOutput.write(Data("\(row)\n".utf8))
    }
}
