extension Tensor {
    /// The inverse for ``tensordot(_:dims:)``: of shape [s₁…, s₂…] with the first `ind` sizes s₁ of the same product as the rest s₂, the
    /// tensor of shape [s₂…, s₁…] with tensordot(inverse, self, ind) the identity. PyTorch: `torch.linalg.tensorinv`.
    public func tensorinv(ind: Int = 2) -> Tensor {
        composed("tensorinv", [self]) { () throws(TensorError) in
            guard ind > 0 else { throw TensorError("ind must be above 0, got \(ind)") }
            let first = Array(shape.prefix(ind)), rest = Array(shape.dropFirst(ind))
            let rows = ShapeRule.count(first), columns = ShapeRule.count(rest)
            guard rows == columns else {
                throw TensorError("the first \(ind) sizes of \(shape) multiply to \(rows), the others to \(columns); they must be equal")
            }
            return reshape([rows, columns]).inv().reshape(rest + first)
        }
    }

    /// The X with tensordot(self, X, X.rank) = `b`, where the product of `self`'s sizes is the square of b's number of elements. The
    /// dimensions `dims` of `self` are moved to its end first. PyTorch: `torch.linalg.tensorsolve`.
    public func tensorsolve(_ b: Tensor, dims: [Int] = []) -> Tensor {
        composed("tensorsolve", [self, b]) { () throws(TensorError) in
            let chosen = try ShapeRule.dims(dims, rank: rank)
            let moved = chosen.isEmpty ? self : movedim(chosen, Array((rank - chosen.count)..<rank))
            let unknowns = Array(moved.shape.dropFirst(b.rank))
            guard moved.rank >= b.rank, ShapeRule.count(unknowns) == b.count, moved.count == b.count * b.count else {
                throw TensorError("the first \(b.rank) dimensions of \(moved.shape) and the rest must both have \(b.count) elements, as b has")
            }
            return moved.reshape([b.count, b.count]).solve(b.reshape([b.count])).reshape(unknowns)
        }
    }
}
