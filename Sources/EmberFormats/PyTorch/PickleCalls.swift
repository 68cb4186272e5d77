/// The calls that pickles of PyTorch contain, and what they build.
extension PickleMachine {
    /// What the call of `callee` gives; `isNew` for the instruction that makes objects of classes.
    mutating func reduce(_ callee: PickleItem, _ arguments: [PickleItem], isNew: Bool) throws(FormatError) -> PickleItem {
        guard case .global(let global) = callee else { throw error("\(callee.kind) is called") }
        switch (global, arguments.count) {
        case (.scriptClass(let name), _): return new(.object(className: name, state: .none))
        case (.orderedDictionary, 0): return new(.dictionary([], isOrdered: true))
        case (.orderedDictionary, 1):
            var elements: [(PickleItem, PickleItem)] = []
            for pair in try items(arguments[0]) {
                let pair = try items(pair)
                guard pair.count == 2 else { throw error("an OrderedDict of something else than pairs") }
                elements.append((pair[0], pair[1]))
            }
            try spend(elements.count)
            return new(.dictionary(elements, isOrdered: true))
        case (.set, 0), (.frozenSet, 0): return new(.set([]))
        case (.set, 1), (.frozenSet, 1):
            let elements = try items(arguments[0])
            try spend(elements.count)
            return new(.set(elements))
        case (.bytes, 0), (.byteArray, 0): return .bytes([])
        case (.byteArray, 1), (.bytes, 1):
            guard case .bytes = arguments[0] else { throw error("\(global.name) of \(arguments[0].kind)") }
            return arguments[0]
        case (.byteArray, 2), (.encode, 2): return try encoded(arguments)
        case (.complex, 2): return .complex(try number(arguments[0]), try number(arguments[1]))
        case (.size, 1):
            let sizes = try integers(arguments[0], "torch.Size")
            try spend(sizes.count)
            return .size(sizes)
        case (.device, 1): return .device(try string(arguments[0], "a device"))
        case (.device, 2): return .device("\(try string(arguments[0], "a device")):\(try integer(arguments[1], "a device"))")
        case (.scriptList, 1), (.scriptTypeTag, 2): return arguments[0]
        case (.rebuildTensor, 4), (.rebuildTensorV2, 6): return try tensor(arguments, dtype: nil, marks: .none)
        case (.rebuildTensorV2, 7): return try tensor(arguments, dtype: nil, marks: arguments[6])
        case (.rebuildTensorV3, 7), (.rebuildTensorV3, 8):
            guard case .dtype(let dtype) = arguments[6] else { throw error("a tensor whose type is \(arguments[6].kind)") }
            return try tensor(arguments, dtype: dtype, marks: arguments.count == 8 ? arguments[7] : .none)
        case (.rebuildParameter, 3), (.rebuildParameterWithState, 4):
            guard case .tensor(var tensor) = arguments[0] else { throw error("a parameter of \(arguments[0].kind)") }
            tensor.isParameter = true
            if case .boolean(let value) = arguments[1] { tensor.requiresGrad = value }
            return .tensor(tensor)
        default: throw error("\(global.name) with \(arguments.count) arguments")
        }
    }

    /// `_codecs.encode(text, 'latin1')`, as which protocol 2 has bytes.
    private mutating func encoded(_ arguments: [PickleItem]) throws(FormatError) -> PickleItem {
        let text = try string(arguments[0], "bytes"), encoding = try string(arguments[1], "an encoding")
        guard ["latin1", "latin-1", "iso-8859-1"].contains(encoding) else { throw error("bytes in the encoding “\(encoding)”") }
        try spend(text.utf8.count)
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { throw error("bytes with the character \(scalar.value)") }
            result.append(byte)
        }
        return .bytes(result)
    }

    /// `_rebuild_tensor(storage, offset, size, stride[, requires_grad, backward_hooks[, dtype][, metadata]])`.
    private mutating func tensor(
        _ arguments: [PickleItem], dtype: TorchDType?, marks: PickleItem
    ) throws(FormatError) -> PickleItem {
        guard case .storage(let storage, let storageType) = arguments[0] else { throw error("a tensor of \(arguments[0].kind)") }
        guard let dtype = dtype ?? storageType else { throw error("a tensor without an element type") }
        let shape = try integers(arguments[2], "a shape"), strides = try integers(arguments[3], "strides")
        try spend(shape.count + strides.count)
        var requiresGrad = false
        if arguments.count > 4, case .boolean(let value) = arguments[4] { requiresGrad = value }
        return .tensor(try PyTorchTensor(
            storage: storage, dtype: dtype, shape: shape, strides: strides, offset: try integer(arguments[1], "an offset"),
            requiresGrad: requiresGrad, isConjugated: try isSet("conj", in: marks), isNegated: try isSet("neg", in: marks), file: reader.file))
    }

    private mutating func isSet(_ name: String, in marks: PickleItem) throws(FormatError) -> Bool {
        guard case .node(let node) = marks, case .dictionary(let pairs, _) = heap[node] else { return false }
        try spend(pairs.count)
        return pairs.contains { key, value in
            if key.stringValue == name, case .boolean(true) = value { true } else { false }
        }
    }

    /// `('storage', class, key, location, count[, view])`. Legacy files have views `(key, offset, count)` of storages.
    mutating func persistent(_ identifier: [PickleItem]) throws(FormatError) -> PickleItem {
        guard identifier.count >= 5, identifier.count <= 6, try string(identifier[0], "a persistent identifier") == "storage" else {
            let kind = identifier.first?.stringValue ?? "nothing"
            throw error("a persistent identifier of “\(kind)” with \(identifier.count) parts; PyTorch's name storages", kind: .unsupported)
        }
        guard case .global(.storage(let dtype)) = identifier[1] else { throw error("a storage of the class \(identifier[1].kind)") }
        let key = try string(identifier[2], "the key of a storage"), count = try integer(identifier[4], "the size of a storage")
        let elementSize = dtype?.size ?? 1
        guard count >= 0, !count.multipliedReportingOverflow(by: elementSize).overflow else {
            throw error("the storage “\(key)” has the impossible size \(count)")
        }
        var view: (key: String, range: Range<Int>)?
        if identifier.count == 6, case .node = identifier[5] {
            let parts = try items(identifier[5])
            guard parts.count == 3 else { throw error("a view of a storage with \(parts.count) parts") }
            let start = try integer(parts[1], "the offset of a view"), size = try integer(parts[2], "the size of a view")
            guard start >= 0, size >= 0, start <= count, size <= count - start else { throw error("a view beyond the storage “\(key)”") }
            view = (try string(parts[0], "the key of a view"), start ..< start + size)
        }
        let reference = StorageReference(key: key, count: count, elementSize: elementSize, view: view)
        return .storage(try resolve(reference), dtype)
    }

    func string(_ item: PickleItem, _ name: String) throws(FormatError) -> String {
        guard let text = item.stringValue else { throw error("\(name) should be a string, not \(item.kind)") }
        return text
    }

    func integer(_ item: PickleItem, _ name: String) throws(FormatError) -> Int {
        guard let value = item.integerValue else { throw error("\(name) should be an integer, not \(item.kind)") }
        return value
    }

    private func integers(_ item: PickleItem, _ name: String) throws(FormatError) -> [Int] {
        var result: [Int] = []
        for element in try items(item) { result.append(try integer(element, name)) }
        return result
    }

    private func number(_ item: PickleItem) throws(FormatError) -> Double {
        switch item {
        case .number(let value): return value
        case .integer(let value): return Double(value)
        default: throw error("a complex number of \(item.kind)")
        }
    }
}
