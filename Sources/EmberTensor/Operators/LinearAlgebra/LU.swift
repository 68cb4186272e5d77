/// Inputs: A [.., m, n]. Outputs: both factors in one matrix, pivots, info.
private let luFactorOperator = Operator("luFactor", saving: .outputs, outputs: 3, takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    let factors = inputs[0].columnMajorCopy()
    let (pivots, info) = factors.emptyPivots()
    if factors.count > 0 {
        factors.device.backend.luFactor(factors, pivoting: attributes.bool("pivot"), pivots: pivots, info: info)
    }
    return [factors, pivots, info]
}, backward: { call in
    let g = call.cotangent(), factors = call.output(0), pivots = call.output(1)
    let (m, n) = factors.matrixSize, k = Swift.min(m, n)
    let lower = factors.unitLower, upper = factors.upperFactor
    let gL = g.narrow(-1, start: 0, count: k).tril(-1), gU = g.narrow(-2, start: 0, count: k).triu()
    // With A = P·[L₁; L₂]·[U₁ U₂]: L₂ = A₂U₁⁻¹ and U₂ = L₁⁻¹A₂ pass their cotangents on to U₁ and L₁; of the square part remains
    // P L₁⁻ᴴ (tril₋₁(L₁ᴴ gL₁) + triu(gU₁ U₁ᴴ)) U₁⁻ᴴ.
    let l1 = lower.narrow(-2, start: 0, count: k), u1 = upper.narrow(-1, start: 0, count: k)
    var left = l1.adjoint().matmul(gL.narrow(-2, start: 0, count: k))
    var right = gU.narrow(-1, start: 0, count: k).matmul(u1.adjoint())
    var rest: Tensor?
    if m > n {
        let gL2 = gL.narrow(-2, start: k, count: m - k)
        right = right - lower.narrow(-2, start: k, count: m - k).adjoint().matmul(gL2)
        rest = u1.adjoint().triangularSolution(gL2, upper: false, left: false)
    } else if m < n {
        let gU2 = gU.narrow(-1, start: k, count: n - k)
        left = left - gU2.matmul(upper.narrow(-1, start: k, count: n - k).adjoint())
        rest = l1.adjoint().triangularSolution(gU2, upper: true, unitriangular: true)
    }
    var gA = l1.adjoint().triangularSolution(left.tril(-1) + right.triu(), upper: true, unitriangular: true)
    gA = u1.adjoint().triangularSolution(gA, upper: false, left: false)
    if let rest { gA = cat([gA, rest], dim: m > n ? -2 : -1) }
    return [gA.rowsPermuted(by: rowOrder(pivots, rows: m).argsort(-1))]
})

/// The order of A's rows in L·U, as indices [.., rows], from LAPACK's exchanges.
private func rowOrder(_ pivots: Tensor, rows: Int) -> Tensor {
    let steps = pivots.shape[pivots.rank - 1], batch = Array(pivots.shape.dropLast()), count = ShapeRule.count(batch)
    let exchanges: [Int32] = pivots.array()
    var order = (0..<count).flatMap { _ in 0..<rows }
    for matrix in 0..<count {
        for step in 0..<steps {
            order.swapAt(matrix * rows + step, matrix * rows + Int(exchanges[matrix * steps + step]) - 1)
        }
    }
    return Tensor(order, shape: batch + [rows])
}

extension Tensor {
    /// L of a matrix that holds both factors: its part below the diagonal, and ones on it.
    fileprivate var unitLower: Tensor {
        let k = Swift.min(matrixSize.rows, matrixSize.columns)
        return narrow(-1, start: 0, count: k).tril(-1) + Tensor.eye(matrixSize.rows, k, dtype: dtype)
    }

    /// U of a matrix that holds both factors.
    fileprivate var upperFactor: Tensor { narrow(-2, start: 0, count: Swift.min(matrixSize.rows, matrixSize.columns)).triu() }

    /// Row i of the result is row order[i]. The order's batch dimensions are the tensor's.
    fileprivate func rowsPermuted(by order: Tensor) -> Tensor { gather(-2, order.unsqueeze(-1).expand(shape)) }

    /// Pivots, checked to be those of `lu`.
    private func checkPivots(_ pivots: Tensor) throws(TensorError) {
        try MatrixRule.check(self, "the factors")
        let expected = batchShape + [Swift.min(matrixSize.rows, matrixSize.columns)]
        guard pivots.dtype == .int32 else { throw TensorError("the pivots must be int32, as luFactor gives them, not \(pivots.dtype.name)") }
        guard pivots.shape == expected else { throw TensorError("the pivots of factors \(shape) have shape \(expected), not \(pivots.shape)") }
        let rows = matrixSize.rows
        guard pivots.array(of: Int32.self).allSatisfy({ $0 >= 1 && Int($0) <= rows }) else {
            throw TensorError("pivots count the \(rows) rows from 1; some lie outside")
        }
    }

    /// The LU decomposition A = P·L·U of m×n matrices with partial pivoting: L (unit lower triangular, below the diagonal) and U (on and
    /// above it) in one matrix, and pivots: row i was exchanged with row pivots[i] - 1, one step after another. A zero pivot is an
    /// error, see ``luFactorEx(pivot:)``. Without `pivot` no rows are exchanged, which not every matrix allows.
    /// PyTorch: `torch.linalg.lu_factor`.
    public func luFactor(pivot: Bool = true) -> (lu: Tensor, pivots: Tensor) {
        let results = composed("luFactor", [self], outputs: 2) { () throws(TensorError) in
            try MatrixRule.check(self)
            let results = luFactorOperator([self], ["pivot": .bool(pivot)])
            try MatrixRule.check(results[2]) { "is singular: U[\($0 - 1), \($0 - 1)] is zero, so luSolve would divide by zero; luFactorEx and lu allow it" }
            return [results[0], results[1]]
        }
        return (results[0], results[1])
    }

    /// ``luFactor(pivot:)`` without the error: `info` has for each matrix 0, or the 1-based pivot that is zero.
    /// PyTorch: `torch.linalg.lu_factor_ex`, and with `get_infos` `torch.lu`.
    public func luFactorEx(pivot: Bool = true) -> (lu: Tensor, pivots: Tensor, info: Tensor) {
        let results = composed("luFactorEx", [self], outputs: 3) { () throws(TensorError) in
            try MatrixRule.check(self)
            return luFactorOperator([self], ["pivot": .bool(pivot)])
        }
        return (results[0], results[1], results[2])
    }

    /// The factors of A = P·L·U for m×n matrices, k = min(m, n): a permutation [m, m], L [m, k] with ones on its diagonal, and U [k, n].
    /// Singular matrices are no error. PyTorch: `torch.linalg.lu`.
    public func lu(pivot: Bool = true) -> (p: Tensor, l: Tensor, u: Tensor) {
        let results = composed("lu", [self], outputs: 3) { () throws(TensorError) in
            try MatrixRule.check(self)
            let factors = luFactorOperator([self], ["pivot": .bool(pivot)])
            let unpacked = factors[0].luUnpack(factors[1])
            return [unpacked.p, unpacked.l, unpacked.u]
        }
        return (results[0], results[1], results[2])
    }

    /// P, L and U from the factors `self` and pivots that ``luFactor(pivot:)`` gives. PyTorch: `torch.lu_unpack`.
    public func luUnpack(_ pivots: Tensor) -> (p: Tensor, l: Tensor, u: Tensor) {
        let results = composed("luUnpack", [self, pivots], outputs: 3) { () throws(TensorError) in
            try checkPivots(pivots)
            let rows = matrixSize.rows
            let order = rowOrder(pivots, rows: rows)
            // Row i of Pᵀ has its one in column order[i].
            let p = Tensor.zeros(batchShape + [rows, rows], dtype: dtype)
                .scatter(-2, order.unsqueeze(-2), Tensor.ones(batchShape + [1, rows], dtype: dtype))
            return [p, unitLower, upperFactor]
        }
        return (results[0], results[1], results[2])
    }

    /// The solution X of A·X = B, or of X·A = B unless `left`, from the factors `self` and pivots of A; with `adjoint`, of the same with Aᴴ
    /// in A's place. Batch dimensions broadcast. PyTorch: `torch.linalg.lu_solve`; `torch.lu_solve` takes B first.
    public func luSolve(_ pivots: Tensor, _ b: Tensor, left: Bool = true, adjoint: Bool = false) -> Tensor {
        composed("luSolve", [self, pivots, b]) { () throws(TensorError) in
            try MatrixRule.checkSquare(self, "the factors")
            try MatrixRule.check(b, "B")
            try MatrixRule.checkSameType([self, b])
            try checkPivots(pivots)
            let n = matrixSize.rows
            guard b.shape[b.rank - (left ? 2 : 1)] == n else {
                throw TensorError("the factors have \(n) rows and columns, B's matrices are \(b.matrixSize.rows)×\(b.matrixSize.columns): "
                    + "the number of \(left ? "rows" : "columns") must be A's")
            }
            // X·A = B is Aᴴ·Xᴴ = Bᴴ.
            if !left { return luSolve(pivots, b.adjoint(), adjoint: !adjoint).adjoint() }
            let (factors, right) = try MatrixRule.broadcastBatches(self, b)
            let order = rowOrder(pivots, rows: n).expand(factors.batchShape + [n])
            if adjoint {
                let h = factors.adjoint()
                let y = h.triangularSolution(h.triangularSolution(right, upper: false), upper: true, unitriangular: true)
                return y.rowsPermuted(by: order.argsort(-1))
            }
            let y = factors.triangularSolution(right.rowsPermuted(by: order), upper: false, unitriangular: true)
            return factors.triangularSolution(y, upper: true)
        }
    }
}
