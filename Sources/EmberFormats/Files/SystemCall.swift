#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension FormatError {
    /// The failure of the system call that has just set `errno`.
    static func system(_ action: String, file: String, code: Int32 = errno) -> FormatError {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return FormatError(.system, file: file, "cannot \(action): \(reason)")
    }
}

/// Calls `body` again for as long as a signal interrupts it.
func retryingInterrupts(_ body: () -> Int) -> Int {
    while true {
        let result = body()
        if result >= 0 || errno != EINTR { return result }
    }
}

/// Creates a folder and the missing ones above it, as `mkdir -p` does.
public func createDirectories(at path: String) throws(FormatError) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
        prefix += component
        if mkdir(prefix, 0o777) != 0 && errno != EEXIST {
            throw .system("create the folder \(prefix)", file: path)
        }
        prefix += "/"
    }
    var information = stat()
    guard stat(path.isEmpty ? "." : path, &information) == 0 else { throw .system("open the folder", file: path) }
    guard information.st_mode & S_IFMT == S_IFDIR else {
        throw FormatError(.system, file: path, "cannot create the folder: a file with this name is in the way")
    }
}

/// `close`, callable where a method of that name hides the system's.
func closeFile(_ descriptor: Int32) {
    close(descriptor)
}
