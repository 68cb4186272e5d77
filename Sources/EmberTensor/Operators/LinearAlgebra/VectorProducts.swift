extension Tensor {
    /// The sums of the products of two tensors' elements along `dim`, those of `self` conjugated; operands broadcast. PyTorch:
    /// `torch.linalg.vecdot`.
    public func vecdot(_ other: Tensor, dim: Int = -1) -> Tensor {
        composed("vecdot", [self, other]) { () throws(TensorError) in
            guard rank > 0, other.rank > 0 else { throw TensorError("needs vectors; a 0-d tensor is none") }
            try MatrixProductRule.check(types: [self, other])
            // 16-bit products are rounded once, as sums.
            let wide: DType? = dtype.isFloatingPoint && dtype.size == 2 ? .float32 : nil
            let sum = ((wide.map { to($0) } ?? conj()) * (wide.map { other.to($0) } ?? other)).sum(dim)
            return sum.to(dtype)
        }
    }

    /// The cross product of the vectors of three elements along `dim`; the other dimensions broadcast. PyTorch: `torch.linalg.cross`;
    /// `torch.cross` takes the first dimension of size 3 when none is given.
    public func cross(_ other: Tensor, dim: Int = -1) -> Tensor {
        composed("cross", [self, other]) { () throws(TensorError) in
            guard rank == other.rank else { throw TensorError("the operands have \(rank) and \(other.rank) dimensions; they must have equally many") }
            let d = try ShapeRule.dim(dim, rank: rank)
            guard rank > 0, shape[d] == 3, other.shape[d] == 3 else {
                throw TensorError("dimension \(dim) must have size 3 in both operands, their shapes are \(shape) and \(other.shape)")
            }
            // Rolled by 2 back and by 1, the elements stand where c₀ = a₁b₂ - a₂b₁ needs them.
            return roll(-1, dim: d) * other.roll(-2, dim: d) - roll(-2, dim: d) * other.roll(-1, dim: d)
        }
    }

    /// The Kronecker product: every element of `self` times all of `other`, as blocks. PyTorch: `torch.kron`.
    public func kron(_ other: Tensor) -> Tensor {
        composed("kron", [self, other]) { () throws(TensorError) in
            let dims = Swift.max(rank, other.rank)
            let a = [Int](repeating: 1, count: dims - rank) + shape, b = [Int](repeating: 1, count: dims - other.rank) + other.shape
            try ShapeRule.checkRank([Int](repeating: 1, count: 2 * dims))
            let product = reshape(a.flatMap { [$0, 1] }) * other.reshape(b.flatMap { [1, $0] })
            return product.reshape(zip(a, b).map { $0 * $1 })
        }
    }

    /// The powers 0, 1, … `n` - 1 of every element of vectors [.., m] in a last dimension: [.., m, n]; n = m by default. PyTorch:
    /// `torch.linalg.vander`.
    public func vander(_ n: Int? = nil) -> Tensor {
        composed("vander", [self]) { () throws(TensorError) in
            let x = atleast1d(), n = n ?? x.shape[x.rank - 1]
            guard n > 1 else { throw TensorError("needs at least 2 columns, got \(n)") }
            let powers = x.unsqueeze(-1).expand(x.shape + [n - 1]).cumprod(-1)
            return cat([Tensor.ones(x.shape + [1], dtype: powers.dtype), powers], dim: -1)
        }
    }

    /// The sum of a matrix's diagonal. PyTorch: `torch.trace`.
    public func trace() -> Tensor {
        composed("trace", [self]) { () throws(TensorError) in
            guard rank == 2 else { throw TensorError("takes a matrix, not shape \(shape)") }
            return diagonal().sum()
        }
    }

    /// A matrix transposed; vectors and 0-d tensors as they are. PyTorch: `torch.t`.
    public func t() -> Tensor {
        composed("t", [self]) { () throws(TensorError) in
            guard rank <= 2 else { throw TensorError("takes at most two dimensions, not shape \(shape); mT transposes batches of matrices") }
            return rank == 2 ? transpose(0, 1) : self
        }
    }
}
