/// The product along one dimension.
private let prodOperator: Operator = Operator("prod", saving: [.inputs, .outputs], takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    let x = inputs[0]
    if x.dtype.isComplex { return [x.detach().productInHalves(attributes.int("dim"))] }
    return [x.device.backend.reduced(.product, x, dims: x.rank == 0 ? [] : [attributes.int("dim")], keepDim: true,
                                     dtype: attributes.dtype("dtype"))]
}, backward: { call in
    let x = call.input(0), g = call.cotangent(), dim = call.attributes.int("dim")
    guard x.rank > 0 else { return [g] }
    if x.count == 0 { return [x.zerosLike()] }
    // Without zeros the other factors' product is y / x; with one it is taken from both ends.
    let hasZero = (x.detach() .== 0.0).any().item(as: Bool.self)
    return [g * (hasZero ? x.productOfOthers(dim) : call.output() / x).conj()]
})

extension Tensor {
    /// The product along `dim`, or of all elements. Integers and bool are multiplied as int64. PyTorch: `torch.prod`.
    public func prod(_ dim: Int? = nil, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        composed("prod", [self]) { () throws(TensorError) in
            let dim = try dim.map { dim throws(TensorError) in try ShapeRule.dim(dim, rank: rank) }
            let source = dtype.map { to($0) } ?? self
            let type = dtype ?? (source.dtype.isDifferentiable ? source.dtype : .int64)
            let x = dim == nil ? source.reshape([count]) : source
            let attributes: Attributes = ["dim": .int(dim ?? 0), "dtype": .dtype(type)]
            let y = prodOperator(x, attributes: attributes)
            let dims = dim.map { rank == 0 ? [] : [$0] } ?? Array(0..<rank)
            return y.reshape(ReductionRule.shape(shape, dims, keepDim: keepDim))
        }
    }

    /// The product along `dim`, which stays with size 1: the first half of the elements times the second, until one is left.
    fileprivate func productInHalves(_ dim: Int) -> Tensor {
        guard rank > 0 else { return clone() }
        var x = self, n = shape[dim]
        if n == 0 { return Tensor.ones(ReductionRule.shape(shape, [dim], keepDim: true), dtype: dtype) }
        while n > 1 {
            let half = n / 2, product = x.narrow(dim, start: 0, count: half) * x.narrow(dim, start: n - half, count: half)
            x = n % 2 == 0 ? product : cat([product, x.narrow(dim, start: half, count: 1)], dim: dim)
            n -= half
        }
        return x
    }

    /// The product of all elements along `dim` but the one in each place.
    fileprivate func productOfOthers(_ dim: Int) -> Tensor {
        if shape[dim] == 1 { return onesLike() }
        let n = shape[dim]
        var edge = shape
        edge[dim] = 1
        let one = Tensor.ones(edge, dtype: dtype)
        let before = cat([one, narrow(dim, start: 0, count: n - 1).cumprod(dim)], dim: dim)
        let after = cat([narrow(dim, start: 1, count: n - 1).flip([dim]).cumprod(dim).flip([dim]), one], dim: dim)
        return before * after
    }
}
