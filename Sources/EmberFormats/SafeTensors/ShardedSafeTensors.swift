import EmberTensor

/// A model in several safetensors files with an index, as Hugging Face publishes large ones: `model.safetensors.index.json` names for each
/// tensor the file beside it that holds it.
///
/// PyTorch: `huggingface_hub.load_torch_model`, `huggingface_hub.save_torch_state_dict`.
public struct ShardedSafeTensors: TensorArchive {
    /// The largest index that is read.
    public static let maximumIndexBytes = 100_000_000
    /// Hugging Face's default size of one file, in bytes.
    public static let defaultMaximumShardBytes = 5_000_000_000

    public let path: String
    /// What lies under `metadata` in the index, such as `total_size`.
    public let metadata: JSONObject
    /// The files, in the order of their names.
    public let shards: [SafeTensorsFile]
    private let shardOfName: [String: Int]

    public var format: TensorFormat { .shardedSafetensors }

    /// Opens the index and all the files it names, which lie in its folder.
    /// - Throws: `FormatError` when one of them is missing or damaged, a tensor is not in the file that the index says, or a file has tensors that
    ///   the index does not name.
    public init(indexPath: String) throws(FormatError) {
        let index = try ShardedSafeTensors.readIndex(indexPath)
        let fileNames = Set(index.fileOfName.values).sorted()
        let folder = indexPath.lastIndex(of: "/").map { indexPath[...$0] } ?? ""
        var shards: [SafeTensorsFile] = [], shardOfName: [String: Int] = [:]
        for (position, name) in fileNames.enumerated() {
            let shard = try SafeTensorsFile(path: folder + name)
            for tensor in shard.names {
                guard index.fileOfName[tensor] == name else {
                    let place = index.fileOfName[tensor].map { "places it in “\($0)”" } ?? "does not name it"
                    throw FormatError(.malformed, file: indexPath, "“\(name)” has the tensor “\(tensor)”, but the index \(place)")
                }
                shardOfName[tensor] = position
            }
            shards.append(shard)
        }
        for (tensor, name) in index.fileOfName where shardOfName[tensor] == nil {
            throw FormatError(.malformed, file: indexPath, "“\(name)” does not have the tensor “\(tensor)” that the index places there")
        }
        self.path = indexPath
        self.metadata = index.metadata
        self.shards = shards
        self.shardOfName = shardOfName
    }

    public var entries: [TensorEntry] { shards.flatMap(\.entries) }

    /// The tensor of this name as its file holds it.
    public subscript(name: String) -> TensorRecord? { shardOfName[name].flatMap { shards[$0][name] } }

    public func load(_ name: String) throws(FormatError) -> Tensor {
        guard let position = shardOfName[name] else { throw missing(name) }
        return try shards[position].load(name)
    }

    private static func readIndex(
        _ path: String
    ) throws(FormatError) -> (metadata: JSONObject, fileOfName: [String: String]) {
        let file = try MappedFile(path: path)
        guard file.byteCount <= maximumIndexBytes else {
            throw FormatError(.tooLarge, file: path, "\(file.byteCount) bytes are more than an index may take (\(maximumIndexBytes))")
        }
        let json: JSON
        do throws(JSONError) { json = try JSON(parsing: file) } catch {
            throw FormatError(.malformed, file: path, "in the index of a sharded model: \(error)")
        }
        guard let map = json["weight_map"]?.objectValue else {
            throw FormatError(.malformed, file: path, "not the index of a sharded model: it needs an object “weight_map”")
        }
        var fileOfName: [String: String] = [:]
        for (name, value) in map {
            guard let file = value.stringValue, !file.isEmpty, !file.contains("/"), file != ".", file != ".." else {
                throw FormatError(
                    .malformed, file: path, "weight_map: “\(name)” must name a file in the same folder, not \(value.encoded)")
            }
            fileOfName[name] = file
        }
        return (json["metadata"]?.objectValue ?? [:], fileOfName)
    }

    // MARK: Writing

    /// Writes a model as Hugging Face does: into one file `model.safetensors` when it fits, otherwise into `model-00001-of-00003.safetensors` … and
    /// `model.safetensors.index.json`.
    ///
    /// Tensors are distributed in the given order; a file is closed before the tensor that would make it larger than `maximumShardBytes`, and
    /// a tensor that is larger than that alone gets a file of its own.
    /// - Parameter folder: must exist.
    /// - Returns: the path to open: of the index, or of the only file.
    @discardableResult
    public static func write(
        _ tensors: [NamedTensor], folder: String, name: String = "model", metadata: [String: String] = ["format": "pt"],
        maximumShardBytes: Int = defaultMaximumShardBytes
    ) throws(FormatError) -> String {
        let shards = split(tensors, maximumBytes: maximumShardBytes)
        guard shards.count > 1 else {
            let path = "\(folder)/\(name).safetensors"
            try SafeTensorsFile.write(TensorRecord.records(of: tensors, path: path), metadata: metadata, to: path)
            return path
        }
        let path = "\(folder)/\(name).safetensors.index.json"
        let index = try write(shards, folder: folder, name: name, metadata: metadata)
        try writeIndex(index, to: path)
        return path
    }

    /// Writes a model with an index of this name, however few files it takes.
    static func write(_ tensors: [NamedTensor], indexPath: String) throws(FormatError) {
        let ending = ".safetensors.index.json"
        let folder = indexPath.lastIndex(of: "/").map { String(indexPath[..<$0]) } ?? "."
        let fileName = indexPath.split(separator: "/").last.map(String.init) ?? ""
        let name = fileName.hasSuffix(ending) ? String(fileName.dropLast(ending.count)) : "model"
        let shards = split(tensors, maximumBytes: defaultMaximumShardBytes)
        let index = try write(shards, folder: folder, name: name, metadata: ["format": "pt"])
        try writeIndex(index, to: indexPath)
    }

    /// As Python's `json.dump(…, indent=2)`, which ends without a line feed.
    private static func writeIndex(_ index: JSON, to path: String) throws(FormatError) {
        try writeFile(Array(index.encodedForReading.utf8.dropLast()), to: path)
    }

    private static func split(_ tensors: [NamedTensor], maximumBytes: Int) -> [[NamedTensor]] {
        var shards: [[NamedTensor]] = [], current: [NamedTensor] = [], size = 0
        for named in tensors {
            let bytes = named.tensor.count * named.tensor.dtype.size
            if bytes > maximumBytes {
                shards.append([named])
                continue
            }
            if size + bytes > maximumBytes {
                shards.append(current)
                current = []
                size = 0
            }
            current.append(named)
            size += bytes
        }
        if !current.isEmpty { shards.append(current) }
        return shards
    }

    private static func write(
        _ shards: [[NamedTensor]], folder: String, name: String, metadata: [String: String]
    ) throws(FormatError) -> JSON {
        func digits(_ number: Int) -> String { String(repeating: "0", count: max(0, 5 - "\(number)".count)) + "\(number)" }
        var map = JSONObject(), total = 0
        for (position, shard) in shards.enumerated() {
            let file = "\(name)-\(digits(position + 1))-of-\(digits(shards.count)).safetensors"
            let shardPath = "\(folder)/\(file)"
            try SafeTensorsFile.write(TensorRecord.records(of: shard, path: shardPath), metadata: metadata, to: shardPath)
            for named in shard {
                map[named.name] = .string(file)
                total += named.tensor.count * named.tensor.dtype.size
            }
        }
        return ["metadata": ["total_size": .integer(total)], "weight_map": .object(map)]
    }
}
