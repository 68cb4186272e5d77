#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes a file so that its name refers either to the old content or to the whole new one, whatever happens in between.
///
/// The bytes go to a new file in the same folder; `commit()` makes them durable (`fsync`) and renames it over `path`.
/// Without `commit()` the new file is removed and `path` is untouched.
public struct AtomicFileWriter: ~Copyable {
    public let path: String
    private let temporaryPath: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private let bufferCapacity = 1 << 16

    public init(path: String) throws(FormatError) {
        self.path = path
        temporaryPath = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).partial"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system("create", file: path) }
        buffer.reserveCapacity(bufferCapacity)
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unlink(temporaryPath)
        }
    }

    /// Appends the bytes.
    public mutating func write(_ bytes: some ByteSource) throws(FormatError) {
        if buffer.count + bytes.byteCount <= bufferCapacity {
            bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
            return
        }
        try flush()
        guard writeFully(bytes) else { throw .system("write", file: path) }
    }

    /// Makes the new content durable and gives it its name.
    public consuming func commit() throws(FormatError) {
        try flush()
        guard fsync(descriptor) == 0 else { throw .system("write", file: path) }
        let closing = close(descriptor)
        descriptor = -1
        guard closing == 0, rename(temporaryPath, path) == 0 else {
            let code = errno
            unlink(temporaryPath)
            throw .system("write", file: path, code: code)
        }
        // The new name itself is durable once the folder is. Not every file system can do that; the data is safe anyway.
        let folder = open(AtomicFileWriter.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private mutating func flush() throws(FormatError) {
        guard !buffer.isEmpty else { return }
        guard writeFully(buffer) else { throw .system("write", file: path) }
        buffer.removeAll(keepingCapacity: true)
    }

    private func writeFully(_ bytes: some ByteSource) -> Bool {
        bytes.withUnsafeBytes { EmberFormats.writeFully($0, to: descriptor) }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// Writes all of the bytes; false with `errno` set when the system refuses.
func writeFully(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes
    while let start = rest.baseAddress, rest.count > 0 {
        let count = rest.count
        let written = retryingInterrupts { write(descriptor, start, count) }
        guard written >= 0 else { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
    return true
}

/// Replaces the content of the file at `path` by `bytes`, or leaves it as it was and throws.
public func writeFile(_ bytes: some ByteSource, to path: String) throws(FormatError) {
    var writer = try AtomicFileWriter(path: path)
    try writer.write(bytes)
    try writer.commit()
}
