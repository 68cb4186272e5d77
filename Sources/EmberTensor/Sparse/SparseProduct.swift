extension SparseTensor {
    /// The product with a dense matrix (n, k) × (k, m) → (n, m), or a vector (k) → (n). PyTorch: `torch.sparse.mm`, `torch.mv`.
    public func matmul(_ dense: Tensor) -> Tensor {
        Self.dense("SparseTensor.matmul", [self], [dense]) { () throws(TensorError) in
            guard dense.rank == 1 || dense.rank == 2 else { throw TensorError("the dense operand must be a matrix or a vector, not \(dense.shape)") }
            try checkMatrix()
            try checkInner(dense.shape, dense.dtype)
            let factor = dense.rank == 2 ? values.unsqueeze(1) : values
            return (dense.indexSelect(0, indices[1]) * factor).summed(into: shape[0], by: indices[0])
        }
    }

    /// The product of two sparse matrices, coalesced; work and memory go with the number of products of stored elements.
    /// PyTorch: `torch.sparse.mm` of sparse matrices.
    public func matmul(_ other: SparseTensor) -> SparseTensor {
        Self.sparse("SparseTensor.matmul", [self, other]) { () throws(TensorError) in
            try checkMatrix()
            try other.checkMatrix()
            try checkInner(other.shape, other.dtype)
            let a = coalesced(), b = other.coalesced()
            // Where each row of b begins among its elements, which are in the order of rows.
            let starts = b.indices[0].contiguous().searchsorted(.arange(0, .int(other.shape[0] + 1))).array(of: Int.self)
            let columns = a.indices[1].array(of: Int.self)
            var left: [Int] = [], right: [Int] = []
            for (i, column) in columns.enumerated() {
                for j in starts[column]..<starts[column + 1] {
                    left.append(i)
                    right.append(j)
                }
            }
            let (l, r) = (Tensor(left), Tensor(right))
            let coordinates = stack([a.indices[0].indexSelect(0, l), b.indices[1].indexSelect(0, r)])
            return SparseTensor(coordinates, a.values.indexSelect(0, l) * b.values.indexSelect(0, r), [shape[0], other.shape[1]],
                                isCoalesced: false).coalesced()
        }
    }

    /// ``matmul(_:)-(Tensor)`` with a result that stores, as whole rows, only the rows in which this matrix stores anything.
    /// PyTorch: `torch.hspmm`.
    public func hspmm(_ dense: Tensor) -> SparseTensor {
        Self.sparse("SparseTensor.hspmm", [self], [dense]) { () throws(TensorError) in
            guard dense.rank == 2 else { throw TensorError("the dense operand must be a matrix, not \(dense.shape)") }
            try checkMatrix()
            try checkInner(dense.shape, dense.dtype)
            let (rows, inverse, _) = indices[0].unique(returnInverse: true)
            guard let inverse else { return .inert }
            let products = (dense.indexSelect(0, indices[1]) * values.unsqueeze(1)).summed(into: rows.count, by: inverse)
            return SparseTensor(rows.unsqueeze(0), products, [shape[0], dense.shape[1]], isCoalesced: true)
        }
    }

    /// beta · self + alpha · (a × b), sparse, with every column of the rows in which `a` stores anything. PyTorch: `torch.sspaddmm`.
    public func sspaddmm(_ a: SparseTensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1) -> SparseTensor {
        Self.sparse("SparseTensor.sspaddmm", [self, a], [b]) { () throws(TensorError) in
            try checkMatrix()
            let product = a.hspmm(b)
            if product.isInert { return .inert }
            let count = product.storedCount, width = product.shape[1]
            let coordinates = stack([product.indices[0].repeatInterleave(width), .arange(.int(width)).repeat(count)])
            let flat = SparseTensor(coordinates, (product.values * alpha).reshape([count * width]), product.shape, isCoalesced: true)
            return (self * beta).adding(flat)
        }
    }

    private func checkMatrix() throws(TensorError) {
        guard sparseDim == 2, denseDim == 0 else {
            throw TensorError("needs a sparse matrix, not shape \(shape) with \(sparseDim) sparse dimensions")
        }
    }

    private func checkInner(_ other: Shape, _ otherType: DType) throws(TensorError) {
        guard shape[1] == other[0] else { throw TensorError("inner sizes differ: \(shape) × \(other)") }
        guard dtype == otherType else { throw TensorError("operands must be of one type, got \(dtype.name) and \(otherType.name)") }
    }
}

extension Tensor {
    /// beta · self + alpha · (a × b) for a sparse `a`. PyTorch: `torch.sparse.addmm`.
    public func addmm(_ a: SparseTensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1) -> Tensor {
        let product = a.matmul(b)
        return (beta == 1 ? self : self * beta) + (alpha == 1 ? product : product * alpha)
    }
}
