import CEmber

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes a file so that its name refers either to the old content or to the whole new one, whatever happens in between.
///
/// The bytes go to a new file in the same folder, which `commit()` renames over `path`. Without `commit()` the new file is removed and `path`
/// is untouched. A process that ends at any moment, by whatever cause, therefore leaves the old file or the new one. A computer that loses
/// its power does so only for files that were committed as durable: the others are, as PyTorch's and NumPy's, still on their way to the disk
/// when the call returns.
public struct AtomicFileWriter: ~Copyable {
    public let path: String
    private let temporaryPath: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private let bufferCapacity = 1 << 16
    private let isDurable: Bool
    /// Bytes that have been written, and of these the ones that the disk has been asked to take.
    private var written = 0, started = 0

    /// - Parameter durable: whether `commit()` waits until the disk has everything.
    public init(path: String, durable: Bool = false) throws(FormatError) {
        self.path = path
        isDurable = durable
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
        try put(bytes)
    }

    /// Gives the new content its name.
    public consuming func commit() throws(FormatError) {
        try flush()
        guard !isDurable || fsync(descriptor) == 0 else { throw .system("write", file: path) }
        let closing = close(descriptor)
        descriptor = -1
        guard closing == 0, rename(temporaryPath, path) == 0 else {
            let code = errno
            unlink(temporaryPath)
            throw .system("write", file: path, code: code)
        }
        guard isDurable else { return }
        // The new name itself is durable once the folder is. Not every file system can do that; the data is safe anyway.
        let folder = open(AtomicFileWriter.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private mutating func flush() throws(FormatError) {
        guard !buffer.isEmpty else { return }
        try put(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    /// A durable file goes to the disk while the rest of it is still being written, so that `commit()` waits for the last part alone.
    private static let startedBytes = 1 << 25

    private mutating func put(_ source: some ByteSource) throws(FormatError) {
        try source.reading { bytes throws(FormatError) in
            var rest = bytes
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest.prefix(isDurable ? Self.startedBytes : rest.count))
                guard writeFully(part, to: descriptor) else { throw .system("write", file: path) }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
                written += part.count
                if isDurable { startWriting() }
            }
        }
    }

    private mutating func startWriting() {
        guard written - started >= Self.startedBytes else { return }
        // Only a beginning: where the file system cannot, `fsync` does all of it.
        ember_start_writeback(descriptor, Int64(started), Int64(written - started))
        started = written
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
public func writeFile(_ bytes: some ByteSource, to path: String, durable: Bool = false) throws(FormatError) {
    var writer = try AtomicFileWriter(path: path, durable: durable)
    try writer.write(bytes)
    try writer.commit()
}
