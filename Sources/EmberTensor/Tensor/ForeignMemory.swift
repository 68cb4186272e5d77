extension Tensor {
    /// A tensor over memory that somebody else owns, such as a mapped file: nothing is copied, and whoever writes to the tensor gets a copy.
    ///
    /// `pointer` is the first byte of `byteCount` bytes that `owner` keeps alive and nobody writes, aligned for `dtype`. `strides` count elements
    /// (row-major when nil); every element must lie within the memory. A boolean's bytes must be 0 or 1.
    package init(
        foreign pointer: UnsafeRawPointer, byteCount: Int, shape: Shape, strides: [Int]? = nil, dtype: DType, owner: AnyObject
    ) {
        let storage = Storage(
            pointer: UnsafeMutableRawPointer(mutating: pointer), byteCount: byteCount, device: .cpu, owner: owner)
        let strides = strides ?? ShapeRule.contiguousStrides(shape)
        self.init(TensorBody(
            storage: storage, offset: 0, shape: shape, strides: strides, dtype: dtype, count: ShapeRule.count(shape),
            isContiguous: ShapeRule.isContiguous(shape, strides)))
    }

    /// The largest number of dimensions a tensor can have.
    package static var maximumRank: Int { ShapeRule.maximumRank }

    /// Calls `body` with the elements in row-major order and this machine's byte order, without copying when they already lie so.
    /// PyTorch: `Tensor.untyped_storage`.
    public func withUnsafeRawBuffer<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let source = detach().contiguous()
        return try withExtendedLifetime(source) {
            try body(UnsafeRawBufferPointer(start: source.pointer, count: count * dtype.size))
        }
    }
}
