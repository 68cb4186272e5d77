import EmberTensor

/// Vectors to probability vectors of the same length: exp(x), divided by the sum. Not bijective: adding a number to x changes nothing.
/// PyTorch: `torch.distributions.SoftmaxTransform`.
public struct SoftmaxTransform: Transform {
    public init() {}
    public var domain: Constraint { .realVector }
    public var codomain: Constraint { .simplex }
    public var isBijective: Bool { false }
    public func callAsFunction(_ x: Tensor) -> Tensor { x.softmax(-1) }
    public func inverse(_ y: Tensor) -> Tensor { y.log() }
}

/// Vectors to probability vectors with one more element: each element, through a sigmoid, breaks its part off what is left of a stick.
/// PyTorch: `torch.distributions.StickBreakingTransform`.
public struct StickBreakingTransform: Transform {
    public init() {}
    public var domain: Constraint { .realVector }
    public var codomain: Constraint { .simplex }

    /// log of the number of parts still to be broken off; x = 0 gives equal parts.
    private func logParts(_ count: Int, _ dtype: DType) -> Tensor { Tensor.arange(.int(count), 0, step: -1).to(dtype).log() }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let broken = clippedSigmoid(x - logParts(x.shape.last ?? 0, x.dtype))
        return pad(broken, [0, 1], value: 1.0) * pad((1 - broken).cumprod(-1), [1, 0], value: 1.0)
    }

    public func inverse(_ y: Tensor) -> Tensor {
        let kept = y.narrow(-1, start: 0, count: max((y.shape.last ?? 1) - 1, 0))
        let rest = (1 - kept.cumsum(-1)).clamp(min: .double(y.dtype.leastNormal))
        return kept.log() - rest.log() + logParts(kept.shape.last ?? 0, y.dtype)
    }

    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        let shifted = x - logParts(x.shape.last ?? 0, x.dtype)
        return (logSigmoid(-shifted) + y.narrow(-1, start: 0, count: x.shape.last ?? 0).log()).sum(-1)
    }

    public func forwardShape(_ shape: Shape) -> Shape { shape.dropLast() + [(shape.last ?? 0) + 1] }
    public func inverseShape(_ shape: Shape) -> Shape { shape.dropLast() + [max((shape.last ?? 1) - 1, 0)] }
}

/// Square matrices to lower triangular ones with a positive diagonal: what is above the diagonal is dropped, the diagonal goes through exp.
/// PyTorch: `torch.distributions.LowerCholeskyTransform`.
public struct LowerCholeskyTransform: Transform {
    public init() {}
    public var domain: Constraint { .independent(.real, 2) }
    public var codomain: Constraint { .lowerCholesky }
    public func callAsFunction(_ x: Tensor) -> Tensor { x.tril(-1) + x.diagonal(dim1: -2, dim2: -1).exp().diagEmbed() }
    public func inverse(_ y: Tensor) -> Tensor { y.tril(-1) + y.diagonal(dim1: -2, dim2: -1).log().diagEmbed() }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { x.diagonal(dim1: -2, dim2: -1).sum(-1) }
}

/// Square matrices to positive definite ones, L Lᵀ of what ``LowerCholeskyTransform`` makes of them.
/// PyTorch: `torch.distributions.PositiveDefiniteTransform`.
public struct PositiveDefiniteTransform: Transform {
    public init() {}
    public var domain: Constraint { .independent(.real, 2) }
    public var codomain: Constraint { .positiveDefinite }
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let factor = LowerCholeskyTransform()(x)
        return factor.matmul(factor.mT)
    }
    public func inverse(_ y: Tensor) -> Tensor { LowerCholeskyTransform().inverse(y.cholesky()) }
}

/// Vectors of length n (n - 1) / 2 to Cholesky factors of n × n correlation matrices: rows are filled with tanh(x), each element taken from
/// what is left of a row of length 1. PyTorch: `torch.distributions.CorrCholeskyTransform`.
public struct CorrCholeskyTransform: Transform {
    public init() {}
    public var domain: Constraint { .realVector }
    public var codomain: Constraint { .correlationCholesky }

    /// n for vectors of length n (n - 1) / 2.
    private func size(_ length: Int) -> Int { Int((0.5 + (0.25 + 2 * Double(length)).squareRoot()).rounded()) }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        composed("CorrCholeskyTransform", [x]) { () throws(TensorError) in
            guard let length = x.shape.last, size(length) * (size(length) - 1) / 2 == length else {
                throw TensorError("takes vectors of length n (n - 1) / 2, got shape \(x.shape)")
            }
            let n = size(length), ε = x.dtype.epsilon
            let bounded = x.tanh().clamp(min: .double(ε - 1), max: .double(1 - ε))
            // The vector fills the rows below the diagonal.
            let places = Tensor.trilIndices(n, n, offset: -1)
            let flat = Tensor.zeros(x.shape.dropLast() + [n * n], dtype: x.dtype)
                .indexAdd(-1, places[0] * Double(n) + places[1], bounded)
            let r = flat.reshape(x.shape.dropLast() + [n, n])
            let left = (1 - r.square()).sqrt().cumprod(-1)
            return (r + Tensor.eye(n, dtype: x.dtype)) * pad(left.narrow(-1, start: 0, count: n - 1), [1, 0], value: 1.0)
        }
    }

    public func inverse(_ y: Tensor) -> Tensor {
        let left = pad((1 - y.square().cumsum(-1)).narrow(-1, start: 0, count: y.shape[y.rank - 1] - 1), [1, 0], value: 1.0)
        return (below(y, -1) / below(left, -1).sqrt()).atanh()
    }

    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        let left = 1 - y.square().cumsum(-1)
        return 0.5 * below(left, -2).log().sum(-1) + 2 * (0.69314718055994530942 - x + logSigmoid(2 * x)).sum(-1)
    }

    /// The elements up to the `offset`-th diagonal in row order.
    private func below(_ matrix: Tensor, _ offset: Int) -> Tensor {
        let n = matrix.shape[matrix.rank - 1]
        let places = Tensor.trilIndices(n, n, offset: offset)
        return matrix.flatten(from: -2).indexSelect(-1, places[0] * Double(n) + places[1])
    }

    public func forwardShape(_ shape: Shape) -> Shape {
        let n = size(shape.last ?? 0)
        return shape.dropLast() + [n, n]
    }

    public func inverseShape(_ shape: Shape) -> Shape {
        let n = shape.last ?? 0
        return shape.dropLast(2) + [n * (n - 1) / 2]
    }
}
