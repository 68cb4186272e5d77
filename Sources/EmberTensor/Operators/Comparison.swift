extension Tensor {
    /// Whether each element is close to the other's: |a - b| ≤ atol + rtol |b|, as bool; equal infinities are close,
    /// NaN only to NaN
    /// and only with `equalNaN`. Broadcasts; both have one type. PyTorch: `torch.isclose`.
    public func isClose(_ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false) -> Tensor {
        composed("isClose", [self, other]) { () throws(TensorError) in
            guard dtype == other.dtype else {
                throw TensorError("the types must be equal, not \(dtype.name) and \(other.dtype.name)")
            }
            guard rtol >= 0, atol >= 0 else {
                throw TensorError("tolerances must not be negative, got rtol \(rtol) and atol \(atol)")
            }
            let a = detach(), b = other.detach()
            var close = a .== b
            if equalNaN && dtype.isDifferentiable { close = close | (a.isNaN() & b.isNaN()) }
            if rtol == 0 && atol == 0 { return close }
            // Differences of small integers would wrap around: compare as real numbers.
            let type: DType = dtype.isDifferentiable ? dtype : .float64
            let x = a.to(type), y = b.to(type)
            let difference = (x - y).abs()
            let finite = difference .< Double.infinity
            return close | (finite & (difference .<= (y * rtol).abs() + atol))
        }
    }

    /// Whether all elements are close; see ``isClose(_:rtol:atol:equalNaN:)``. PyTorch: `torch.allclose`.
    public func allClose(_ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false) -> Bool {
        isClose(other, rtol: rtol, atol: atol, equalNaN: equalNaN).all().item(as: Bool.self)
    }

    /// Whether shapes are equal and all elements are; NaN equals nothing. PyTorch: `torch.equal`.
    public func equal(_ other: Tensor) -> Bool {
        guard !isInert, !other.isInert, shape == other.shape else { return false }
        return (detach() .== other.detach()).all().item(as: Bool.self)
    }
}
