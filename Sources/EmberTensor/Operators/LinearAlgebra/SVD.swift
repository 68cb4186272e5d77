/// Singular values and, unless only values are asked for, vectors of A, without history.
private func decomposed(_ a: Tensor, full: Bool, vectors: Bool) throws(TensorError) -> [Tensor] {
    let (m, n) = a.matrixSize, k = Swift.min(m, n), batch = a.batchShape
    let s = Tensor.empty(batch + [k], a.dtype.realType, device: a.device)
    let info = Tensor.zeros(batch, dtype: .int32)
    var results = [s]
    if vectors {
        let u = Tensor.emptyMatrices(batch, m, full ? m : k, a.dtype, device: a.device)
        let vh = Tensor.emptyMatrices(batch, full ? n : k, n, a.dtype, device: a.device)
        // An empty matrix has no values, and any basis will do for the spaces of the full decomposition.
        if a.count == 0 {
            for basis in [u, vh] where basis.count > 0 {
                basis.device.backend.copy(from: a.identityMatrices(batch, basis.matrixSize.rows, basis.matrixSize.columns), to: basis)
            }
        }
        results = [u, s, vh]
    }
    if a.count > 0 {
        a.device.backend.svd(a.columnMajorCopy(), full: full, values: s, u: vectors ? results[0] : nil, vh: vectors ? results[2] : nil, info: info)
        try MatrixRule.check(info) { _ in "has singular values that do not converge" }
    }
    return results
}

/// Outputs: U, S, Vᴴ. Attribute: full.
private let svdOperator = Operator("svd", saving: .outputs, outputs: 3, takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    try decomposed(inputs[0], full: attributes.bool("full"), vectors: true)
}, backward: { call in
    // Townsend, Differentiating the singular value decomposition (2016). Columns beyond min(m, n) are any basis of a space, of which a
    // function that has a derivative cannot depend; they take no part.
    let s = call.output(1), k = s.shape[s.rank - 1], (m, n) = (call.shape(ofInput: 0).suffix(2).first ?? 0, call.shape(ofInput: 0).last ?? 0)
    let u = call.output(0).narrow(-1, start: 0, count: k), vh = call.output(2).narrow(-2, start: 0, count: k)
    let gS = call.cotangents[1]
    guard call.cotangents[0] != nil || call.cotangents[2] != nil else {
        return [gS.map { ($0.unsqueeze(-2) * u).matmul(vh) }]
    }
    let row = s.unsqueeze(-2), column = s.unsqueeze(-1)
    let gU = call.cotangents[0]?.narrow(-1, start: 0, count: k), gVh = call.cotangents[2]?.narrow(-2, start: 0, count: k)
    func skew(_ x: Tensor) -> Tensor { x - x.adjoint() }
    // E[i, j] = sⱼ² - sᵢ², and 1 where i = j, whose numerators are 0.
    let e = (row - column) * (row + column) + Tensor.eye(k, dtype: s.dtype)
    var inner = Tensor.zeros([k, k], dtype: u.dtype)
    let rotation = gU.map { skew(u.adjoint().matmul($0)) }
    if let rotation { inner = inner + rotation * row }
    if let gVh { inner = inner + column * skew(vh.matmul(gVh.adjoint())) }
    inner = inner / e
    if let gS { inner = inner + gS.diagEmbed() }
    // The common phase of a pair of complex vectors, which U and V must cancel.
    if u.dtype.isComplex, gVh != nil, let rotation {
        inner = inner + (rotation.diagonal(dim1: -2, dim2: -1) / (s * 2.0)).diagEmbed()
    }
    // What of the cotangents lies outside the spaces of U and V.
    var left = u.matmul(inner)
    if m > k, let gU { left = left + (gU - u.matmul(u.adjoint().matmul(gU))) / row }
    var gA = left.matmul(vh)
    if n > k, let gVh { gA = gA + u.matmul((gVh - gVh.matmul(vh.adjoint()).matmul(vh)) / column) }
    return [gA]
})

extension Tensor {
    /// The singular value decomposition A = U·diag(S)·Vᴴ of m×n matrices: values S [.., k] falling, k = min(m, n), and orthonormal U [..,
    /// m, m] and Vᴴ [.., n, n], or without `fullMatrices` U [.., m, k] and Vᴴ [.., k, n]. PyTorch: `torch.linalg.svd`; `torch.svd` gives V
    /// instead of Vᴴ.
    ///
    /// U and V are unique only up to a sign (a phase, for complex matrices) for each value, so only functions that do not depend on it have
    /// a gradient; it is infinite where two values are equal, and through ``svdvals()`` it never is.
    public func svd(fullMatrices: Bool = true) -> (u: Tensor, s: Tensor, vh: Tensor) {
        let results = composed("svd", [self], outputs: 3) { () throws(TensorError) in
            try MatrixRule.check(self)
            return svdOperator([self], ["full": .bool(fullMatrices)])
        }
        return (results[0], results[1], results[2])
    }

    /// The singular values, falling. PyTorch: `torch.linalg.svdvals`.
    public func svdvals() -> Tensor {
        composed("svdvals", [self]) { () throws(TensorError) in
            try MatrixRule.check(self)
            // The gradient needs the vectors.
            if isGradEnabled && requiresGrad { return svdOperator([self], ["full": .bool(false)])[1] }
            return try decomposed(self, full: false, vectors: false)[0]
        }
    }
}
