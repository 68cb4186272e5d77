import EmberTensor

/// A GGUF file, as llama.cpp and its relatives have models: metadata of typed values, and tensors, mostly quantised.
///
/// Versions 2 and 3 are read, little-endian. Tensors of plain numbers are views of the mapped file; Q8_0 and Q4_0 are dequantised to float32
/// when they are loaded; other quantisations are listed. Shapes are in PyTorch's order, the reverse of the file's.
/// Format: ggml's `docs/gguf.md`.
public struct GGUFFile: TensorArchive {
    /// The most values of metadata that are read; a vocabulary of 256,000 tokens has about three times as many.
    public static let maximumValues = 1 << 23

    public let path: String
    public let version: Int
    /// The metadata in the order of the file. No key occurs twice.
    public let values: [(key: String, value: GGUFValue)]
    /// Tensors lie at multiples of this.
    public let alignment: Int
    private let tensors: [Entry]
    private let positions: [String: Int]
    private let source: any ByteSource

    private struct Entry: Sendable {
        let name: String
        let shape: [Int]
        let type: GGUFElementType
        /// In the file.
        let range: Range<Int>
    }

    public var format: TensorFormat { .gguf }

    public var metadata: JSONObject {
        var object = JSONObject()
        for (key, value) in values { object[key] = value.json }
        return object
    }

    /// Opens a file; elements are read when they are looked at.
    /// - Throws: `FormatError` when it cannot be read, is of another version, or has tensors that overlap or reach beyond its end.
    public init(path: String) throws(FormatError) {
        try self.init(source: try MappedFile(path: path), description: path)
    }

    /// Reads the content of a file that lies in memory. `description` stands for the path in errors.
    public init(bytes: [UInt8], description: String = "bytes in memory") throws(FormatError) {
        try self.init(source: bytes, description: description)
    }

    private init(source: any ByteSource, description: String) throws(FormatError) {
        let content = try source.reading { bytes throws(FormatError) in try Content(bytes, file: description) }
        path = description
        version = content.version
        values = content.values
        alignment = content.alignment
        tensors = content.tensors
        positions = content.positions
        self.source = source
    }

    /// The value under a key.
    public subscript(key: String) -> GGUFValue? { values.first { $0.key == key }?.value }

    public var entries: [TensorEntry] {
        tensors.map { tensor in
            TensorEntry(
                name: tensor.name, shape: tensor.shape, storedType: tensor.type.name, dtype: tensor.type.loadedDType,
                byteCount: tensor.range.count)
        }
    }

    public func load(_ name: String) throws(FormatError) -> Tensor {
        guard let position = positions[name] else { throw missing(name) }
        let tensor = tensors[position], data = ByteSlice(source, tensors[position].range)
        guard let dtype = tensor.type.loadedDType else {
            throw FormatError(
                .unsupported, file: path, "“\(name)” is quantised as \(tensor.type.name), which is not loaded; Q8_0 and Q4_0 are")
        }
        switch tensor.type.name {
        case "Q8_0": return data.withUnsafeBytes { Tensor(Dequantization.q8_0($0), shape: tensor.shape) }
        case "Q4_0": return data.withUnsafeBytes { Tensor(Dequantization.q4_0($0), shape: tensor.shape) }
        default: return StoredElements(data, dtype).tensor(tensor.shape)
        }
    }

    // MARK: Reading

    private struct Content {
        var version = 0
        var values: [(key: String, value: GGUFValue)] = []
        var alignment = 32
        var tensors: [Entry] = []
        var positions: [String: Int] = [:]

        init(_ bytes: UnsafeRawBufferPointer, file: String) throws(FormatError) {
            func malformed(_ problem: String) -> FormatError { FormatError(.malformed, file: file, problem) }
            var reader = ByteReader(bytes, file: file, subject: "the GGUF file")
            guard try reader.take(4, "magic bytes").elementsEqual("GGUF".utf8) else { throw malformed("not a GGUF file") }
            let code = try reader.integer(UInt32.self, "version")
            guard code == 2 || code == 3 else {
                let kind = code.byteSwapped <= 3 ? "a big-endian GGUF file" : "a GGUF file of version \(code)"
                throw FormatError(.unsupported, file: file, "\(kind); versions 2 and 3, little-endian, are read")
            }
            version = Int(code)
            let tensorCount = try reader.length("number of tensors"), valueCount = try reader.length("number of values")
            try readValues(valueCount, &reader)
            var kinds: [(name: String, shape: [Int], type: GGUFElementType, offset: Int)] = []
            // The shortest description takes 24 bytes.
            guard tensorCount <= reader.remaining / 24 else { throw malformed("\(tensorCount) tensors do not fit \(reader.remaining) bytes") }
            for position in 0 ..< tensorCount {
                let tensor = try Content.description(&reader)
                guard positions.updateValue(position, forKey: tensor.name) == nil else { throw malformed("the tensor “\(tensor.name)” occurs twice") }
                kinds.append(tensor)
            }
            let start = (reader.offset + alignment - 1) / alignment * alignment
            guard start <= bytes.count || kinds.isEmpty else { throw FormatError(.truncated, file: file, "the tensors are missing") }
            for (name, shape, type, offset) in kinds {
                guard let size = Content.byteCount(shape, type) else {
                    throw malformed("“\(name)”: the size of \(type.name) \(shape) is not a whole number of blocks or too large")
                }
                guard offset.isMultiple(of: alignment) else {
                    throw malformed("“\(name)” lies at \(offset), which is no multiple of the alignment \(alignment)")
                }
                guard offset <= bytes.count - start, size <= bytes.count - start - offset else {
                    throw FormatError(.truncated, file: file, "“\(name)” of \(size) bytes at \(offset) reaches beyond the end of the file")
                }
                tensors.append(Entry(name: name, shape: shape, type: type, range: start + offset ..< start + offset + size))
            }
            let order = tensors.filter { !$0.range.isEmpty }.sorted { $0.range.lowerBound < $1.range.lowerBound }
            for (previous, next) in zip(order, order.dropFirst()) where previous.range.upperBound > next.range.lowerBound {
                throw malformed("the tensors “\(previous.name)” and “\(next.name)” overlap")
            }
        }

        private mutating func readValues(_ count: Int, _ reader: inout ByteReader) throws(FormatError) {
            var keys: Set<String> = []
            var budget = GGUFFile.maximumValues
            for _ in 0 ..< count {
                let key = try GGUFValue.string(&reader, "a key")
                let value = try GGUFValue(code: try reader.integer(UInt32.self, "the kind of “\(key)”"), &reader, name: key, budget: &budget)
                guard keys.insert(key).inserted else {
                    throw FormatError(.malformed, file: reader.file, "the key “\(key)” occurs twice")
                }
                values.append((key, value))
                guard key == "general.alignment" else { continue }
                guard let number = value.integerValue, number >= 8, number <= 1 << 20, number.isMultiple(of: 8) else {
                    throw FormatError(.malformed, file: reader.file, "general.alignment is no multiple of 8 up to 2²⁰")
                }
                alignment = number
            }
        }

        private static func description(
            _ reader: inout ByteReader
        ) throws(FormatError) -> (name: String, shape: [Int], type: GGUFElementType, offset: Int) {
            let name = try GGUFValue.string(&reader, "the name of a tensor")
            let rank = try reader.integer(UInt32.self, "the rank of “\(name)”")
            guard rank <= 8 else { throw FormatError(.malformed, file: reader.file, "“\(name)” has \(rank) dimensions; at most 8 are read") }
            var shape: [Int] = []
            for _ in 0 ..< rank { shape.append(try reader.length("the shape of “\(name)”")) }
            let code = try reader.integer(UInt32.self, "the type of “\(name)”")
            guard let type = GGUFElementType(code: code) else {
                throw FormatError(.unsupported, file: reader.file, "“\(name)” is of the unknown type \(code)")
            }
            return (name, shape.reversed(), type, try reader.length("the offset of “\(name)”"))
        }

        /// Blocks run along the last dimension. Nil when that overflows or does not fit.
        private static func byteCount(_ shape: [Int], _ type: GGUFElementType) -> Int? {
            guard (shape.last ?? 1).isMultiple(of: type.blockSize) else { return nil }
            var count = 1
            for size in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
                guard !overflow else { return nil }
                count = product
            }
            // A block takes at most four bytes an element in memory and eight in the file.
            guard !count.multipliedReportingOverflow(by: 8).overflow else { return nil }
            return shape.contains(0) ? 0 : count / type.blockSize * type.blockBytes
        }
    }
}
