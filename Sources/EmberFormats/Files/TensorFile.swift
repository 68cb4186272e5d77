import EmberNN
import EmberTensor

/// Tensor files of any format: opened by their content, written by their name.
public enum TensorFile {
    /// Opens a file of tensors. Which format it has is seen from its content; only where that says nothing, because the file is cut off or
    /// damaged at its beginning, from its name, so that the error tells what is wrong with it.
    ///
    /// A folder stands for the weights of the published model, the checkpoint of the training run, the newest of the checkpoints, or the only
    /// tensor file in it; ``TensorArchive/path`` tells which.
    /// - Throws: `FormatError` when the file cannot be read, is of no known format, or breaks the rules of its format.
    public static func open(_ path: String) throws(FormatError) -> any TensorArchive {
        guard !TensorFolder.isFolder(path) else { return try open(try TensorFolder.file(in: path)) }
        let file = try MappedFile(path: path)
        guard let format = try TensorFormat.recognize(file, file: path) ?? TensorFormat(fileName: path) else {
            let known = TensorFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw FormatError(.malformed, file: path, "not a tensor file of a known format (\(known))")
        }
        switch format {
        case .safetensors: return try SafeTensorsFile(path: path)
        case .shardedSafetensors: return try ShardedSafeTensors(indexPath: path)
        case .pytorch, .torchScript: return try PyTorchFile(path: path)
        case .npy: return try NumPyFile(path: path)
        case .npz: return try NumPyArchive(path: path)
        case .gguf: return try GGUFFile(path: path)
        case .idx: return try IDXFile(path: path)
        case .csv: return try CSVTable(path: path)
        case .png, .jpeg: return try ImageArchive(path: path)
        }
    }

    /// Writes tensors to a file of the given format, or of the one that its name ends with.
    /// - Parameter metadata: written where the format has a place for it.
    /// - Throws: `FormatError` when the format is unknown or cannot hold these tensors, or when the system refuses. An older file of this name
    ///   stays as it was then.
    public static func write(
        _ tensors: [NamedTensor], metadata: JSONObject = [:], to path: String, as format: TensorFormat? = nil
    ) throws(FormatError) {
        guard let format = format ?? TensorFormat(fileName: path) else {
            throw FormatError(.unsupported, file: path, "the name ends with no format that tensors can be written to")
        }
        if !format.holdsFloat8, let named = tensors.first(where: { $0.float8 != nil }) {
            throw FormatError(.unsupported, file: path, "cannot write “\(named.name)”: \(format.rawValue) files hold no \(named.typeName); "
                + "convert it to float32 or bfloat16 first")
        }
        switch format {
        case .safetensors:
            let texts = SafeTensorsFile.strings(metadata)
            try SafeTensorsFile.write(TensorRecord.records(of: tensors, path: path), metadata: texts.isEmpty ? nil : texts, to: path)
        case .shardedSafetensors:
            try ShardedSafeTensors.write(tensors, indexPath: path)
        case .pytorch:
            try PyTorchFile.write(tensors, to: path)
        case .npy:
            guard let only = tensors.first, tensors.count == 1 else {
                throw FormatError(.unsupported, file: path, "a .npy file holds one tensor, not \(tensors.count); .npz holds several")
            }
            try NumPyFile.write(only.tensor, to: path)
        case .npz:
            try NumPyArchive.write(tensors, to: path)
        case .csv:
            try CSVTable.write(tensors, to: path)
        case .png, .jpeg:
            try ImageArchive.write(tensors, to: path, as: format)
        case .torchScript, .gguf, .idx:
            throw FormatError(.unsupported, file: path, "\(format.rawValue) files are read but not written")
        }
    }
}

extension StateDict {
    /// The tensors of a file, or of a folder, of any format that ``TensorFile/open(_:)`` knows.
    ///
    ///     try net.loadStateDict(StateDict(file: "model.pt"))
    ///
    /// 8-bit floating-point numbers come as float32.
    /// - Throws: `FormatError` when the file cannot be read, breaks the rules of its format, or has a tensor of a type that Ember has not.
    ///
    /// PyTorch: `torch.load`, `safetensors.torch.load_file`.
    public init(file path: String) throws(FormatError) {
        let tensors = try TensorFile.open(path).loadAll()
        self.init(tensors.map { ($0.name, $0.float8?.decoded($0.tensor) ?? $0.tensor) })
    }

    /// Writes the tensors to a file of the given format, or of the one that its name ends with.
    ///
    ///     try net.stateDict().write(to: "model.safetensors")
    ///
    /// - Throws: `FormatError` when the format is unknown or cannot hold these tensors, or when the system refuses. An older file of this name
    ///   stays as it was then.
    ///
    /// PyTorch: `torch.save(net.state_dict(), path)`.
    public func write(to path: String, metadata: JSONObject = [:], as format: TensorFormat? = nil) throws(FormatError) {
        try TensorFile.write(map { NamedTensor($0.key, $0.value) }, metadata: metadata, to: path, as: format)
    }
}
