/// The formats of tensor files that Ember reads.
public enum TensorFormat: String, Sendable, CaseIterable {
    case safetensors
    /// Several safetensors files and their index, `model.safetensors.index.json`.
    case shardedSafetensors = "sharded safetensors"
    /// A file of `torch.save`.
    case pytorch
    /// A file of `torch.jit.save`.
    case torchScript = "TorchScript"
    /// NumPy's file of one array.
    case npy
    /// NumPy's file of named arrays.
    case npz
    /// Models of llama.cpp and its relatives.
    case gguf = "GGUF"
    /// The format of MNIST, packed or not.
    case idx = "IDX"

    /// Whether ``TensorFile/write(_:metadata:to:as:)`` can write it.
    public var isWritable: Bool {
        switch self {
        case .torchScript, .gguf, .idx: false
        default: true
        }
    }

    /// The format that a file name ends with, for files that are about to be written.
    public init?(fileName: String) {
        let name = fileName.lowercased()
        let endings: [(String, TensorFormat)] = [
            (".safetensors.index.json", .shardedSafetensors), (".safetensors", .safetensors),
            (".pt", .pytorch), (".pth", .pytorch), (".npy", .npy), (".npz", .npz),
        ]
        guard let match = endings.first(where: { name.hasSuffix($0.0) }) else { return nil }
        self = match.1
    }

    /// The format of a file's content, seen from its first bytes and, of zip files, from the names of their entries; nil when it is none of
    /// these.
    /// - Throws: `FormatError` when it is a damaged zip file.
    public static func recognize(_ content: any ByteSource, file: String) throws(FormatError) -> TensorFormat? {
        let isZip = content.withUnsafeBytes { $0.starts(with: Array("PK".utf8) + [3, 4]) || $0.starts(with: Array("PK".utf8) + [5, 6]) }
        guard isZip else {
            // Of the formats, IDX files alone come packed.
            return Gzip.isGzip(content) ? .idx : content.withUnsafeBytes { recognize($0) }
        }
        let zip = try ZipArchive(content, file: file)
        return TorchArchive.recognize(zip) ?? (zip.entries.allSatisfy { $0.name.hasSuffix(".npy") } ? .npz : nil)
    }

    private static func recognize(_ bytes: UnsafeRawBufferPointer) -> TensorFormat? {
        if bytes.count >= 9, bytes[8] == UInt8(ascii: "{"),
            UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) <= UInt64(bytes.count - 8)
        { return .safetensors }
        if bytes.starts(with: NumPyHeader.magic) { return .npy }
        if bytes.starts(with: Array("GGUF".utf8)) { return .gguf }
        if IDXFile.recognize(bytes) { return .idx }
        if LegacyTorchFile.recognize(bytes) { return .pytorch }
        if bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") { return .shardedSafetensors }
        return nil
    }
}
