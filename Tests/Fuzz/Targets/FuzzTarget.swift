import EmberFormats
import EmberTensor

/// The readers of files from outside, each as a function of any bytes. It must return: with an error or a value, within bounded memory.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case safetensors, npy, npz, pt, pickle, gguf, idx, csv, json, png, jpeg

    /// Reads the bytes as a file of the format, and everything in it that is small.
    public func read(_ bytes: [UInt8]) {
        switch self {
        case .safetensors: loadAll(try? SafeTensorsFile(bytes: bytes))
        case .npy: loadAll(try? NumPyFile(bytes: bytes))
        case .npz: loadAll(try? NumPyArchive(bytes: bytes))
        case .pt: loadAll(try? PyTorchFile(bytes: bytes))
        case .pickle:
            // The pickle alone, in an archive that is whole: checksums and offsets would hide it from a fuzzer.
            loadAll(try? PyTorchFile(bytes: StoredZip.file([
                .init(name: "a/data.pkl", data: bytes), .init(name: "a/data/0", data: [UInt8](repeating: 1, count: 64)),
            ])))
        case .gguf: loadAll(try? GGUFFile(bytes: bytes))
        case .idx: loadAll(try? IDXFile(bytes: bytes, maximumBytes: 1 << 20))
        case .csv:
            loadAll(try? CSVTable(bytes: bytes))
            _ = try? CSVTable(bytes: bytes, hasHeader: false, separator: ";")
        case .json:
            guard let value = try? JSON(parsing: bytes) else { return }
            // What was written must be read as the same; JSON has no infinities.
            precondition((try? JSON(parsing: value.encoded)) == value, "not the same after writing and reading")
            precondition((try? JSON(parsing: value.encodedForReading)) == value, "not the same after writing and reading")
        case .png, .jpeg:
            _ = try? Image(encoded: bytes, maximumPixels: 1 << 16, applyingOrientation: true)
            if self == .png { _ = try? Image16(encoded: bytes, maximumPixels: 1 << 16) }
        }
    }

    private func loadAll(_ archive: (some TensorArchive)?) {
        guard let archive else { return }
        _ = archive.metadata
        for entry in archive.entries {
            guard let tensor = try? archive.load(entry.name) else { continue }
            precondition(tensor.shape == entry.shape && tensor.dtype == entry.dtype, "\(entry) is loaded as \(tensor.shape)")
            if entry.byteCount <= 1 << 16 { _ = tensor.bytes() }
        }
    }
}
