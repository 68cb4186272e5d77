/// What reductions need that have no value for nothing.
private func requireElements(_ x: Tensor, dims: [Int]) throws(TensorError) {
    if let d = dims.first(where: { x.shape[$0] == 0 }) {
        throw TensorError("there is no extreme of nothing: dimension \(d) of shape \(x.shape) is empty")
    }
}

/// The extreme value over dimensions; its gradient is shared evenly among the elements that have it.
private func extremeValue(_ name: String, _ kind: ReductionKind) -> Operator {
    Operator(name, saving: [.inputs, .outputs], forward: { inputs, attributes throws(TensorError) in
        let x = inputs[0]
        return [x.device.backend.reduced(kind, x, dims: attributes.ints("dims"), keepDim: attributes.bool("keepDim"), dtype: x.dtype)]
    }, backward: { call in
        let dims = call.attributes.ints("dims"), keepDim = call.attributes.bool("keepDim")
        let g = restored(call.cotangent(), dims: dims, keepDim: keepDim)
        let y = restored(call.output().detach(), dims: dims, keepDim: keepDim)
        let chosen = call.input(0).detach() .== y
        let ties = dims.isEmpty ? chosen : chosen.sum(dims, keepDim: true)
        return [(g / ties.to(g.dtype)) * chosen.to(g.dtype)]
    })
}

private let amaxOperator = extremeValue("amax", .max)
private let aminOperator = extremeValue("amin", .min)

/// The extreme value along one dimension and its index; the gradient goes to that element.
private let extremeWithIndexOperator = Operator("extreme_with_index", saving: .outputs, outputs: 2, forward: {
    inputs, attributes throws(TensorError) in
    let x = inputs[0], dim = attributes.int("dim")
    let dims = x.rank == 0 ? [] : [dim]
    let shape = ReductionRule.shape(x.shape, dims, keepDim: attributes.bool("keepDim"))
    let values = Tensor.empty(shape, x.dtype, device: x.device), indices = Tensor.empty(shape, .int64, device: x.device)
    x.device.backend.reduceExtreme(maximum: attributes.bool("maximum"), x, dims: dims, values: values, indices: indices)
    return [values, indices]
}, backward: { call in
    let shape = call.shape(ofInput: 0), dim = call.attributes.int("dim")
    guard !shape.isEmpty else { return [call.cotangent()] }
    return [placed(call.cotangent(), at: call.output(1), along: dim, of: shape, keepDim: call.attributes.bool("keepDim"))]
})

/// Zeros of `shape` with `g`'s elements where `indices` point to along `dim`.
func placed(_ g: Tensor, at indices: Tensor, along dim: Int, of shape: Shape, keepDim: Bool) -> Tensor {
    var positions = [Int](repeating: 1, count: shape.count)
    positions[dim] = shape[dim]
    let chosen = restored(indices, dims: [dim], keepDim: keepDim) .== Tensor.arange(.int(shape[dim])).reshape(positions)
    return restored(g, dims: [dim], keepDim: keepDim).where(chosen, else: Tensor.zeros([], dtype: g.dtype))
}

extension Tensor {
    /// The largest value over `dims` (all, when none are given); NaN wins. The gradient is shared evenly among equal
    /// elements.
    /// PyTorch: `torch.amax`.
    public func amax(_ dims: Int..., keepDim: Bool = false) -> Tensor { amax(dims, keepDim: keepDim) }

    /// ``amax(_:keepDim:)`` with an array of dimensions.
    public func amax(_ dims: [Int], keepDim: Bool = false) -> Tensor { extreme("amax", amaxOperator, dims, keepDim) }

    /// The smallest value over `dims` (all, when none are given); NaN wins. The gradient is shared evenly among equal
    /// elements.
    /// PyTorch: `torch.amin`.
    public func amin(_ dims: Int..., keepDim: Bool = false) -> Tensor { amin(dims, keepDim: keepDim) }

    /// ``amin(_:keepDim:)`` with an array of dimensions.
    public func amin(_ dims: [Int], keepDim: Bool = false) -> Tensor { extreme("amin", aminOperator, dims, keepDim) }

    /// The largest element. PyTorch: `torch.max(input)`.
    public func max() -> Tensor { extreme("max", amaxOperator, [], false) }

    /// The smallest element. PyTorch: `torch.min(input)`.
    public func min() -> Tensor { extreme("min", aminOperator, [], false) }

    /// The largest values along `dim` and where they stand first (or the first NaN). The gradient goes to that element.
    /// PyTorch: `torch.max(input, dim)`.
    public func max(_ dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        extreme("max", true, dim, keepDim)
    }

    /// The smallest values along `dim` and where they stand first (or the first NaN). The gradient goes to that
    /// element.
    /// PyTorch: `torch.min(input, dim)`.
    public func min(_ dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        extreme("min", false, dim, keepDim)
    }

    /// The smallest and the largest value along `dim`, or of all elements. PyTorch: `torch.aminmax`.
    public func aminmax(_ dim: Int? = nil, keepDim: Bool = false) -> (min: Tensor, max: Tensor) {
        let dims = dim.map { [$0] } ?? []
        return (extreme("aminmax", aminOperator, dims, keepDim), extreme("aminmax", amaxOperator, dims, keepDim))
    }

    /// Where the largest value stands along `dim` (the first of several), as int64; without `dim`, its index in
    /// row-major order.
    /// PyTorch: `torch.argmax`.
    public func argmax(_ dim: Int? = nil, keepDim: Bool = false) -> Tensor {
        extremeIndex("argmax", true, dim, keepDim)
    }

    /// Where the smallest value stands along `dim` (the first of several), as int64; without `dim`, its index in
    /// row-major order.
    /// PyTorch: `torch.argmin`.
    public func argmin(_ dim: Int? = nil, keepDim: Bool = false) -> Tensor {
        extremeIndex("argmin", false, dim, keepDim)
    }

    private func extreme(_ name: String, _ operation: Operator, _ dims: [Int], _ keepDim: Bool) -> Tensor {
        composed(name, [self]) { () throws(TensorError) in
            let dims = try ReductionRule.dims(dims, rank: rank)
            try requireElements(self, dims: dims)
            return operation(self, attributes: ["dims": .ints(dims), "keepDim": .bool(keepDim)])
        }
    }

    private func extreme(_ name: String, _ maximum: Bool, _ dim: Int, _ keepDim: Bool) -> (values: Tensor, indices: Tensor) {
        let results = composed(name, [self], outputs: 2) { () throws(TensorError) in
            let dim = try ShapeRule.dim(dim, rank: rank)
            if rank > 0 { try requireElements(self, dims: [dim]) }
            return extremeWithIndexOperator([self], ["dim": .int(dim), "keepDim": .bool(keepDim), "maximum": .bool(maximum)])
        }
        return (results[0], results[1])
    }

    private func extremeIndex(_ name: String, _ maximum: Bool, _ dim: Int?, _ keepDim: Bool) -> Tensor {
        composed(name, [self]) { () throws(TensorError) in
            let dims = try dim.map { dim throws(TensorError) in try ReductionRule.dims([dim], rank: rank) } ?? Array(0..<rank)
            try Operator.checkReal([self])
            try requireElements(self, dims: dims)
            let indices = Tensor.empty(ReductionRule.shape(shape, dims, keepDim: keepDim), .int64, device: device)
            device.backend.reduceExtreme(maximum: maximum, self, dims: dims, values: nil, indices: indices)
            return indices
        }
    }
}
