import CEmber

/// Which elements x[i, j, …] names: `dims` of `x` are indexed by `tensors`, which share one shape. In the value the index dimensions
/// stand together at `position`, the other dimensions of `x` around them.
struct AdvancedIndex {
    let dims: [Int]
    let tensors: [Tensor]
    let position: Int
}

/// Calls `body` with several lists as C's integers.
func withSizeLists<Result>(_ lists: [[Int]], _ body: ([UnsafePointer<Int64>?]) -> Result) -> Result {
    withSizes(lists.flatMap { $0 }) { base in
        var start = 0
        return body(lists.map { list in
            defer { start += list.count }
            return base.map { $0 + start }
        })
    }
}

/// A contiguous tensor seen as (outer, n, inner) with n the size of `dim`.
func lineShape(_ shape: Shape, _ dim: Int) -> (outer: Int64, n: Int64, inner: Int64) {
    guard !shape.isEmpty else { return (1, 1, 1) }
    return (Int64(ShapeRule.count(Array(shape[..<dim]))), Int64(shape[dim]), Int64(ShapeRule.count(Array(shape[(dim + 1)...]))))
}

/// Runs a kernel that checks indices, and throws what it found.
func checkingIndices(dims: [Int], _ kernel: (UnsafeMutablePointer<ember_index_error>) -> Int32) throws(TensorError) {
    var error = ember_index_error()
    guard kernel(&error) != 0 else { return }
    let dim = Int(error.tensor) < dims.count ? dims[Int(error.tensor)] : 0
    let which = dims.count > 1 ? "index tensor \(error.tensor), " : ""
    throw TensorError("index \(error.value) is out of range for dimension \(dim) of size \(error.dimension_size) "
        + "(\(which)element \(error.position) of the index)")
}

extension Tensor {
    /// The elements as int64, which the tensor is.
    var int64Pointer: UnsafeMutablePointer<Int64> {
        precondition(dtype == .int64, "indices are int64")
        return pointer.assumingMemoryBound(to: Int64.self)
    }
}

extension CPUBackend {
    func gather(_ source: Tensor, dim: Int, _ index: Tensor, into destination: Tensor) throws(TensorError) {
        try checkingIndices(dims: [dim]) { error in
            withSizeLists([index.shape, destination.strides, index.strides, source.strides]) {
                ember_gather(Int32(source.dtype.size), Int32(index.rank), Int32(dim), $0[0], destination.pointer, $0[1], index.int64Pointer,
                             $0[2], source.pointer, $0[3], Int64(source.shape[dim]), error)
            }
        }
    }

    func scatter(_ source: Tensor, dim: Int, _ index: Tensor, into destination: Tensor) throws(TensorError) {
        try checkingIndices(dims: [dim]) { error in
            withSizeLists([index.shape, destination.strides, index.strides, source.strides]) {
                ember_scatter(Int32(source.dtype.size), Int32(index.rank), Int32(dim), $0[0], destination.pointer, $0[1],
                              Int64(destination.shape[dim]), index.int64Pointer, $0[2], source.pointer, $0[3], error)
            }
        }
    }

    func scatter(_ source: Tensor, dim: Int, _ index: Tensor, reducing reduction: ScatterReduction, includeSelf: Bool,
                 into destination: Tensor) throws(TensorError) {
        try checkingIndices(dims: [dim]) { error in
            withSizeLists([index.shape, destination.shape, index.strides, source.strides]) {
                ember_scatter_reduce(source.dtype.rawValue, Int32(reduction.rawValue), includeSelf, Int32(index.rank), Int32(dim), $0[0],
                                     destination.pointer, $0[1], index.int64Pointer, $0[2], source.pointer, $0[3], error)
            }
        }
    }

    func indexSelect(_ source: Tensor, dim: Int, _ index: Tensor, into destination: Tensor) throws(TensorError) {
        let (outer, n, inner) = lineShape(source.shape, dim)
        try checkingIndices(dims: [dim]) {
            ember_index_select(Int32(source.dtype.size), outer, n, inner, destination.pointer, Int64(index.count), index.int64Pointer,
                               source.pointer, $0)
        }
    }

    func indexCopy(_ source: Tensor, dim: Int, _ index: Tensor, into destination: Tensor) throws(TensorError) {
        let (outer, n, inner) = lineShape(destination.shape, dim)
        try checkingIndices(dims: [dim]) {
            ember_index_copy(Int32(source.dtype.size), outer, n, inner, destination.pointer, Int64(index.count), index.int64Pointer,
                             source.pointer, $0)
        }
    }

    func indexAdd(_ source: Tensor, dim: Int, _ index: Tensor, into destination: Tensor) throws(TensorError) {
        let (outer, n, inner) = lineShape(destination.shape, dim)
        try checkingIndices(dims: [dim]) {
            ember_index_reduce(source.dtype.rawValue, Int32(EMBER_SCATTER_ADD.rawValue), true, outer, n, inner, destination.pointer,
                               Int64(index.count), index.int64Pointer, source.pointer, $0)
        }
    }

    func sparseProduct(_ values: Tensor, rows: Tensor, columns: Tensor, _ dense: Tensor, into result: Tensor) throws(TensorError) {
        try checkingIndices(dims: [0, 1]) {
            ember_sparse_product(values.dtype.rawValue, Int64(values.count), rows.int64Pointer, columns.int64Pointer, values.pointer,
                                 Int64(dense.shape[0]), Int64(dense.shape[1]), dense.pointer, Int64(result.shape[0]), result.pointer, $0)
        }
    }

    /// Calls `body` with the C description of `plan` on `x`, for a value with these strides.
    private func withAdvancedIndex(_ x: Tensor, _ plan: AdvancedIndex, valueStrides: [Int],
                                   _ body: (UnsafePointer<ember_advanced_index>) -> Int32) -> Int32 {
        let indexShape = plan.tensors[0].shape
        let rest = x.shape.indices.filter { !plan.dims.contains($0) }
        let block = plan.position..<(plan.position + indexShape.count)
        let lists = [
            indexShape, plan.dims.map { x.shape[$0] }, plan.dims.map { x.strides[$0] }, rest.map { x.shape[$0] }, rest.map { x.strides[$0] },
            Array(valueStrides[block]), Array(valueStrides[..<block.lowerBound]) + Array(valueStrides[block.upperBound...]),
        ]
        let pointers: [UnsafePointer<Int64>?] = plan.tensors.map { UnsafePointer($0.int64Pointer) }
        return withSizeLists(lists) { list in
            withSizeLists(plan.tensors.map(\.strides)) { strides in
                pointers.withUnsafeBufferPointer { indices in
                    strides.withUnsafeBufferPointer { indexStrides in
                        var at = ember_advanced_index(
                            tensor_count: Int32(plan.tensors.count), index_rank: Int32(indexShape.count), rest_rank: Int32(rest.count),
                            index_shape: list[0], indices: indices.baseAddress, index_strides: indexStrides.baseAddress,
                            indexed_sizes: list[1], indexed_strides: list[2], rest_shape: list[3], rest_strides: list[4],
                            value_index_strides: list[5], value_rest_strides: list[6])
                        return body(&at)
                    }
                }
            }
        }
    }

    func advancedGet(_ x: Tensor, _ plan: AdvancedIndex, into value: Tensor) throws(TensorError) {
        try checkingIndices(dims: plan.dims) { error in
            withAdvancedIndex(x, plan, valueStrides: value.strides) {
                ember_index_get(Int32(x.dtype.size), $0, value.pointer, x.pointer, error)
            }
        }
    }

    func advancedPut(_ value: Tensor, _ plan: AdvancedIndex, accumulate: Bool, into x: Tensor) throws(TensorError) {
        try checkingIndices(dims: plan.dims) { error in
            withAdvancedIndex(x, plan, valueStrides: value.strides) {
                accumulate
                    ? ember_index_put_accumulate(x.dtype.rawValue, $0, x.pointer, Int64(x.count), value.pointer, error)
                    : ember_index_put(Int32(x.dtype.size), $0, x.pointer, value.pointer, error)
            }
        }
    }

    func countNonzero(_ x: Tensor) -> Int { Int(ember_count_nonzero(x.dtype.rawValue, Int64(x.count), x.pointer)) }

    func nonzero(_ x: Tensor, into coordinates: Tensor) {
        withSizes(x.shape) { ember_nonzero(x.dtype.rawValue, Int32(x.rank), $0, x.pointer, coordinates.int64Pointer) }
    }

    func maskedSelect(_ x: Tensor, mask: Tensor, into result: Tensor) {
        ember_masked_select(Int32(x.dtype.size), Int64(x.count), x.pointer, mask.pointer, result.pointer)
    }

    func maskedScatter(_ source: Tensor, mask: Tensor, into destination: Tensor) {
        ember_masked_scatter(Int32(destination.dtype.size), Int64(destination.count), destination.pointer, mask.pointer, source.pointer)
    }
}
