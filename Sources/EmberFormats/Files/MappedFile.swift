#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Bytes that can be looked at without being copied: an array, a part of a mapped file, the memory of a tensor.
public protocol ByteSource: Sendable {
    var byteCount: Int { get }
    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
    /// The mapped file that the bytes lie in: as long as it lives, they stay at their address. Nil for bytes elsewhere.
    var mapping: MappedFile? { get }
}

extension Array: ByteSource where Element == UInt8 {
    public var byteCount: Int { count }
}

extension ByteSource {
    public var mapping: MappedFile? { nil }

    /// Calls `body`, which may throw, with the bytes.
    func reading<Result>(_ body: (UnsafeRawBufferPointer) throws(FormatError) -> Result) throws(FormatError) -> Result {
        try withUnsafeBytes { (bytes) -> Swift.Result<Result, FormatError> in
            do throws(FormatError) { return .success(try body(bytes)) } catch { return .failure(error) }
        }.get()
    }

    /// A copy of the bytes.
    public var byteArray: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}

/// A whole file in memory, read-only: its pages are loaded when they are first looked at.
///
/// The file must not be shortened by another program while it is mapped (the system would end the process with SIGBUS).
/// Ember's own writers never do: they write a new file aside and rename it over the old one, which stays readable.
public final class MappedFile: ByteSource, @unchecked Sendable {
    // Sendable: both fields are constants, the mapping is private and read-only, and it lives until deinit.
    private let base: UnsafeRawPointer?
    public let byteCount: Int
    public let path: String

    /// Maps the file. Throws when it cannot be opened or is not an ordinary file.
    public init(path: String) throws(FormatError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", file: path) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw .system("read the size", file: path) }
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw FormatError(.system, file: path, "cannot open: not an ordinary file")
        }
        byteCount = Int(information.st_size)
        guard byteCount > 0 else {
            base = nil
            return
        }
        guard let pointer = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), pointer != MAP_FAILED else {
            throw .system("map into memory", file: path)
        }
        base = UnsafeRawPointer(pointer)
    }

    deinit {
        if let base { munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
    }

    public var mapping: MappedFile? { self }

    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: byteCount))
    }
}

/// A range of another source, which it keeps alive.
public struct ByteSlice: ByteSource {
    public let source: any ByteSource
    public let range: Range<Int>

    /// `range` must lie within the source.
    public init(_ source: any ByteSource, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= source.byteCount, "slice outside of its source")
        self.source = source
        self.range = range
    }

    public var byteCount: Int { range.count }

    public var mapping: MappedFile? { source.mapping }

    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try source.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}
