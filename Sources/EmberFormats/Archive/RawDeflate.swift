import CZlib

/// The compressed data of zip entries: deflate (RFC 1951) without any header.
enum RawDeflate {
    /// No input of deflate gives more than 1,032 bytes for one of its own (zlib's technical notes).
    static let maximumRatio = 1032

    /// Unpacks to exactly `size` bytes; anything else is an error. `name` describes the data.
    static func inflate(_ input: UnsafeRawBufferPointer, size: Int, file: String, name: String) throws(FormatError) -> [UInt8] {
        guard size / maximumRatio <= input.count else {
            throw FormatError(.malformed, file: file, "\(name): \(input.count) packed bytes cannot give the announced \(size)")
        }
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw FormatError(.system, file: file, "cannot unpack \(name): zlib does not start")
        }
        defer { inflateEnd(&stream) }
        var status = Z_OK
        var produced = 0
        let source = input.bindMemory(to: UInt8.self)
        // One byte more than announced, so that longer data shows.
        let output = [UInt8](unsafeUninitializedCapacity: size + 1) { target, count in
            var consumed = 0
            // zlib counts in 32 bits: both sides are given in pieces.
            while status == Z_OK, produced <= size {
                let available = min(source.count - consumed, 1 << 30), room = min(size + 1 - produced, 1 << 30)
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + consumed })
                stream.avail_in = UInt32(available)
                stream.next_out = target.baseAddress.map { $0 + produced }
                stream.avail_out = UInt32(room)
                status = CZlib.inflate(&stream, Z_NO_FLUSH)
                consumed += available - Int(stream.avail_in)
                produced += room - Int(stream.avail_out)
            }
            count = produced
        }
        guard status == Z_STREAM_END, produced == size else {
            let reason = stream.msg.map { String(cString: $0) }
                ?? (produced > size ? "more than the announced \(size) bytes" : "\(produced) of the announced \(size) bytes")
            throw FormatError(.malformed, file: file, "damaged packed data of \(name): \(reason)")
        }
        return output
    }

    /// The first `count` bytes of the unpacked data, or all of them when there are fewer.
    static func prefix(_ input: UnsafeRawBufferPointer, count: Int, file: String, name: String) throws(FormatError) -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw FormatError(.system, file: file, "cannot unpack \(name): zlib does not start")
        }
        defer { inflateEnd(&stream) }
        var status = Z_OK
        let output = [UInt8](unsafeUninitializedCapacity: count) { target, produced in
            stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(clamping: input.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(count)
            status = CZlib.inflate(&stream, Z_NO_FLUSH)
            produced = count - Int(stream.avail_out)
        }
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
            throw FormatError(.malformed, file: file, "damaged packed data of \(name)")
        }
        return output
    }

    /// Packs bytes as zlib's default level does.
    static func deflate(_ input: UnsafeRawBufferPointer, file: String) throws(FormatError) -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard
            deflateInit2_(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { throw FormatError(.system, file: file, "cannot pack: zlib does not start") }
        defer { deflateEnd(&stream) }
        let source = input.bindMemory(to: UInt8.self)
        var output: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 1 << 16)
        var consumed = 0, status = Z_OK
        while status != Z_STREAM_END {
            let available = min(source.count - consumed, 1 << 30)
            let isLast = consumed + available == source.count
            let produced = chunk.withUnsafeMutableBufferPointer { target in
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + consumed })
                stream.avail_in = UInt32(available)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                status = CZlib.deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                return target.count - Int(stream.avail_out)
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw FormatError(.system, file: file, "cannot pack: zlib error \(status)")
            }
            consumed += available - Int(stream.avail_in)
            output.append(contentsOf: chunk[..<produced])
        }
        return output
    }
}
