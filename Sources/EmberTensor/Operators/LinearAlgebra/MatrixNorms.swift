/// A norm of matrices. PyTorch: the argument `ord` of `torch.linalg.matrix_norm`.
public enum MatrixNorm: Sendable {
    /// The root of the sum of squares.
    case frobenius
    /// The sum of the singular values.
    case nuclear
    /// The largest singular value; negative: the smallest.
    case two, negativeTwo
    /// The largest sum of absolute values of a column; negative: the smallest.
    case one, negativeOne
    /// The largest sum of absolute values of a row; negative: the smallest.
    case infinity, negativeInfinity
}

extension Tensor {
    /// A norm of the matrices in the dimensions `rows` and `columns`. PyTorch: `torch.linalg.matrix_norm`.
    public func matrixNorm(_ kind: MatrixNorm = .frobenius, rows: Int = -2, columns: Int = -1, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        composed("matrixNorm", [self]) { () throws(TensorError) in
            guard rank >= 2 else { throw TensorError("takes tensors of at least 2 dimensions, not \(rank)") }
            let source = dtype.map { to($0) } ?? self
            let dims = try ShapeRule.dims([rows, columns], rank: rank), r = dims[0], c = dims[1]
            switch kind {
            case .frobenius:
                return source.vectorNorm(2, dims, keepDim: keepDim)
            case .one, .negativeOne, .infinity, .negativeInfinity:
                let (summed, compared) = kind == .one || kind == .negativeOne ? (r, c) : (c, r)
                let sums = source.vectorNorm(1, [summed], keepDim: true)
                let extreme = sums.extreme([compared], largest: kind == .one || kind == .infinity)
                return keepDim ? extreme : extreme.squeeze(dims)
            case .nuclear, .two, .negativeTwo:
                let values = source.movedim([r, c], [-2, -1]).svdvals()
                let norm = kind == .nuclear ? values.sum(-1, keepDim: true) : values.extreme([-1], largest: kind == .two)
                let kept = norm.squeeze(-1)
                return keepDim ? [r, c].sorted().reduce(kept) { $0.unsqueeze($1) } : kept
            }
        }
    }

    /// The extreme over dimensions, kept; 0 where there is nothing to compare, as the norm of an empty matrix is.
    private func extreme(_ dims: [Int], largest: Bool) -> Tensor {
        if dims.contains(where: { shape[$0 < 0 ? $0 + rank : $0] == 0 }) { return sum(dims, keepDim: true) }
        return largest ? amax(dims, keepDim: true) : amin(dims, keepDim: true)
    }

    /// The condition number ‖A‖·‖A⁻¹‖, how much solutions of A·X = B amplify errors: for the norm `two` (and by default) of any matrices
    /// the ratio of the largest singular value to the smallest, otherwise of square ones; infinite for singular ones. PyTorch:
    /// `torch.linalg.cond`.
    public func cond(_ kind: MatrixNorm = .two) -> Tensor {
        composed("cond", [self]) { () throws(TensorError) in
            if kind == .two || kind == .negativeTwo {
                try MatrixRule.check(self)
                let values = svdvals(), k = values.shape[values.rank - 1]
                if k == 0 { return values.sum(-1) }
                let largest = values.select(-1, 0), smallest = values.select(-1, k - 1)
                return kind == .two ? largest / smallest : smallest / largest
            }
            try MatrixRule.checkSquare(self)
            if count == 0 { return matrixNorm(kind) }
            let (inverse, info) = invEx()
            let ratio = matrixNorm(kind) * inverse.matrixNorm(kind)
            return Tensor.full([], .double(.infinity), dtype: dtype.realType).where(info .!= 0.0, else: ratio)
        }
    }
}
