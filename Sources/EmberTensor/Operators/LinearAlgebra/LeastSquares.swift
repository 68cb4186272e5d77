/// How a least-squares problem is solved. PyTorch: the argument `driver` of `torch.linalg.lstsq`, which are LAPACK's names.
public enum LeastSquaresDriver: String, Sendable {
    /// QR decomposition; A must have full rank.
    case gels
    /// QR decomposition with pivoting, for any rank.
    case gelsy
    /// Singular values, by divide and conquer.
    case gelsd
    /// Singular values.
    case gelss
}

/// What ``Tensor/lstsq(_:rcond:driver:)`` finds.
public struct LeastSquares: Sendable {
    /// The X [.., n, k] that minimises ‖A·X - B‖.
    public let solution: Tensor
    /// The squares of ‖A·X - B‖ of each column [.., k], where A has more rows than columns and full rank; else, and from `gelsy`, empty.
    public let residuals: Tensor
    /// The rank of each A (int64); empty from `gels`, which presumes that it is full.
    public let rank: Tensor
    /// A's singular values [.., min(m, n)], from `gelsd` and `gelss`; else empty.
    public let singularValues: Tensor
}

/// Inputs: A and B with one batch shape. Outputs: solution, residuals, rank, singular values.
private let leastSquaresOperator = Operator("lstsq", saving: [.inputs, .outputs], outputs: 4, takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    let a = inputs[0], (m, n) = a.matrixSize, batch = a.batchShape, columns = inputs[1].matrixSize.columns
    guard let driver = LeastSquaresDriver(rawValue: attributes.string("driver")) else { preconditionFailure("no such driver") }
    let work = Tensor.emptyMatrices(batch, Swift.max(m, n), columns, a.dtype, device: a.device)
    work.fill(.double(0))
    if inputs[1].count > 0 { a.device.backend.copy(from: inputs[1], to: work.narrow(-2, start: 0, count: m)) }
    let ranks = Tensor.zeros(batch, dtype: .int64), values = Tensor.zeros(batch + [Swift.min(m, n)], dtype: a.dtype.realType)
    let info = Tensor.zeros(batch, dtype: .int32)
    if a.count > 0 && columns > 0 {
        a.device.backend.leastSquares(a.columnMajorCopy(), driver: driver, rcond: attributes.double("rcond"), into: work, ranks: ranks,
                                      singularValues: values, info: info)
        try MatrixRule.check(info) { driver == .gels ? "does not have full rank (diagonal element \($0) of its factor is zero); use driver gelsy"
            : "has singular values that do not converge" }
    }
    let none = Tensor.zeros([0], dtype: a.dtype.realType)
    var residuals = none
    if m > n && driver != .gelsy && (driver == .gels || (ranks .== Double(n)).all().item(as: Bool.self)) {
        // LAPACK leaves what it could not reach in the rows below the solution.
        residuals = work.narrow(-2, start: n, count: m - n).abs().square().sum(-2)
    }
    return [work.narrow(-2, start: 0, count: n).clone(), residuals, driver == .gels ? Tensor.zeros([0], dtype: .int64) : ranks,
            driver == .gelsd || driver == .gelss ? values : none]
}, backward: { call in
    let a = call.input(0), b = call.input(1), x = call.output(0)
    var gA = Tensor.zeros([], dtype: a.dtype), gB = Tensor.zeros([], dtype: a.dtype)
    if let g = call.cotangents[0] {
        // X = P·B with the pseudo-inverse P of A, whose rule (pseudoInverseCotangent) is here without the products of long sides: with
        // Y = PᴴG and N what of G no B reaches, -Y·Xᴴ + (B - A·X)·(P·Y)ᴴ + PᴴX·Nᴴ.
        let p = a.pinv(), y = p.adjoint().matmul(g)
        gB = gB + y
        if call.needs(0) {
            let unreached = g - p.matmul(a.matmul(g))
            gA = gA + (b - a.matmul(x)).matmul(p.matmul(y).adjoint()) - y.matmul(x.adjoint())
                + p.adjoint().matmul(x).matmul(unreached.adjoint())
        }
    }
    if let gResiduals = call.cotangents[1], gResiduals.count > 0 {
        // ‖A·X - B‖² is smallest at X, so that X's own change does not count.
        let g = (a.matmul(x) - b) * gResiduals.unsqueeze(-2) * 2.0
        gA = gA + g.matmul(x.adjoint())
        gB = gB - g
    }
    return [gA.expand(a.shape), gB.expand(b.shape)]
})

extension Tensor {
    /// The solution of least squares: the X that minimises the Frobenius norm of A·X - B for m×n matrices A = `self`. PyTorch:
    /// `torch.linalg.lstsq`.
    ///
    /// - Parameters:
    ///   - b: [.., m, k], or a batch of vectors [.., m]. Batch dimensions broadcast.
    ///   - rcond: singular values below `rcond` times the largest count as zero. Default: the type's rounding times max(m, n).
    ///   - driver: `gelsy` by default.
    public func lstsq(_ b: Tensor, rcond: Double? = nil, driver: LeastSquaresDriver = .gelsy) -> LeastSquares {
        let results = composed("lstsq", [self, b], outputs: 4) { () throws(TensorError) in
            try MatrixRule.check(self, "A")
            try MatrixRule.checkType(b, "B")
            try MatrixRule.checkSameType([self, b])
            let isVector = b.rank == rank - 1 && b.shape == Array(shape.dropLast())
            let columns = isVector ? b.unsqueeze(-1) : b
            guard columns.rank >= 2, columns.matrixSize.rows == matrixSize.rows else {
                throw TensorError("A has \(matrixSize.rows) rows, B has shape \(b.shape); it must have equally many")
            }
            let operands = try MatrixRule.broadcastBatches(self, columns)
            let tolerance = rcond ?? dtype.unitRoundoff * Double(Swift.max(matrixSize.rows, matrixSize.columns))
            var results = leastSquaresOperator([operands.0, operands.1], ["driver": .string(driver.rawValue), "rcond": .double(tolerance)])
            if isVector { results[0] = results[0].squeeze(-1) }
            return results
        }
        return LeastSquares(solution: results[0], residuals: results[1], rank: results[2], singularValues: results[3])
    }
}
