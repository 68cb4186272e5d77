import EmberTensor

/// An `.npy` file: one array. Files of more than 64 KiB of header, and of versions after 3.0, are not read.
///
/// PyTorch: `torch.from_numpy(numpy.load(path))`.
public struct NumPyFile: TensorArchive {
    /// The name under which an archive lists the array, as `numpy.savez` calls an array without a name.
    public static let name = "arr_0"

    public let path: String
    private let array: NumPyArray
    private let source: any ByteSource

    public var format: TensorFormat { .npy }
    public var metadata: JSONObject { ["fortran_order": .boolean(array.header.isFortranOrdered)] }
    public var entries: [TensorEntry] { [array.entry(NumPyFile.name, byteCount: source.byteCount)] }

    /// Opens a file; the elements are read when they are looked at.
    /// - Throws: `FormatError` when it cannot be read, is no NumPy file, or is shorter or longer than its header says.
    public init(path: String) throws(FormatError) {
        try self.init(source: try MappedFile(path: path), description: path)
    }

    /// Reads the content of a file that lies in memory. `description` stands for the path in errors.
    public init(bytes: [UInt8], description: String = "bytes in memory") throws(FormatError) {
        try self.init(source: bytes, description: description)
    }

    private init(source: any ByteSource, description: String) throws(FormatError) {
        array = try source.reading { bytes throws(FormatError) in
            try NumPyArray(header: bytes, byteCount: bytes.count, file: description)
        }
        path = description
        self.source = source
    }

    /// The array.
    /// - Throws: `FormatError` when it is structured, or of strings or Python objects.
    public func load() throws(FormatError) -> Tensor { try array.tensor(source, file: path) }

    public func load(_ name: String) throws(FormatError) -> Tensor {
        guard name == NumPyFile.name else { throw missing(name) }
        return try load()
    }

    /// Writes, byte for byte, what `numpy.save` writes for the same array: column by column when the tensor lies so in memory.
    /// - Throws: `FormatError` for bfloat16, which NumPy does not have, or when the system refuses.
    public static func write(_ tensor: Tensor, to path: String) throws(FormatError) {
        let (header, elements) = try NumPyArray.serialized(tensor, file: path)
        var writer = try AtomicFileWriter(path: path)
        try writer.write(header)
        try writer.write(elements)
        try writer.commit()
    }

    /// The content of the file that `write` makes.
    public static func serialized(_ tensor: Tensor) throws(FormatError) -> [UInt8] {
        let (header, elements) = try NumPyArray.serialized(tensor, file: "bytes in memory")
        return header + elements.byteArray
    }
}
