/// The tensors of a safetensors file, by name. Opening reads the header alone; the elements of a tensor are loaded by the
/// system when they are first looked at.
///
/// ```swift
/// let file = try SafeTensorsFile(path: "model.safetensors")
/// if let weight = file["conv.weight"] { print(weight.shape, weight.bytes.byteCount) }
/// ```
/// The reader is stricter than the reference: it also refuses headers in which a name occurs twice.
/// PyTorch: `safetensors.safe_open`.
public struct SafeTensorsFile: Sendable {
    /// The largest header that is read, as in the reference implementation.
    public static let maximumHeaderBytes = 100_000_000
    /// The largest number of dimensions that is read: far beyond what Ember computes with, so that such a tensor does not keep anybody from the
    /// file's others.
    public static let maximumRank = 256

    /// The path as it was given, or a description such as "bytes in memory".
    public let path: String
    /// What lies under `__metadata__`; all values are strings.
    public let metadata: JSONObject
    /// The names in the order of their data in the file.
    public let names: [String]

    private struct Entry: Sendable {
        let dtype: SafeTensorsDType
        let shape: [Int]
        let start: Int
        let end: Int
    }
    private let layout: [String: Entry]
    private let source: any ByteSource
    private let dataStart: Int

    /// Opens a file.
    /// - Throws: `FormatError` when it cannot be opened, is not safetensors, or when its tensors overlap, leave holes, reach
    ///   beyond the end, or have sizes that do not agree with their types and shapes.
    public init(path: String) throws(FormatError) {
        try self.init(source: try MappedFile(path: path), description: path)
    }

    /// Reads the content of a file that lies in memory. `description` stands for the path in errors.
    public init(bytes: [UInt8], description: String = "bytes in memory") throws(FormatError) {
        try self.init(source: bytes, description: description)
    }

    private init(source: any ByteSource, description: String) throws(FormatError) {
        let header = try source.withUnsafeBytes { (bytes) -> Result<Header, FormatError> in
            do throws(FormatError) {
                return .success(try Header(bytes, file: description))
            } catch {
                return .failure(error)
            }
        }.get()
        self.source = source
        path = description
        metadata = header.metadata
        layout = header.entries
        names = header.names
        dataStart = header.dataStart
    }

    public var count: Int { names.count }

    /// The tensor of this name.
    public subscript(name: String) -> TensorRecord? {
        guard let entry = layout[name] else { return nil }
        let bytes = ByteSlice(source, dataStart + entry.start ..< dataStart + entry.end)
        return TensorRecord(name: name, dtype: entry.dtype, shape: entry.shape, bytes: bytes)
    }

    /// All tensors, in the order of their data in the file.
    public var records: [TensorRecord] { names.compactMap { self[$0] } }

    // MARK: Header

    private struct Header {
        var metadata = JSONObject()
        var entries: [String: Entry] = [:]
        var names: [String] = []
        var dataStart = 0

        init(_ bytes: UnsafeRawBufferPointer, file: String) throws(FormatError) {
            guard bytes.count >= 8 else {
                throw FormatError(.truncated, file: file, "\(bytes.count) bytes are too few for a safetensors file")
            }
            let announced = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
            guard announced <= UInt64(SafeTensorsFile.maximumHeaderBytes) else {
                throw FormatError(
                    .tooLarge, file: file,
                    "not a safetensors file: its header would take \(announced) bytes, more than the allowed 100 MB")
            }
            dataStart = 8 + Int(announced)
            guard dataStart <= bytes.count else {
                throw FormatError(
                    .truncated, file: file,
                    "the header should take \(announced) bytes, but the file ends after \(bytes.count - 8) of them")
            }
            guard announced > 0, bytes[8] == UInt8(ascii: "{") else {
                throw FormatError(.malformed, file: file, "not a safetensors file: its header does not begin with “{”")
            }
            var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: bytes[8 ..< dataStart]))
            do throws(JSONError) {
                try read(&scanner)
            } catch {
                throw FormatError(.malformed, file: file, "in the safetensors header: \(error)")
            }
            try checkLayout(dataBytes: bytes.count - dataStart, file: file)
        }

        private mutating func read(_ scanner: inout JSONScanner) throws(JSONError) {
            var hasMetadata = false
            try scanner.members { (scanner, name, place) throws(JSONError) in
                if name == "__metadata__" {
                    guard !hasMetadata else { throw scanner.error("“__metadata__” occurs twice", at: place) }
                    hasMetadata = true
                    try readMetadata(&scanner)
                } else {
                    let entry = try Header.entry(&scanner, name: name)
                    guard entries.updateValue(entry, forKey: name) == nil else {
                        throw scanner.error("the tensor “\(name)” occurs twice", at: place)
                    }
                    names.append(name)
                }
            }
            try scanner.end()
        }

        private mutating func readMetadata(_ scanner: inout JSONScanner) throws(JSONError) {
            try scanner.members { (scanner, key, place) throws(JSONError) in
                let value = try scanner.string()
                guard metadata.insert(key, .string(value)) else {
                    throw scanner.error("the metadata “\(key)” occurs twice", at: place)
                }
            }
        }

        private static func entry(_ scanner: inout JSONScanner, name: String) throws(JSONError) -> Entry {
            var dtype: SafeTensorsDType?
            var shape: [Int]?
            var offsets: [Int]?
            try scanner.members { (scanner, field, place) throws(JSONError) in
                switch field {
                case "dtype" where dtype == nil:
                    let text = try scanner.string()
                    dtype = SafeTensorsDType(rawValue: text)
                    if dtype == nil { throw scanner.error("“\(name)” has the unknown dtype “\(text)”", at: place) }
                case "shape" where shape == nil:
                    shape = try integers(&scanner, atMost: SafeTensorsFile.maximumRank, "dimensions of “\(name)”")
                case "data_offsets" where offsets == nil:
                    offsets = try integers(&scanner, atMost: 2, "offsets of “\(name)”")
                default:
                    throw scanner.error("“\(name)” has the unknown or repeated field “\(field)”", at: place)
                }
            }
            guard let dtype, let shape, let offsets, offsets.count == 2 else {
                throw scanner.error("“\(name)” needs a dtype, a shape and two data_offsets")
            }
            return Entry(dtype: dtype, shape: shape, start: offsets[0], end: offsets[1])
        }

        private static func integers(
            _ scanner: inout JSONScanner, atMost limit: Int, _ what: String
        ) throws(JSONError) -> [Int] {
            var result: [Int] = []
            try scanner.expect(UInt8(ascii: "["))
            if scanner.take(UInt8(ascii: "]")) { return [] }
            repeat {
                guard result.count < limit else { throw scanner.error("more than \(limit) \(what)") }
                result.append(try scanner.nonNegativeInteger())
            } while scanner.take(UInt8(ascii: ","))
            try scanner.expect(UInt8(ascii: "]"))
            return result
        }

        /// The tensors must follow each other from the first data byte to the last one: this excludes overlaps, holes and
        /// data beyond the end at once.
        private mutating func checkLayout(dataBytes: Int, file: String) throws(FormatError) {
            var order: [(name: String, entry: Entry)] = names.compactMap { name in entries[name].map { (name, $0) } }
            order.sort { ($0.entry.start, $0.entry.end, $0.name) < ($1.entry.start, $1.entry.end, $1.name) }
            var position = 0
            for (name, entry) in order {
                guard entry.start == position else {
                    let relation = entry.start < position ? "overlaps the tensor before it" : "leaves a hole before it"
                    throw FormatError(
                        .malformed, file: file,
                        "the data of “\(name)” begins at \(entry.start) and \(relation), which ends at \(position)")
                }
                guard let size = entry.dtype.byteCount(shape: entry.shape) else {
                    throw FormatError(
                        .malformed, file: file,
                        "“\(name)”: the size of \(entry.dtype.rawValue) \(entry.shape) is not a whole number of bytes or too large")
                }
                guard entry.end >= entry.start, entry.end - entry.start == size else {
                    throw FormatError(
                        .malformed, file: file,
                        "“\(name)” of type \(entry.dtype.rawValue) and shape \(entry.shape) takes \(size) bytes, "
                            + "but its data_offsets are [\(entry.start), \(entry.end)]")
                }
                guard entry.end <= dataBytes else {
                    throw FormatError(
                        .truncated, file: file,
                        "the data of “\(name)” ends at \(entry.end), but the file has only \(dataBytes) bytes of data")
                }
                position = entry.end
            }
            guard position == dataBytes else {
                throw FormatError(
                    .malformed, file: file, "\(dataBytes - position) bytes at the end of the file belong to no tensor")
            }
            names = order.map(\.name)
        }
    }
}
