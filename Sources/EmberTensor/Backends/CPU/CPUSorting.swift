import CEmber

extension CPUBackend {
    func sort(_ x: Tensor, dim: Int, descending: Bool, values: Tensor?, indices: Tensor?) {
        let (outer, n, inner) = lineShape(x.shape, dim)
        ember_sort(x.dtype.rawValue, outer, n, inner, x.pointer, descending, values?.pointer, indices?.int64Pointer)
    }

    func topK(_ x: Tensor, dim: Int, largest: Bool, sorted: Bool, values: Tensor, indices: Tensor) {
        let (outer, n, inner) = lineShape(x.shape, dim)
        let k = values.rank == 0 ? 1 : values.shape[dim]
        ember_topk(x.dtype.rawValue, outer, n, inner, x.pointer, Int64(k), largest, sorted, values.pointer, indices.int64Pointer)
    }

    func select(_ selection: OrderSelection, of x: Tensor, dim: Int, values: Tensor, indices: Tensor) {
        let (outer, n, inner) = lineShape(x.shape, dim)
        switch selection {
        case .position(let position):
            ember_kth_value(x.dtype.rawValue, outer, n, inner, x.pointer, Int64(position), values.pointer, indices.int64Pointer)
        case .median(let ignoringNaN):
            ember_median(x.dtype.rawValue, outer, n, inner, x.pointer, ignoringNaN, values.pointer, indices.int64Pointer)
        case .mode:
            ember_mode(x.dtype.rawValue, outer, n, inner, x.pointer, values.pointer, indices.int64Pointer)
        }
    }

    func unique(_ x: Tensor, consecutive: Bool, values: Tensor, inverse: Tensor?, counts: Tensor?) -> Int {
        let kernel = consecutive ? ember_unique_consecutive : ember_unique
        return Int(kernel(x.dtype.rawValue, Int64(x.count), x.pointer, values.pointer, inverse?.int64Pointer, counts?.int64Pointer))
    }

    func uniqueRows(_ x: Tensor, consecutive: Bool, representatives: Tensor, inverse: Tensor?, counts: Tensor?) -> Int {
        Int(ember_unique_rows(x.dtype.rawValue, Int64(x.shape[0]), Int64(x.shape[1]), x.pointer, consecutive, representatives.int64Pointer,
                              inverse?.int64Pointer, counts?.int64Pointer))
    }

    func searchSorted(_ sorted: Tensor, sorter: Tensor?, _ values: Tensor, right: Bool, into result: Tensor) throws(TensorError) {
        let shared = sorted.rank == 1
        let n = sorted.shape[sorted.rank - 1]
        let m = shared ? values.count : values.shape[values.rank - 1]
        let outer = shared ? 1 : ShapeRule.count(Array(values.shape.dropLast()))
        try checkingIndices(dims: [sorted.rank - 1]) {
            ember_searchsorted(sorted.dtype.rawValue, Int64(outer), Int64(n), Int64(m), sorted.pointer, shared, sorter?.int64Pointer,
                               values.pointer, right, result.int64Pointer, $0)
        }
    }

    func binsNeeded(_ values: Tensor) -> Int? {
        let bins = Int(ember_bincount_bins(Int64(values.count), values.int64Pointer))
        return bins < 0 ? nil : bins
    }

    func binCount(_ values: Tensor, weights: Tensor?, into result: Tensor) {
        if let weights {
            ember_bincount_weighted(weights.dtype.rawValue, Int64(values.count), values.int64Pointer, weights.pointer, Int64(result.count),
                                    result.pointer)
        } else {
            ember_bincount(Int64(values.count), values.int64Pointer, Int64(result.count), result.int64Pointer)
        }
    }

    func isMember(_ x: Tensor, of tests: Tensor, invert: Bool, into result: Tensor) {
        ember_isin(x.dtype.rawValue, Int64(x.count), x.pointer, Int64(tests.count), tests.pointer, invert,
                   result.pointer.assumingMemoryBound(to: Bool.self))
    }

    func histogram(_ x: Tensor, low: Double, high: Double, into counts: Tensor) {
        ember_histogram(x.dtype.rawValue, Int64(x.count), x.pointer, Int64(counts.count), low, high, counts.pointer)
    }
}
