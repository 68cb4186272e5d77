/// Where the elements of x[i, :, j] lie and which shape they have together.
enum AdvancedIndexRule {
    /// The index tensors of `tensors` (one entry per dimension of `shape`, nil for whole dimensions) broadcast together, and the place of
    /// their dimensions in the value: where the first one stands when they stand side by side, else in front. PyTorch: `torch.Tensor.index_put_`,
    /// NumPy: "Combining advanced and basic indexing".
    static func plan(_ tensors: [Tensor?], shape: Shape) throws(TensorError) -> AdvancedIndex {
        let dims = tensors.indices.filter { tensors[$0] != nil }
        let indices = tensors.compactMap { $0 }
        var common: Shape = []
        for index in indices {
            guard let joined = try? ShapeRule.broadcast(common, index.shape) else {
                let shapes = indices.map { "\($0.shape)" }.joined(separator: ", ")
                throw TensorError("index tensors of shapes \(shapes) do not broadcast to one shape")
            }
            common = joined
        }
        let adjacent = dims.count == dims[dims.count - 1] - dims[0] + 1
        return AdvancedIndex(dims: dims, tensors: indices.map { $0.detach().expand(common) }, position: adjacent ? dims[0] : 0)
    }

    /// The value's shape.
    static func valueShape(_ plan: AdvancedIndex, shape: Shape) -> Shape {
        var rest = shape.indices.filter { !plan.dims.contains($0) }.map { shape[$0] }
        rest.insert(contentsOf: plan.tensors[0].shape, at: plan.position)
        return rest
    }

    /// The optional tensors that a call lists as operands from `first`, back at the dimensions of attribute `dims`.
    static func tensors(_ operands: [Tensor], from first: Int, _ attributes: Attributes, rank: Int) -> [Tensor?] {
        var result = [Tensor?](repeating: nil, count: rank)
        for (k, d) in attributes.ints("dims").enumerated() { result[d] = operands[first + k] }
        return result
    }
}

private let indexOperator = Operator("index", saving: .inputs, takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0]
    let plan = try AdvancedIndexRule.plan(AdvancedIndexRule.tensors(inputs, from: 1, attributes, rank: x.rank), shape: x.shape)
    let value = Tensor.empty(AdvancedIndexRule.valueShape(plan, shape: x.shape), x.dtype, device: x.device)
    try x.device.backend.advancedGet(x, plan, into: value)
    return [value]
}, backward: { call in
    let g = call.cotangent()
    var attributes = call.attributes
    attributes["accumulate"] = .bool(true)
    let operands = [Tensor.unstoredZeros(call.shape(ofInput: 0), dtype: g.dtype), g] + call.inputs.dropFirst()
    return [indexPutOperator(operands, attributes)[0]] + [Tensor?](repeating: nil, count: call.inputCount - 1)
}, selects: true)

/// x and a value of the indexed elements' shape, then the index tensors.
private let indexPutOperator: Operator = Operator("index_put", saving: .inputs, takesComplex: true, forward: {
    inputs, attributes throws(TensorError) in
    let x = inputs[0]
    let plan = try AdvancedIndexRule.plan(AdvancedIndexRule.tensors(inputs, from: 2, attributes, rank: x.rank), shape: x.shape)
    let result = x.copied()
    let accumulate = attributes.bool("accumulate"), byParts = accumulate && result.dtype.isComplex
    try x.device.backend.advancedPut(byParts ? inputs[1].parts() : inputs[1], plan, accumulate: accumulate, into: byParts ? result.parts() : result)
    return [result]
}, backward: { call in
    let g = call.cotangent()
    let indices = Array(call.inputs.dropFirst(2))
    var base: Tensor?
    if call.needs(0) {
        let zeros = Tensor.zeros(call.shape(ofInput: 1), dtype: g.dtype)
        base = call.attributes.bool("accumulate") ? g : indexPutOperator([g, zeros] + indices, call.attributes)[0]
    }
    let value = call.needs(1) ? indexOperator([g] + indices, ["dims": .ints(call.attributes.ints("dims"))])[0] : nil
    return [base, value] + [Tensor?](repeating: nil, count: indices.count)
})

extension Tensor {
    /// The values in row-major order in memory of their own, without history.
    func copied() -> Tensor {
        let result = Tensor.empty(shape, dtype, device: device)
        device.backend.copy(from: self, to: result)
        return result
    }

    /// The elements at positions given per dimension; nil is the whole dimension. At least one tensor is not nil.
    func gathered(at tensors: [Tensor?]) throws(TensorError) -> Tensor {
        let dims = tensors.indices.filter { tensors[$0] != nil }
        return indexOperator([self] + tensors.compactMap { $0 }, ["dims": .ints(dims)])[0]
    }

    /// A copy in which the elements at those positions are `value`, which broadcasts to them, or are increased by it.
    func replacing(at tensors: [Tensor?], with value: Tensor, accumulate: Bool) throws(TensorError) -> Tensor {
        let dims = tensors.indices.filter { tensors[$0] != nil }
        let plan = try AdvancedIndexRule.plan(tensors, shape: shape)
        let fitted = try value.to(dtype).fitting(AdvancedIndexRule.valueShape(plan, shape: shape))
        return indexPutOperator([self, fitted] + tensors.compactMap { $0 }, ["dims": .ints(dims), "accumulate": .bool(accumulate)])[0]
    }

    /// Assignment through index tensors: in place when nothing records and nobody shares the memory.
    mutating func setGathered(_ plan: IndexPlan, _ value: Tensor) throws(TensorError) {
        if value.isInert { self = .inert; return }
        if isGradEnabled && (requiresGrad || value.requiresGrad) {
            let part = slice(plan.starts, plan.steps, plan.sizes).reshape(plan.viewShape)
            let replaced = try part.replacing(at: plan.tensors, with: value, accumulate: false)
            replaceSlice(plan.starts, plan.steps, plan.sizes, with: replaced.reshape(plan.sizes))
            return
        }
        let target = try AdvancedIndexRule.plan(plan.tensors, shape: plan.viewShape)
        let source = try value.detach().to(dtype).fitting(AdvancedIndexRule.valueShape(target, shape: plan.viewShape))
        makeUnique()
        // A view of the same storage is written; it is dropped before anybody can see it.
        let part = detach().slice(plan.starts, plan.steps, plan.sizes).reshape(plan.viewShape)
        try device.backend.advancedPut(source, target, accumulate: false, into: part)
    }

    /// A copy in which the elements at `indices` are `values`, or are increased by them when `accumulate`, also where positions repeat.
    ///
    /// `indices` has at most one entry per dimension: an integer tensor, a bool mask over as many dimensions as it has, or nil for a whole
    /// dimension. `values` broadcast to the indexed elements. PyTorch: `Tensor.index_put`.
    public func indexPut(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) -> Tensor {
        composed("indexPut", [self, values] + indices.compactMap { $0 }) { () throws(TensorError) in
            let plan = try IndexPlan(indices.map { $0.map(TensorRange.tensor) ?? .all }, shape: shape, integersSelect: false)
            guard values.dtype == dtype || values.rank == 0 else {
                throw TensorError("values are \(values.dtype.name), the tensor \(dtype.name); they must be of one type")
            }
            guard plan.tensors.contains(where: { $0 != nil }) else { throw TensorError("needs at least one index tensor") }
            return try reshape(plan.viewShape).replacing(at: plan.tensors, with: values, accumulate: accumulate).reshape(shape)
        }
    }
}
