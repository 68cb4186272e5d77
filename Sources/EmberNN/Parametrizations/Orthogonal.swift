import EmberTensor

/// How a free matrix becomes an orthogonal one.
public enum OrthogonalMap: String, Sendable, CaseIterable {
    /// exp(A) of the skew-symmetric A made from the lower triangle.
    case matrixExponential = "matrix_exp"
    /// (I − A/2)⁻¹ (I + A/2) of the same A.
    case cayley
    /// The product of the reflections whose vectors are the columns below the diagonal.
    case householder
}

/// w = base · map(original), with orthonormal columns (rows, when those are fewer).
final class OrthogonalParametrization: Parametrization {
    /// The orthogonal matrix from which training starts; nil: the identity.
    @OptionalBuffer var base: Tensor?
    private let map: OrthogonalMap
    private let isTrivialized: Bool

    init(_ map: OrthogonalMap, trivialized: Bool) {
        self.map = map
        isTrivialized = trivialized
    }

    override var isAssignable: Bool { isTrivialized || map == .householder }

    override func forward(_ originals: [Tensor]) -> Tensor {
        let wide = originals[0].shape.suffix(2).first ?? 0 < originals[0].shape.last ?? 0
        let x = wide ? originals[0].mT : originals[0]
        var q = map == .householder ? reflected(x) : rotated(x)
        if let base { q = base.matmul(q) }
        return wide ? q.mT : q
    }

    private func rotated(_ x: Tensor) -> Tensor {
        let n = x.shape[x.rank - 2], k = x.shape[x.rank - 1]
        var lower = x.tril()
        if n != k { lower = cat([lower, .zeros(Array(x.shape.dropLast()) + [n - k], dtype: x.dtype)], dim: -1) }
        let skew = lower - lower.mT
        let q: Tensor
        if map == .cayley {
            let identity = Tensor.eye(n, dtype: x.dtype)
            q = (identity - skew * 0.5).solve(identity + skew * 0.5)
        } else {
            q = skew.matrixExp()
        }
        return n == k ? q : q.narrow(-1, start: 0, count: k)
    }

    private func reflected(_ x: Tensor) -> Tensor {
        let vectors = x.tril(-1)
        let tau = 2.0 / (1.0 + vectors.square().sum(-2))
        // The diagonal holds signs.
        return vectors.householderProduct(tau) * x.detach().diagonal(dim1: -2, dim2: -1).sign().unsqueeze(-2)
    }

    override func rightInverse(_ value: Tensor) -> [Tensor] {
        let n = value.shape[value.rank - 2], k = value.shape[value.rank - 1], wide = n < k
        let q = wide ? value.mT : value
        guard isTrivialized else {
            guard map == .householder else { return [value] }
            let (a, tau) = q.geqrf()
            let diagonal = a.diagonal(dim1: -2, dim2: -1).sign()
            // Where there is nothing to reflect the sign is the other way round.
            let signs = (-diagonal).where(tau .== 0, else: diagonal)
            let factors = a.diagonalScatter(signs, dim1: -2, dim2: -1)
            return [wide ? factors.mT : factors]
        }
        if n == k {
            base = Self.isOrthogonal(q) ? q : Self.orthonormalised(q)
        } else {
            let (rows, columns) = (max(n, k), min(n, k))
            let more = Tensor.randn(Array(q.shape.dropLast(2)) + [rows, rows - columns], dtype: q.dtype)
            base = Self.orthonormalised(cat([q, more], dim: -1))
        }
        return [value.zerosLike() - Tensor.eye(n, k, dtype: value.dtype)]
    }

    /// Q of the decomposition whose R has a positive diagonal.
    private static func orthonormalised(_ x: Tensor) -> Tensor {
        let (q, r) = x.qr()
        return q * r.diagonal(dim1: -2, dim2: -1).sign().unsqueeze(-2)
    }

    private static func isOrthogonal(_ q: Tensor) -> Bool {
        let n = q.shape.last ?? 0, epsilon = q.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
        let distance = (q.mT.matmul(q) - Tensor.eye(n, dtype: q.dtype)).abs()
        return (distance .<= 10 * Double(n) * epsilon).all().item(as: Bool.self)
    }
}
