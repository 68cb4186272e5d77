import EmberTensor

/// The elements of tensors as files hold them: bytes, their type, and their order.
struct StoredElements: Sendable {
    let bytes: any ByteSource
    let dtype: DType
    let isBigEndian: Bool

    init(_ bytes: any ByteSource, _ dtype: DType, isBigEndian: Bool = false) {
        self.bytes = bytes
        self.dtype = dtype
        self.isBigEndian = isBigEndian
    }

    /// A tensor of some of the elements; the caller has checked that all of them lie within the bytes.
    ///
    /// Nothing is copied when the bytes lie in a mapped file, aligned and in this machine's order. Booleans always are: a file may hold any
    /// byte, a boolean in memory is 0 or 1.
    /// - Parameters:
    ///   - strides: in elements, row-major when nil.
    ///   - offset: of the first element, in elements.
    func tensor(_ shape: [Int], strides: [Int]? = nil, offset: Int = 0) -> Tensor {
        bytes.withUnsafeBytes { memory in
            let start = memory.baseAddress.map { $0 + offset * dtype.size }
            let isNative = dtype != .bool && (!isBigEndian || dtype.size == 1)
            if isNative, let owner = bytes.mapping, let start, Int(bitPattern: start).isMultiple(of: dtype.size) {
                return Tensor(foreign: start, byteCount: memory.count - offset * dtype.size, shape: shape, strides: strides,
                              dtype: dtype, owner: owner)
            }
            if strides == nil {
                let count = shape.reduce(1, *) * dtype.size
                let part = UnsafeRawBufferPointer(start: start, count: count)
                return isNative ? Tensor(bytes: part, shape: shape, dtype: dtype) : converted(part).withUnsafeBytes {
                    Tensor(bytes: $0, shape: shape, dtype: dtype)
                }
            }
            let copy = HeldMemory(isNative ? [UInt8](memory) : converted(memory))
            return Tensor(foreign: copy.base + offset * dtype.size, byteCount: memory.count - offset * dtype.size, shape: shape,
                          strides: strides, dtype: dtype, owner: copy)
        }
    }

    /// The bytes as this machine has them.
    private func converted(_ memory: UnsafeRawBufferPointer) -> [UInt8] {
        if dtype == .bool { return memory.map { $0 == 0 ? 0 : 1 } }
        let word = wordSize
        return [UInt8](unsafeUninitializedCapacity: memory.count) { target, count in
            for place in 0 ..< memory.count {
                target.initializeElement(at: place, to: memory[place / word * word + (word - 1 - place % word)])
            }
            count = memory.count
        }
    }

    /// Bytes of one number.
    private var wordSize: Int { dtype.realType.size }
}

/// Bytes at an address that does not change, aligned for every element type.
private final class HeldMemory: @unchecked Sendable {
    // Sendable: written only before it is published.
    let base: UnsafeRawPointer

    init(_ bytes: [UInt8]) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { memory.copyMemory(from: start, byteCount: source.count) }
        }
        base = UnsafeRawPointer(memory)
    }

    deinit { base.deallocate() }
}
