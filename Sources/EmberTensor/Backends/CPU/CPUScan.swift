import CEmber

extension CPUBackend {
    func scan(_ kind: ScanKind, _ x: Tensor, into result: Tensor, dim: Int) {
        let (outer, n, inner) = SoftmaxRule.extents(x.shape, dim: dim)
        checkStatus(ember_scan(ember_scan_kind(kind.rawValue), x.pointer, x.dtype.rawValue, result.pointer, result.dtype.rawValue,
                               Int64(outer), Int64(n), Int64(inner)), "running \(kind) of \(x.dtype.name)")
    }

    func scanExtreme(maximum: Bool, _ x: Tensor, values: Tensor, indices: Tensor, dim: Int) {
        let (outer, n, inner) = SoftmaxRule.extents(x.shape, dim: dim)
        checkStatus(ember_scan_extreme(maximum, x.pointer, x.dtype.rawValue, values.pointer,
                                       indices.pointer.assumingMemoryBound(to: Int64.self), Int64(outer), Int64(n), Int64(inner)),
                    "running extremes of \(x.dtype.name)")
    }
}
