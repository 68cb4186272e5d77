import CZlib

/// The gzip format (RFC 1952).
public enum Gzip {
    /// Unpacks a gzip file of one or several members.
    /// - Parameters:
    ///   - file: the path for errors.
    ///   - limit: the largest result, in bytes; a small file can unpack to a thousand times its size.
    /// - Throws: `FormatError` when the file is not gzip, is damaged (its CRC-32 is checked) or cut off, or exceeds the limit.
    public static func decompress(
        _ bytes: some ByteSource, file: String = "bytes in memory", limit: Int = 1 << 32
    ) throws(FormatError) -> [UInt8] {
        try bytes.withUnsafeBytes { (buffer) -> Result<[UInt8], FormatError> in
            do throws(FormatError) {
                return .success(try inflateMembers(buffer.bindMemory(to: UInt8.self), file: file, limit: limit))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    /// True when the bytes begin as a gzip file does.
    public static func isGzip(_ bytes: some ByteSource) -> Bool {
        bytes.withUnsafeBytes { $0.starts(with: [0x1F, 0x8B]) }
    }

    private static func inflateMembers(
        _ input: UnsafeBufferPointer<UInt8>, file: String, limit: Int
    ) throws(FormatError) -> [UInt8] {
        guard input.count >= 2, input[0] == 0x1F, input[1] == 0x8B else {
            throw FormatError(.malformed, file: file, "not a gzip file")
        }
        var stream = z_stream()
        // 15: the largest window; 16: a gzip header is expected.
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
            throw FormatError(.system, file: file, "cannot unpack: zlib does not start")
        }
        defer { inflateEnd(&stream) }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var position = 0
        while true {
            // zlib counts in 32 bits: longer input is given in pieces.
            let available = min(input.count - position, 1 << 30)
            var produced = 0
            let status = chunk.withUnsafeMutableBufferPointer { target in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + position })
                stream.avail_in = UInt32(available)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                let status = inflate(&stream, Z_NO_FLUSH)
                produced = target.count - Int(stream.avail_out)
                return status
            }
            position += available - Int(stream.avail_in)
            guard output.count + produced <= limit else {
                throw FormatError(.tooLarge, file: file, "unpacks to more than the allowed \(limit) bytes")
            }
            output.append(contentsOf: chunk[..<produced])
            switch status {
            case Z_OK:
                continue
            case Z_STREAM_END:
                if position == input.count { return output }
                guard inflateReset(&stream) == Z_OK else {
                    throw FormatError(.system, file: file, "cannot unpack: zlib does not start again")
                }
            case Z_BUF_ERROR where position == input.count:
                throw FormatError(.truncated, file: file, "the gzip data ends too early")
            default:
                let reason = stream.msg.map { String(cString: $0) } ?? "zlib error \(status)"
                throw FormatError(.malformed, file: file, "damaged gzip data: \(reason)")
            }
        }
    }

    /// Packs bytes into a gzip file without a time stamp, so that equal bytes give equal files. `level` is 0 to 9.
    public static func compress(_ bytes: [UInt8], level: Int = 6) throws(FormatError) -> [UInt8] {
        precondition((0 ... 9).contains(level), "the level of compression is 0 to 9, not \(level)")
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard
            deflateInit2_(&stream, Int32(level), Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { throw FormatError(.system, file: "bytes in memory", "cannot pack: zlib does not start") }
        defer { deflateEnd(&stream) }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var position = 0
        var status = Z_OK
        while status != Z_STREAM_END {
            let available = min(bytes.count - position, 1 << 30)
            let isLast = position + available == bytes.count
            let produced = bytes.withUnsafeBufferPointer { input in
                chunk.withUnsafeMutableBufferPointer { target in
                    stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + position })
                    stream.avail_in = UInt32(available)
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    status = deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    return target.count - Int(stream.avail_out)
                }
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw FormatError(.system, file: "bytes in memory", "cannot pack: zlib error \(status)")
            }
            position += available - Int(stream.avail_in)
            output.append(contentsOf: chunk[..<produced])
        }
        return output
    }

    /// The checksum of gzip, zip and PNG. Continue over several pieces by passing the value so far.
    public static func crc32(_ bytes: some ByteSource, continuing value: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { CRC32.checksum($0, continuing: value) }
    }
}
