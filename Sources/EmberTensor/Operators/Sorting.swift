/// Outputs with places (output 1) along a dimension: cotangents of the values go back to where the values came from.
private func returned(_ call: BackwardCall) -> [Tensor?] {
    let g = call.cotangent()
    return [Tensor.unstoredZeros(call.shape(ofInput: 0), dtype: g.dtype).scatter(call.attributes.int("dim"), call.output(1), g)]
}

private let sortOperator = Operator("sort", saving: .outputs, outputs: 2, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0].detach().contiguous()
    let values = Tensor.empty(x.shape, x.dtype, device: x.device), indices = Tensor.empty(x.shape, .int64, device: x.device)
    x.device.backend.sort(x, dim: attributes.int("dim"), descending: attributes.bool("descending"), values: values, indices: indices)
    return [values, indices]
}, backward: { call in returned(call) })

private let topkOperator = Operator("topk", saving: .outputs, outputs: 2, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0].detach().contiguous(), dim = attributes.int("dim")
    var shape = x.shape
    shape[dim] = attributes.int("k")
    let values = Tensor.empty(shape, x.dtype, device: x.device), indices = Tensor.empty(shape, .int64, device: x.device)
    x.device.backend.topK(x, dim: dim, largest: attributes.bool("largest"), sorted: attributes.bool("sorted"), values: values, indices: indices)
    return [values, indices]
}, backward: { call in returned(call) })

/// One element of each line; the dimension stays with size 1.
private let orderStatisticOperator = Operator("order_statistic", saving: .outputs, outputs: 2, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0].detach().contiguous(), dim = attributes.int("dim")
    let selection: OrderSelection
    switch attributes.string("statistic") {
    case "kthvalue": selection = .position(attributes.int("position"))
    case "mode": selection = .mode
    default: selection = .median(ignoringNaN: attributes.string("statistic") == "nanmedian")
    }
    var shape = x.shape
    shape[dim] = 1
    let values = Tensor.empty(shape, x.dtype, device: x.device), indices = Tensor.empty(shape, .int64, device: x.device)
    if values.count > 0 { x.device.backend.select(selection, of: x, dim: dim, values: values, indices: indices) }
    return [values, indices]
}, backward: { call in returned(call) })

/// The median of a vector. All elements equal to it share the cotangent, as in PyTorch.
private let medianOperator = Operator("median", saving: [.inputs, .outputs], forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0].detach().contiguous()
    let value = Tensor.empty([], x.dtype, device: x.device), index = Tensor.empty([], .int64, device: x.device)
    x.device.backend.select(.median(ignoringNaN: attributes.bool("ignoreNaN")), of: x, dim: 0, values: value, indices: index)
    return [value]
}, backward: { call in
    let x = call.input(0).detach(), y = call.output().detach()
    let equal = ((x .== y) | (x.isNaN() & y.isNaN())).to(call.dtype(ofInput: 0))
    return [call.cotangent() / equal.sum() * equal]
})

extension Tensor {
    /// Elements in order along `dim`, and the places they come from. NaN is greater than everything; equal elements keep their order, whether
    /// or not `stable` asks for it. PyTorch: `torch.sort`.
    public func sort(_ dim: Int = -1, descending: Bool = false, stable: Bool = false) -> (values: Tensor, indices: Tensor) {
        let results = composed("sort", [self], outputs: 2) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            return sortOperator([atleast1d()], ["dim": .int(d), "descending": .bool(descending)]).map { $0.reshape(shape) }
        }
        return (results[0], results[1])
    }

    /// The places from which the sorted elements come. PyTorch: `torch.argsort`.
    public func argsort(_ dim: Int = -1, descending: Bool = false, stable: Bool = false) -> Tensor {
        composed("argsort", [self]) { () throws(TensorError) in
            try Operator.checkReal([self])
            let d = try ShapeRule.dim(dim, rank: rank)
            let x = detach().contiguous(), result = Tensor.empty(shape, .int64, device: device)
            x.device.backend.sort(x, dim: d, descending: descending, values: nil, indices: result)
            return result
        }
    }

    /// Elements in ascending order along dimension 0. PyTorch: `torch.msort`.
    public func msort() -> Tensor { sort(0).values }

    /// The `k` largest (smallest) elements along `dim`, and their places. PyTorch: `torch.topk`.
    public func topk(_ k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true) -> (values: Tensor, indices: Tensor) {
        let results = composed("topk", [self], outputs: 2) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let x = atleast1d()
            guard k >= 0, k <= x.shape[d] else { throw TensorError("k is \(k); dimension \(d) has \(x.shape[d]) elements") }
            let found = topkOperator([x], ["dim": .int(d), "k": .int(k), "largest": .bool(largest), "sorted": .bool(sorted)])
            return rank == 0 && k == 1 ? found.map { $0.reshape([]) } : found
        }
        return (results[0], results[1])
    }

    /// The `k`-th smallest element (counted from 1) along `dim`, and its place. PyTorch: `torch.kthvalue`.
    public func kthvalue(_ k: Int, dim: Int = -1, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        orderStatistic("kthvalue", dim, keepDim) { size throws(TensorError) in
            guard k >= 1, k <= size else { throw TensorError("k is \(k); it must lie in 1...\(size)") }
            return k - 1
        }
    }

    /// The lower median along `dim`, and its place; NaN where there is one. PyTorch: `torch.median(dim=)`.
    public func median(_ dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) { orderStatistic("median", dim, keepDim) }

    /// The same without NaNs. PyTorch: `torch.nanmedian(dim=)`.
    public func nanmedian(_ dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) { orderStatistic("nanmedian", dim, keepDim) }

    /// The most frequent value along `dim` (the smallest of those), and where it stands last. PyTorch: `torch.mode`.
    public func mode(_ dim: Int = -1, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) { orderStatistic("mode", dim, keepDim) }

    /// The lower median of all elements; NaN when there is one, or there are no elements. PyTorch: `torch.median`.
    public func median() -> Tensor { medianOfAll("median", ignoreNaN: false) }

    /// The lower median of all elements that are not NaN. PyTorch: `torch.nanmedian`.
    public func nanmedian() -> Tensor { medianOfAll("nanmedian", ignoreNaN: true) }

    private func medianOfAll(_ name: String, ignoreNaN: Bool) -> Tensor {
        composed(name, [self]) { () throws(TensorError) in
            guard dtype != .bool else { throw TensorError("takes numbers, not bool") }
            if count == 0 {
                guard dtype.isFloatingPoint else { throw TensorError("an integer tensor without elements has no median") }
                return Tensor(.double(.nan), dtype: dtype)
            }
            return medianOperator(reshape([count]), attributes: ["ignoreNaN": .bool(ignoreNaN)])
        }
    }

    private func orderStatistic(_ name: String, _ dim: Int, _ keepDim: Bool,
                                position: (Int) throws(TensorError) -> Int = { _ throws(TensorError) in 0 }) -> (values: Tensor, indices: Tensor) {
        let results = composed(name, [self], outputs: 2) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let x = atleast1d()
            guard dtype != .bool || name == "mode" else { throw TensorError("takes numbers, not bool") }
            let place = try position(x.shape[d])
            guard x.shape[d] > 0 else { throw TensorError("dimension \(d) has no elements") }
            let found = orderStatisticOperator([x], ["dim": .int(d), "statistic": .string(name), "position": .int(place)])
            return rank == 0 ? found.map { $0.reshape([]) } : keepDim ? found : found.map { $0.squeeze(d) }
        }
        return (results[0], results[1])
    }
}
