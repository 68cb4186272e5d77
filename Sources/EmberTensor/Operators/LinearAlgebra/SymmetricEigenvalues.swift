/// Eigenvalues and, if asked for, vectors of symmetric matrices, without history.
private func decomposed(_ a: Tensor, upper: Bool, vectors: Bool) throws(TensorError) -> [Tensor] {
    let basis = a.columnMajorCopy(), info = Tensor.zeros(a.batchShape, dtype: .int32)
    let values = Tensor.empty(Array(a.shape.dropLast()), a.dtype.realType, device: a.device)
    if a.count > 0 {
        a.device.backend.eigh(basis, upper: upper, vectors: vectors, values: values, info: info)
        try MatrixRule.check(info) { _ in "has eigenvalues that do not converge" }
    }
    return vectors ? [values, basis] : [values]
}

/// Outputs: values and vectors. Attribute: upper.
private let eighOperator = Operator("eigh", saving: .outputs, outputs: 2, takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    try decomposed(inputs[0], upper: attributes.bool("upper"), vectors: true)
}, backward: { call in
    // Giles 2008, 3.1: V (diag(gΛ) + (Vᴴ gV) / E) Vᴴ with E[i, j] = λⱼ - λᵢ; made Hermitian, as A is, by the skew part of Vᴴ gV, whose
    // diagonal is the phases of complex vectors.
    let values = call.output(0), v = call.output(1)
    guard let gV = call.cotangents[1] else {
        return [call.cotangents[0].map { (v * $0.unsqueeze(-2)).matmul(v.adjoint()) }]
    }
    let n = v.matrixSize.rows
    let diagonal = Tensor.eye(n, dtype: values.dtype)
    let e = values.unsqueeze(-2) - values.unsqueeze(-1) + diagonal
    let rotation = v.adjoint().matmul(gV)
    var inner = (rotation - rotation.adjoint()) * ((1.0 - diagonal) * 0.5 / e)
    if let gValues = call.cotangents[0] { inner = inner + gValues.diagEmbed() }
    return [v.matmul(inner).matmul(v.adjoint())]
})

extension Tensor {
    /// Eigenvalues [.., n], rising, and orthonormal eigenvectors, as columns [.., n, n], of symmetric (complex: Hermitian) matrices, of
    /// which only the lower (`upper`: upper) triangle is read: A·V = V·diag(Λ). PyTorch: `torch.linalg.eigh`.
    ///
    /// Vectors are unique only up to a sign (a phase, if complex), so only functions that do not depend on it have a gradient; it is
    /// infinite where two values are equal, and through ``eigvalsh(upper:)`` it never is.
    public func eigh(upper: Bool = false) -> (eigenvalues: Tensor, eigenvectors: Tensor) {
        let results = composed("eigh", [self], outputs: 2) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            return eighOperator([self], ["upper": .bool(upper)])
        }
        return (results[0], results[1])
    }

    /// The eigenvalues of symmetric (complex: Hermitian) matrices, rising. PyTorch: `torch.linalg.eigvalsh`.
    public func eigvalsh(upper: Bool = false) -> Tensor {
        composed("eigvalsh", [self]) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            // The gradient needs the vectors.
            if isGradEnabled && requiresGrad { return eighOperator([self], ["upper": .bool(upper)])[0] }
            return try decomposed(self, upper: upper, vectors: false)[0]
        }
    }
}
