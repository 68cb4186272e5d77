/// The format of `torch.save` before PyTorch 1.6: five pickles one after the other — a number that marks the format, its version, the machine that
/// wrote it, the value, and the keys of the storages — and then the storages, each a count and its elements.
enum LegacyTorchFile {
    /// `0x1950a86a20f9469cfc6c`, as the pickles of the format begin.
    private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    /// Whether a file begins with a pickle of this format.
    static func recognize(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: [0x80, 0x02, 0x8A, 0x0A] + magic)
    }

    static func value(_ source: any ByteSource, file: String) throws(FormatError) -> PickleValue {
        try source.reading { bytes throws(FormatError) in try read(bytes, source, file) }
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer, _ source: any ByteSource, _ file: String
    ) throws(FormatError) -> PickleValue {
        func malformed(_ problem: String) -> FormatError { FormatError(.malformed, file: file, problem) }
        // Pickles lie at the beginning; what follows them may be gigabytes.
        let pickles = UnsafeRawBufferPointer(rebasing: bytes.prefix(PyTorchFile.maximumPickleBytes))
        var place = 0
        func next(
            _ resolve: @escaping PickleMachine.StorageResolver = { _ throws(FormatError) in
                throw FormatError(.malformed, file: file, "a storage where the pickle of a PyTorch file has none")
            }
        ) throws(FormatError) -> PickleValue {
            var machine = PickleMachine(pickles, from: place, file: file, resolve: resolve)
            let item = try machine.run()
            place = machine.reader.offset
            var conversion = PickleConversion(machine)
            return try conversion.value(item)
        }
        guard recognize(bytes), case .largeInteger(magic) = try next() else {
            throw malformed("not a PyTorch file: neither a zip file nor one that begins with PyTorch's mark")
        }
        let version = try next().integerValue
        guard version == 1001 else {
            throw FormatError(.unsupported, file: file, "a PyTorch file of protocol \(version ?? 0); 1001 is read")
        }
        guard let isLittleEndian = try next()["little_endian"]?.booleanValue else { throw malformed("it does not say which byte order it has") }

        let storages = Storages(isBigEndian: !isLittleEndian)
        let value = try next { reference throws(FormatError) in storages.storage(reference) }
        guard let keys = try next().elements else { throw malformed("the list of storages is missing") }
        var reader = ByteReader(bytes, from: place, file: file, subject: "the PyTorch file")
        for key in keys {
            guard let key = key.stringValue else { throw malformed("the key of a storage is no string") }
            let count = try reader.length("the count of the storage “\(key)”")
            guard let root = storages.root(key) else { throw malformed("it has the storage “\(key)”, which no tensor uses") }
            guard count == root.count else {
                throw malformed("the storage “\(key)” has \(count) elements instead of \(root.count)")
            }
            let start = reader.offset
            _ = try reader.take(root.byteCount, "the storage “\(key)”")
            storages.fill(key, ByteSlice(source, start ..< reader.offset))
        }
        guard let missing = storages.unfilled else { return value }
        throw malformed("the storage “\(missing)” is missing")
    }

    /// Storages are named before their place in the file is known.
    private final class Storages {
        private let isBigEndian: Bool
        private var roots: [String: (reference: PickleMachine.StorageReference, storage: PyTorchStorage)] = [:]
        private var views: [String: [(key: String, storage: PyTorchStorage, range: Range<Int>)]] = [:]
        private(set) var pending: Set<String> = []

        init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

        func root(_ key: String) -> PickleMachine.StorageReference? { roots[key]?.reference }

        var unfilled: String? { pending.first }

        func storage(_ reference: PickleMachine.StorageReference) -> PyTorchStorage {
            let root: PyTorchStorage
            if let known = roots[reference.key] {
                root = known.storage
            } else {
                root = PyTorchStorage(byteCount: reference.byteCount, isBigEndian: isBigEndian)
                roots[reference.key] = (reference, root)
                pending.insert(reference.key)
            }
            guard let view = reference.view else { return root }
            if let known = views[reference.key]?.first(where: { $0.key == view.key }) { return known.storage }
            let size = reference.elementSize
            let range = view.range.lowerBound * size ..< view.range.upperBound * size
            let storage = PyTorchStorage(byteCount: range.count, isBigEndian: isBigEndian)
            views[reference.key, default: []].append((view.key, storage, range))
            return storage
        }

        /// Sets the content of a storage and of its views, which must lie within it.
        func fill(_ key: String, _ content: ByteSlice) {
            roots[key]?.storage.content = .bytes(content)
            for view in views[key] ?? [] { view.storage.content = .bytes(ByteSlice(content, view.range)) }
            pending.remove(key)
        }
    }
}
