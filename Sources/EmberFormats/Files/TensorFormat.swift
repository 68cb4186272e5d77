/// The formats of tensor files that Ember reads.
public enum TensorFormat: String, Sendable, CaseIterable {
    case safetensors
    /// Several safetensors files and their index, `model.safetensors.index.json`.
    case shardedSafetensors = "sharded safetensors"

    /// Whether ``TensorFile/write(_:metadata:to:as:)`` can write it.
    public var isWritable: Bool { true }

    /// The format that a file name ends with, for files that are about to be written.
    public init?(fileName: String) {
        let name = fileName.lowercased()
        let endings: [(String, TensorFormat)] = [
            (".safetensors.index.json", .shardedSafetensors), (".safetensors", .safetensors),
        ]
        guard let match = endings.first(where: { name.hasSuffix($0.0) }) else { return nil }
        self = match.1
    }

    /// The format of a file's content, seen from its first bytes; nil when it is none of these.
    public init?(recognizing bytes: some ByteSource) {
        let format = bytes.withUnsafeBytes { TensorFormat.recognize($0) }
        guard let format else { return nil }
        self = format
    }

    private static func recognize(_ bytes: UnsafeRawBufferPointer) -> TensorFormat? {
        if bytes.count >= 9, bytes[8] == UInt8(ascii: "{"),
            UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) <= UInt64(bytes.count - 8)
        { return .safetensors }
        if bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") { return .shardedSafetensors }
        return nil
    }
}
