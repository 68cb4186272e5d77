/// A bound below which singular values count as zero: one number, or a tensor with one for each matrix of a batch.
public protocol Tolerance: Sendable {
    /// As an operand of comparisons with tensors of type `dtype`.
    func tensor(_ dtype: DType) -> Tensor
}

extension Double: Tolerance {
    public func tensor(_ dtype: DType) -> Tensor { Tensor(self, dtype: dtype) }
}

extension Tensor: Tolerance {
    public func tensor(_ dtype: DType) -> Tensor { detach().to(dtype) }
}

/// Inputs: A, and `rtol` and `atol` of type and shape that broadcast to its batch. Attribute: hermitian.
private let pseudoInverseOperator = Operator("pinv", saving: [.inputs, .outputs], takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    let a = inputs[0].detach(), zero = Tensor.zeros([], dtype: a.dtype.realType)
    if attributes.bool("hermitian") {
        let (values, v) = a.eigh()
        let inverted = values.reciprocal().where(a.counts(values.abs(), inputs[1], inputs[2]), else: zero)
        return [(v * inverted.unsqueeze(-2)).matmul(v.adjoint())]
    }
    let (u, s, vh) = a.svd(fullMatrices: false)
    let inverted = s.reciprocal().where(a.counts(s, inputs[1], inputs[2]), else: zero)
    return [(vh.adjoint() * inverted.unsqueeze(-2)).matmul(u.adjoint())]
}, backward: { call in
    [pseudoInverseCotangent(call.input(0), call.output(), call.cotangent()), nil, nil]
})

/// The cotangent of A from the one of its pseudo-inverse P, for matrices of constant rank: Golub and Pereyra, SIAM J. Numer. Anal. 10
/// (1973), (4.12), -PᴴGPᴴ + (I - AP)·GᴴPPᴴ + PᴴPGᴴ·(I - PA).
private func pseudoInverseCotangent(_ a: Tensor, _ p: Tensor, _ g: Tensor) -> Tensor {
    let ph = p.adjoint(), gh = g.adjoint()
    let outer = gh.matmul(p).matmul(ph), inner = ph.matmul(p.matmul(gh))
    return (outer - a.matmul(p.matmul(outer))) + (inner - inner.matmul(p).matmul(a)) - ph.matmul(g).matmul(ph)
}

extension Tensor {
    /// Which of the singular values (absolute eigenvalues) do not count as zero: those above max(atol, rtol · the largest).
    fileprivate func counts(_ values: Tensor, _ rtol: Tensor, _ atol: Tensor) -> Tensor {
        if values.count == 0 { return Tensor.zeros(values.shape, dtype: .bool) }
        return values .> (rtol * values.amax([-1])).maximum(atol).unsqueeze(-1)
    }

    /// Both tolerances as tensors. Without `rtol` it is the rounding of the type times the larger size of the matrices, or 0 where there is
    /// an `atol` above 0.
    private func tolerances(_ rtol: (any Tolerance)?, _ atol: (any Tolerance)?) -> (rtol: Tensor, atol: Tensor) {
        let dtype = self.dtype.realType, zero = Tensor.zeros([], dtype: dtype)
        let usual = Tensor(dtype.unitRoundoff * Double(Swift.max(matrixSize.rows, matrixSize.columns)), dtype: dtype)
        let absolute = atol?.tensor(dtype) ?? zero
        return (rtol?.tensor(dtype) ?? zero.where(absolute .> 0.0, else: usual), absolute)
    }

    /// The Moore–Penrose pseudo-inverse [.., n, m] of m×n matrices. PyTorch: `torch.linalg.pinv`, `torch.pinverse`.
    ///
    /// - Parameters:
    ///   - rtol, atol: singular values up to max(atol, rtol · the largest) count as zero. Default of `rtol`: the rounding of the type times
    ///     max(m, n), or 0 when there is an `atol` above 0.
    ///   - hermitian: the matrices are symmetric (complex: Hermitian); only the lower triangle is read.
    ///
    /// The gradient is right where the rank does not change.
    public func pinv(rtol: (any Tolerance)? = nil, atol: (any Tolerance)? = nil, hermitian: Bool = false) -> Tensor {
        composed("pinv", [self]) { () throws(TensorError) in
            if hermitian { try MatrixRule.checkSquare(self) } else { try MatrixRule.check(self) }
            let (rtol, atol) = tolerances(rtol, atol)
            return pseudoInverseOperator(self, rtol, atol, attributes: ["hermitian": .bool(hermitian)])
        }
    }

    /// How many singular values of each matrix are above max(atol, rtol · the largest), as int64. For `rtol`, `atol` and `hermitian` see
    /// ``pinv(rtol:atol:hermitian:)``. PyTorch: `torch.linalg.matrix_rank`.
    public func matrixRank(rtol: (any Tolerance)? = nil, atol: (any Tolerance)? = nil, hermitian: Bool = false) -> Tensor {
        composed("matrixRank", [self]) { () throws(TensorError) in
            if hermitian { try MatrixRule.checkSquare(self) } else { try MatrixRule.check(self) }
            let values = hermitian ? detach().eigvalsh().abs() : detach().svdvals()
            let (rtol, atol) = tolerances(rtol, atol)
            return counts(values, rtol, atol).sum(-1)
        }
    }
}
