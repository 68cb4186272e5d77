/// The entries of a zip file, found through its central directory (PKWARE APPNOTE 6.3, zip64 included). Nothing is ever extracted to a
/// folder: names are only names.
///
/// Entries must lie one after the other: files whose entries overlap, as the densest bombs do (D. Fifield, "A better zip bomb", 2019), are refused.
struct ZipArchive: Sendable {
    struct Entry: Sendable {
        let name: String
        let method: UInt16
        let checksum: UInt32
        /// Bytes that the entry has when it is unpacked.
        let size: Int
        /// Where its data lies in the file.
        let range: Range<Int>

        var isStored: Bool { method == 0 }
    }

    let file: String
    /// In the order of the central directory.
    let entries: [Entry]
    private let positions: [String: Int]
    private let source: any ByteSource

    init(_ source: any ByteSource, file: String) throws(FormatError) {
        let entries = try source.reading { bytes throws(FormatError) in try ZipArchive.directory(bytes, file: file) }
        var positions: [String: Int] = [:]
        for (position, entry) in entries.enumerated() where positions.updateValue(position, forKey: entry.name) != nil {
            throw FormatError(.malformed, file: file, "the zip entry “\(entry.name)” occurs twice")
        }
        self.file = file
        self.source = source
        self.entries = entries
        self.positions = positions
    }

    subscript(name: String) -> Entry? { positions[name].map { entries[$0] } }

    /// The data of an entry: a part of the file when it is stored, unpacked otherwise.
    /// - Parameters:
    ///   - limit: the most bytes that an unpacked entry may take.
    ///   - verifying: whether the checksum must agree; PyTorch writes files without valid ones.
    func content(of entry: Entry, limit: Int = 1 << 32, verifying: Bool = true) throws(FormatError) -> any ByteSource {
        let packed = ByteSlice(source, entry.range)
        let content: any ByteSource
        switch entry.method {
        case 0:
            guard entry.size == entry.range.count else {
                throw FormatError(
                    .malformed, file: file, "“\(entry.name)” is stored in \(entry.range.count) bytes but should have \(entry.size)")
            }
            content = packed
        case 8:
            guard entry.size <= limit else {
                throw FormatError(.tooLarge, file: file, "“\(entry.name)” unpacks to \(entry.size) bytes, more than the allowed \(limit)")
            }
            content = try packed.reading { bytes throws(FormatError) in
                try RawDeflate.inflate(bytes, size: entry.size, file: file, name: "“\(entry.name)”")
            }
        default:
            throw FormatError(
                .unsupported, file: file, "“\(entry.name)” is packed by method \(entry.method); stored (0) and deflated (8) are read")
        }
        if verifying, checksum(content) != entry.checksum {
            throw FormatError(.malformed, file: file, "“\(entry.name)” is damaged: its checksum is not that of the directory")
        }
        return content
    }

    /// The first bytes of an entry, or all when it has fewer; not compared with its checksum.
    func beginning(of entry: Entry, count: Int) throws(FormatError) -> any ByteSource {
        let packed = ByteSlice(source, entry.range)
        guard entry.method == 8 else { return try content(of: entry, verifying: false) }
        return try packed.reading { bytes throws(FormatError) in
            try RawDeflate.prefix(bytes, count: min(count, entry.size), file: file, name: "“\(entry.name)”")
        }
    }

    private func checksum(_ bytes: some ByteSource) -> UInt32 { Gzip.crc32(bytes) }

    // MARK: The central directory

    private static let endSignature: UInt32 = 0x0605_4B50, wideEndSignature: UInt32 = 0x0606_4B50
    private static let locatorSignature: UInt32 = 0x0706_4B50
    private static let centralSignature: UInt32 = 0x0201_4B50, localSignature: UInt32 = 0x0403_4B50
    private static let endBytes = 22, locatorBytes = 20

    private static func directory(_ bytes: UnsafeRawBufferPointer, file: String) throws(FormatError) -> [Entry] {
        let end = try endRecord(bytes, file: file)
        let place = try directoryPlace(bytes, end: end, file: file)
        var reader = ByteReader(bytes, from: place.offset, file: file, subject: "the zip directory")
        var entries: [Entry] = []
        var starts: [(start: Int, position: Int)] = []
        for position in 0 ..< place.count {
            let (entry, start) = try entry(&reader, bytes, directory: place.offset, file: file)
            entries.append(entry)
            starts.append((start, position))
        }
        starts.sort { $0.start < $1.start }
        for (previous, next) in zip(starts, starts.dropFirst()) where entries[previous.position].range.upperBound > next.start {
            throw FormatError(
                .malformed, file: file,
                "the zip entries “\(entries[previous.position].name)” and “\(entries[next.position].name)” overlap")
        }
        return entries
    }

    /// The end record is the last thing in the file but for a comment, whose length it has.
    private static func endRecord(_ bytes: UnsafeRawBufferPointer, file: String) throws(FormatError) -> Int {
        var place = bytes.count - endBytes
        let lowest = max(0, place - Int(UInt16.max))
        while place >= lowest {
            if UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)) == endSignature,
                Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: place + 20, as: UInt16.self)))
                    == bytes.count - place - endBytes
            { return place }
            place -= 1
        }
        throw FormatError(.truncated, file: file, "a zip file without its directory: it is cut off, or no zip file")
    }

    private static func directoryPlace(
        _ bytes: UnsafeRawBufferPointer, end: Int, file: String
    ) throws(FormatError) -> (offset: Int, count: Int) {
        var reader = ByteReader(bytes, from: end + 4, file: file, subject: "the zip end record")
        let disks = (try reader.integer(UInt16.self, "disk"), try reader.integer(UInt16.self, "disk of the directory"))
        _ = try reader.integer(UInt16.self, "entries on this disk")
        var count = Int(try reader.integer(UInt16.self, "number of entries"))
        var size = Int(try reader.integer(UInt32.self, "size of the directory"))
        var offset = Int(try reader.integer(UInt32.self, "offset of the directory"))
        var limit = end
        var isWide = false
        if end >= locatorBytes {
            var locator = ByteReader(bytes, from: end - locatorBytes, file: file, subject: "the zip64 locator")
            if try locator.integer(UInt32.self, "signature") == locatorSignature {
                isWide = true
                _ = try locator.integer(UInt32.self, "disk")
                let place = try locator.length("offset of the zip64 end record")
                try reader.seek(place, "the zip64 end record")
                guard try reader.integer(UInt32.self, "signature of the zip64 end record") == wideEndSignature else {
                    throw FormatError(.malformed, file: file, "there is no zip64 end record at byte \(place)")
                }
                _ = try reader.take(20, "zip64 end record")
                _ = try reader.length("entries on this disk")
                count = try reader.length("number of entries")
                size = try reader.length("size of the directory")
                offset = try reader.length("offset of the directory")
                limit = place
            }
        }
        guard isWide || (disks.0 == 0 && disks.1 == 0) else {
            throw FormatError(.unsupported, file: file, "a zip file in several parts")
        }
        guard offset <= limit, size <= limit - offset, count <= size / 46 else {
            throw FormatError(
                .malformed, file: file, "a zip directory of \(count) entries in \(size) bytes at byte \(offset) does not fit the file")
        }
        return (offset, count)
    }

    private static func entry(
        _ reader: inout ByteReader, _ bytes: UnsafeRawBufferPointer, directory: Int, file: String
    ) throws(FormatError) -> (Entry, start: Int) {
        guard try reader.integer(UInt32.self, "signature of an entry") == centralSignature else {
            throw FormatError(.malformed, file: file, "the zip directory has no entry at byte \(reader.offset - 4)")
        }
        _ = try reader.take(4, "versions")
        let flags = try reader.integer(UInt16.self, "flags")
        let method = try reader.integer(UInt16.self, "method")
        _ = try reader.take(4, "date")
        let checksum = try reader.integer(UInt32.self, "checksum")
        var packedSize = Int(try reader.integer(UInt32.self, "packed size"))
        var size = Int(try reader.integer(UInt32.self, "size"))
        let nameLength = Int(try reader.integer(UInt16.self, "length of the name"))
        let extraLength = Int(try reader.integer(UInt16.self, "length of the extra field"))
        let commentLength = Int(try reader.integer(UInt16.self, "length of the comment"))
        _ = try reader.take(8, "attributes")
        var start = Int(try reader.integer(UInt32.self, "offset"))
        let nameBytes = try reader.take(nameLength, "name")
        let name = String(decoding: nameBytes, as: UTF8.self)
        var extra = ByteReader(
            try reader.take(extraLength, "extra field of “\(name)”"), file: file, subject: "the extra field of “\(name)”")
        _ = try reader.take(commentLength, "comment of “\(name)”")
        while extra.remaining >= 4 {
            let kind = try extra.integer(UInt16.self, "kind")
            let length = Int(try extra.integer(UInt16.self, "length"))
            var field = ByteReader(
                try extra.take(length, "field \(kind)"), file: file, subject: "the zip64 field of “\(name)”")
            guard kind == 1 else { continue }
            if size == UInt32.max { size = try field.length("size") }
            if packedSize == UInt32.max { packedSize = try field.length("packed size") }
            if start == UInt32.max { start = try field.length("offset") }
        }
        guard flags & 1 == 0 else { throw FormatError(.unsupported, file: file, "“\(name)” is encrypted") }

        var local = ByteReader(bytes, file: file, subject: "the zip file")
        try local.seek(start, "“\(name)”")
        guard try local.integer(UInt32.self, "signature of “\(name)”") == localSignature else {
            throw FormatError(.malformed, file: file, "“\(name)” is not at byte \(start), where the zip directory places it")
        }
        _ = try local.take(22, "header of “\(name)”")
        let localNameLength = Int(try local.integer(UInt16.self, "length of the name"))
        let localExtraLength = Int(try local.integer(UInt16.self, "length of the extra field"))
        guard try local.take(localNameLength, "name").elementsEqual(nameBytes) else {
            throw FormatError(.malformed, file: file, "“\(name)” has another name in its own header than in the zip directory")
        }
        _ = try local.take(localExtraLength, "extra field of “\(name)”")
        let begin = local.offset
        guard packedSize <= directory - begin else {
            throw FormatError(.malformed, file: file, "“\(name)” takes \(packedSize) bytes from byte \(begin), beyond the zip directory")
        }
        return (Entry(name: name, method: method, checksum: checksum, size: size, range: begin ..< begin + packedSize), start)
    }
}
