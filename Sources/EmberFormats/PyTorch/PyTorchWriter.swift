import EmberTensor

extension PyTorchFile {
    /// Writes a value as `torch.save` does, so that `torch.load(path, weights_only=True)` reads it: a zip file whose tensors lie at multiples of
    /// 64 bytes. The file appears under its name when it is complete.
    ///
    /// Tensors that share a storage in a file that was read share it in the new one; so do equal views of one tensor's memory, such as tied
    /// weights. Objects of TorchScript cannot be written.
    /// - Parameter durable: return only when the disk has it, so that not even a power cut loses it. That takes as long as the disk does.
    /// PyTorch: `torch.save`.
    public static func write(_ value: PickleValue, to path: String, durable: Bool = false) throws(FormatError) {
        var pickle = PickleWriter(file: path)
        try pickle.write(value)
        let content = pickle.finished
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
        let folder = stem.isEmpty ? "archive" : stem
        var zip = try ZipWriter(path: path, style: .torch, durable: durable)
        try zip.add("\(folder)/data.pkl", [content])
        try zip.add("\(folder)/.format_version", [Array("1".utf8)])
        try zip.add("\(folder)/.storage_alignment", [Array("64".utf8)])
        let isBigEndian = pickle.storages.first?.isBigEndian ?? false
        try zip.add("\(folder)/byteorder", [Array((isBigEndian ? "big" : "little").utf8)])
        for (key, storage) in pickle.storages.enumerated() {
            guard storage.isBigEndian == isBigEndian else {
                throw FormatError(.unsupported, file: path, "cannot write: tensors of both byte orders")
            }
            try zip.add("\(folder)/data/\(key)", [try storage.bytes()])
        }
        try zip.add("\(folder)/version", [Array("3\n".utf8)])
        try zip.commit()
    }

    /// Writes tensors as a state dict: an `OrderedDict` from names to tensors.
    public static func write(_ tensors: [NamedTensor], to path: String, durable: Bool = false) throws(FormatError) {
        var dictionary = PickleDictionary(isOrdered: true)
        for named in tensors {
            guard dictionary[named.name] == nil else {
                throw FormatError(.malformed, file: path, "cannot write: the name “\(named.name)” occurs twice")
            }
            dictionary.set(.string(named.name), .tensor(try PyTorchTensor(named.tensor, float8: named.float8)))
        }
        try write(.dictionary(dictionary), to: path, durable: durable)
    }
}

/// Writes values as pickles of protocol 2, with the calls that PyTorch uses.
struct PickleWriter {
    private let file: String
    private var output: [UInt8] = [0x80, 2]
    private(set) var storages: [PyTorchStorage] = []
    private var keys: [ObjectIdentifier: Int] = [:]
    private var keysOfMemory: [MemoryPlace: Int] = [:]
    private var depth = 0

    private struct MemoryPlace: Hashable { let address: UnsafeRawPointer, byteCount: Int }

    init(file: String) { self.file = file }

    var finished: [UInt8] { output + [UInt8(ascii: ".")] }

    mutating func write(_ value: PickleValue) throws(FormatError) {
        guard depth < PickleMachine.maximumDepth else {
            throw FormatError(.tooLarge, file: file, "cannot write: nested more than \(PickleMachine.maximumDepth) deep")
        }
        depth += 1
        defer { depth -= 1 }
        switch value {
        case .none: put("N")
        case .boolean(let value): output.append(value ? 0x88 : 0x89)
        case .integer(let value): write(value)
        case .largeInteger(let bytes):
            // The instruction for longer ones is none that `weights_only` reads.
            guard let length = UInt8(exactly: bytes.count) else {
                throw FormatError(.unsupported, file: file, "cannot write: an integer of \(bytes.count) bytes")
            }
            output += [0x8A, length] + bytes
        case .number(let value):
            put("G")
            output += littleEndian(value.bitPattern.bigEndian)
        case .complex(let real, let imaginary): try call("__builtin__", "complex", [.number(real), .number(imaginary)])
        case .string(let text): try write(text)
        case .bytes(let bytes):
            // Protocol 2 has no bytes of its own: Python writes their Latin-1 characters.
            let text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
            try call("_codecs", "encode", [.string(text), "latin1"])
        case .list(let elements):
            put("](")
            for element in elements { try write(element) }
            put("e")
        case .tuple(let elements): try tuple(elements)
        case .set(let elements): try call("__builtin__", "set", [.list(elements)])
        case .dictionary(let dictionary):
            if dictionary.isOrdered { try call("collections", "OrderedDict", []) } else { put("}") }
            put("(")
            for (key, value) in dictionary.pairs {
                try write(key)
                try write(value)
            }
            put("u")
        case .tensor(let tensor): try write(tensor)
        case .dtype(let dtype): global("torch", dtype.rawValue)
        case .device(let name): try call("torch", "device", device(name))
        case .size(let sizes): try call("torch", "Size", [.tuple(sizes.map(PickleValue.integer))])
        case .object(let className, _):
            throw FormatError(.unsupported, file: file, "cannot write the object of TorchScript's class \(className)")
        }
    }

    private func device(_ name: String) -> [PickleValue] {
        let parts = name.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let index = Int(parts[1]) else { return [.string(name)] }
        return [.string(String(parts[0])), .integer(index)]
    }

    private mutating func put(_ opcodes: String) { output.append(contentsOf: opcodes.utf8) }

    private mutating func write(_ value: Int) {
        if let small = UInt8(exactly: value) {
            put("K")
            output.append(small)
        } else if let medium = Int32(exactly: value) {
            put("J")
            output += littleEndian(medium)
        } else {
            output += [0x8A, 8] + littleEndian(value)
        }
    }

    private mutating func write(_ text: String) throws(FormatError) {
        guard let length = UInt32(exactly: text.utf8.count) else {
            throw FormatError(.tooLarge, file: file, "cannot write: a string of \(text.utf8.count) bytes")
        }
        put("X")
        output += littleEndian(length)
        output.append(contentsOf: text.utf8)
    }

    private mutating func tuple(_ elements: [PickleValue]) throws(FormatError) {
        put("(")
        for element in elements { try write(element) }
        put("t")
    }

    private mutating func global(_ module: String, _ name: String) { put("c\(module)\n\(name)\n") }

    private mutating func call(_ module: String, _ name: String, _ arguments: [PickleValue]) throws(FormatError) {
        global(module, name)
        try tuple(arguments)
        put("R")
    }

    private mutating func write(_ tensor: PyTorchTensor) throws(FormatError) {
        if tensor.isParameter {
            global("torch._utils", "_rebuild_parameter")
            put("(")
        }
        let storageClass = tensor.dtype.storageClass
        global("torch._utils", storageClass == nil ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2")
        put("((")
        try write("storage")
        if let storageClass { global("torch", storageClass) } else { global("torch.storage", "UntypedStorage") }
        try write("\(key(of: tensor.storage))")
        try write("cpu")
        write(storageClass == nil ? tensor.storage.byteCount : tensor.storage.byteCount / tensor.dtype.size)
        put("tQ")
        write(tensor.offset)
        try tuple(tensor.shape.map(PickleValue.integer))
        try tuple(tensor.strides.map(PickleValue.integer))
        output.append(tensor.requiresGrad && !tensor.isParameter ? 0x88 : 0x89)
        try call("collections", "OrderedDict", [])
        if storageClass == nil { global("torch", tensor.dtype.rawValue) }
        if tensor.isConjugated || tensor.isNegated {
            var marks = PickleDictionary()
            if tensor.isConjugated { marks.set("conj", true) }
            if tensor.isNegated { marks.set("neg", true) }
            try write(.dictionary(marks))
        }
        put("tR")
        if tensor.isParameter {
            output.append(tensor.requiresGrad ? 0x88 : 0x89)
            try call("collections", "OrderedDict", [])
            put("tR")
        }
    }

    /// The key of a storage: the same for the same storage, and for tensors that are the same part of the same memory.
    private mutating func key(of storage: PyTorchStorage) -> Int {
        if let key = keys[ObjectIdentifier(storage)] { return key }
        var place: MemoryPlace?
        if case .bytes(let source) = storage.content, let bytes = source as? TensorBytes, bytes.tensor.isContiguous, bytes.byteCount > 0 {
            place = bytes.withUnsafeBytes { memory in memory.baseAddress.map { MemoryPlace(address: $0, byteCount: memory.count) } }
            if let place, let key = keysOfMemory[place] {
                keys[ObjectIdentifier(storage)] = key
                return key
            }
        }
        let key = storages.count
        storages.append(storage)
        keys[ObjectIdentifier(storage)] = key
        if let place { keysOfMemory[place] = key }
        return key
    }
}
