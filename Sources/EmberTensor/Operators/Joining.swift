/// Shape and type rules of joining and splitting.
enum JoinRule {
    /// The result of joining `shapes` along `dim`.
    static func cat(_ shapes: [Shape], dim: Int) throws(TensorError) -> Shape {
        var result = shapes[0]
        for (k, shape) in shapes.enumerated().dropFirst() {
            let fits = shape.count == result.count && result.indices.allSatisfy { $0 == dim || shape[$0] == result[$0] }
            guard fits else {
                throw TensorError("tensor \(k) has shape \(shape), tensor 0 \(shapes[0]); they must agree in all dimensions but dim \(dim)")
            }
            result[dim] += shape[dim]
        }
        return result
    }

    /// The memory order of the result: that of the operands when all are dense in the same order (channels-last stays so).
    static func strides(_ tensors: [Tensor], shape: Shape) -> [Int]? {
        guard let first = tensors.first, !first.isContiguous else { return nil }
        for tensor in tensors {
            let dense = ShapeRule.denseStrides(tensor.shape, like: first.strides)
            let same = zip(tensor.shape, zip(tensor.strides, dense)).allSatisfy { $0 == 1 || $1.0 == $1.1 }
            guard same, ShapeRule.isDense(tensor.shape, tensor.strides) else { return nil }
        }
        return ShapeRule.denseStrides(shape, like: first.strides)
    }

    /// Sizes of pieces of at most `size` that make up `total`.
    static func pieces(of total: Int, size: Int) throws(TensorError) -> [Int] {
        guard size > 0 || (size == 0 && total == 0) else { throw TensorError("a split size must be positive, got \(size)") }
        if total == 0 { return [0] }
        return stride(from: 0, to: total, by: size).map { min(size, total - $0) }
    }
}

private let catOperator: Operator = Operator("cat", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let dim = attributes.int("dim")
    let shape = try JoinRule.cat(inputs.map(\.shape), dim: dim)
    let result = Tensor.empty(shape, inputs[0].dtype, device: inputs[0].device, strides: JoinRule.strides(inputs, shape: shape))
    var start = 0
    for input in inputs {
        let part = result.view(shape: input.shape, strides: result.strides, offset: start * result.strides[dim])
        result.device.backend.copy(from: input, to: part)
        start += input.shape[dim]
    }
    return [result]
}, backward: { call in
    let g = call.cotangent(), dim = call.attributes.int("dim")
    var start = 0
    return (0..<call.inputCount).map { i in
        let size = call.shape(ofInput: i)[dim]
        defer { start += size }
        return call.needs(i) ? g.narrow(dim, start: start, count: size) : nil
    }
})

/// Consecutive parts of one dimension as views; one node for all of them, so that the gradient is one join.
private let splitOperator = Operator("split", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0], dim = attributes.int("dim")
    var offset = x.body.offset
    return attributes.ints("sizes").map { size in
        var shape = x.shape
        shape[dim] = size
        defer { offset += size * x.strides[dim] }
        return x.view(shape: shape, strides: x.strides, offset: offset)
    }
}, backward: { call in
    [cat(call.attributes.ints("sizes").indices.map { call.cotangent($0) }, dim: call.attributes.int("dim"))]
})

/// The tensors one after another along an existing dimension; all other sizes agree. Types are promoted to a common one. Channels-last
/// operands give a channels-last result. One-dimensional tensors without elements are left out. PyTorch: `torch.cat`.
public func cat(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
    composed("cat", tensors) { () throws(TensorError) in
        guard !tensors.isEmpty else { throw TensorError("needs at least one tensor") }
        if let k = tensors.firstIndex(where: { $0.rank == 0 }) {
            throw TensorError("tensor \(k) has no dimension to join along; stack joins 0-d tensors")
        }
        var type = tensors[0].dtype
        for tensor in tensors { type = try DType.promote(type, tensor.dtype) }
        let parts = tensors.filter { $0.shape != [0] }
        guard let first = parts.first else { return tensors[0].to(type) }
        let d = try ShapeRule.dim(dim, rank: first.rank)
        _ = try JoinRule.cat(parts.map(\.shape), dim: d)
        return catOperator(parts.map { $0.to(type) }, ["dim": .int(d)])[0]
    }
}

/// Tensors of one shape joined along a new dimension. PyTorch: `torch.stack`.
public func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
    composed("stack", tensors) { () throws(TensorError) in
        guard let first = tensors.first else { throw TensorError("needs at least one tensor") }
        if let k = tensors.firstIndex(where: { $0.shape != first.shape }) {
            throw TensorError("tensor \(k) has shape \(tensors[k].shape), tensor 0 \(first.shape); all must have one shape")
        }
        let d = try ShapeRule.dim(dim, rank: first.rank + 1)
        return cat(tensors.map { $0.unsqueeze(d) }, dim: d)
    }
}

/// Side by side: along dimension 1, or 0 for vectors. PyTorch: `torch.hstack`.
public func hstack(_ tensors: [Tensor]) -> Tensor {
    let parts = atleast1d(tensors)
    return cat(parts, dim: parts.first.map { $0.rank == 1 ? 0 : 1 } ?? 0)
}

/// One below another: along dimension 0, vectors as rows. PyTorch: `torch.vstack`.
public func vstack(_ tensors: [Tensor]) -> Tensor { cat(atleast2d(tensors), dim: 0) }

/// One behind another: along dimension 2. PyTorch: `torch.dstack`.
public func dstack(_ tensors: [Tensor]) -> Tensor { cat(atleast3d(tensors), dim: 2) }

/// Side by side, vectors as columns. PyTorch: `torch.column_stack`.
public func columnStack(_ tensors: [Tensor]) -> Tensor {
    hstack(tensors.map { $0.rank <= 1 && !$0.isInert ? $0.reshape([$0.count, 1]) : $0 })
}

/// A matrix with the given ones (vectors and 0-d tensors as rows) along its diagonal, zeros elsewhere. PyTorch: `torch.block_diag`.
public func blockDiag(_ tensors: [Tensor]) -> Tensor {
    composed("blockDiag", tensors) { () throws(TensorError) in
        if let k = tensors.firstIndex(where: { $0.rank > 2 }) {
            throw TensorError("tensor \(k) has shape \(tensors[k].shape); at most 2 dimensions are possible")
        }
        guard !tensors.isEmpty else { return Tensor.zeros([1, 0]) }
        var type = tensors[0].dtype
        for tensor in tensors { type = try DType.promote(type, tensor.dtype) }
        let blocks = atleast2d(tensors).map { $0.to(type) }
        let columns = blocks.reduce(0) { $0 + $1.shape[1] }
        var start = 0
        let rows = blocks.map { block in
            let (height, width) = (block.shape[0], block.shape[1])
            defer { start += width }
            return cat([Tensor.zeros([height, start], dtype: type), block,
                        Tensor.zeros([height, columns - start - width], dtype: type)], dim: 1)
        }
        return cat(rows, dim: 0)
    }
}

/// 0-d tensors as vectors of one element, others as they are. PyTorch: `torch.atleast_1d`.
public func atleast1d(_ tensors: [Tensor]) -> [Tensor] { tensors.map { $0.atleast1d() } }

/// Vectors as rows, 0-d tensors as 1×1 matrices. PyTorch: `torch.atleast_2d`.
public func atleast2d(_ tensors: [Tensor]) -> [Tensor] { tensors.map { $0.atleast2d() } }

/// Vectors as (1, n, 1), matrices as (m, n, 1). PyTorch: `torch.atleast_3d`.
public func atleast3d(_ tensors: [Tensor]) -> [Tensor] { tensors.map { $0.atleast3d() } }

extension Tensor {
    /// At least one dimension. PyTorch: `torch.atleast_1d`.
    public func atleast1d() -> Tensor { rank == 0 ? reshape([1]) : self }

    /// At least two dimensions; vectors become rows. PyTorch: `torch.atleast_2d`.
    public func atleast2d() -> Tensor { rank < 2 ? reshape([1, count]) : self }

    /// At least three dimensions; vectors become (1, n, 1), matrices (m, n, 1). PyTorch: `torch.atleast_3d`.
    public func atleast3d() -> Tensor { rank < 2 ? reshape([1, count, 1]) : rank == 2 ? unsqueeze(2) : self }

    /// Parts of `size` elements along `dim`, the last one may be smaller; views. PyTorch: `torch.split`.
    public func split(_ size: Int, dim: Int = 0) -> [Tensor] {
        parts("split", dim) { total throws(TensorError) in try JoinRule.pieces(of: total, size: size) }
    }

    /// Parts of the given sizes, which add up to the dimension's; views. PyTorch: `torch.split` with a list.
    public func split(_ sizes: [Int], dim: Int = 0) -> [Tensor] {
        parts("split", dim) { total throws(TensorError) in
            guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == total else {
                throw TensorError("sizes \(sizes) must not be negative and must add up to \(total)")
            }
            return sizes
        }
    }

    /// `count` parts along `dim`, equally large but for the last; fewer when the dimension is too small. PyTorch: `torch.chunk`.
    public func chunk(_ count: Int, dim: Int = 0) -> [Tensor] {
        parts("chunk", dim) { total throws(TensorError) in
            guard count > 0 else { throw TensorError("the number of chunks must be positive, got \(count)") }
            if total == 0 { return [Int](repeating: 0, count: count) }
            return try JoinRule.pieces(of: total, size: (total + count - 1) / count)
        }
    }

    /// `sections` parts along `dim` whose sizes differ by at most one. PyTorch: `torch.tensor_split`.
    public func tensorSplit(_ sections: Int, dim: Int = 0) -> [Tensor] {
        parts("tensorSplit", dim) { total throws(TensorError) in
            guard sections > 0 else { throw TensorError("the number of sections must be positive, got \(sections)") }
            return (0..<sections).map { total / sections + ($0 < total % sections ? 1 : 0) }
        }
    }

    /// Parts between the given places of `dim`, as Python slices between them. PyTorch: `torch.tensor_split` with indices.
    public func tensorSplit(at indices: [Int], dim: Int = 0) -> [Tensor] {
        composed("tensorSplit", [self], outputs: indices.count + 1) { () throws(TensorError) in
            guard rank > 0 else { throw TensorError("a 0-d tensor has no dimension to split") }
            let d = try ShapeRule.dim(dim, rank: rank)
            var start: Int? = 0
            return (indices.map(Optional.some) + [nil]).map { end in
                defer { start = end }
                let (first, count) = IndexPlan.resolve(start, end, 1, size: shape[d])
                return narrow(d, start: first, count: count)
            }
        }
    }

    /// ``tensorSplit(_:dim:)`` along dimension 1, or 0 for vectors, into equal parts. PyTorch: `torch.hsplit`.
    public func hsplit(_ sections: Int) -> [Tensor] { equalParts("hsplit", sections, minimumRank: 1, dim: rank == 1 ? 0 : 1) }
    /// ``tensorSplit(at:dim:)`` along dimension 1, or 0 for vectors. PyTorch: `torch.hsplit`.
    public func hsplit(at indices: [Int]) -> [Tensor] { tensorSplit(at: indices, dim: rank == 1 ? 0 : 1) }
    /// Equal parts along dimension 0. PyTorch: `torch.vsplit`.
    public func vsplit(_ sections: Int) -> [Tensor] { equalParts("vsplit", sections, minimumRank: 2, dim: 0) }
    /// ``tensorSplit(at:dim:)`` along dimension 0. PyTorch: `torch.vsplit`.
    public func vsplit(at indices: [Int]) -> [Tensor] { tensorSplit(at: indices, dim: 0) }
    /// Equal parts along dimension 2. PyTorch: `torch.dsplit`.
    public func dsplit(_ sections: Int) -> [Tensor] { equalParts("dsplit", sections, minimumRank: 3, dim: 2) }
    /// ``tensorSplit(at:dim:)`` along dimension 2. PyTorch: `torch.dsplit`.
    public func dsplit(at indices: [Int]) -> [Tensor] { tensorSplit(at: indices, dim: 2) }

    private func equalParts(_ name: String, _ sections: Int, minimumRank: Int, dim: Int) -> [Tensor] {
        composed(name, [self], outputs: Swift.max(sections, 0)) { () throws(TensorError) in
            guard rank >= minimumRank else { throw TensorError("needs at least \(minimumRank) dimensions, not shape \(shape)") }
            guard sections > 0, shape[dim] % sections == 0 else {
                throw TensorError("dimension \(dim) of size \(shape[dim]) is not divisible into \(sections) equal parts")
            }
            return tensorSplit(sections, dim: dim)
        }
    }

    /// The slices along `dim`, without that dimension. PyTorch: `torch.unbind`.
    public func unbind(_ dim: Int = 0) -> [Tensor] {
        if isInert { return [] }
        let d = dim < 0 ? dim + rank : dim
        return parts("unbind", dim) { total throws(TensorError) in [Int](repeating: 1, count: total) }.map { $0.isInert ? $0 : $0.squeeze(d) }
    }

    /// Splits `dim` into the parts whose sizes `rule` gives for the dimension's size.
    private func parts(_ name: String, _ dim: Int, _ rule: (Int) throws(TensorError) -> [Int]) -> [Tensor] {
        composed(name, [self], outputs: 1) { () throws(TensorError) in
            guard rank > 0 else { throw TensorError("a 0-d tensor has no dimension to split") }
            let d = try ShapeRule.dim(dim, rank: rank)
            let sizes = try rule(shape[d])
            return sizes.isEmpty ? [] : splitOperator([self], ["dim": .int(d), "sizes": .ints(sizes)])
        }
    }
}
