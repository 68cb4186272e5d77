import Foundation

/// Standard output: a person's terminal, or a file or pipe.
enum Terminal {
    static let isInteractive = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// The width of the terminal in characters.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes at once, without buffering, so that a log can be followed.
    static func write(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) }

    static func line(_ text: String = "") { write(text + "\n") }

    /// A message on the error output.
    static func error(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8)) }

    /// Replaces the current line; only for interactive use.
    static func replaceLine(_ text: String) { write("\r\u{1B}[K" + text) }
}
