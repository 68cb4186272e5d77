extension Tensor {
    /// The `q` largest singular values of m×n matrices and their vectors, A ≈ U·diag(S)·Vᵀ: U [.., m, q], S [.., q], V [.., n, q], from a
    /// random subspace that `niter` iterations turn towards them. PyTorch: `torch.svd_lowrank`.
    ///
    /// Halko, Martinsson and Tropp, Finding structure with randomness, SIAM Rev. 53 (2011), algorithms 4.4 and 5.1. Draws from the default
    /// generator.
    ///
    /// - Parameters:
    ///   - q: a little more than the rank one expects; no more than min(m, n) values come out.
    ///   - mean: is subtracted from A first; broadcasts.
    public func svdLowrank(q: Int = 6, niter: Int = 2, mean: Tensor? = nil) -> (u: Tensor, s: Tensor, v: Tensor) {
        let results = composed("svdLowrank", [self] + (mean.map { [$0] } ?? []), outputs: 3) { () throws(TensorError) in
            try MatrixRule.check(self)
            try checkLowRank(q, niter, limit: .max)
            return (mean.map { self - $0.broadcast(to: shape) } ?? self).lowRankFactors(q, niter)
        }
        return (results[0], results[1], results[2])
    }

    /// Principal components of m samples (rows) of n features: ``svdLowrank(q:niter:mean:)`` of the centred samples. The columns of V are
    /// the directions of largest variance, S²/(m - 1) the variances, and `self.matmul(v)` the coordinates. PyTorch: `torch.pca_lowrank`.
    ///
    /// - Parameters:
    ///   - q: how many components; by default min(6, m, n).
    ///   - center: subtract the features' means first.
    public func pcaLowrank(q: Int? = nil, center: Bool = true, niter: Int = 2) -> (u: Tensor, s: Tensor, v: Tensor) {
        let results = composed("pcaLowrank", [self], outputs: 3) { () throws(TensorError) in
            try MatrixRule.check(self)
            let q = q ?? Swift.min(6, matrixSize.rows, matrixSize.columns)
            try checkLowRank(q, niter, limit: Swift.min(matrixSize.rows, matrixSize.columns))
            return (center ? self - mean([-2], keepDim: true) : self).lowRankFactors(q, niter)
        }
        return (results[0], results[1], results[2])
    }

    private func checkLowRank(_ q: Int, _ niter: Int, limit: Int) throws(TensorError) {
        guard q >= 0 else { throw TensorError("q must not be negative, got \(q)") }
        guard q <= limit else { throw TensorError("matrices of shape \(shape) have at most \(limit) components, not q = \(q)") }
        guard niter >= 0 else { throw TensorError("niter must not be negative, got \(niter)") }
    }

    private func lowRankFactors(_ q: Int, _ niter: Int) -> [Tensor] {
        // Of a wide matrix the adjoint is decomposed: the smaller side is the one projected away.
        let isWide = matrixSize.rows < matrixSize.columns
        let a = isWide ? adjoint() : self
        var basis = a.matmul(Tensor.randn([a.matrixSize.columns, q], dtype: dtype)).qr().q
        for _ in 0..<niter {
            basis = a.matmul(a.adjoint().matmul(basis).qr().q).qr().q
        }
        let (u, s, vh) = basis.adjoint().matmul(a).svd(fullMatrices: false)
        let left = basis.matmul(u), right = vh.adjoint()
        return isWide ? [right, s, left] : [left, s, right]
    }
}
