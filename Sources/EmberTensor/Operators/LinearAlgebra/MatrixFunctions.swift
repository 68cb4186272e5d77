private let matrixExpOperator: Operator = Operator("matrixExp", saving: .inputs, takesComplex: true, forward: {
    inputs, _ throws(TensorError) in
    let a = inputs[0].columnMajorCopy()
    let result = Tensor.emptyMatrices(a.batchShape, a.matrixSize.rows, a.matrixSize.columns, a.dtype, device: a.device)
    if a.count > 0 { a.device.backend.matrixExp(a, into: result) }
    return [result]
}, backward: { call in
    // exp of [[Aᴴ, G], [0, Aᴴ]] has the derivative of exp at Aᴴ in the direction of G as its upper right block (Mathias 1996), and that is
    // the cotangent, since the derivative's adjoint at A is the derivative at Aᴴ.
    let a = call.input(0).adjoint(), n = a.matrixSize.rows
    let upper = cat([a, call.cotangent()], dim: -1), lower = cat([a.zerosLike(), a], dim: -1)
    let blocks = matrixExpOperator(cat([upper, lower], dim: -2))
    return [blocks.narrow(-2, start: 0, count: n).narrow(-1, start: n, count: n)]
})

extension Tensor {
    /// The matrix exponential Σ Aᵏ/k! of square matrices, by Higham's scaling and squaring, computed in float64: squaring
    /// multiplies rounding errors.
    /// PyTorch: `torch.linalg.matrix_exp`, `torch.matrix_exp`.
    public func matrixExp() -> Tensor {
        composed("matrixExp", [self]) { () throws(TensorError) in
            guard dtype.isDifferentiable else { throw TensorError("takes floating-point or complex tensors, not \(dtype.name)") }
            let wide = to(dtype.isComplex ? .complex128 : .float64)
            try MatrixRule.checkSquare(wide)
            return matrixExpOperator(wide).to(dtype)
        }
    }

    /// The product of `exponent` equal square matrices; of inverses, when it is negative; the identity, when it is 0.
    /// PyTorch: `torch.linalg.matrix_power`, `torch.matrix_power`.
    public func matrixPower(_ exponent: Int) -> Tensor {
        composed("matrixPower", [self]) { () throws(TensorError) in
            guard rank >= 2, matrixSize.rows == matrixSize.columns else { throw TensorError("takes square matrices, not shape \(shape)") }
            if exponent == 0 { return identityMatrices(batchShape, matrixSize.rows).clone() }
            var square = exponent < 0 ? inv() : self
            var rest = exponent.magnitude, result: Tensor?
            while true {
                if rest & 1 == 1 { result = result.map { $0.matmul(square) } ?? square }
                rest >>= 1
                if rest == 0 { break }
                square = square.matmul(square)
            }
            return result ?? self
        }
    }
}

/// The product of two matrices or more, in the order that needs the fewest multiplications. The first and the last operand may be vectors:
/// a row and a column, whose dimension disappears again. PyTorch: `torch.linalg.multi_dot`, `torch.chain_matmul`.
public func multiDot(_ tensors: [Tensor]) -> Tensor {
    composed("multiDot", tensors) { () throws(TensorError) in
        guard tensors.count >= 2, let first = tensors.first, let last = tensors.last else {
            throw TensorError("needs two tensors or more, got \(tensors.count)")
        }
        try MatrixProductRule.check(types: tensors)
        for (i, tensor) in tensors.enumerated() {
            let isEnd = i == 0 || i == tensors.count - 1
            guard tensor.rank == 2 || (isEnd && tensor.rank == 1) else {
                throw TensorError("tensor \(i) has shape \(tensor.shape); it must be a matrix\(isEnd ? " or a vector" : "")")
            }
        }
        var matrices = tensors
        if first.rank == 1 { matrices[0] = first.unsqueeze(0) }
        if last.rank == 1 { matrices[matrices.count - 1] = last.unsqueeze(1) }
        for i in 1..<matrices.count where matrices[i - 1].shape[1] != matrices[i].shape[0] {
            throw TensorError("tensor \(i - 1) has \(matrices[i - 1].shape[1]) columns and tensor \(i) \(matrices[i].shape[0]) rows; they must be equal")
        }
        var product = MatrixChain(matrices).product(0, matrices.count - 1)
        if last.rank == 1 { product = product.squeeze(-1) }
        if first.rank == 1 { product = product.squeeze(0) }
        return product
    }
}

/// The cheapest order of a product of matrices, by dynamic programming over its parts (Cormen, Leiserson, Rivest, Stein, Introduction to
/// Algorithms, 15.2).
private struct MatrixChain {
    private let matrices: [Tensor]
    /// For each part from i through j, the last matrix of its left factor.
    private var splits: [[Int]]

    init(_ matrices: [Tensor]) {
        self.matrices = matrices
        let count = matrices.count, sizes = [matrices[0].shape[0]] + matrices.map { $0.shape[1] }
        splits = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
        var costs = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        for length in 1..<count {
            for i in 0..<(count - length) {
                let j = i + length
                costs[i][j] = .infinity
                for k in i..<j {
                    let cost = costs[i][k] + costs[k + 1][j] + Double(sizes[i]) * Double(sizes[k + 1]) * Double(sizes[j + 1])
                    if cost < costs[i][j] { (costs[i][j], splits[i][j]) = (cost, k) }
                }
            }
        }
    }

    /// The product of matrices i through j.
    func product(_ i: Int, _ j: Int) -> Tensor {
        i == j ? matrices[i] : product(i, splits[i][j]).matmul(product(splits[i][j] + 1, j))
    }
}
