/// Variance, or standard deviation, and the mean.
private let varianceOperator = Operator("var_mean", saving: [.inputs, .outputs], outputs: 2, forward: { inputs, attributes throws(TensorError) in
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

    /// The standard deviation over `dims` (all, when none are given), with the divisor n - `correction`. PyTorch: `torch.std`.
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
