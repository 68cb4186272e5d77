/// Outputs: the factor and info.
private let choleskyOperator = Operator("cholesky", saving: .outputs, outputs: 2, takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    let factor = inputs[0].columnMajorCopy(), info = Tensor.zeros(factor.batchShape, dtype: .int32)
    if factor.count > 0 { factor.device.backend.cholesky(factor, upper: attributes.bool("upper"), info: info) }
    return [factor, info]
}, backward: { call in
    // Murray, Differentiation of the Cholesky decomposition (2016), (10): L⁻ᴴ Φ(Lᴴ gL) L⁻¹, where Φ takes the lower triangle with half of
    // the diagonal; made Hermitian, as A is.
    let upper = call.attributes.bool("upper")
    let l = upper ? call.output().adjoint() : call.output()
    let g = upper ? call.cotangent().adjoint() : call.cotangent()
    let product = l.adjoint().matmul(g)
    let below = product.tril(-1)
    let symmetric = (below + below.adjoint() + product.diagonal(dim1: -2, dim2: -1).real.diagEmbed()) * 0.5
    let half = l.adjoint().triangularSolution(symmetric, upper: true)
    return [l.triangularSolution(half, upper: false, left: false)]
})

/// Inputs: a factor of A and B, with one batch shape. Attribute: upper.
private let choleskySolveOperator: Operator = Operator("choleskySolve", saving: [.inputs, .outputs], takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    let factor = inputs[0].detach(), l = attributes.bool("upper") ? factor.adjoint() : factor
    return [l.adjoint().triangularSolution(l.triangularSolution(inputs[1].detach(), upper: false), upper: true)]
}, backward: { call in
    // That of A, -A⁻¹G·Xᴴ, through A = L·Lᴴ (Uᴴ·U). As in PyTorch both triangles of the factor have part in the product, although the
    // solution reads but one: what comes from a triangular matrix drops the rest.
    let factor = call.input(0), x = call.output()
    let gB = choleskySolveOperator(factor, call.cotangent(), attributes: call.attributes)
    guard call.needs(0) else { return [nil, gB] }
    let gA = gB.matmul(x.adjoint()), both = gA + gA.adjoint()
    return [-(call.attributes.bool("upper") ? factor.matmul(both) : both.matmul(factor)), gB]
})

extension Tensor {
    /// The Cholesky factor of symmetric (complex: Hermitian) positive-definite matrices: lower triangular L with A = L·Lᴴ, or with `upper`
    /// the triangular U with A = Uᴴ·U. Only that triangle of A is read. A matrix that is not positive definite is an error that names it;
    /// see ``choleskyEx(upper:)``. PyTorch: `torch.linalg.cholesky`.
    public func cholesky(upper: Bool = false) -> Tensor {
        composed("cholesky", [self]) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            let results = choleskyOperator([self], ["upper": .bool(upper)])
            try MatrixRule.check(results[1]) { "is not positive definite: its leading minor of order \($0) is not positive" }
            return results[0]
        }
    }

    /// ``cholesky(upper:)`` without the error: `info` has for each matrix 0, or the order of the leading minor that is not positive; the
    /// factor then means nothing. PyTorch: `torch.linalg.cholesky_ex`.
    public func choleskyEx(upper: Bool = false) -> (factor: Tensor, info: Tensor) {
        let results = composed("choleskyEx", [self], outputs: 2) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            return choleskyOperator([self], ["upper": .bool(upper)])
        }
        return (results[0], results[1])
    }

    /// The solution X of A·X = B for B = `self`, from the Cholesky factor of A (with `upper`: the upper one). Batch dimensions broadcast.
    /// The factor's gradient is that of a whole matrix whose square is A. PyTorch: `torch.cholesky_solve`.
    public func choleskySolve(_ factor: Tensor, upper: Bool = false) -> Tensor {
        composed("choleskySolve", [self, factor]) { () throws(TensorError) in
            try MatrixRule.check(self, "B")
            try MatrixRule.checkSquare(factor, "the factor")
            try MatrixRule.checkSameType([self, factor])
            guard matrixSize.rows == factor.matrixSize.rows else {
                throw TensorError("the factor has \(factor.matrixSize.rows) rows, B \(matrixSize.rows); they must have equally many")
            }
            let (factors, b) = try MatrixRule.broadcastBatches(factor, self)
            return choleskySolveOperator(factors, b, attributes: ["upper": .bool(upper)])
        }
    }

    /// The inverse of A from its Cholesky factor `self` (with `upper`: the upper one). PyTorch: `torch.cholesky_inverse`.
    public func choleskyInverse(upper: Bool = false) -> Tensor {
        composed("choleskyInverse", [self]) { () throws(TensorError) in
            try MatrixRule.checkSquare(self, "the factor")
            return identityMatrices(batchShape, matrixSize.rows).choleskySolve(self, upper: upper)
        }
    }
}
