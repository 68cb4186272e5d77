import EmberTensor

extension SafeTensorsFile: TensorArchive {
    public var format: TensorFormat { .safetensors }

    public var entries: [TensorEntry] { records.map(\.entry) }

    public func load(_ name: String) throws(FormatError) -> Tensor {
        guard let record = self[name] else { throw missing(name) }
        guard let tensor = Tensor(record) else { throw record.unsupported(file: path) }
        return tensor
    }

    /// A JSON object as this format's metadata: strings as they are, other values as JSON text.
    static func strings(_ metadata: JSONObject) -> [String: String] {
        Dictionary(uniqueKeysWithValues: metadata.map { ($0.name, $0.value.stringValue ?? $0.value.encoded) })
    }
}

extension TensorRecord {
    /// What an archive lists about the record.
    public var entry: TensorEntry {
        let isLoadable = shape.count <= Tensor.maximumRank
        return TensorEntry(
            name: name, shape: shape, storedType: dtype.rawValue, dtype: isLoadable ? dtype.loadedDType : nil, float8: dtype.float8,
            byteCount: bytes.byteCount)
    }

    func unsupported(file: String) -> FormatError {
        shape.count > Tensor.maximumRank
            ? FormatError(.unsupported, file: file, "“\(name)” has \(shape.count) dimensions; tensors have at most \(Tensor.maximumRank)")
            : FormatError(.unsupported, file: file, "“\(name)” is of type \(dtype.rawValue), which Ember cannot load")
    }
}
