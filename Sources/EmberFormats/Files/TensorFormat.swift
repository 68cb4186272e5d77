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
    /// A table.
    case csv = "CSV"
    /// Pictures.
    case png = "PNG", jpeg = "JPEG"

    /// Whether ``TensorFile/write(_:metadata:to:as:)`` can write it.
    public var isWritable: Bool {
        switch self {
        case .torchScript, .gguf, .idx: false
        default: true
        }
    }

    /// Whether its files have 8-bit floating-point numbers.
    var holdsFloat8: Bool {
        switch self {
        case .safetensors, .shardedSafetensors, .pytorch: true
        default: false
        }
    }

    /// The format that a file name ends with: for files that are about to be written, or are too damaged to be recognised.
    public init?(fileName: String) {
        let name = fileName.lowercased()
        let endings: [(String, TensorFormat)] = [
            (".safetensors.index.json", .shardedSafetensors), (".safetensors", .safetensors),
            (".csv", .csv), (".png", .png), (".jpg", .jpeg), (".jpeg", .jpeg), (".pt", .pytorch), (".pth", .pytorch), (".npy", .npy), (".npz", .npz),
            (".gguf", .gguf),
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
        if bytes.starts(with: EncodedImage.pngSignature) { return .png }
        if bytes.starts(with: EncodedImage.jpegSignature) { return .jpeg }
        if IDXFile.recognize(bytes) { return .idx }
        if LegacyTorchFile.recognize(bytes) { return .pytorch }
        if bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") { return .shardedSafetensors }
        return isTable(bytes) ? .csv : nil
    }

    /// Whether a file begins with a line of text that has fields, or is a number.
    private static func isTable(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let line = bytes.prefix(1 << 16).prefix { $0 != UInt8(ascii: "\n") }
        guard !line.isEmpty, line.allSatisfy({ $0 >= 0x20 || $0 == 0x09 || $0 == 0x0D }), let text = String(validating: line, as: UTF8.self)
        else { return false }
        return line.contains { [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")].contains($0) }
            || Double(text.hasSuffix("\r") ? String(text.dropLast()) : text) != nil
    }
}
