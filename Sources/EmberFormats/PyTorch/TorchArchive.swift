/// The zip format of `torch.save` since 1.6 and of `torch.jit.save`: a folder with `data.pkl`, and a file for each storage below `data/`.
struct TorchArchive {
    let isScript: Bool
    private let zip: ZipArchive
    private let file: String
    /// The folder in the zip file that everything lies in, with its slash.
    private let root: String

    init(_ zip: ZipArchive, file: String) throws(FormatError) {
        guard let pickle = zip.entries.first(where: { TorchArchive.isPickle($0.name) }) else {
            throw FormatError(.malformed, file: file, "a zip file, but not one of PyTorch: it has no data.pkl")
        }
        root = String(pickle.name.dropLast("data.pkl".count))
        isScript = TorchArchive.isScript(zip, root: root)
        self.zip = zip
        self.file = file
    }

    /// Whether these are the entries of such a file, and of a TorchScript file; nil when they are not.
    static func recognize(_ zip: ZipArchive) -> TensorFormat? {
        guard let pickle = zip.entries.first(where: { isPickle($0.name) }) else { return nil }
        return isScript(zip, root: String(pickle.name.dropLast("data.pkl".count))) ? .torchScript : .pytorch
    }

    private static func isPickle(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.last == "data.pkl"
    }

    private static func isScript(_ zip: ZipArchive, root: String) -> Bool { zip[root + "constants.pkl"] != nil }

    func value() throws(FormatError) -> PickleValue {
        let isBigEndian = try isBigEndian()
        guard let pickle = zip[root + "data.pkl"], pickle.size <= PyTorchFile.maximumPickleBytes else {
            throw FormatError(.tooLarge, file: file, "data.pkl takes more than the allowed \(PyTorchFile.maximumPickleBytes) bytes")
        }
        let storages = Storages(zip: zip, folder: root + "data/", isBigEndian: isBigEndian, file: file)
        return try zip.content(of: pickle, verifying: !pickle.isStored).reading { bytes throws(FormatError) in
            var machine = PickleMachine(bytes, file: "\(file): data.pkl") { reference throws(FormatError) in
                try storages.storage(reference.key, byteCount: reference.byteCount)
            }
            let item = try machine.run()
            var conversion = PickleConversion(machine)
            return try conversion.value(item)
        }
    }

    private func isBigEndian() throws(FormatError) -> Bool {
        guard let entry = zip[root + "byteorder"] else { return false }
        guard entry.size <= 16 else { throw FormatError(.malformed, file: file, "byteorder takes \(entry.size) bytes") }
        let order = String(decoding: try zip.content(of: entry, verifying: false).byteArray, as: UTF8.self)
        guard order == "little" || order == "big" else {
            throw FormatError(.malformed, file: file, "byteorder is “\(order)” instead of “little” or “big”")
        }
        return order == "big"
    }

    /// The storages that the pickle has named so far, each made once.
    private final class Storages {
        private let zip: ZipArchive, folder: String, isBigEndian: Bool, file: String
        private var known: [String: PyTorchStorage] = [:]

        init(zip: ZipArchive, folder: String, isBigEndian: Bool, file: String) {
            self.zip = zip
            self.folder = folder
            self.isBigEndian = isBigEndian
            self.file = file
        }

        func storage(_ key: String, byteCount: Int) throws(FormatError) -> PyTorchStorage {
            if let storage = known[key] {
                guard byteCount <= storage.byteCount else { throw tooSmall(key, byteCount, storage.byteCount) }
                return storage
            }
            guard let entry = zip[folder + key] else {
                throw FormatError(.malformed, file: file, "data.pkl names the storage “\(key)”, but there is no “\(folder)\(key)”")
            }
            guard byteCount <= entry.size else { throw tooSmall(key, byteCount, entry.size) }
            let storage = PyTorchStorage(byteCount: entry.size, isBigEndian: isBigEndian, content: .member(zip, entry))
            known[key] = storage
            return storage
        }

        private func tooSmall(_ key: String, _ expected: Int, _ found: Int) -> FormatError {
            FormatError(.truncated, file: file, "the storage “\(key)” should have \(expected) bytes, but “\(folder)\(key)” has \(found)")
        }
    }
}
