extension SafeTensorsFile {
    /// Writes tensors so that the file is, byte for byte, what the reference implementation writes for them: sorted by type,
    /// from the widest down, then by name; the header padded with spaces to a multiple of 8.
    ///
    /// The metadata is sorted by key (the reference leaves the order of several keys to chance).
    /// The file appears under its name only when it is complete.
    /// - Parameter durable: return only when the disk has it, so that not even a power cut loses it. That takes as long as the disk does.
    /// - Throws: `FormatError` when a name occurs twice or is `__metadata__`, when the bytes of a tensor do not agree with
    ///   its type and shape, or when the system refuses.
    ///
    /// PyTorch: `safetensors.torch.save_file`.
    public static func write(
        _ records: [TensorRecord], metadata: [String: String]? = nil, to path: String, durable: Bool = false
    ) throws(FormatError) {
        let (header, order) = try layout(records, metadata: metadata, file: path)
        var writer = try AtomicFileWriter(path: path, durable: durable)
        try writer.write(header)
        for record in order { try write(record.bytes, to: &writer) }
        try writer.commit()
    }

    /// The content of the file that `write` makes.
    public static func serialized(
        _ records: [TensorRecord], metadata: [String: String]? = nil
    ) throws(FormatError) -> [UInt8] {
        var (bytes, order) = try layout(records, metadata: metadata, file: "bytes in memory")
        for record in order { record.bytes.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }

    private static func write(_ bytes: some ByteSource, to writer: inout AtomicFileWriter) throws(FormatError) {
        try writer.write(bytes)
    }

    private static func layout(
        _ records: [TensorRecord], metadata: [String: String]?, file: String
    ) throws(FormatError) -> (header: [UInt8], order: [TensorRecord]) {
        // Names are compared as bytes, not by Unicode's rules.
        let order = records.sorted { a, b in
            a.dtype == b.dtype ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8) : a.dtype > b.dtype
        }
        var text = "{"
        if let metadata {
            text += "\"__metadata__\":{"
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, pair) in pairs.enumerated() {
                if index > 0 { text += "," }
                JSON.encode(pair.key, into: &text)
                text += ":"
                JSON.encode(pair.value, into: &text)
            }
            text += "}"
        }
        var offset = 0
        var seen: Set<String> = ["__metadata__"]
        for record in order {
            guard seen.insert(record.name).inserted else {
                let rule = record.name == "__metadata__" ? "is not allowed" : "occurs twice"
                throw FormatError(.malformed, file: file, "cannot write: the tensor name “\(record.name)” \(rule)")
            }
            guard record.dtype.byteCount(shape: record.shape) == record.bytes.byteCount else {
                throw FormatError(
                    .malformed, file: file,
                    "cannot write “\(record.name)”: \(record.bytes.byteCount) bytes do not fit "
                        + "\(record.dtype.rawValue) \(record.shape)")
            }
            if text.utf8.count > 1 { text += "," }
            JSON.encode(record.name, into: &text)
            let shape = record.shape.map(String.init).joined(separator: ",")
            let end = offset + record.bytes.byteCount
            text += ":{\"dtype\":\"\(record.dtype.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
            offset = end
        }
        text += "}"
        var header = Array(text.utf8)
        header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
        guard header.count <= maximumHeaderBytes else {
            throw FormatError(.tooLarge, file: file, "cannot write: the header takes more than the allowed 100 MB")
        }
        let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { [UInt8]($0) }
        return (length + header, order)
    }
}
