/// Shape rules and strides of the operators that rearrange dimensions without touching values.
enum ViewRule {
    /// A target shape in which one size may be -1, completed for `count` elements.
    static func reshape(_ shape: Shape, count: Int) throws(TensorError) -> Shape {
        try ShapeRule.checkRank(shape)
        var result = shape
        var inferred: Int?
        var known = 1
        for (d, size) in shape.enumerated() {
            if size == -1 {
                guard inferred == nil else { throw TensorError("only one size of \(shape) can be -1") }
                inferred = d
            } else {
                guard size >= 0 else { throw TensorError("size \(size) in \(shape) is negative (only -1 is allowed)") }
                known *= size
            }
        }
        if let inferred {
            guard known > 0, count % known == 0 else {
                throw TensorError("\(count) elements do not fill \(shape): no size in place of -1 fits")
            }
            result[inferred] = count / known
        } else {
            guard known == count else { throw TensorError("\(count) elements do not fill shape \(shape), which has \(known)") }
        }
        return result
    }

    /// The strides with which memory of (`shape`, `strides`) reads as `target`, or nil when it must be copied for that.
    static func strides(of shape: Shape, _ strides: [Int], as target: Shape) -> [Int]? {
        if ShapeRule.isContiguous(shape, strides) || ShapeRule.count(shape) == 0 { return ShapeRule.contiguousStrides(target) }
        // Runs of dimensions that are one block in memory, innermost first: (elements, stride).
        var blocks: [(count: Int, stride: Int)] = []
        for d in stride(from: shape.count - 1, through: 0, by: -1) where shape[d] != 1 {
            if let last = blocks.last, strides[d] == last.stride * last.count {
                blocks[blocks.count - 1].count *= shape[d]
            } else {
                blocks.append((shape[d], strides[d]))
            }
        }
        var result = [Int](repeating: 1, count: target.count)
        var block = 0, used = 1
        for d in Swift.stride(from: target.count - 1, through: 0, by: -1) where target[d] != 1 {
            if block < blocks.count && used == blocks[block].count { block += 1; used = 1 }
            guard block < blocks.count, blocks[block].count % (used * target[d]) == 0 else { return nil }
            result[d] = blocks[block].stride * used
            used *= target[d]
        }
        return result
    }

    /// Strides of an expansion: 0 where a size grew from 1 or is new.
    static func expand(_ shape: Shape, _ strides: [Int], to target: Shape) throws(TensorError) -> (Shape, [Int]) {
        try ShapeRule.checkRank(target)
        guard target.count >= shape.count else {
            throw TensorError("\(target) has fewer dimensions than the tensor's shape \(shape)")
        }
        let lead = target.count - shape.count
        var sizes = target
        var result = [Int](repeating: 0, count: target.count)
        for d in target.indices {
            if d < lead {
                guard target[d] >= 0 else { throw TensorError("size \(target[d]) of a new dimension must be given") }
                continue
            }
            let own = shape[d - lead]
            if target[d] == -1 || target[d] == own {
                sizes[d] = own
                result[d] = strides[d - lead]
            } else {
                guard own == 1, target[d] >= 0 else {
                    throw TensorError("dimension \(d - lead) of size \(own) does not expand to \(target[d]); only size 1 expands")
                }
            }
        }
        return (sizes, result)
    }
}

private let reshapeOperator = Operator("reshape", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0]
    let shape = try ViewRule.reshape(attributes.ints("shape"), count: x.count)
    if let strides = ViewRule.strides(of: x.shape, x.strides, as: shape) {
        return [x.view(shape: shape, strides: strides, offset: x.body.offset)]
    }
    let copy = x.detach().contiguous()
    return [copy.view(shape: shape, strides: ShapeRule.contiguousStrides(shape), offset: 0)]
}, backward: { call in [call.cotangent().reshape(call.shape(ofInput: 0))] })

private let permuteOperator = Operator("permute", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0]
    let dims = try ShapeRule.dims(attributes.ints("dims"), rank: x.rank)
    guard dims.count == x.rank else {
        throw TensorError("\(attributes.ints("dims")) must name each of the \(x.rank) dimensions once")
    }
    return [x.view(shape: dims.map { x.shape[$0] }, strides: dims.map { x.strides[$0] }, offset: x.body.offset)]
}, backward: { call in
    let rank = call.shape(ofInput: 0).count
    var inverse = [Int](repeating: 0, count: rank)
    for (to, from) in call.attributes.ints("dims").enumerated() { inverse[from < 0 ? from + rank : from] = to }
    return [call.cotangent().permute(inverse)]
})

private let expandOperator = Operator("expand", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0]
    let (shape, strides) = try ViewRule.expand(x.shape, x.strides, to: attributes.ints("shape"))
    return [x.view(shape: shape, strides: strides, offset: x.body.offset)]
}, backward: { call in [call.cotangent().sum(to: call.shape(ofInput: 0))] })

/// `starts`, `steps` and `sizes` for every dimension; steps may be negative.
private func sliced(_ x: Tensor, _ attributes: Attributes) -> Tensor {
    let starts = attributes.ints("starts"), steps = attributes.ints("steps"), sizes = attributes.ints("sizes")
    var offset = x.body.offset
    for d in sizes.indices where sizes[d] > 0 { offset += starts[d] * x.strides[d] }
    return x.view(shape: sizes, strides: zip(x.strides, steps).map { $0 * $1 }, offset: offset)
}

private let sliceOperator = Operator("slice", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    [sliced(inputs[0], attributes)]
}, backward: { call in
    let g = call.cotangent()
    return [sliceScatterOperator(Tensor.unstoredZeros(call.shape(ofInput: 0), dtype: g.dtype), g, attributes: call.attributes)]
})

/// A copy of the first operand with a slice replaced by the second.
private let sliceScatterOperator: Operator = Operator("slice_scatter", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let result = inputs[0].detach().clone()
    result.device.backend.copy(from: inputs[1], to: sliced(result, attributes))
    return [result]
}, backward: { call in
    let g = call.cotangent()
    let base = call.needs(0)
        ? sliceScatterOperator(g, Tensor.zeros(call.shape(ofInput: 1), dtype: g.dtype), attributes: call.attributes) : nil
    return [base, call.needs(1) ? sliceOperator(g, attributes: call.attributes) : nil]
})

extension Tensor {
    /// The same elements in row-major order under another shape; one size may be -1. Shares memory where strides allow.
    /// PyTorch: `torch.reshape`.
    public func reshape(_ shape: Shape) -> Tensor {
        shape == self.shape ? self : reshapeOperator(self, attributes: ["shape": .ints(shape)])
    }

    /// ``reshape(_:)`` with the sizes listed.
    public func reshape(_ sizes: Int...) -> Tensor { reshape(sizes) }

    /// Dimensions in another order; O(1). PyTorch: `torch.permute`.
    public func permute(_ dims: [Int]) -> Tensor { permuteOperator(self, attributes: ["dims": .ints(dims)]) }

    /// ``permute(_:)`` with the dimensions listed.
    public func permute(_ dims: Int...) -> Tensor { permute(dims) }

    /// Two dimensions exchanged; O(1). PyTorch: `torch.transpose`.
    public func transpose(_ a: Int, _ b: Int) -> Tensor {
        composed("transpose", [self]) { () throws(TensorError) in
            let a = try ShapeRule.dim(a, rank: rank), b = try ShapeRule.dim(b, rank: rank)
            if rank == 0 || a == b { return self }
            var dims = Array(0..<rank)
            dims.swapAt(a, b)
            return permute(dims)
        }
    }

    /// The last two dimensions exchanged: matrices transposed. PyTorch: `Tensor.mT`.
    public var mT: Tensor { transpose(-2, -1) }

    /// Repeated along dimensions of size 1, and along new leading ones, without copying; -1 keeps a size. PyTorch: `Tensor.expand`.
    public func expand(_ shape: Shape) -> Tensor {
        shape == self.shape ? self : expandOperator(self, attributes: ["shape": .ints(shape)])
    }

    /// ``expand(_:)`` with the sizes listed.
    public func expand(_ sizes: Int...) -> Tensor { expand(sizes) }

    /// PyTorch: `Tensor.broadcast_to`.
    public func broadcast(to shape: Shape) -> Tensor { expand(shape) }

    /// A dimension of size 1 inserted before `dim` (counted in the result). PyTorch: `torch.unsqueeze`.
    public func unsqueeze(_ dim: Int) -> Tensor {
        composed("unsqueeze", [self]) { () throws(TensorError) in
            var shape = self.shape
            shape.insert(1, at: try ShapeRule.dim(dim, rank: rank + 1))
            return reshape(shape)
        }
    }

    /// Without dimensions of size 1: all of them, or those listed that have size 1. PyTorch: `torch.squeeze`.
    public func squeeze(_ dims: Int...) -> Tensor { squeeze(dims) }

    /// ``squeeze(_:)`` with an array.
    public func squeeze(_ dims: [Int]) -> Tensor {
        composed("squeeze", [self]) { () throws(TensorError) in
            let chosen = dims.isEmpty ? Array(0..<rank) : try ShapeRule.dims(dims, rank: rank)
            return reshape(shape.enumerated().filter { !($0.element == 1 && chosen.contains($0.offset)) }.map(\.element))
        }
    }

    /// Dimensions `from` through `to` joined into one. PyTorch: `torch.flatten`.
    public func flatten(from: Int = 0, to: Int = -1) -> Tensor {
        composed("flatten", [self]) { () throws(TensorError) in
            if rank == 0 { return reshape([1]) }
            let first = try ShapeRule.dim(from, rank: rank), last = try ShapeRule.dim(to, rank: rank)
            guard first <= last else { throw TensorError("dim \(from) comes after dim \(to)") }
            return reshape(Array(shape[..<first]) + [ShapeRule.count(Array(shape[first...last]))] + Array(shape[(last + 1)...]))
        }
    }

    /// `count` elements along `dim` from `start`; O(1). PyTorch: `torch.narrow`.
    public func narrow(_ dim: Int, start: Int, count: Int) -> Tensor {
        composed("narrow", [self]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            guard rank > 0 else { throw TensorError("a 0-d tensor has no dimension to narrow") }
            let first = start < 0 ? start + shape[d] : start
            guard first >= 0, count >= 0, first + count <= shape[d] else {
                throw TensorError("\(count) elements from \(start) do not lie in dimension \(d) of size \(shape[d])")
            }
            return slice(d, start: first, step: 1, count: count)
        }
    }

    /// The index `index` along `dim`, which disappears; O(1). PyTorch: `torch.select`.
    public func select(_ dim: Int, _ index: Int) -> Tensor {
        composed("select", [self]) { () throws(TensorError) in
            guard rank > 0 else { throw TensorError("a 0-d tensor has no dimension to select from") }
            let d = try ShapeRule.dim(dim, rank: rank)
            guard index >= -shape[d], index < shape[d] else {
                throw TensorError("index \(index) is out of range for dimension \(d) of size \(shape[d])")
            }
            var reduced = shape
            reduced.remove(at: d)
            return slice(d, start: index < 0 ? index + shape[d] : index, step: 1, count: 1).reshape(reduced)
        }
    }

    /// Elements in reverse order along `dims`; O(1), with negative strides. PyTorch: `torch.flip`.
    public func flip(_ dims: [Int]) -> Tensor {
        composed("flip", [self]) { () throws(TensorError) in
            try ShapeRule.dims(dims, rank: rank).reduce(self) { x, d in
                x.rank == 0 ? x : x.slice(d, start: Swift.max(x.shape[d] - 1, 0), step: -1, count: x.shape[d])
            }
        }
    }

    /// Checked elements of one dimension.
    func slice(_ dim: Int, start: Int, step: Int, count: Int) -> Tensor {
        var starts = [Int](repeating: 0, count: rank), steps = [Int](repeating: 1, count: rank), sizes = shape
        starts[dim] = start
        steps[dim] = step
        sizes[dim] = count
        return slice(starts, steps, sizes)
    }

    func slice(_ starts: [Int], _ steps: [Int], _ sizes: [Int]) -> Tensor {
        sliceOperator(self, attributes: ["starts": .ints(starts), "steps": .ints(steps), "sizes": .ints(sizes)])
    }

    /// Replaces a slice by `value`, which broadcasts to it: in place when nothing records and nobody shares the memory.
    mutating func replaceSlice(_ starts: [Int], _ steps: [Int], _ sizes: [Int], with value: Tensor) {
        if isInert || value.isInert { self = .inert; return }
        let attributes: Attributes = ["starts": .ints(starts), "steps": .ints(steps), "sizes": .ints(sizes)]
        if isGradEnabled && (requiresGrad || value.requiresGrad) {
            self = sliceScatterOperator(self, value.to(dtype).expand(sizes), attributes: attributes)
        } else {
            let source = value.detach().expand(sizes)
            if source.isInert { return }
            makeUnique()
            // A view of the same storage is written; it is dropped before anybody can see it.
            device.backend.copy(from: source, to: sliced(self, attributes))
        }
    }
}
