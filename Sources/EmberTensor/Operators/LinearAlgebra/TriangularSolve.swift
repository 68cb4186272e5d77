/// Inputs: A and B with one batch shape. Attributes: left, upper, unitriangular.
private let triangularSolveOperator: Operator = Operator("solveTriangular", saving: [.inputs, .outputs], takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    let a = inputs[0], result = inputs[1].columnMajorCopy()
    if result.count > 0, attributes.bool("left"), a.isOneMatrix {
        // The columns of all right sides lie one after another: one system.
        let n = a.matrixSize.rows
        let single = a.view(shape: [n, n], strides: Array(a.strides.suffix(2)), offset: a.body.offset)
        let columns = result.view(shape: [n, result.count / n], strides: [1, n], offset: result.body.offset)
        let readable = single.isColumnMajor || single.isContiguous ? single : single.columnMajorCopy()
        result.device.backend.triangularSolve(readable, left: true, upper: attributes.bool("upper"),
                                              unitriangular: attributes.bool("unitriangular"), into: columns)
    } else if result.count > 0 {
        let readable = a.isColumnMajor || a.isContiguous ? a : a.columnMajorCopy()
        result.device.backend.triangularSolve(readable, left: attributes.bool("left"), upper: attributes.bool("upper"),
                                              unitriangular: attributes.bool("unitriangular"), into: result)
    }
    return [result]
}, backward: { call in
    // X = A⁻¹B: the cotangent of B is A⁻ᴴG, that of A -A⁻ᴴG·Xᴴ, of which only A's triangle counts (Giles 2008, 2.2.3).
    let a = call.input(0), x = call.output(), left = call.attributes.bool("left"), upper = call.attributes.bool("upper")
    let unitriangular = call.attributes.bool("unitriangular")
    let gB = triangularSolveOperator(a.adjoint(), call.cotangent(),
                                     attributes: triangularAttributes(left: left, upper: !upper, unitriangular: unitriangular))
    guard call.needs(0) else { return [nil, gB] }
    let gA = -(left ? gB.matmul(x.adjoint()) : x.adjoint().matmul(gB))
    let diagonal = unitriangular ? 1 : 0
    return [upper ? gA.triu(diagonal) : gA.tril(-diagonal), gB]
})

extension Tensor {
    /// Whether this is a batch of one matrix, expanded.
    fileprivate var isOneMatrix: Bool { rank > 2 && zip(shape, strides).dropLast(2).allSatisfy { $0 == 1 || $1 == 0 } }
}

private func triangularAttributes(left: Bool, upper: Bool, unitriangular: Bool) -> Attributes {
    ["left": .bool(left), "upper": .bool(upper), "unitriangular": .bool(unitriangular)]
}

extension Tensor {
    /// The solution X of A·X = B, or of X·A = B unless `left`, for triangular matrices A = `self`, of which only that triangle is read.
    /// Batch dimensions broadcast. A zero on the diagonal gives infinities or NaN, as division does. PyTorch:
    /// `torch.linalg.solve_triangular`.
    ///
    /// - Parameters:
    ///   - upper: whether A is upper triangular.
    ///   - unitriangular: A's diagonal is taken for ones and not read.
    public func solveTriangular(_ b: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false) -> Tensor {
        composed("solveTriangular", [self, b]) { () throws(TensorError) in
            try MatrixRule.checkSquare(self, "A")
            try MatrixRule.check(b, "B")
            try MatrixRule.checkSameType([self, b])
            guard b.shape[b.rank - (left ? 2 : 1)] == matrixSize.rows else {
                throw TensorError("A has \(matrixSize.rows) rows and columns, B's matrices are \(b.matrixSize.rows)×\(b.matrixSize.columns): "
                    + "the number of \(left ? "rows" : "columns") must be A's")
            }
            let (a, b) = try MatrixRule.broadcastBatches(self, b)
            return a.triangularSolution(b, upper: upper, left: left, unitriangular: unitriangular)
        }
    }

    /// ``solveTriangular(_:upper:left:unitriangular:)`` of checked operands with one batch shape.
    func triangularSolution(_ b: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false) -> Tensor {
        triangularSolveOperator(self, b, attributes: triangularAttributes(left: left, upper: upper, unitriangular: unitriangular))
    }

    /// The solution of A·X = B for B = `self` and triangular A, and A itself with the batch dimensions of the solution.
    /// PyTorch: `torch.triangular_solve`, which `torch.linalg.solve_triangular` replaced there.
    public func triangularSolve(_ a: Tensor, upper: Bool = true, transpose: Bool = false, unitriangular: Bool = false)
        -> (solution: Tensor, coefficients: Tensor) {
        let results = composed("triangularSolve", [self, a], outputs: 2) { () throws(TensorError) in
            try MatrixRule.checkSquare(a, "A")
            try MatrixRule.check(self, "B")
            let read = transpose ? a.mT : a
            let solution = read.solveTriangular(self, upper: upper != transpose, unitriangular: unitriangular)
            return [solution, solution.isInert ? .inert : a.expand(solution.batchShape + a.shape.suffix(2))]
        }
        return (results[0], results[1])
    }
}
