/// The sign of the permutation that `pivots` describe.
private func permutationSign(_ pivots: Tensor, dtype: DType) -> Tensor {
    // Each step that exchanges two rows turns the sign.
    let steps = Tensor.arange(1, .int(pivots.shape[pivots.rank - 1] + 1), dtype: .int32)
    let odd = (pivots .!= steps).sum(-1).remainder(Tensor(2))
    return 1.0 - odd.to(dtype) * 2.0
}

/// LU factors of square matrices, without history.
private func factored(_ a: Tensor) -> (lu: Tensor, pivots: Tensor) {
    let factors = a.columnMajorCopy(), (pivots, info) = factors.emptyPivots()
    if factors.count > 0 { factors.device.backend.luFactor(factors, pivoting: true, pivots: pivots, info: info) }
    return (factors, pivots)
}

/// Outputs: the determinant, and A's factors with their pivots for the gradient.
private let determinantOperator = Operator("det", saving: [.inputs, .outputs], outputs: 3, takesComplex: true, forward: {
    inputs, _ throws(TensorError) in
    let (lu, pivots) = factored(inputs[0])
    let diagonal = lu.diagonal(dim1: -2, dim2: -1)
    return [diagonal.prod(-1) * permutationSign(pivots, dtype: lu.dtype.realType), lu, pivots]
}, backward: { call in
    // Jacobi: the derivative is the cofactor matrix, conj(det(A))·A⁻ᴴ. It exists for singular A too.
    let a = call.input(0), n = a.matrixSize.rows
    let g = call.cotangent().unsqueeze(-1).unsqueeze(-1)
    if isGradEnabled {
        return [a.adjoint().solveEx(a.identityMatrices(a.batchShape, n) * (g * call.output(0).conj().unsqueeze(-1).unsqueeze(-1))).solution]
    }
    // A pivot that is zero becomes a tiny one. The cofactors are polynomials of it, so that what this changes is as tiny, while
    // determinant and inverse exist (PyTorch does the same).
    let lu = call.output(1), pivots = call.output(2), diagonal = lu.diagonal(dim1: -2, dim2: -1)
    let tiny = Tensor.full([], .double(lu.dtype.unitRoundoff), dtype: lu.dtype)
    let safe = tiny.where(diagonal .== 0.0, else: diagonal)
    let determinant = safe.prod(-1) * permutationSign(pivots, dtype: lu.dtype.realType)
    let perturbed = lu.diagonalScatter(safe, dim1: -2, dim2: -1).columnMajorCopy()
    let cofactors = (a.identityMatrices(a.batchShape, n) * (g * determinant.conj().unsqueeze(-1).unsqueeze(-1))).columnMajorCopy()
    if cofactors.count > 0 {
        cofactors.device.backend.luSolve(perturbed, pivots: pivots, adjoint: true, into: cofactors)
    }
    return [cofactors]
})

/// Outputs: sign and log |det A|.
private let logDeterminantOperator = Operator("slogdet", saving: [.inputs, .outputs], outputs: 2, takesComplex: true, forward: {
    inputs, _ throws(TensorError) in
    let (lu, pivots) = factored(inputs[0])
    let diagonal = lu.diagonal(dim1: -2, dim2: -1)
    return [diagonal.sgn().prod(-1) * permutationSign(pivots, dtype: lu.dtype.realType), diagonal.abs().log().sum(-1)]
}, backward: { call in
    // With t = tr(A⁻¹dA), log |det| changes by Re t and the sign by i·sign·Im t; a real sign not at all.
    let a = call.input(0)
    var g = call.cotangent(1)
    if a.dtype.isComplex { g = .complex(g, -(call.cotangent(0).conj() * call.output(0)).imag) }
    let right = a.identityMatrices(a.batchShape, a.matrixSize.rows) * g.unsqueeze(-1).unsqueeze(-1)
    return [a.adjoint().solveEx(right).solution]
})

extension DType {
    /// The distance from 1 to the next real number.
    var unitRoundoff: Double { realType == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne) }
}

extension Tensor {
    /// The determinant of square matrices. Differentiable for singular ones too. PyTorch: `torch.linalg.det`.
    public func det() -> Tensor {
        composed("det", [self]) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            return determinantOperator([self])[0]
        }
    }

    /// The sign of the determinant (0 of a singular matrix, det / |det| of a complex one) and the logarithm of its absolute value (then
    /// -infinity), which exists where the determinant itself overflows. PyTorch: `torch.linalg.slogdet`.
    public func slogdet() -> (sign: Tensor, logAbsDet: Tensor) {
        let results = composed("slogdet", [self], outputs: 2) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            return logDeterminantOperator([self])
        }
        return (results[0], results[1])
    }

    /// The logarithm of the determinant: -infinity where that is 0, NaN where it is negative; of complex matrices the principal value.
    /// PyTorch: `torch.logdet`.
    public func logdet() -> Tensor {
        composed("logdet", [self]) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            let results = logDeterminantOperator([self])
            if dtype.isComplex { return results[0].log() + results[1] }
            return Tensor.full([], .double(.nan), dtype: dtype).where(results[0].detach() .< 0.0, else: results[1])
        }
    }
}
