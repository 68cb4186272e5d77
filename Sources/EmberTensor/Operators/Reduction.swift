import CEmber

/// Shape rule of reductions.
enum ReductionRule {
    /// The dimensions to fold, ascending; none listed means all.
    static func dims(_ dims: [Int], rank: Int) throws(TensorError) -> [Int] {
        dims.isEmpty ? Array(0..<rank) : rank == 0 ? [] : try ShapeRule.dims(dims, rank: rank).sorted()
    }

    static func shape(_ shape: Shape, _ dims: [Int], keepDim: Bool) -> Shape {
        shape.enumerated().compactMap { d, size in dims.contains(d) ? (keepDim ? 1 : nil) : size }
    }
}

/// Kinds of folding that a device offers as primitives; raw values are CEmber's `ember_reduction`.
enum ReductionKind: UInt32, Sendable {
    case sum = 0, product, max, min, any, all, mean, countNonzero, nanSum, sumOfSquares, l1Norm, l2Norm, lpNorm, maxNorm, minNorm, logSumExp
}

extension Backend {
    /// Allocates and folds. Sums and means of complex numbers are those of their parts.
    func reduced(_ kind: ReductionKind, _ x: Tensor, dims: [Int], keepDim: Bool, dtype: DType, parameter: Double = 0) -> Tensor {
        let kept = ReductionRule.shape(x.shape, dims, keepDim: keepDim)
        let result = Tensor.empty(kept, dtype, device: x.device)
        if x.dtype.isComplex {
            switch kind {
            case .sum, .mean: reduce(kind, x.parts(), dims: dims, into: result.parts(), parameter: parameter)
            case .any, .all, .countNonzero: reduce(kind, x.detach() .!= 0.0, dims: dims, into: result, parameter: parameter)
            default: preconditionFailure("no \(kind) of complex numbers")
            }
            return result
        }
        reduce(kind, x, dims: dims, into: result, parameter: parameter)
        return result
    }
}

/// The cotangent of a reduction, with the folded dimensions back as size 1.
func restored(_ g: Tensor, dims: [Int], keepDim: Bool) -> Tensor {
    keepDim ? g : dims.reduce(g) { $0.unsqueeze($1) }
}

private let sumOperator = Operator("sum", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0]
    return [x.device.backend.reduced(.sum, x, dims: attributes.ints("dims"), keepDim: attributes.bool("keepDim"),
                                     dtype: attributes.dtype("dtype"))]
}, backward: { call in
    let g = restored(call.cotangent(), dims: call.attributes.ints("dims"), keepDim: call.attributes.bool("keepDim"))
    return [g.expand(call.shape(ofInput: 0))]
}, flops: { inputs, _, _ in inputs[0].count })

private let meanOperator = Operator("mean", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0]
    return [x.device.backend.reduced(.mean, x, dims: attributes.ints("dims"), keepDim: attributes.bool("keepDim"),
                                     dtype: attributes.dtype("dtype"))]
}, backward: { call in
    let dims = call.attributes.ints("dims"), shape = call.shape(ofInput: 0)
    let g = restored(call.cotangent(), dims: dims, keepDim: call.attributes.bool("keepDim"))
    let count = dims.reduce(1) { $0 * shape[$1] }
    return [(g / Double(Swift.max(count, 1))).expand(shape)]
}, flops: { inputs, _, _ in inputs[0].count })

/// Σ of what is not NaN.
private let nanSumOperator = Operator("nansum", saving: .inputs, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0]
    return [x.device.backend.reduced(.nanSum, x, dims: attributes.ints("dims"), keepDim: attributes.bool("keepDim"), dtype: x.dtype)]
}, backward: { call in
    let g = restored(call.cotangent(), dims: call.attributes.ints("dims"), keepDim: call.attributes.bool("keepDim"))
    return [g * call.input(0).detach().isNaN().logicalNot().to(g.dtype)]
})

private let logSumExpOperator = Operator("logsumexp", saving: [.inputs, .outputs], forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0]
    return [x.device.backend.reduced(.logSumExp, x, dims: attributes.ints("dims"), keepDim: attributes.bool("keepDim"), dtype: x.dtype)]
}, backward: { call in
    let dims = call.attributes.ints("dims"), keepDim = call.attributes.bool("keepDim")
    let y = restored(call.output(), dims: dims, keepDim: keepDim)
    return [restored(call.cotangent(), dims: dims, keepDim: keepDim) * (call.input(0) - y).exp()]
})

extension Tensor {
    /// The sum over `dims` (all, when none are given). Integers and bool are summed as int64. PyTorch: `torch.sum`.
    public func sum(_ dims: Int..., keepDim: Bool = false, dtype: DType? = nil) -> Tensor { sum(dims, keepDim: keepDim, dtype: dtype) }

    /// ``sum(_:keepDim:dtype:)`` with an array of dimensions.
    public func sum(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        composed("sum", [self]) { () throws(TensorError) in
            let dims = try ReductionRule.dims(dims, rank: rank)
            let source = dtype.map { to($0) } ?? self
            let type = dtype ?? (source.dtype.isDifferentiable ? source.dtype : .int64)
            return sumOperator(source, attributes: ["dims": .ints(dims), "keepDim": .bool(keepDim), "dtype": .dtype(type)])
        }
    }

    /// The mean over `dims` (all, when none are given) of a floating-point tensor. PyTorch: `torch.mean`.
    public func mean(_ dims: Int..., keepDim: Bool = false, dtype: DType? = nil) -> Tensor { mean(dims, keepDim: keepDim, dtype: dtype) }

    /// ``mean(_:keepDim:dtype:)`` with an array of dimensions.
    public func mean(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        composed("mean", [self]) { () throws(TensorError) in
            let dims = try ReductionRule.dims(dims, rank: rank)
            let source = dtype.map { to($0) } ?? self
            guard source.dtype.isDifferentiable else {
                throw TensorError("takes floating-point and complex tensors, not \(self.dtype.name); pass dtype: .float32, say")
            }
            return meanOperator(source, attributes: ["dims": .ints(dims), "keepDim": .bool(keepDim), "dtype": .dtype(source.dtype)])
        }
    }

    /// Whether any element (of `dims`) is not zero; uint8 gives uint8, everything else bool. PyTorch: `torch.any`.
    public func any(_ dims: Int..., keepDim: Bool = false) -> Tensor { truth(.any, "any", dims, keepDim) }

    /// ``any(_:keepDim:)`` with an array of dimensions.
    public func any(_ dims: [Int], keepDim: Bool = false) -> Tensor { truth(.any, "any", dims, keepDim) }

    /// Whether every element (of `dims`) is not zero; uint8 gives uint8, everything else bool. PyTorch: `torch.all`.
    public func all(_ dims: Int..., keepDim: Bool = false) -> Tensor { truth(.all, "all", dims, keepDim) }

    /// ``all(_:keepDim:)`` with an array of dimensions.
    public func all(_ dims: [Int], keepDim: Bool = false) -> Tensor { truth(.all, "all", dims, keepDim) }

    private func truth(_ kind: ReductionKind, _ name: String, _ dims: [Int], _ keepDim: Bool) -> Tensor {
        composed(name, [self]) { () throws(TensorError) in
            let dims = try ReductionRule.dims(dims, rank: rank)
            let result = device.backend.reduced(kind, detach(), dims: dims, keepDim: keepDim, dtype: .bool)
            return dtype == .uint8 ? result.to(.uint8) : result
        }
    }

    /// Summed over the dimensions along which `shape` was broadcast to this tensor's. PyTorch: `Tensor.sum_to_size`.
    public func sum(to shape: Shape) -> Tensor {
        // One number is a sum, of the type that sums have.
        if shape.isEmpty && !dtype.isDifferentiable { return sum() }
        if shape == self.shape { return self }
        return composed("sum(to:)", [self]) { () throws(TensorError) in
            guard (try? ShapeRule.broadcast(shape, self.shape)) == self.shape else {
                throw TensorError("\(shape) does not broadcast to \(self.shape), so there is nothing to undo")
            }
            let lead = rank - shape.count
            let dims = Array(0..<lead) + shape.indices.filter { shape[$0] == 1 && self.shape[lead + $0] != 1 }.map { $0 + lead }
            return dims.isEmpty ? reshape(shape) : sum(dims, keepDim: true).reshape(shape)
        }
    }

    /// The sum of what is not NaN over `dims` (all, when none are given). PyTorch: `torch.nansum`.
    public func nanSum(_ dims: Int..., keepDim: Bool = false, dtype: DType? = nil) -> Tensor { nanSum(dims, keepDim: keepDim, dtype: dtype) }

    /// ``nanSum(_:keepDim:dtype:)`` with an array of dimensions.
    public func nanSum(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        composed("nanSum", [self]) { () throws(TensorError) in
            let source = dtype.map { to($0) } ?? self
            guard source.dtype.isFloatingPoint else { return source.sum(dims, keepDim: keepDim) }
            let dims = try ReductionRule.dims(dims, rank: rank)
            return nanSumOperator(source, attributes: ["dims": .ints(dims), "keepDim": .bool(keepDim)])
        }
    }

    /// The mean of what is not NaN over `dims` (all, when none are given). PyTorch: `torch.nanmean`.
    public func nanMean(_ dims: Int..., keepDim: Bool = false, dtype: DType? = nil) -> Tensor { nanMean(dims, keepDim: keepDim, dtype: dtype) }

    /// ``nanMean(_:keepDim:dtype:)`` with an array of dimensions.
    public func nanMean(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        composed("nanMean", [self]) { () throws(TensorError) in
            guard self.dtype.isFloatingPoint else { throw TensorError("takes floating-point tensors, not \(self.dtype.name)") }
            return nanSum(dims, keepDim: keepDim, dtype: dtype) / detach().isNaN().logicalNot().sum(dims, keepDim: keepDim)
        }
    }

    /// log Σ exp(x) over `dims` (all, when none are given), without overflow. PyTorch: `torch.logsumexp`.
    public func logSumExp(_ dims: Int..., keepDim: Bool = false) -> Tensor { logSumExp(dims, keepDim: keepDim) }

    /// ``logSumExp(_:keepDim:)`` with an array of dimensions.
    public func logSumExp(_ dims: [Int], keepDim: Bool = false) -> Tensor {
        composed("logSumExp", [self]) { () throws(TensorError) in
            let dims = try ReductionRule.dims(dims, rank: rank)
            let source = dtype.isDifferentiable ? self : to(Tensor.defaultDType)
            if source.dtype.isComplex { return source.complexLogSumExp(dims, keepDim: keepDim) }
            return logSumExpOperator(source, attributes: ["dims": .ints(dims), "keepDim": .bool(keepDim)])
        }
    }

    /// How many elements (of `dims`) are not zero, as int64. PyTorch: `torch.count_nonzero`.
    public func countNonzero(_ dims: Int...) -> Tensor { countNonzero(dims) }

    /// ``countNonzero(_:)`` with an array of dimensions.
    public func countNonzero(_ dims: [Int]) -> Tensor {
        composed("countNonzero", [self]) { () throws(TensorError) in
            let dims = try ReductionRule.dims(dims, rank: rank)
            return device.backend.reduced(.countNonzero, self, dims: dims, keepDim: false, dtype: .int64)
        }
    }
}
