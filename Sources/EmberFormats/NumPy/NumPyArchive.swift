import EmberTensor

/// An `.npz` file: named arrays in a zip file, stored or packed. PyTorch: `numpy.load(path)`.
public struct NumPyArchive: TensorArchive {
    public let path: String
    public let entries: [TensorEntry]
    private let zip: ZipArchive
    private let maximumArrayBytes: Int
    private let arrays: [String: (array: NumPyArray, member: ZipArchive.Entry)]

    public var format: TensorFormat { .npz }
    public var metadata: JSONObject { [:] }

    /// Opens a file and reads the headers of its arrays.
    /// - Parameter maximumArrayBytes: the most bytes that a packed array may take in memory; a small file can unpack to a thousand times its size.
    public init(path: String, maximumArrayBytes: Int = 1 << 32) throws(FormatError) {
        try self.init(source: try MappedFile(path: path), description: path, maximumArrayBytes: maximumArrayBytes)
    }

    /// Reads the content of a file that lies in memory. `description` stands for the path in errors.
    public init(
        bytes: [UInt8], description: String = "bytes in memory", maximumArrayBytes: Int = 1 << 32
    ) throws(FormatError) {
        try self.init(source: bytes, description: description, maximumArrayBytes: maximumArrayBytes)
    }

    private init(source: any ByteSource, description: String, maximumArrayBytes: Int) throws(FormatError) {
        self.maximumArrayBytes = maximumArrayBytes
        zip = try ZipArchive(source, file: description)
        path = description
        var entries: [TensorEntry] = [], arrays: [String: (array: NumPyArray, member: ZipArchive.Entry)] = [:]
        for member in zip.entries where member.name.hasSuffix(".npy") {
            let name = String(member.name.dropLast(4))
            // The longest header that is read, and what lies before it.
            let beginning = try zip.beginning(of: member, count: NumPyHeader.maximumBytes + 12)
            let array = try beginning.reading { bytes throws(FormatError) in
                try NumPyArray(header: bytes, byteCount: member.size, file: "\(description): \(member.name)")
            }
            entries.append(array.entry(name, byteCount: member.size))
            arrays[name] = (array, member)
        }
        self.entries = entries
        self.arrays = arrays
    }

    public func load(_ name: String) throws(FormatError) -> Tensor {
        guard let (array, member) = arrays[name] else { throw missing(name) }
        return try array.tensor(try zip.content(of: member, limit: maximumArrayBytes), file: "\(path): \(member.name)")
    }

    /// Writes named arrays, byte for byte as `numpy.savez` does; packed, as `numpy.savez_compressed` does where the same zlib packs.
    /// - Throws: `FormatError` when a name occurs twice, for bfloat16, or when the system refuses.
    public static func write(_ tensors: [NamedTensor], to path: String, compressed: Bool = false) throws(FormatError) {
        var names: Set<String> = []
        for named in tensors where !names.insert(named.name).inserted {
            throw FormatError(.malformed, file: path, "cannot write: the name “\(named.name)” occurs twice")
        }
        var writer = try ZipWriter(path: path, style: .python)
        for named in tensors {
            let (header, elements) = try NumPyArray.serialized(named.tensor, name: named.name, file: path)
            try writer.add(named.name + ".npy", [header, elements], deflated: compressed)
        }
        try writer.commit()
    }
}
