extension Tensor {
    /// At each element, the value of the straight lines through the points (`xp`, `fp`), two vectors of which `xp` is ascending; beyond the ends
    /// `left` and `right`, or the first and the last of `fp`. Differentiable in all three tensors. NumPy: `interp`.
    public func interp(_ xp: Tensor, _ fp: Tensor, left: Double? = nil, right: Double? = nil) -> Tensor {
        composed("interp", [self, xp, fp]) { () throws(TensorError) in
            guard xp.rank == 1, xp.shape == fp.shape, xp.count > 0 else {
                throw TensorError("the points must be two vectors of equal length, at least 1; they have shapes \(xp.shape) and \(fp.shape)")
            }
            guard dtype.isFloatingPoint, xp.dtype == dtype, fp.dtype == dtype else {
                throw TensorError("needs one floating-point type for all, got \(dtype.name), \(xp.dtype.name), \(fp.dtype.name)")
            }
            guard xp.count == 1 || (xp.detach().diff() .> 0.0).all().item(as: Bool.self) else { throw TensorError("xp must be ascending") }
            let last = xp.count - 1
            var result = fp[0].expand(shape)
            if last > 0 {
                let lower = (xp.detach().searchsorted(detach(), right: true) - 1.0).clamp(min: 0, max: .int(last - 1)).reshape([count])
                func ends(_ points: Tensor) -> (Tensor, Tensor) {
                    (points.indexSelect(0, lower).reshape(shape), points.indexSelect(0, lower + 1.0).reshape(shape))
                }
                let (x0, x1) = ends(xp), (f0, f1) = ends(fp)
                result = f0 + (self - x0) / (x1 - x0) * (f1 - f0)
            }
            func end(_ value: Double?, _ point: Tensor) -> Tensor { value.map { Tensor($0, dtype: dtype) } ?? point }
            result = end(left, fp[0]).where(detach() .< xp.detach()[0], else: result)
            return end(right, fp[last]).where(detach() .> xp.detach()[last], else: result)
        }
    }
}
