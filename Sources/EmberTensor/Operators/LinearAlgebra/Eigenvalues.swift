/// Eigenvalues and, if asked for, vectors of square matrices, complex and without history.
private func decomposed(_ a: Tensor, vectors: Bool) throws(TensorError) -> [Tensor] {
    let type = a.dtype.complexType, n = a.matrixSize.rows, info = Tensor.zeros(a.batchShape, dtype: .int32)
    let values = Tensor.empty(Array(a.shape.dropLast()), type, device: a.device)
    let basis = vectors ? Tensor.emptyMatrices(a.batchShape, n, n, type, device: a.device) : nil
    if a.count > 0 {
        a.device.backend.eig(a.columnMajorCopy(), values: values, vectors: basis, info: info)
        try MatrixRule.check(info) { _ in "has eigenvalues that do not converge" }
    }
    return basis.map { [values, $0] } ?? [values]
}

/// Outputs: values and vectors.
private let eigOperator = Operator("eig", saving: .outputs, outputs: 2, takesComplex: true, forward: { inputs, _ throws(TensorError) in
    try decomposed(inputs[0], vectors: true)
}, backward: { call in
    // Giles 2008, 3.1, V⁻ᴴ (diag(gΛ) + F ∘ (Vᴴ gV)) Vᴴ with F[i, j] = 1 / conj(λⱼ - λᵢ), for vectors kept at length 1: what of gV only
    // stretches them goes first (Boeddeker and others, On the computation of complex-valued gradients, 2017, 4.9).
    let values = call.output(0), v = call.output(1), vh = v.adjoint()
    var inner: Tensor
    if let gV = call.cotangents[1] {
        let n = v.matrixSize.rows, diagonal = Tensor.eye(n, dtype: values.dtype)
        let product = vh.matmul(gV)
        let stretch = product.diagonal(dim1: -2, dim2: -1).real
        let e = (values.unsqueeze(-2) - values.unsqueeze(-1)).conj() + diagonal
        inner = (product - vh.matmul(v * stretch.unsqueeze(-2))) / e * (1.0 - diagonal.real)
        if let gValues = call.cotangents[0] { inner = inner + gValues.diagEmbed() }
    } else {
        inner = call.cotangent(0).diagEmbed()
    }
    return [vh.solveEx(inner.matmul(vh)).solution]
})

extension Tensor {
    /// Eigenvalues [.., n] in no order and right eigenvectors of length 1, as columns [.., n, n], of any square matrices: A·V = V·diag(Λ).
    /// Both are complex, also of real matrices. PyTorch: `torch.linalg.eig`.
    ///
    /// Vectors are unique only up to a phase, so only functions that do not depend on it have a gradient; it is infinite where two values
    /// are equal.
    public func eig() -> (eigenvalues: Tensor, eigenvectors: Tensor) {
        let results = composed("eig", [self], outputs: 2) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            return eigOperator([self])
        }
        return (results[0], results[1])
    }

    /// The eigenvalues of any square matrices in no order, complex. PyTorch: `torch.linalg.eigvals`.
    public func eigvals() -> Tensor {
        composed("eigvals", [self]) { () throws(TensorError) in
            try MatrixRule.checkSquare(self)
            // The gradient needs the vectors.
            if isGradEnabled && requiresGrad { return eigOperator([self])[0] }
            return try decomposed(self, vectors: false)[0]
        }
    }
}
