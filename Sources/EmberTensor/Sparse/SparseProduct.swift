/// Values, a dense matrix, and for each value the row and the column of a sparse matrix in which it stands: their product.
private let sparseProductOperator: Operator = Operator("sparse_product", saving: .inputs, takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    let values = inputs[0].detach().contiguous(), dense = inputs[1].detach().contiguous(), rows = inputs[2], columns = inputs[3]
    if values.dtype == .float32 || values.dtype == .float64 {
        let result = Tensor.zeros([attributes.int("rows"), dense.shape[1]], dtype: values.dtype)
        try result.device.backend.sparseProduct(values, rows: rows, columns: columns, dense, into: result)
        return [result]
    }
    return [(dense.indexSelect(0, columns) * values.unsqueeze(1)).summed(into: attributes.int("rows"), by: rows)]
}, backward: { call in
    let g = call.cotangent(), values = call.input(0), dense = call.input(1), rows = call.input(2), columns = call.input(3)
    let ofValues = call.needs(0) ? (g.indexSelect(0, rows) * dense.indexSelect(0, columns).conj()).sum(1) : nil
    let ofDense = call.needs(1)
        ? sparseProductOperator(values.conj(), g, columns, rows, attributes: ["rows": .int(dense.shape[0])]) : nil
    return [ofValues, ofDense, nil, nil]
})

extension SparseTensor {
    /// The product with a dense matrix (n, k) × (k, m) → (n, m), or a vector (k) → (n). PyTorch: `torch.sparse.mm`, `torch.mv`.
    public func matmul(_ dense: Tensor) -> Tensor {
        Self.dense("SparseTensor.matmul", [self], [dense]) { () throws(TensorError) in
            guard dense.rank == 1 || dense.rank == 2 else { throw TensorError("the dense operand must be a matrix or a vector, not \(dense.shape)") }
            try checkMatrix()
            try checkInner(dense.shape, dense.dtype)
            let columns = dense.rank == 2 ? dense : dense.unsqueeze(1)
            let product = sparseProductOperator(values, columns, indices[0].contiguous(), indices[1].contiguous(),
                                                attributes: ["rows": .int(shape[0])])
            return dense.rank == 2 ? product : product.squeeze(1)
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
