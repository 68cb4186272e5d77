import ArgumentParser
import Ember
import Foundation

struct BoardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "board",
        abstract: "Shows the curves, pictures and graphs of training runs in TensorBoard.",
        discussion: "Starts the TensorBoard that is installed on this machine, or says how to install it. Ctrl-C ends it.")

    @Option(help: ArgumentHelp("The folder with the runs.", valueName: "folder"))
    var logdir = "runs"

    @Option(help: "The port of the page on this machine.")
    var port = 6006

    func validate() throws {
        guard (0 ... 65535).contains(port) else { throw ValidationError("--port is 0 to 65535, not \(port)") }
    }

    func run() throws {
        guard FileManager.default.fileExists(atPath: logdir) else {
            throw CommandFailure("\(logdir): there is no such folder; --logdir names the one with the runs")
        }
        guard let command = BoardCommand.installed else {
            throw CommandFailure(
                """
                TensorBoard is not installed. It is a Python program:
                    pipx install tensorboard      (or: python3 -m venv ~/.tensorboard && ~/.tensorboard/bin/pip install tensorboard)
                Then call “ember board” again, or: tensorboard --logdir \(logdir)
                """)
        }
        try BoardCommand.replaceProcess(command + ["--logdir", logdir, "--port", String(port)])
    }

    /// `tensorboard` on the PATH or where its installation above puts it; the Python that EMBER_PYTHON names, when it has it.
    private static var installed: [String]? {
        let environment = ProcessInfo.processInfo.environment
        var places = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/tensorboard" }
        places += [NSHomeDirectory() + "/.local/bin/tensorboard", NSHomeDirectory() + "/.tensorboard/bin/tensorboard"]
        if let python = environment["EMBER_PYTHON"] { places.append((python as NSString).deletingLastPathComponent + "/tensorboard") }
        return places.first(where: FileManager.default.isExecutableFile).map { [$0] }
    }

    private static func replaceProcess(_ words: [String]) throws {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        execv(words[0], &arguments)
        throw CommandFailure("\(words[0]): cannot be started: \(String(cString: strerror(errno)))")
    }
}
