import EmberTensor

/// A file in the IDX format, in which MNIST and its relatives come: a type, sizes, and elements in big-endian order.
///
/// Packed (`.gz`) or not is seen from the content. Format: Y. LeCun, "The MNIST database", section "File formats".
public struct IDXFile: TensorArchive {
    /// The name under which an archive lists the elements.
    public static let name = "data"

    public let path: String
    /// The elements; uint8, int8, int16, int32, float32 or float64.
    public let tensor: Tensor

    /// Reads a file whole.
    /// - Parameter maximumBytes: the most that the (unpacked) file may take in memory.
    /// - Throws: `FormatError` when the file cannot be read, is not IDX, is shorter or longer than its header says, or is too large.
    public init(path: String, maximumBytes: Int = 1 << 30) throws(FormatError) {
        try self.init(bytes: try MappedFile(path: path), description: path, maximumBytes: maximumBytes)
    }

    /// Reads the content of a file that lies in memory. `description` stands for the path in errors.
    public init(
        bytes: some ByteSource, description: String = "bytes in memory", maximumBytes: Int = 1 << 30
    ) throws(FormatError) {
        path = description
        guard Gzip.isGzip(bytes) else {
            guard bytes.byteCount <= maximumBytes else {
                throw FormatError(.tooLarge, file: description, "takes more than the allowed \(maximumBytes) bytes")
            }
            tensor = try IDXFile.read(bytes, description)
            return
        }
        tensor = try IDXFile.read(try Gzip.decompress(bytes, file: description, limit: maximumBytes), description)
    }

    public var format: TensorFormat { .idx }
    public var metadata: JSONObject { [:] }

    public var entries: [TensorEntry] {
        [TensorEntry(
            name: IDXFile.name, shape: tensor.shape, storedType: tensor.dtype.name, dtype: tensor.dtype,
            byteCount: tensor.count * tensor.dtype.size)]
    }

    public func load(_ name: String) throws(FormatError) -> Tensor {
        guard name == IDXFile.name else { throw missing(name) }
        return tensor
    }

    /// Whether a file that is not packed begins as IDX files do.
    static func recognize(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 8 && bytes[0] == 0 && bytes[1] == 0 && dtype(bytes[2]) != nil && (1 ... 8).contains(bytes[3])
    }

    private static func read(_ bytes: some ByteSource, _ file: String) throws(FormatError) -> Tensor {
        try bytes.reading { buffer throws(FormatError) in try parse(buffer, file) }
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer, _ file: String) throws(FormatError) -> Tensor {
        guard bytes.count >= 4 else {
            throw FormatError(.truncated, file: file, "\(bytes.count) bytes are too few for an IDX file")
        }
        guard bytes[0] == 0, bytes[1] == 0, let dtype = dtype(bytes[2]) else {
            throw FormatError(.malformed, file: file, "not an IDX file: it begins with "
                + bytes.prefix(4).map { byte in String(byte, radix: 16) }.joined(separator: " "))
        }
        let rank = Int(bytes[3]), headerBytes = 4 + 4 * rank
        guard rank >= 1, rank <= 8 else {
            throw FormatError(.unsupported, file: file, "an IDX file of \(rank) dimensions; 1 to 8 are read")
        }
        guard bytes.count >= headerBytes else {
            throw FormatError(.truncated, file: file, "the IDX header of \(rank) dimensions is cut off")
        }
        let shape = (0 ..< rank).map { Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 + 4 * $0, as: UInt32.self))) }
        // Sizes beside a zero must not overflow either: strides are products of them.
        var size = dtype.size
        for dimension in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: max(dimension, 1))
            guard !overflow else { throw FormatError(.malformed, file: file, "an IDX file of the impossible shape \(shape)") }
            size = product
        }
        if shape.contains(0) { size = 0 }
        let found = bytes.count - headerBytes
        guard found >= size else {
            throw FormatError(.truncated, file: file, "shape \(shape) of \(dtype.name) takes \(size) bytes, but only \(found) follow")
        }
        guard found == size else {
            throw FormatError(.malformed, file: file, "shape \(shape) of \(dtype.name) takes \(size) bytes, but \(found) follow")
        }
        let elements = [UInt8](UnsafeRawBufferPointer(rebasing: bytes[headerBytes...]))
        return StoredElements(elements, dtype, isBigEndian: true).tensor(shape)
    }

    private static func dtype(_ code: UInt8) -> DType? {
        switch code {
        case 0x08: .uint8
        case 0x09: .int8
        case 0x0B: .int16
        case 0x0C: .int32
        case 0x0D: .float32
        case 0x0E: .float64
        default: nil
        }
    }
}
