import EmberTensor

extension Tensor {
    /// A tensor over a file of bare elements, in row-major order and this machine's byte order, without a header. Nothing is read until it
    /// is looked at, so the file may be larger than the memory; writing to the tensor makes a copy and leaves the file as it is.
    ///
    ///     let tokens = try Tensor(elementsOf: "tokens.bin", shape: [2_000_000, 512], dtype: .int32)
    ///
    /// - Parameter offset: bytes to pass over.
    /// - Throws: `FormatError` when the file cannot be read, or is shorter than the shape asks for.
    ///
    /// PyTorch: `torch.from_file` with `shared=False`; NumPy: `np.memmap`.
    public init(elementsOf path: String, offset: Int = 0, shape: Shape, dtype: DType) throws(FormatError) {
        let file = try MappedFile(path: path)
        var byteCount = dtype.size
        for size in shape {
            let (product, overflows) = byteCount.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflows else {
                throw FormatError(.malformed, file: path, "no file holds a tensor of shape \(shape)")
            }
            byteCount = product
        }
        guard shape.count <= Tensor.maximumRank else {
            throw FormatError(.malformed, file: path, "\(shape.count) dimensions; a tensor has at most \(Tensor.maximumRank)")
        }
        guard offset >= 0, offset <= file.byteCount, byteCount <= file.byteCount - offset else {
            throw FormatError(.truncated, file: path, "\(byteCount) bytes from byte \(offset) on are needed for shape "
                + "\(shape) of \(dtype.name), the file has \(file.byteCount)")
        }
        self = StoredElements(ByteSlice(file, offset ..< offset + byteCount), dtype).tensor(shape)
    }
}
