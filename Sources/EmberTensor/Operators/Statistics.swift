/// Variance, or standard deviation, and the mean.
private let varianceOperator = Operator("var_mean", saving: [.inputs, .outputs], outputs: 2, forward: {
    inputs, attributes throws(TensorError) in
    let x = inputs[0], dims = attributes.ints("dims")
    let kept = ReductionRule.shape(x.shape, dims, keepDim: attributes.bool("keepDim"))
    let result = Tensor.empty(kept, x.dtype, device: x.device), mean = Tensor.empty(kept, x.dtype, device: x.device)
    x.device.backend.variance(x, dims: dims, correction: attributes.double("correction"), standardDeviation: attributes.bool("root"),
                              into: result, mean: mean)
    return [result, mean]
}, backward: { call in
    let x = call.input(0), dims = call.attributes.ints("dims"), keepDim = call.attributes.bool("keepDim")
    let count = Double(dims.reduce(1) { $0 * x.shape[$1] })
    var total: Tensor?
    if var g = call.cotangents[0] {
        if call.attributes.bool("root") {
            // d std = d var / (2 std); 0 where everything is equal.
            let deviation = call.output(0)
            let vanishes = deviation.detach() .== 0.0
            let divisor = Tensor.ones([], dtype: x.dtype).where(vanishes, else: deviation) * 2.0
            g = Tensor.zeros([], dtype: x.dtype).where(vanishes, else: g / divisor)
        }
        let centred = dims.isEmpty ? x - x : x - x.mean(dims, keepDim: true)
        total = restored(g, dims: dims, keepDim: keepDim) * (2 / (count - call.attributes.double("correction"))) * centred
    }
    if let g = call.cotangents[1] {
        let ofMean = (restored(g, dims: dims, keepDim: keepDim) / Swift.max(count, 1)).expand(x.shape)
        total = total.map { $0 + ofMean } ?? ofMean
    }
    return [total]
})

extension Tensor {
    private func moments(_ name: String, root: Bool, _ dims: [Int], _ correction: Double, _ keepDim: Bool) -> [Tensor] {
        composed(name, [self], outputs: 2) { () throws(TensorError) in
            if dtype.isComplex {
                let variance = real.var(dims, correction: correction, keepDim: keepDim) + imag.var(dims, correction: correction, keepDim: keepDim)
                return [root ? variance.sqrt() : variance, mean(dims, keepDim: keepDim)]
            }
            guard dtype.isFloatingPoint else { throw TensorError("takes floating-point tensors, not \(dtype.name)") }
            let dims = try ReductionRule.dims(dims, rank: rank)
            return varianceOperator([self], ["dims": .ints(dims), "correction": .double(correction), "root": .bool(root), "keepDim": .bool(keepDim)])
        }
    }

    /// The variance over `dims` (all, when none are given), with the divisor n - `correction`. PyTorch: `torch.var`.
    public func `var`(_ dims: Int..., correction: Double = 1, keepDim: Bool = false) -> Tensor {
        moments("var", root: false, dims, correction, keepDim)[0]
    }

    /// ``var(_:correction:keepDim:)`` with an array of dimensions.
    public func `var`(_ dims: [Int], correction: Double = 1, keepDim: Bool = false) -> Tensor {
        moments("var", root: false, dims, correction, keepDim)[0]
    }

    /// The standard deviation over `dims` (all, when none are given), with the divisor n - `correction`. PyTorch:
    /// `torch.std`.
    public func std(_ dims: Int..., correction: Double = 1, keepDim: Bool = false) -> Tensor {
        moments("std", root: true, dims, correction, keepDim)[0]
    }

    /// ``std(_:correction:keepDim:)`` with an array of dimensions.
    public func std(_ dims: [Int], correction: Double = 1, keepDim: Bool = false) -> Tensor {
        moments("std", root: true, dims, correction, keepDim)[0]
    }

    /// Variance and mean in one pass. PyTorch: `torch.var_mean`.
    public func varMean(_ dims: [Int] = [], correction: Double = 1, keepDim: Bool = false) -> (var: Tensor, mean: Tensor) {
        let results = moments("varMean", root: false, dims, correction, keepDim)
        return (results[0], results[1])
    }

    /// Standard deviation and mean in one pass. PyTorch: `torch.std_mean`.
    public func stdMean(_ dims: [Int] = [], correction: Double = 1, keepDim: Bool = false) -> (std: Tensor, mean: Tensor) {
        let results = moments("stdMean", root: true, dims, correction, keepDim)
        return (results[0], results[1])
    }
}

extension Tensor {
    /// The covariance matrix of the variables in the rows of [variables, observations]; of a vector, its variance.
    ///
    /// - Parameters:
    ///   - correction: the divisor is the number of observations less this.
    ///   - frequencies: how often each observation counts, integers.
    ///   - importances: a relative weight of each observation.
    ///
    /// PyTorch: `torch.cov`.
    public func cov(correction: Double = 1, frequencies: Tensor? = nil, importances: Tensor? = nil) -> Tensor {
        composed("cov", [self] + [frequencies, importances].compactMap { $0 }) { () throws(TensorError) in
            guard rank <= 2 else { throw TensorError("takes at most 2 dimensions, not \(rank)") }
            guard dtype != .bool else { throw TensorError("takes numbers, not bool") }
            let x = rank < 2 ? reshape([1, count]) : self
            let observations = x.shape[1]
            for weights in [frequencies, importances].compactMap({ $0 }) {
                guard weights.shape == [observations] else {
                    throw TensorError("\(observations) observations need as many weights, not \(weights.shape)")
                }
                guard !(weights.detach() .< 0.0).any().item(as: Bool.self) else {
                    throw TensorError("a weight is negative")
                }
            }
            if let frequencies, frequencies.dtype.isFloatingPoint {
                throw TensorError("frequencies are integers, not \(frequencies.dtype.name)")
            }
            if let importances, !importances.dtype.isFloatingPoint {
                throw TensorError("importances are floating-point numbers, not \(importances.dtype.name)")
            }
            let weights = frequencies.map { f in importances.map { $0 * f } ?? f } ?? importances
            let total = weights?.sum() ?? Tensor(wrapping: .int(observations))
            let mean = (weights.map { x * $0 } ?? x).sum(1) / total
            var divisor = total - correction
            if let weights, let importances, correction != 0 { divisor = total - (weights * importances).sum() * correction / total }
            let centred = x - mean.unsqueeze(1)
            let products = centred.matmul((weights.map { centred * $0 } ?? centred).mT.conj())
            return (products / divisor.clamp(min: 0)).squeeze()
        }
    }

    /// Pearson's correlations of the variables in the rows of [variables, observations]. PyTorch: `torch.corrcoef`.
    public func corrcoef() -> Tensor {
        composed("corrcoef", [self]) { () throws(TensorError) in
            let c = cov()
            if c.isInert { return c }
            if c.rank == 0 { return c / c }
            let deviation = c.diagonal().real.sqrt(), r = c / deviation.unsqueeze(1) / deviation.unsqueeze(0)
            guard r.dtype.isComplex else { return r.clamp(min: -1, max: 1) }
            return .complex(r.real.clamp(min: -1, max: 1), r.imag.clamp(min: -1, max: 1))
        }
    }
}

/// What stands for a quantile that falls between two elements. PyTorch: the `interpolation` argument of
/// `torch.quantile`.
public enum QuantileInterpolation: Sendable {
    /// The lower element, the higher one, or the nearest (of equally near ones the even place).
    case lower, higher, nearest
    /// The mean of both, or between both in proportion.
    case midpoint, linear
}

extension Tensor {
    /// The quantiles `q` (0 to 1: a number, or a vector, whose dimension then comes first) along `dim`, or of all
    /// elements. NaN where there is any.
    /// PyTorch: `torch.quantile`.
    public func quantile(_ q: Tensor, _ dim: Int? = nil, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear) -> Tensor {
        quantile("quantile", q, dim, keepDim, interpolation, ignoringNaN: false)
    }

    /// ``quantile(_:_:keepDim:interpolation:)`` for one number.
    public func quantile(_ q: Double, _ dim: Int? = nil, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear) -> Tensor {
        quantile("quantile", Tensor.full([], .double(q), dtype: dtype), dim, keepDim, interpolation, ignoringNaN: false)
    }

    /// ``quantile(_:_:keepDim:interpolation:)`` of what is not NaN. PyTorch: `torch.nanquantile`.
    public func nanquantile(_ q: Tensor, _ dim: Int? = nil, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear) -> Tensor {
        quantile("nanquantile", q, dim, keepDim, interpolation, ignoringNaN: true)
    }

    /// ``nanquantile(_:_:keepDim:interpolation:)`` for one number.
    public func nanquantile(_ q: Double, _ dim: Int? = nil, keepDim: Bool = false, interpolation: QuantileInterpolation = .linear) -> Tensor {
        quantile("nanquantile", Tensor.full([], .double(q), dtype: dtype), dim, keepDim, interpolation, ignoringNaN: true)
    }

    private func quantile(_ name: String, _ q: Tensor, _ dim: Int?, _ keepDim: Bool, _ interpolation: QuantileInterpolation,
                          ignoringNaN: Bool) -> Tensor {
        composed(name, [self, q]) { () throws(TensorError) in
            guard dtype == .float32 || dtype == .float64 else {
                throw TensorError("takes float32 and float64 tensors, not \(dtype.name)")
            }
            guard q.dtype == dtype, q.rank <= 1 else {
                throw TensorError("q must be a \(dtype.name) number or vector, not \(q.dtype.name)\(q.shape)")
            }
            let d = try dim.map { dim throws(TensorError) in try ShapeRule.dim(dim, rank: rank) }
            let lines = d == nil || rank == 0 ? reshape([count]) : transpose(d ?? 0, -1)
            let n = lines.shape[lines.rank - 1]
            guard n > 0 else { throw TensorError("there is no quantile of nothing: shape \(shape)") }
            let levels = q.reshape([q.count]), numbers = levels.detach()
            guard ((numbers .>= 0.0) & (numbers .<= 1.0)).all().item(as: Bool.self) else {
                throw TensorError("every q must lie in 0 through 1")
            }

            // NaN sorts last, so that a line with NaN has it at n - 1, and one without ends before the NaN.
            let sorted = lines.sort().values
            let isNaN = sorted.detach().isNaN()
            let ranks: Tensor
            if ignoringNaN {
                ranks = (levels * (isNaN.logicalNot().sum(-1, keepDim: true) - 1.0)).clamp(min: 0)
            } else {
                let last = Tensor.full([], .int(n - 1), dtype: dtype)
                ranks = last.where(isNaN.any(-1, keepDim: true), else: levels * Double(n - 1))
            }
            var result: Tensor
            switch interpolation {
            case .lower: result = sorted.gather(-1, ranks.floor().to(.int64))
            case .higher: result = sorted.gather(-1, ranks.ceil().to(.int64))
            case .nearest: result = sorted.gather(-1, ranks.round().to(.int64))
            case .midpoint, .linear:
                let below = ranks.floor()
                let low = sorted.gather(-1, below.to(.int64)), high = sorted.gather(-1, ranks.ceil().to(.int64))
                result = low + (high - low) * (interpolation == .midpoint ? Tensor.full([], 0.5, dtype: dtype) : ranks - below)
            }
            // [lines…, q] to [q, kept shape].
            var kept = Array(lines.shape.dropLast()) + [1]
            if let d, rank > 0 {
                result = result.unsqueeze(-2).transpose(d - rank - 1, -2)
                kept.swapAt(d, rank - 1)
                if !keepDim { kept.remove(at: d) }
            } else {
                kept = keepDim ? [Int](repeating: 1, count: rank) : []
            }
            result = result.movedim(-1, 0)
            return result.reshape((q.rank == 1 ? [q.count] : []) + kept)
        }
    }
}
