/// Writes a zip file, which appears under its name when it is complete. Equal entries give equal files: dates are 1980-01-01.
struct ZipWriter: ~Copyable {
    /// Whose files the result equals.
    enum Style {
        /// Python's `zipfile` with `force_zip64`, as `numpy.savez` uses it.
        case python
        /// PyTorch's: data aligned to 64 bytes, so that it can be used where it is mapped.
        case torch

        var madeBy: UInt16 { self == .python ? 0x032D : 0 }
        var needed: UInt16 { self == .python ? 45 : 0 }
        /// Bit 11: names are UTF-8.
        var flags: UInt16 { self == .python ? 0 : 0x800 }
        var attributes: UInt32 { self == .python ? 0o600 << 16 : 0 }
    }

    private let style: Style
    private var output: AtomicFileWriter
    private var offset = 0
    private var directory: [UInt8] = []
    private var count = 0
    private let path: String

    init(path: String, style: Style, durable: Bool = false) throws(FormatError) {
        self.path = path
        self.style = style
        output = try AtomicFileWriter(path: path, durable: durable)
    }

    /// Appends an entry of all the pieces, one after the other; `name` must not occur twice.
    mutating func add(_ name: String, _ pieces: [any ByteSource], deflated: Bool = false) throws(FormatError) {
        let checksum = pieces.reduce(0 as UInt32) { continued($0, $1) }
        let size = pieces.reduce(0) { $0 + $1.byteCount }
        guard deflated else {
            try add(name, pieces, size: size, checksum: checksum, method: 0)
            return
        }
        let path = path
        let packed = try pieces.flatMap(\.byteArray).reading { bytes throws(FormatError) in try RawDeflate.deflate(bytes, file: path) }
        try add(name, [packed], size: size, checksum: checksum, method: 8)
    }

    private func continued(_ checksum: UInt32, _ bytes: some ByteSource) -> UInt32 { Gzip.crc32(bytes, continuing: checksum) }

    private mutating func add(
        _ name: String, _ data: [any ByteSource], size: Int, checksum: UInt32, method: UInt16
    ) throws(FormatError) {
        let nameBytes = Array(name.utf8), packedSize = data.reduce(0) { $0 + $1.byteCount }
        // ASCII names need no flag with Python either.
        let flags = nameBytes.allSatisfy { $0 < 0x80 } ? style.flags : 0x800
        let isWide = size >= UInt32.max || packedSize >= UInt32.max
        let common = littleEndian(style.needed) + littleEndian(flags) + littleEndian(method) + littleEndian(0 as UInt16) + littleEndian(0x21 as UInt16) + littleEndian(checksum)
        let wideSizes = littleEndian(1 as UInt16) + littleEndian(16 as UInt16) + littleEndian(UInt64(size)) + littleEndian(UInt64(packedSize))
        let narrowSizes = littleEndian(UInt32(clamping: packedSize)) + littleEndian(UInt32(clamping: size))
        let unknownSizes = littleEndian(UInt32.max) + littleEndian(UInt32.max)

        let hasWideHeader = isWide || style == .python
        var extra = hasWideHeader ? wideSizes : []
        if style == .torch {
            let start = offset + 30 + nameBytes.count + extra.count + 4
            let padding = (64 - start % 64) % 64
            extra += Array("FB".utf8) + littleEndian(UInt16(padding)) + [UInt8](repeating: UInt8(ascii: "Z"), count: padding)
        }
        let header = littleEndian(0x0403_4B50 as UInt32) + common + (hasWideHeader ? unknownSizes : narrowSizes)
            + littleEndian(UInt16(nameBytes.count)) + littleEndian(UInt16(extra.count)) + nameBytes + extra
        let wideOffset = offset >= UInt32.max
        var directoryExtra: [UInt8] = []
        if isWide || wideOffset {
            let fields = (isWide ? littleEndian(UInt64(size)) + littleEndian(UInt64(packedSize)) : []) + (wideOffset ? littleEndian(UInt64(offset)) : [])
            directoryExtra = littleEndian(1 as UInt16) + littleEndian(UInt16(fields.count)) + fields
        }
        directory += littleEndian(0x0201_4B50 as UInt32) + littleEndian(style.madeBy) + common + (isWide ? unknownSizes : narrowSizes)
        directory += littleEndian(UInt16(nameBytes.count)) + littleEndian(UInt16(directoryExtra.count)) + [UInt8](repeating: 0, count: 6)
        directory += littleEndian(style.attributes) + littleEndian(UInt32(clamping: offset)) + nameBytes + directoryExtra
        count += 1
        try output.write(header)
        for piece in data { try output.write(piece) }
        offset += header.count + packedSize
    }

    /// Writes the directory and gives the file its name.
    consuming func commit() throws(FormatError) {
        try output.write(directory)
        if style == .torch || offset >= UInt32.max || count >= UInt16.max || directory.count >= UInt32.max {
            var end = littleEndian(0x0606_4B50 as UInt32) + littleEndian(44 as UInt64) + littleEndian(0x031E as UInt16) + littleEndian(45 as UInt16)
            end += littleEndian(0 as UInt64) + littleEndian(UInt64(count)) + littleEndian(UInt64(count)) + littleEndian(UInt64(directory.count)) + littleEndian(UInt64(offset))
            end += littleEndian(0x0706_4B50 as UInt32) + littleEndian(0 as UInt32) + littleEndian(UInt64(offset + directory.count)) + littleEndian(1 as UInt32)
            try output.write(end)
        }
        var end = littleEndian(0x0605_4B50 as UInt32) + littleEndian(0 as UInt32) + littleEndian(UInt16(clamping: count)) + littleEndian(UInt16(clamping: count))
        end += littleEndian(UInt32(clamping: directory.count)) + littleEndian(UInt32(clamping: offset)) + littleEndian(0 as UInt16)
        try output.write(end)
        try output.commit()
    }
}

/// The little-endian bytes of an integer.
func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
}
