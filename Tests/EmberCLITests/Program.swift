import Foundation
import Synchronization

/// The built program `ember`, run as a process of its own.
struct Program {
    struct Result {
        var status: Int32
        var output: String
        var errors: String

        /// The lines of the error output.
        var messages: [String] { errors.split(separator: "\n").map(String.init) }
    }

    /// Beside the executable of the tests.
    static let path = (Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]))
        .deletingLastPathComponent().appendingPathComponent("ember").path

    /// Runs the program to its end.
    /// - Parameters:
    ///   - folder: its working folder.
    ///   - fileSizeLimit: the most KiB a file may have, as on a disk that is full; writing more fails.
    ///   - interruptAfter: sends Ctrl-C when this text appears in its output.
    static func run(
        _ arguments: [String], in folder: String = NSTemporaryDirectory(), fileSizeLimit: Int? = nil, interruptAfter: String? = nil
    ) throws -> Result {
        let process = Process()
        if let fileSizeLimit {
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-c", "trap '' XFSZ; ulimit -f \(fileSizeLimit); exec \"$0\" \"$@\"", path] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: path)
            process.arguments = arguments
        }
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let output = Pipe(), errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let collected = Mutex(Data())
        let reading = DispatchGroup()
        reading.enter()
        let errorHandle = errors.fileHandleForReading
        Thread {
            let data = errorHandle.readDataToEndOfFile()
            collected.withLock { $0 = data }
            reading.leave()
        }.start()
        var text = Data()
        var waitingFor = interruptAfter
        while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
            text += data
            if let awaited = waitingFor, String(decoding: text, as: UTF8.self).contains(awaited) {
                kill(process.processIdentifier, SIGINT)
                waitingFor = nil
            }
        }
        process.waitUntilExit()
        reading.wait()
        return Result(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: String(decoding: text, as: UTF8.self), errors: String(decoding: collected.withLock { $0 }, as: UTF8.self))
    }
}
