/// Which factors of A = Q·R are computed. PyTorch: the argument `mode` of `torch.linalg.qr`.
public enum QRMode: String, Sendable {
    /// Q [m, k] and R [k, n] with k = min(m, n).
    case reduced
    /// Q [m, m] and R [m, n].
    case complete
    /// R of `reduced` alone; Q is empty.
    case r
}

/// Householder's reflectors of A and their factors, without history.
private func reflectors(_ a: Tensor) -> (a: Tensor, tau: Tensor) {
    let factors = a.columnMajorCopy(), (m, n) = a.matrixSize
    let tau = Tensor.empty(a.batchShape + [Swift.min(m, n)], a.dtype, device: a.device)
    if tau.count > 0 { a.device.backend.qrFactor(factors, tau: tau) }
    return (factors, tau)
}

/// Outputs: Q and R. Attribute: mode.
private let qrOperator = Operator("qr", saving: .outputs, outputs: 2, takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    let (m, n) = inputs[0].matrixSize, mode = attributes.string("mode"), k = mode == QRMode.complete.rawValue ? m : Swift.min(m, n)
    let (factors, tau) = reflectors(inputs[0].detach())
    let r = factors.narrow(-2, start: 0, count: k).triu()
    if mode == QRMode.r.rawValue { return [Tensor.empty([0], inputs[0].dtype, device: inputs[0].device), r] }
    let q = Tensor.emptyMatrices(factors.batchShape, m, k, factors.dtype, device: factors.device)
    let known = Swift.min(k, n)
    if known > 0 && q.count > 0 {
        q.device.backend.copy(from: factors.narrow(-1, start: 0, count: known), to: q.narrow(-1, start: 0, count: known))
    }
    if q.count > 0 { q.device.backend.qrForm(q, tau: tau) }
    return [q, r]
}, backward: { call in
    let mode = call.attributes.string("mode"), size = call.shape(ofInput: 0).suffix(2)
    if mode == QRMode.r.rawValue || (mode == QRMode.complete.rawValue && size[size.startIndex] > size[size.startIndex + 1]) {
        TensorError(mode == QRMode.r.rawValue ? "mode r has no gradient, as that needs Q; use mode reduced"
            : "mode complete of matrices with more rows than columns has no gradient, as Q is not unique; use mode reduced").report(in: "qr")
        return [.inert]
    }
    // Walter, Lehmann and Lamour, On evaluating higher-order derivatives of the QR decomposition (2012). For m ≥ n,
    // (gQ + Q·S) R⁻ᴴ with S the Hermitian matrix whose upper triangle is that of gR·Rᴴ - Qᴴ·gQ. For m < n, with A = [A₁ A₂] and
    // R = [R₁ R₂]: R₂ = QᴴA₂, so A₂ receives Q·gR₂, and Q A₂·gR₂ᴴ = Q·R₂·gR₂ᴴ besides.
    let q = call.output(0), r = call.output(1), gQ = call.cotangent(0), gR = call.cotangent(1)
    let m = q.matrixSize.rows, n = r.matrixSize.columns
    let wide = m < n
    let r1 = wide ? r.narrow(-1, start: 0, count: m) : r
    var product = (wide ? gR.narrow(-1, start: 0, count: m) : gR).matmul(r1.adjoint()) - q.adjoint().matmul(gQ)
    var rest: Tensor?
    if wide {
        let gR2 = gR.narrow(-1, start: m, count: n - m)
        product = product - r.narrow(-1, start: m, count: n - m).matmul(gR2.adjoint())
        rest = q.matmul(gR2)
    }
    let above = product.triu(1), diagonal = product.diagonal(dim1: -2, dim2: -1).real.diagEmbed()
    var gA = gQ + q.matmul(above + above.adjoint() + diagonal)
    if wide { gA = gA + q.matmul(r.narrow(-1, start: m, count: n - m)).matmul(gR.narrow(-1, start: m, count: n - m).adjoint()) }
    gA = r1.adjoint().triangularSolution(gA, upper: false, left: false)
    return [rest.map { cat([gA, $0], dim: -1) } ?? gA]
})

extension Tensor {
    /// The QR decomposition A = Q·R of m×n matrices by Householder reflections: Q has orthonormal columns, R is upper triangular.
    /// Differentiable where the first min(m, n) columns are independent, but for mode `r`, and `complete` of m > n, whose Q is not unique.
    /// PyTorch: `torch.linalg.qr`.
    public func qr(mode: QRMode = .reduced) -> (q: Tensor, r: Tensor) {
        let results = composed("qr", [self], outputs: 2) { () throws(TensorError) in
            try MatrixRule.check(self)
            return qrOperator([self], ["mode": .string(mode.rawValue)])
        }
        return (results[0], results[1])
    }

    /// What ``qr(mode:)`` is made of: R on and above the diagonal, below it Householder's reflectors v (with a leading 1 that is not
    /// stored), and the factors τ of H = I - τ·v·vᴴ. Without gradient, as in PyTorch. PyTorch: `torch.geqrf`.
    public func geqrf() -> (a: Tensor, tau: Tensor) {
        let results = composed("geqrf", [self], outputs: 2) { () throws(TensorError) in
            try MatrixRule.check(self)
            let factors = reflectors(detach())
            return [factors.a, factors.tau]
        }
        return (results[0], results[1])
    }

    /// The first n columns of the product H₁·H₂·…·Hₖ of the reflectors in the first k columns of `self` [.., m, n] with factors `tau` [..,
    /// k]: Q of the decomposition that ``geqrf()`` gives. PyTorch: `torch.linalg.householder_product`, `torch.orgqr`.
    public func householderProduct(_ tau: Tensor) -> Tensor {
        composed("householderProduct", [self, tau]) { () throws(TensorError) in
            try checkReflectors(tau)
            let (m, n) = matrixSize
            guard m >= n else { throw TensorError("the reflectors must have at least as many rows as columns, they are \(m)×\(n)") }
            return reflecting(tau, identityMatrices(batchShape, m, n), adjoint: false)
        }
    }

    /// Q·C, or C·Q unless `left`, for C = `other` and the m×m matrix Q = H₁·H₂·…·Hₖ of the reflectors in `self` [.., m, k] with factors
    /// `tau` [.., k]; with `transpose` for Qᴴ. PyTorch: `torch.ormqr`.
    public func ormqr(_ tau: Tensor, _ other: Tensor, left: Bool = true, transpose: Bool = false) -> Tensor {
        composed("ormqr", [self, tau, other]) { () throws(TensorError) in
            try checkReflectors(tau)
            try MatrixRule.check(other, "the other operand")
            try MatrixRule.checkSameType([self, other])
            guard other.batchShape == batchShape else {
                throw TensorError("the batch dimensions must be equal, they are \(batchShape) and \(other.batchShape)")
            }
            guard other.shape[other.rank - (left ? 2 : 1)] == matrixSize.rows else {
                throw TensorError("Q has \(matrixSize.rows) rows and columns, the other operand is \(other.matrixSize.rows)×\(other.matrixSize.columns): "
                    + "the number of its \(left ? "rows" : "columns") must be Q's")
            }
            let order = matrixSize.rows
            guard tau.shape[tau.rank - 1] == Swift.min(order, matrixSize.columns) else {
                throw TensorError("reflectors \(order)×\(matrixSize.columns) have \(Swift.min(order, matrixSize.columns)) factors tau, not \(tau.shape[tau.rank - 1])")
            }
            // C·Q is the adjoint of Qᴴ·Cᴴ.
            return left ? reflecting(tau, other, adjoint: transpose) : reflecting(tau, other.adjoint(), adjoint: !transpose).adjoint()
        }
    }

    private func checkReflectors(_ tau: Tensor) throws(TensorError) {
        try MatrixRule.check(self, "the matrix of reflectors")
        try MatrixRule.checkSameType([self, tau])
        guard tau.rank == rank - 1, Array(tau.shape.dropLast()) == batchShape else {
            throw TensorError("tau must have shape \(batchShape) and a last dimension, it has \(tau.shape)")
        }
        guard tau.shape[tau.rank - 1] <= matrixSize.columns else {
            throw TensorError("tau has \(tau.shape[tau.rank - 1]) factors for \(matrixSize.columns) reflectors")
        }
    }

    /// H₁·H₂·…·Hₖ·C or its adjoint, by the compact form I - V·T·Vᴴ with T = (I + D·S)⁻¹·D, where D has the factors on its diagonal and S is
    /// VᴴV above the diagonal (Puglisi 1992): products of matrices, differentiable as they are.
    private func reflecting(_ tau: Tensor, _ c: Tensor, adjoint: Bool) -> Tensor {
        let k = tau.shape[tau.rank - 1], rows = matrixSize.rows
        let v = narrow(-1, start: 0, count: k).tril(-1) + Tensor.eye(rows, k, dtype: dtype)
        let d = tau.unsqueeze(-1)
        let system = d * v.adjoint().matmul(v).triu(1)
        let t = system.triangularSolution(tau.diagEmbed(), upper: true, unitriangular: true)
        return c - v.matmul((adjoint ? t.adjoint() : t).matmul(v.adjoint().matmul(c)))
    }
}
