/// From the heap of a ``PickleMachine`` to a value.
///
/// Containers that occur several times are converted once and share memory; the limit is on what a walk through the value would meet, so
/// that no list of lists of the same list (a "billion laughs" file) keeps a reader busy for ever.
struct PickleConversion {
    private let machine: PickleMachine
    private enum State {
        case new, open
        case done(PickleValue, count: Int, depth: Int)
    }
    private var states: [State]

    init(_ machine: PickleMachine) {
        self.machine = machine
        states = [State](repeating: .new, count: machine.heap.count)
    }

    mutating func value(_ item: PickleItem) throws(FormatError) -> PickleValue { try convert(item, level: 0).value }

    private typealias Converted = (value: PickleValue, count: Int, depth: Int)

    private mutating func convert(_ item: PickleItem, level: Int) throws(FormatError) -> Converted {
        switch item {
        case .none: return (.none, 1, 1)
        case .boolean(let value): return (.boolean(value), 1, 1)
        case .integer(let value): return (.integer(value), 1, 1)
        case .largeInteger(let value): return (.largeInteger(value), 1, 1)
        case .number(let value): return (.number(value), 1, 1)
        case .complex(let real, let imaginary): return (.complex(real: real, imaginary: imaginary), 1, 1)
        case .string(let value): return (.string(value), 1, 1)
        case .bytes(let value): return (.bytes(value), 1, 1)
        case .tensor(let value): return (.tensor(value), 1, 1)
        case .dtype(let value): return (.dtype(value), 1, 1)
        case .device(let value): return (.device(value), 1, 1)
        case .size(let value): return (.size(value), 1 + value.count, 1)
        case .storage(let storage, let dtype):
            let type = dtype ?? .uint8
            return (.tensor(try PyTorchTensor(
                storage: storage, dtype: type, shape: [storage.byteCount / type.size], strides: [1], offset: 0, file: machine.reader.file)), 1, 1)
        case .global(let global): throw machine.error("\(global.name) is no value", kind: .unsupported)
        case .node(let node): return try convert(node: node, level: level)
        }
    }

    private mutating func convert(node: Int, level: Int) throws(FormatError) -> Converted {
        switch states[node] {
        case .done(let value, let count, let depth):
            guard level + depth <= PickleMachine.maximumDepth else { throw tooDeep }
            return (value, count, depth)
        case .open: throw machine.error("a container that contains itself", kind: .unsupported)
        case .new: break
        }
        guard level < PickleMachine.maximumDepth else { throw tooDeep }
        states[node] = .open
        var size = Size()
        let value: PickleValue
        switch machine.heap[node] {
        case .list(let items): value = .list(try elements(items, level, &size))
        case .tuple(let items): value = .tuple(try elements(items, level, &size))
        case .set(let items): value = .set(try elements(items, level, &size))
        case .dictionary(let pairs, let isOrdered):
            var dictionary = PickleDictionary(isOrdered: isOrdered)
            for (key, item) in pairs { dictionary.set(try element(key, level, &size), try element(item, level, &size)) }
            value = .dictionary(dictionary)
        case .object(let className, let state): value = .object(className: className, state: try element(state, level, &size))
        }
        states[node] = .done(value, count: size.count, depth: size.depth + 1)
        return (value, size.count, size.depth + 1)
    }

    private struct Size { var count = 1, depth = 0 }

    private mutating func elements(_ items: [PickleItem], _ level: Int, _ size: inout Size) throws(FormatError) -> [PickleValue] {
        var result: [PickleValue] = []
        result.reserveCapacity(items.count)
        for item in items { result.append(try element(item, level, &size)) }
        return result
    }

    private mutating func element(_ item: PickleItem, _ level: Int, _ size: inout Size) throws(FormatError) -> PickleValue {
        let part = try convert(item, level: level + 1)
        size.count += part.count
        size.depth = max(size.depth, part.depth)
        guard size.count <= PickleMachine.maximumObjects else {
            throw machine.error("it stands for more than \(PickleMachine.maximumObjects) objects", kind: .tooLarge)
        }
        return part.value
    }

    private var tooDeep: FormatError { machine.error("nested more than \(PickleMachine.maximumDepth) deep", kind: .tooLarge) }
}
