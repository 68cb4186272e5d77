/// x, index, source of the index's shape: the source's elements replace those of x.
private let scatterOperator: Operator = Operator("scatter", saving: .inputs, takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let result = inputs[0].copied()
    try result.device.backend.scatter(inputs[2], dim: attributes.int("dim"), inputs[1], into: result)
    return [result]
}, backward: { call in
    let g = call.cotangent(), dim = call.attributes.int("dim"), index = call.input(1)
    return [call.needs(0) ? g.scatter(dim, index, 0) : nil, nil, call.needs(2) ? g.gather(dim, index) : nil]
})

/// The same, adding.
private let scatterAddOperator = Operator("scatter_add", saving: .inputs, takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let result = inputs[0].copied(), index = inputs[1]
    if result.dtype.isComplex {
        // The parts are added to the parts, at the same index.
        let shape = index.rank == 0 ? [1] : index.shape, strides = index.rank == 0 ? [1] : index.strides
        let both = index.view(shape: shape + [2], strides: strides + [0], offset: index.body.offset)
        try result.device.backend.scatter(inputs[2].partsWithDimension(), dim: attributes.int("dim"), both, reducing: .sum, includeSelf: true,
                                          into: result.partsWithDimension())
        return [result]
    }
    try result.device.backend.scatter(inputs[2], dim: attributes.int("dim"), index, reducing: .sum, includeSelf: true, into: result)
    return [result]
}, backward: { call in
    let g = call.cotangent()
    return [g, nil, call.needs(2) ? g.gather(call.attributes.int("dim"), call.input(1)) : nil]
})

/// The same with any reduction. The gradients are those of PyTorch (`scatter_reduce_backward`): ties of a maximum share it evenly, and a
/// product's factor gets the product of the others.
private let scatterReduceOperator = Operator("scatter_reduce", saving: [.inputs, .outputs], forward: { inputs, attributes throws(TensorError) in
    let result = inputs[0].copied()
    guard let reduction = ScatterReduction(rawValue: attributes.int("reduction")) else { throw TensorError("no such reduction") }
    try result.device.backend.scatter(inputs[2], dim: attributes.int("dim"), inputs[1], reducing: reduction,
                                      includeSelf: attributes.bool("includeSelf"), into: result)
    return [result]
}, backward: { call in
    let g = call.cotangent(), x = call.input(0), index = call.input(1), source = call.input(2), result = call.output()
    let dim = call.attributes.int("dim"), includeSelf = call.attributes.bool("includeSelf")
    var base: Tensor, part: Tensor
    switch ScatterReduction(rawValue: call.attributes.int("reduction")) {
    case .mean:
        let start = Tensor.full(x.shape, includeSelf ? 1.0 : 0.0, dtype: g.dtype)
        let counts = start.scatterAdd(dim, index, Tensor.ones(index.shape, dtype: g.dtype)).clamp(min: 1)
        base = g / counts
        part = base.gather(dim, index)
    case .max, .min:
        let own = (x .== result).to(g.dtype)
        let theirs = (source .== result.gather(dim, index)).to(g.dtype)
        let shared = g / own.scatterAdd(dim, index, theirs)
        base = own * shared
        part = theirs * shared.gather(dim, index)
    case .product:
        let ownZero = x .== 0.0
        let othersOfOwn = x.maskedFill(ownZero, 1).scatterReduce(dim, index, source, .product, includeSelf: includeSelf)
        base = g * othersOfOwn / x.maskedFill(ownZero, 1)
        let zero = source .== 0.0
        let zeros = Tensor.zeros(x.shape, dtype: g.dtype).scatterAdd(dim, index, zero.to(g.dtype)).gather(dim, index)
        let single = zero & (zeros .== 1.0)
        let withoutSingle = x.scatterReduce(dim, index, source.maskedFill(single, 1), .product, includeSelf: includeSelf)
        part = (g * withoutSingle).gather(dim, index)
            .where(single, else: (g * result).gather(dim, index) / source.maskedFill(zero, 1))
    default:
        base = g
        part = g.gather(dim, index)
    }
    if !includeSelf { base = base.scatter(dim, index, 0) }
    return [call.needs(0) ? base : nil, nil, call.needs(2) ? part : nil]
})

/// x, a vector of slices, and the source with as many slices, which are added.
private let indexAddOperator = Operator("index_add", saving: .inputs, takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let result = inputs[0].copied()
    let source = inputs[2].detach().contiguous(), isComplex = result.dtype.isComplex
    try result.device.backend.indexAdd(isComplex ? source.partsWithDimension() : source, dim: attributes.int("dim"), inputs[1],
                                       into: isComplex ? result.partsWithDimension() : result)
    return [result]
}, backward: { call in
    let g = call.cotangent()
    return [g, nil, call.needs(2) ? g.indexSelect(call.attributes.int("dim"), call.input(1)) : nil]
})

/// The same, replacing.
private let indexCopyOperator = Operator("index_copy", saving: .inputs, takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let result = inputs[0].copied()
    try result.device.backend.indexCopy(inputs[2].detach().contiguous(), dim: attributes.int("dim"), inputs[1], into: result)
    return [result]
}, backward: { call in
    let g = call.cotangent(), dim = call.attributes.int("dim"), index = call.input(1)
    return [call.needs(0) ? g.indexFill(dim, index, 0) : nil, nil, call.needs(2) ? g.indexSelect(dim, index) : nil]
})

extension Tensor {
    /// A copy with `self[index[i, j], j] = source[i, j]` for dim 0, and likewise for others; where indices meet, the last wins.
    /// `index` has this tensor's rank, is not larger than the source, and but for `dim` not larger than this tensor. PyTorch: `Tensor.scatter`.
    public func scatter(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        scattered("scatter", scatterOperator, dim, index, source, [:])
    }

    /// The same with one number for all. PyTorch: `Tensor.scatter` with a value.
    public func scatter(_ dim: Int, _ index: Tensor, _ value: Scalar) -> Tensor {
        composed("scatter", [self, index]) { () throws(TensorError) in
            scatter(dim, index, Tensor(value, dtype: dtype).expand(index.shape))
        }
    }

    /// ``scatter(_:_:_:)-(Int,Tensor,Tensor)`` with a reduction of old and new values. PyTorch: `Tensor.scatter` with `reduce`.
    public func scatter(_ dim: Int, _ index: Tensor, _ source: Tensor, reduce: ScatterReduction) -> Tensor {
        scatterReduce(dim, index, source, reduce)
    }

    /// The same with one number. PyTorch: `Tensor.scatter` with a value and `reduce`.
    public func scatter(_ dim: Int, _ index: Tensor, _ value: Scalar, reduce: ScatterReduction) -> Tensor {
        composed("scatter", [self, index]) { () throws(TensorError) in
            scatterReduce(dim, index, Tensor(value, dtype: dtype).expand(index.shape), reduce)
        }
    }

    /// A copy with `self[index[i, j], j] += source[i, j]` for dim 0, and likewise for others. PyTorch: `Tensor.scatter_add`.
    public func scatterAdd(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        scattered("scatterAdd", scatterAddOperator, dim, index, source, [:])
    }

    /// The same with any reduction of the values that meet; without `includeSelf` the old value of a written element does not count.
    /// PyTorch: `Tensor.scatter_reduce` (`sum`, `prod`, `amax`, `amin`, `mean`).
    public func scatterReduce(_ dim: Int, _ index: Tensor, _ source: Tensor, _ reduction: ScatterReduction,
                              includeSelf: Bool = true) -> Tensor {
        if dtype.isComplex && reduction == .sum {
            return (includeSelf ? self : scatter(dim, index, 0)).scatterAdd(dim, index, source)
        }
        return scattered("scatterReduce", scatterReduceOperator, dim, index, source,
                  ["reduction": .int(reduction.rawValue), "includeSelf": .bool(includeSelf)])
    }

    /// Checks a scatter and runs it with a source cut to the index's shape.
    private func scattered(_ name: String, _ operation: Operator, _ dim: Int, _ index: Tensor, _ source: Tensor,
                           _ attributes: Attributes) -> Tensor {
        composed(name, [self, index, source]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let at = try IndexRule.int64(index)
            guard source.dtype == dtype else {
                throw TensorError("the source is \(source.dtype.name), the tensor \(dtype.name); they must be of one type")
            }
            if index.count == 0 { return self }
            if rank == 0 || index.rank == 0 || source.rank == 0 {
                guard rank <= 1, index.rank <= 1, source.rank <= 1 else {
                    throw TensorError("tensor, index and source must have equally many dimensions")
                }
                return reshape([count]).scattered(name, operation, 0, at.reshape([index.count]), source.reshape([source.count]), attributes)
                    .reshape(shape)
            }
            try IndexRule.checkElements(index.shape, in: shape, besides: d, "the tensor")
            try IndexRule.checkElements(index.shape, in: source.shape, besides: -1, "the source")
            let part = source.slice([Int](repeating: 0, count: rank), [Int](repeating: 1, count: rank), index.shape)
            var attributes = attributes
            attributes["dim"] = .int(d)
            return operation(self, at, source.shape == index.shape ? source : part, attributes: attributes)
        }
    }

    /// A copy with `source * alpha`'s slices along `dim` added to those that the vector `index` names. PyTorch: `Tensor.index_add`.
    public func indexAdd(_ dim: Int, _ index: Tensor, _ source: Tensor, alpha: Double = 1) -> Tensor {
        // A multiple of truth values is again one.
        let scaled = alpha == 1 ? source : source.dtype == .bool ? source.logicalAnd(.scalar(.bool(alpha != 0))) : source * alpha
        return slicewise("indexAdd", indexAddOperator, dim, index, scaled)
    }

    /// A copy with `source`'s slices along `dim` in place of those that the vector `index` names. PyTorch: `Tensor.index_copy`.
    public func indexCopy(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        slicewise("indexCopy", indexCopyOperator, dim, index, source)
    }

    private func slicewise(_ name: String, _ operation: Operator, _ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        composed(name, [self, index, source]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let at = try IndexRule.slices(index)
            try checkSlices(at, source, d)
            return operation(atleast1d(), at, source.atleast1d(), attributes: ["dim": .int(d)]).reshape(shape)
        }
    }

    /// One slice of `source` for each index, else of this tensor's shape and of its type.
    private func checkSlices(_ index: Tensor, _ source: Tensor, _ dim: Int) throws(TensorError) {
        guard source.dtype == dtype else {
            throw TensorError("the source is \(source.dtype.name), the tensor \(dtype.name); they must be of one type")
        }
        var expected = rank == 0 ? [1] : shape
        expected[dim] = index.count
        let given = source.rank == 0 ? [1] : source.shape
        guard given == expected else {
            throw TensorError("the source has shape \(source.shape); \(index.count) slices along dimension \(dim) of \(shape) need \(expected)")
        }
    }

    /// A copy with `value` in the slices along `dim` that the vector `index` names; negative indices count from the end.
    /// PyTorch: `Tensor.index_fill`.
    public func indexFill(_ dim: Int, _ index: Tensor, _ value: Scalar) -> Tensor {
        if isInert { return .inert }
        return indexFill(dim, index, Tensor(value, dtype: dtype))
    }

    /// The same with a 0-d tensor. PyTorch: `Tensor.index_fill`.
    public func indexFill(_ dim: Int, _ index: Tensor, _ value: Tensor) -> Tensor {
        composed("indexFill", [self, index, value]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            guard index.dtype == .int64 else { throw TensorError("the index must be int64, not \(index.dtype.name)") }
            guard value.rank == 0 else { throw TensorError("the value must have no dimensions, this one has shape \(value.shape)") }
            let x = atleast1d()
            var indices = [Tensor?](repeating: nil, count: x.rank)
            var at = try IndexRule.slices(index)
            // The value's gradient counts a slice that is named twice once.
            if value.requiresGrad { at = at.countedFromStart(x.shape[d]).unique().values }
            indices[d] = at
            return try x.replacing(at: indices, with: value, accumulate: false).reshape(shape)
        }
    }

    /// A copy with `source`'s slices along `dim` reduced into those that the vector `index` names. PyTorch: `Tensor.index_reduce`.
    public func indexReduce(_ dim: Int, _ index: Tensor, _ source: Tensor, _ reduction: ScatterReduction,
                            includeSelf: Bool = true) -> Tensor {
        composed("indexReduce", [self, index, source]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let at = try IndexRule.slices(index)
            try checkSlices(at, source, d)
            let part = source.atleast1d()
            var ones = [Int](repeating: 1, count: part.rank)
            ones[d] = at.count
            return atleast1d().scatterReduce(d, at.reshape(ones).expand(part.shape), part, reduction, includeSelf: includeSelf).reshape(shape)
        }
    }

    /// A copy with `source`'s elements at positions of the flattened tensor, or added there; negative ones count from the end.
    /// PyTorch: `Tensor.put`.
    public func put(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
        composed("put", [self, index, source]) { () throws(TensorError) in
            guard index.dtype == .int64 else { throw TensorError("the index must be int64, not \(index.dtype.name)") }
            guard source.dtype == dtype else {
                throw TensorError("the source is \(source.dtype.name), the tensor \(dtype.name); they must be of one type")
            }
            guard index.count == source.count else {
                throw TensorError("\(index.count) indices need as many source elements, not \(source.count)")
            }
            return try reshape([count]).replacing(at: [index.detach().reshape([index.count])], with: source.reshape([source.count]),
                                                  accumulate: accumulate).reshape(shape)
        }
    }
}
