extension Tensor {
    /// The decomposition A = L·D·Lᵀ of symmetric matrices that need not be positive definite, by Bunch and Kaufman's pivoting, from the
    /// lower triangle: L and the blocks of D in one matrix, and LAPACK's pivots. `hermitian` asks for L·D·Lᴴ of Hermitian matrices, the
    /// same for real numbers. A zero block of D is an error; see ``ldlFactorEx(hermitian:)``. Without gradient, as in PyTorch. PyTorch:
    /// `torch.linalg.ldl_factor`.
    public func ldlFactor(hermitian: Bool = false) -> (ld: Tensor, pivots: Tensor) {
        let results = composed("ldlFactor", [self], outputs: 2) { () throws(TensorError) in
            let results = try ldlFactors(hermitian)
            try MatrixRule.check(results[2]) { "is singular: D[\($0 - 1), \($0 - 1)] is zero, so ldlSolve would divide by zero; ldlFactorEx allows it" }
            return [results[0], results[1]]
        }
        return (results[0], results[1])
    }

    /// ``ldlFactor(hermitian:)`` without the error: `info` has for each matrix 0, or the 1-based place in D that is zero.
    /// PyTorch: `torch.linalg.ldl_factor_ex`.
    public func ldlFactorEx(hermitian: Bool = false) -> (ld: Tensor, pivots: Tensor, info: Tensor) {
        let results = composed("ldlFactorEx", [self], outputs: 3) { () throws(TensorError) in try ldlFactors(hermitian) }
        return (results[0], results[1], results[2])
    }

    private func ldlFactors(_ hermitian: Bool) throws(TensorError) -> [Tensor] {
        try MatrixRule.checkSquare(self)
        let factors = columnMajorCopy(), info = Tensor.zeros(batchShape, dtype: .int32)
        let pivots = Tensor.empty(batchShape + [matrixSize.rows], .int32, device: device)
        if factors.count > 0 { device.backend.ldlFactor(factors, hermitian: hermitian, pivots: pivots, info: info) }
        return [factors, pivots, info]
    }

    /// The solution X of A·X = B from the decomposition `self` and pivots that ``ldlFactor(hermitian:)`` gives. Batch dimensions broadcast.
    /// PyTorch: `torch.linalg.ldl_solve`.
    public func ldlSolve(_ pivots: Tensor, _ b: Tensor, hermitian: Bool = false) -> Tensor {
        composed("ldlSolve", [self, pivots, b]) { () throws(TensorError) in
            try MatrixRule.checkSquare(self, "the decomposition")
            try MatrixRule.check(b, "B")
            try MatrixRule.checkSameType([self, b])
            guard b.matrixSize.rows == matrixSize.rows else {
                throw TensorError("the decomposition has \(matrixSize.rows) rows, B \(b.matrixSize.rows); they must have equally many")
            }
            guard pivots.dtype == .int32, pivots.shape == Array(shape.dropLast()) else {
                throw TensorError("the pivots must be int32\(Array(shape.dropLast())), as ldlFactor gives them, not \(pivots.dtype.name)\(pivots.shape)")
            }
            let n = matrixSize.rows
            // Negative ones mark blocks of two (LAPACK's sytrf).
            guard pivots.array(of: Int32.self).allSatisfy({ $0 != 0 && Int($0.magnitude) <= n }) else {
                throw TensorError("pivots count the \(n) rows from 1; some lie outside")
            }
            let (factors, right) = try MatrixRule.broadcastBatches(detach(), b.detach())
            let solution = right.columnMajorCopy()
            if solution.count > 0 {
                let steps = pivots.expand(factors.batchShape + [n]).contiguous()
                device.backend.ldlSolve(factors.columnMajorCopy(), pivots: steps, hermitian: hermitian, into: solution)
            }
            return solution
        }
    }
}
