/// Reads Python's pickles, protocols 0 to 5, as far as PyTorch writes them. It builds data and runs nothing: names are looked up in the list of
/// ``PickleGlobal``, calls are the few that `reduce` knows, and everything else is an error.
///
/// Format: Python's `pickletools.py`. Memory is bounded: by the size of the pickle, by the number of objects, and by a budget for the
/// instructions that copy what was read before.
struct PickleMachine {
    /// The most objects that are read: a model of a thousand layers with its optimiser has some 100,000.
    static let maximumObjects = 1 << 22
    static let maximumDepth = 200

    /// What a persistent identifier says about a storage.
    struct StorageReference {
        let key: String
        /// Elements, and bytes of one.
        let count: Int, elementSize: Int
        /// In elements; storages of legacy files may be parts of others.
        let view: (key: String, range: Range<Int>)?

        var byteCount: Int { count * elementSize }
    }
    /// Gives the storage that a persistent identifier refers to.
    typealias StorageResolver = (StorageReference) throws(FormatError) -> PyTorchStorage

    var reader: ByteReader
    let resolve: StorageResolver
    var heap: [PickleNode] = []
    private var stack: [PickleItem] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleItem] = [:]
    private var objects = 0
    /// Bytes and elements that may yet be copied.
    private var budget: Int

    /// - Parameter resolve: called for every persistent identifier.
    init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0, file: String, resolve: @escaping StorageResolver) {
        reader = ByteReader(bytes, from: offset, file: file, subject: "the pickle")
        self.resolve = resolve
        budget = 16 * min(bytes.count, 1 << 40) + 4096
    }

    /// Reads one pickle; the reader is behind it afterwards.
    mutating func run() throws(FormatError) -> PickleItem {
        while true {
            let opcode = try reader.integer(UInt8.self, "an instruction")
            if opcode == UInt8(ascii: ".") {
                let result = try pop()
                guard stack.isEmpty, marks.isEmpty else { throw error("something is left when the pickle ends") }
                return result
            }
            try execute(opcode)
        }
    }

    func error(_ problem: String, kind: FormatError.Kind = .malformed) -> FormatError {
        FormatError(kind, file: reader.file, "in the pickle before byte \(reader.offset): \(problem)")
    }

    // MARK: The stack

    mutating func push(_ item: PickleItem) throws(FormatError) {
        try count()
        stack.append(item)
    }

    private mutating func count() throws(FormatError) {
        objects += 1
        guard objects <= PickleMachine.maximumObjects else {
            throw error("more than \(PickleMachine.maximumObjects) objects", kind: .tooLarge)
        }
    }

    mutating func spend(_ amount: Int) throws(FormatError) {
        guard amount <= budget else { throw error("it copies its own content too often", kind: .tooLarge) }
        budget -= amount
    }

    private mutating func pop() throws(FormatError) -> PickleItem {
        guard stack.count > (marks.last ?? 0), let item = stack.popLast() else { throw error("nothing is on the stack") }
        return item
    }

    private mutating func popMark() throws(FormatError) -> [PickleItem] {
        guard let mark = marks.popLast() else { throw error("no mark is on the stack") }
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    /// The number of the container on top of the stack.
    private func top() throws(FormatError) -> Int {
        guard stack.count > (marks.last ?? 0), case .node(let node)? = stack.last else {
            throw error("a container is expected on the stack, not \(stack.last?.kind ?? "nothing")")
        }
        return node
    }

    mutating func new(_ node: PickleNode) -> PickleItem {
        heap.append(node)
        return .node(heap.count - 1)
    }

    // MARK: Instructions

    private mutating func execute(_ opcode: UInt8) throws(FormatError) {
        switch Unicode.Scalar(opcode) {
        case "\u{80}":
            let version = try reader.integer(UInt8.self, "protocol")
            guard version <= 5 else { throw error("protocol \(version); 0 to 5 are read", kind: .unsupported) }
        case "\u{95}":
            let length = try reader.length("length of a frame")
            guard length <= reader.remaining else { throw error("a frame of \(length) bytes, but \(reader.remaining) follow") }

        // Constants and numbers.
        case "N": try push(.none)
        case "\u{88}": try push(.boolean(true))
        case "\u{89}": try push(.boolean(false))
        case "J": try push(.integer(Int(try reader.integer(Int32.self, "an integer"))))
        case "K": try push(.integer(Int(try reader.integer(UInt8.self, "an integer"))))
        case "M": try push(.integer(Int(try reader.integer(UInt16.self, "an integer"))))
        case "\u{8a}": try pushLong(Int(try reader.integer(UInt8.self, "length of an integer")))
        case "\u{8b}": try pushLong(Int(try reader.integer(Int32.self, "length of an integer")))
        case "G": try push(.number(Double(bitPattern: UInt64(bigEndian: try reader.integer(UInt64.self, "a number").littleEndian))))
        case "I": try pushDecimal(try line())
        case "L": try pushDecimal(try line())
        case "F":
            let text = try line()
            guard let value = Double(text) else { throw error("“\(text)” is no number") }
            try push(.number(value))

        // Strings and bytes.
        case "X": try pushString(Int(try reader.integer(UInt32.self, "length of a string")))
        case "\u{8c}": try pushString(Int(try reader.integer(UInt8.self, "length of a string")))
        case "\u{8d}": try pushString(try reader.length("length of a string"))
        case "V": try push(.string(try PickleText.unescaped(try line(), self)))
        case "S": try push(.string(try PickleText.unquoted(try line(), self)))
        case "T": try pushOldString(Int(try reader.integer(Int32.self, "length of a string")))
        case "U": try pushOldString(Int(try reader.integer(UInt8.self, "length of a string")))
        case "B": try pushBytes(Int(try reader.integer(UInt32.self, "length of bytes")))
        case "C": try pushBytes(Int(try reader.integer(UInt8.self, "length of bytes")))
        case "\u{8e}", "\u{96}": try pushBytes(try reader.length("length of bytes"))

        // Containers.
        case "]": try push(new(.list([])))
        case ")": try push(new(.tuple([])))
        case "}": try push(new(.dictionary([], isOrdered: false)))
        case "\u{8f}": try push(new(.set([])))
        case "l": try push(new(.list(try popMark())))
        case "t": try push(new(.tuple(try popMark())))
        case "\u{91}": try push(new(.set(try popMark())))
        case "d": try push(new(.dictionary(try pairs(try popMark()), isOrdered: false)))
        case "\u{85}": try pushTuple(1)
        case "\u{86}": try pushTuple(2)
        case "\u{87}": try pushTuple(3)
        case "a": try append([try pop()])
        case "e", "\u{90}": try append(try popMark())
        case "s":
            let value = try pop(), key = try pop()
            try insert([(key, value)])
        case "u": try insert(try pairs(try popMark()))

        // The stack and the memo.
        case "(":
            try count()
            marks.append(stack.count)
        case "0": if stack.count == marks.last { marks.removeLast() } else { _ = try pop() }
        case "1": _ = try popMark()
        case "2":
            let item = try pop()
            stack.append(item)
            try push(item)
        case "p": try memorize(try index(try line()))
        case "q": try memorize(Int(try reader.integer(UInt8.self, "a place in the memo")))
        case "r": try memorize(Int(try reader.integer(UInt32.self, "a place in the memo")))
        case "\u{94}": try memorize(memo.count)
        case "g": try recall(try index(try line()))
        case "h": try recall(Int(try reader.integer(UInt8.self, "a place in the memo")))
        case "j": try recall(Int(try reader.integer(UInt32.self, "a place in the memo")))

        // Names and calls.
        case "c": try pushGlobal(module: try line(), name: try line())
        case "\u{93}":
            guard let name = try pop().stringValue, let module = try pop().stringValue else { throw error("a name needs two strings") }
            try pushGlobal(module: module, name: name)
        case "R", "\u{81}":
            let arguments = try pop(), callee = try pop()
            try push(try reduce(callee, try items(arguments), isNew: opcode == 0x81))
        case "b":
            let state = try pop()
            try build(state)
        case "Q": try push(try persistent(try items(try pop())))
        default:
            throw error("the instruction \(opcode) (“\(Unicode.Scalar(opcode).escaped(asASCII: true))”), which no file of PyTorch has", kind: .unsupported)
        }
    }

    private mutating func line() throws(FormatError) -> String {
        let rest = UnsafeRawBufferPointer(rebasing: reader.bytes[reader.offset...])
        guard let length = rest.firstIndex(of: 0x0A) else { throw error("a line without end") }
        let text = try reader.take(length + 1, "a line").dropLast()
        return String(decoding: text, as: UTF8.self)
    }

    private func index(_ text: String) throws(FormatError) -> Int {
        guard let index = Int(text), index >= 0 else { throw error("“\(text)” is no place in the memo") }
        return index
    }

    private mutating func pushDecimal(_ text: String) throws(FormatError) {
        if text == "00" || text == "01" { return try push(.boolean(text == "01")) }
        guard let value = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else {
            throw error("“\(text.prefix(40))” is no integer of 64 bits")
        }
        try push(.integer(value))
    }

    private mutating func pushLong(_ length: Int) throws(FormatError) {
        let bytes = try reader.take(length, "an integer")
        guard length > 8 else {
            var value = bytes.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0
            for byte in bytes.reversed() { value = value << 8 | Int(byte) }
            return try push(.integer(value))
        }
        try push(.largeInteger([UInt8](bytes)))
    }

    private mutating func pushString(_ length: Int) throws(FormatError) {
        // Python's lone surrogates are no valid UTF-8; they become replacement characters.
        try push(.string(String(decoding: try reader.take(length, "a string"), as: UTF8.self)))
    }

    /// Strings of Python 2 are bytes, and mostly text.
    private mutating func pushOldString(_ length: Int) throws(FormatError) {
        let bytes = try reader.take(length, "a string")
        try push(String(validating: bytes, as: UTF8.self).map(PickleItem.string) ?? .bytes([UInt8](bytes)))
    }

    private mutating func pushBytes(_ length: Int) throws(FormatError) {
        try push(.bytes([UInt8](try reader.take(length, "bytes"))))
    }

    private mutating func pushTuple(_ count: Int) throws(FormatError) {
        var items: [PickleItem] = []
        for _ in 0 ..< count { items.append(try pop()) }
        try push(new(.tuple(items.reversed())))
    }

    private mutating func pushGlobal(module: String, name: String) throws(FormatError) {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw error(
                "it needs “\(module).\(name)”, which is code and not data, so it is not read; in Python, save a state_dict instead of the object",
                kind: .unsupported)
        }
        if case .dtype(let dtype) = global { try push(.dtype(dtype)) } else { try push(.global(global)) }
    }

    private mutating func memorize(_ place: Int) throws(FormatError) {
        guard stack.count > (marks.last ?? 0), let item = stack.last else { throw error("nothing is on the stack") }
        try count()
        memo[place] = item
    }

    private mutating func recall(_ place: Int) throws(FormatError) {
        guard let item = memo[place] else { throw error("place \(place) of the memo is empty") }
        try push(item)
    }

    func pairs(_ items: [PickleItem]) throws(FormatError) -> [(PickleItem, PickleItem)] {
        guard items.count.isMultiple(of: 2) else { throw error("a key without a value") }
        return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
    }

    /// Appends to the list or set on top of the stack.
    private mutating func append(_ items: [PickleItem]) throws(FormatError) {
        let node = try top()
        switch heap[node] {
        case .list(var elements):
            heap[node] = .list([])
            elements.append(contentsOf: items)
            heap[node] = .list(elements)
        case .set(var elements):
            heap[node] = .set([])
            elements.append(contentsOf: items)
            heap[node] = .set(elements)
        default: throw error("elements for something that is neither list nor set")
        }
    }

    /// Adds pairs to the dictionary on top of the stack.
    private mutating func insert(_ pairs: [(PickleItem, PickleItem)]) throws(FormatError) {
        let node = try top()
        guard case .dictionary(var elements, let isOrdered) = heap[node] else { throw error("pairs for something that is no dictionary") }
        heap[node] = .list([])
        elements.append(contentsOf: pairs)
        heap[node] = .dictionary(elements, isOrdered: isOrdered)
    }

    /// Sets the attributes of an object of TorchScript. Those of dictionaries (PyTorch keeps version numbers of layers in a state dict's) are
    /// passed over.
    private mutating func build(_ state: PickleItem) throws(FormatError) {
        let node = try top()
        switch heap[node] {
        case .object(let className, _): heap[node] = .object(className: className, state: state)
        case .dictionary: break
        default: throw error("attributes for something that has none")
        }
    }

    /// The elements of a tuple or list.
    func items(_ item: PickleItem) throws(FormatError) -> [PickleItem] {
        if case .size(let sizes) = item { return sizes.map(PickleItem.integer) }
        guard case .node(let node) = item else { throw error("a tuple is expected, not \(item.kind)") }
        switch heap[node] {
        case .tuple(let items), .list(let items), .set(let items): return items
        default: throw error("a tuple is expected")
        }
    }
}

/// The escapes of protocol 0.
enum PickleText {
    /// Python's raw-unicode-escape.
    static func unescaped(_ text: String, _ machine: PickleMachine) throws(FormatError) -> String {
        var result = String.UnicodeScalarView(), rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let kind = rest.first, kind == "u" || kind == "U" else {
                result.append(scalar)
                continue
            }
            rest.removeFirst()
            let digits = rest.prefix(kind == "u" ? 4 : 8)
            guard digits.count == (kind == "u" ? 4 : 8), let code = UInt32(String(digits), radix: 16), let value = Unicode.Scalar(code) else {
                throw machine.error("an escape of a string that is no character")
            }
            rest.removeFirst(digits.count)
            result.append(value)
        }
        return String(result)
    }

    /// A string literal of Python 2 without escapes but those of quotes and backslashes.
    static func unquoted(_ text: String, _ machine: PickleMachine) throws(FormatError) -> String {
        guard let quote = text.first, quote == "'" || quote == "\"", text.count >= 2, text.last == quote else {
            throw machine.error("a string without quotation marks")
        }
        var result = "", rest = text.dropFirst().dropLast()
        while let character = rest.popFirst() {
            guard character == "\\" else {
                result.append(character)
                continue
            }
            guard let escaped = rest.popFirst(), escaped == "\\" || escaped == "'" || escaped == "\"" else {
                throw machine.error("an escape of a string that is not read", kind: .unsupported)
            }
            result.append(escaped)
        }
        return result
    }
}
