/// Inputs: A [.., n, n] and B [.., n, k] with one batch shape. Outputs: X, info, and A's factors with their pivots for the gradient.
private let solveOperator: Operator = Operator("solve", saving: [.inputs, .outputs], outputs: 4, takesComplex: true, forward: {
    inputs, _ throws(TensorError) in
    let factors = inputs[0].columnMajorCopy(), x = inputs[1].columnMajorCopy()
    let (pivots, info) = factors.emptyPivots()
    if factors.count > 0 {
        factors.device.backend.luFactor(factors, pivoting: true, pivots: pivots, info: info)
        if x.count > 0 { x.device.backend.luSolve(factors, pivots: pivots, adjoint: false, into: x) }
    }
    return [x, info, factors, pivots]
}, backward: { call in
    // Giles 2008, 2.2.3: A⁻ᴴG for B, -A⁻ᴴG·Xᴴ for A. The factors serve again, unless the gradient will be differentiated.
    let a = call.input(0), g = call.cotangent()
    let gB: Tensor
    if isGradEnabled {
        gB = solveOperator([a.adjoint(), g])[0]
    } else {
        gB = g.columnMajorCopy()
        if gB.count > 0 { gB.device.backend.luSolve(call.output(2), pivots: call.output(3), adjoint: true, into: gB) }
    }
    return [call.needs(0) ? -gB.matmul(call.output(0).adjoint()) : nil, gB]
})

/// Outputs: the inverse and info.
private let inverseOperator = Operator("inv", saving: .outputs, outputs: 2, takesComplex: true, forward: { inputs, _ throws(TensorError) in
    let result = inputs[0].columnMajorCopy(), info = Tensor.zeros(result.batchShape, dtype: .int32)
    if result.count > 0 { result.device.backend.invert(result, info: info) }
    return [result, info]
}, backward: { call in
    let adjoint = call.output().adjoint()
    return [-adjoint.matmul(call.cotangent()).matmul(adjoint)]
})

extension Tensor {
    /// Uninitialised pivots of an LU decomposition, and an info of zeros.
    func emptyPivots() -> (pivots: Tensor, info: Tensor) {
        (Tensor.empty(batchShape + [Swift.min(matrixSize.rows, matrixSize.columns)], .int32, device: device),
         Tensor.zeros(batchShape, dtype: .int32))
    }

    /// The solution X of A·X = B for square matrices A = `self`, or of X·A = B unless `left`. PyTorch: `torch.linalg.solve`.
    ///
    /// `b` is a batch of matrices whose batch dimensions broadcast with A's, or, where it has A's shape without the last dimension, a
    /// batch of vectors. A singular matrix is an error that names it and its pivot; see ``solveEx(_:left:)``.
    public func solve(_ b: Tensor, left: Bool = true) -> Tensor {
        composed("solve", [self, b]) { () throws(TensorError) in
            let (solution, info) = try solution(b, left)
            try MatrixRule.check(info) { "is singular: pivot \($0) of its LU decomposition is zero" }
            return solution
        }
    }

    /// ``solve(_:left:)`` without the error: `info` has for each matrix 0, or the 1-based pivot that was zero, and the solution then
    /// means nothing. PyTorch: `torch.linalg.solve_ex`.
    public func solveEx(_ b: Tensor, left: Bool = true) -> (solution: Tensor, info: Tensor) {
        let results = composed("solveEx", [self, b], outputs: 2) { () throws(TensorError) in
            let (solution, info) = try solution(b, left)
            return [solution, info]
        }
        return (results[0], results[1])
    }

    private func solution(_ b: Tensor, _ left: Bool) throws(TensorError) -> (solution: Tensor, info: Tensor) {
        try MatrixRule.checkSquare(self, "A")
        try MatrixRule.checkType(b, "B")
        try MatrixRule.checkSameType([self, b])
        guard b.rank > 0 else { throw TensorError("B must have at least one dimension") }
        let isVector = b.rank == 1 || (b.rank == rank - 1 && b.shape == Array(shape.dropLast()))
        guard left || !isVector else { throw TensorError("a vector B of shape \(b.shape) stands to the right of A only; pass left: true") }
        let columns = isVector ? b.unsqueeze(-1) : b
        guard columns.shape[columns.rank - (left ? 2 : 1)] == matrixSize.rows else {
            throw TensorError("A has \(matrixSize.rows) rows and columns, B has shape \(b.shape): "
                + "the number of its \(left ? "rows" : "columns") must be A's")
        }
        let operands = try MatrixRule.broadcastBatches(left ? self : mT, left ? columns : columns.mT)
        let results = solveOperator([operands.0, operands.1])
        let x = left ? results[0] : results[0].mT
        return (isVector ? x.squeeze(-1) : x, results[1])
    }

    /// The inverse of square matrices. A singular one is an error that names it and its pivot; see ``invEx()``.
    /// ``solve(_:left:)`` is faster and more exact than a product with the inverse. PyTorch: `torch.linalg.inv`, `torch.inverse`.
    public func inv() -> Tensor {
        composed("inv", [self]) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            let results = inverseOperator([self])
            try MatrixRule.check(results[1]) { "is singular: pivot \($0) of its LU decomposition is zero" }
            return results[0]
        }
    }

    /// ``inv()`` without the error: `info` has for each matrix 0, or the 1-based pivot that was zero; the inverse is then NaN.
    /// PyTorch: `torch.linalg.inv_ex`.
    public func invEx() -> (inverse: Tensor, info: Tensor) {
        let results = composed("invEx", [self], outputs: 2) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            return inverseOperator([self])
        }
        return (results[0], results[1])
    }
}
