import CEmber

extension CPUBackend {
    func resample(_ x: Tensor, dim: Int, _ table: ResamplingTable, into result: Tensor) {
        let (outer, n, inner) = SoftmaxRule.extents(x.shape, dim: dim)
        let status = withSizes(table.first) { first in
            withSizes(table.offsets) { offsets in
                table.weights.withUnsafeBufferPointer { weights in
                    var c = ember_resampling_table(size: Int64(table.outputSize), first: first, offsets: offsets, weights: weights.baseAddress)
                    return ember_resample(x.dtype.rawValue, x.pointer, result.pointer, Int64(outer), Int64(n), Int64(inner), &c)
                }
            }
        }
        checkStatus(status, "resampling of \(x.dtype.name)")
    }
}
