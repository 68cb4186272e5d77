/// (Σ |x|^p)^(1/p) and its limits, with PyTorch's subgradients where a norm has a corner.
private let vectorNormOperator = Operator("vector_norm", saving: [.inputs, .outputs], forward: {
    inputs, attributes throws(TensorError) in
    let x = inputs[0], p = attributes.double("p")
    let kind: ReductionKind
    switch p {
    case 0: kind = .countNonzero
    case 1: kind = .l1Norm
    case 2: kind = .l2Norm
    case .infinity: kind = .maxNorm
    case -.infinity: kind = .minNorm
    default: kind = .lpNorm
    }
    return [x.device.backend.reduced(kind, x, dims: attributes.ints("dims"), keepDim: attributes.bool("keepDim"), dtype: x.dtype, parameter: p)]
}, backward: { call in
    let dims = call.attributes.ints("dims"), keepDim = call.attributes.bool("keepDim"), p = call.attributes.double("p")
    let x = call.input(0)
    let g = restored(call.cotangent(), dims: dims, keepDim: keepDim)
    let norm = restored(call.output(), dims: dims, keepDim: keepDim)
    let zero = Tensor.zeros([], dtype: x.dtype), one = Tensor.ones([], dtype: x.dtype)
    // Where the norm is 0 the subgradient is 0; dividing by 1 there keeps second derivatives from 0 · ∞.
    let vanishes = norm.detach() .== 0.0
    let divisor = one.where(vanishes, else: norm)
    switch p {
    case 0:
        return [x.zerosLike()]
    case 1:
        return [g * x.sign()]
    case 2:
        return [g * zero.where(vanishes, else: x / divisor)]
    case .infinity, -.infinity:
        let chosen = (x.detach().abs() .== norm.detach())
        let ties = dims.isEmpty ? chosen : chosen.sum(dims, keepDim: true)
        return [x.sign() * chosen.to(x.dtype) * (g / ties.to(x.dtype))]
    default:
        let isZero = x.detach() .== 0.0
        let size = one.where(isZero, else: x.abs())
        let power = p == 1 ? x.sign() : zero.where(isZero, else: x.sign() * size.pow(p - 1))
        return [power * zero.where(vanishes, else: g * divisor.pow(1 - p))]
    }
})

/// Euclidean distances of rows by |a|² + |b|² - 2 a·b, a matrix product. As PyTorch does for many rows: less exact for
/// rows that nearly agree.
private let euclideanDistanceOperator = Operator("euclidean_distance", saving: [.inputs, .outputs], forward: {
    inputs, _ throws(TensorError) in
    let a = inputs[0].detach(), b = inputs[1].detach()
    let squares = a.square().sum(-1, keepDim: true) + b.square().sum(-1, keepDim: true).mT
    return [(squares - a.matmul(b.mT) * 2.0).clamp(min: 0).sqrt()]
}, backward: { call in
    // Σ_r g_pr (a_p - b_r) / d_pr, and the other way round; equal rows have the subgradient 0.
    let a = call.input(0), b = call.input(1), distance = call.output()
    let vanishes = distance.detach() .== 0.0
    let divisor = Tensor.ones([], dtype: a.dtype).where(vanishes, else: distance)
    let w = Tensor.zeros([], dtype: a.dtype).where(vanishes, else: call.cotangent() / divisor)
    return [
        call.needs(0) ? a * w.sum(-1, keepDim: true) - w.matmul(b) : nil,
        call.needs(1) ? b * w.sum(-2, keepDim: true).mT - w.mT.matmul(a) : nil,
    ]
})

extension Tensor {
    /// (Σ |x|^p)^(1/p) over `dims` (all, when none are given); p = ±infinity gives the largest or smallest |x|, p = 0
    /// counts what is not zero.
    /// PyTorch: `torch.linalg.vector_norm`.
    public func vectorNorm(_ p: Double = 2, _ dims: [Int] = [], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        composed("vectorNorm", [self]) { () throws(TensorError) in
            let source = dtype.map { to($0) } ?? self
            if source.dtype.isComplex { return source.abs().vectorNorm(p, dims, keepDim: keepDim) }
            guard source.dtype.isFloatingPoint else {
                throw TensorError("takes floating-point tensors, not \(source.dtype.name)")
            }
            let dims = try ReductionRule.dims(dims, rank: rank)
            guard p >= 0 && p != .infinity || !dims.contains(where: { shape[$0] == 0 }) else {
                throw TensorError("the norm of order \(p) of nothing does not exist: shape \(shape) has an empty dimension")
            }
            return vectorNormOperator(source, attributes: ["p": .double(p), "dims": .ints(dims), "keepDim": .bool(keepDim)])
        }
    }

    /// ``vectorNorm(_:_:keepDim:dtype:)``. PyTorch: `torch.norm`.
    public func norm(_ p: Double = 2, _ dims: [Int] = [], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        vectorNorm(p, dims, keepDim: keepDim, dtype: dtype)
    }

    /// The p-norm of the difference, over all elements; operands broadcast. PyTorch: `torch.dist`.
    public func dist(_ other: Tensor, p: Double = 2) -> Tensor {
        composed("dist", [self, other]) { () throws(TensorError) in (self - other).vectorNorm(p) }
    }

    /// Slices along `dim` whose p-norm exceeds `maxNorm`, scaled down to it. PyTorch: `torch.renorm`.
    public func renorm(p: Double, dim: Int, maxNorm: Double) -> Tensor {
        composed("renorm", [self]) { () throws(TensorError) in
            guard p > 0 else { throw TensorError("p must be above 0, got \(p)") }
            guard maxNorm >= 0 else { throw TensorError("maxNorm must not be negative, got \(maxNorm)") }
            guard rank >= 2 else { throw TensorError("takes tensors of at least 2 dimensions, not \(rank)") }
            let d = try ShapeRule.dim(dim, rank: rank)
            let norms = vectorNorm(p, (0..<rank).filter { $0 != d }, keepDim: true)
            // PyTorch's guard against rounding above the bound.
            let factor = (maxNorm / (norms + 1e-7)).where(norms.detach() .> maxNorm, else: Tensor.ones([], dtype: dtype))
            return self * factor
        }
    }

    /// The p-norms of the differences between all rows of [.., P, M] and all of [.., R, M]: [.., P, R]. PyTorch:
    /// `torch.cdist`.
    public func cdist(_ other: Tensor, p: Double = 2) -> Tensor {
        composed("cdist", [self, other]) { () throws(TensorError) in
            guard rank >= 2, other.rank >= 2, shape[rank - 1] == other.shape[other.rank - 1] else {
                throw TensorError("needs [.., P, M] and [.., R, M] with equal M, got \(shape) and \(other.shape)")
            }
            guard p >= 0 else { throw TensorError("p must not be negative, got \(p)") }
            guard dtype == other.dtype, dtype.isFloatingPoint else {
                throw TensorError("takes floating-point tensors of one type, not \(dtype.name) and \(other.dtype.name)")
            }
            let rows = Swift.max(shape[rank - 2], other.shape[other.rank - 2])
            if p == 2 && rows > 25 && count > 0 && other.count > 0 { return euclideanDistanceOperator(self, other) }
            return (unsqueeze(-2) - other.unsqueeze(-3)).vectorNorm(p, [-1])
        }
    }

    /// The p-norms of the differences between every two rows of [N, M], in the order (0, 1), (0, 2) … (N-2, N-1).
    /// PyTorch: `torch.pdist`.
    public func pdist(p: Double = 2) -> Tensor {
        composed("pdist", [self]) { () throws(TensorError) in
            guard rank == 2 else { throw TensorError("takes a matrix, not \(rank) dimensions") }
            guard p >= 0 else { throw TensorError("p must not be negative, got \(p)") }
            let n = shape[0]
            let first = (0..<n).flatMap { [Int](repeating: $0, count: n - 1 - $0) }, second = (0..<n).flatMap { Array(($0 + 1)..<Swift.max($0 + 1, n)) }
            return (self[first] - self[second]).vectorNorm(p, [1])
        }
    }
}
