/// Rules for index tensors of gather, scatter and their relatives.
enum IndexRule {
    /// The index as int64 without history.
    static func int64(_ index: Tensor) throws(TensorError) -> Tensor {
        guard index.dtype == .int64 || index.dtype == .int32 else {
            throw TensorError("the index must be int64 or int32, not \(index.dtype.name)")
        }
        return index.detach().to(.int64)
    }

    /// An index with one entry per element: as many dimensions as the tensor, none larger than the tensor's or the source's. 0-d counts as 1-d.
    static func checkElements(_ index: Shape, in shape: Shape, besides dim: Int, _ what: String) throws(TensorError) {
        guard index.count == shape.count else {
            throw TensorError("the index has \(index.count) dimensions, \(what) \(shape.count); they must have equally many")
        }
        for d in index.indices where d != dim && index[d] > shape[d] {
            throw TensorError("the index, of shape \(index), is larger than \(what), of shape \(shape), in dimension \(d)")
        }
    }

    /// An index that names whole slices: a vector (or a number) as int64 vector.
    static func slices(_ index: Tensor) throws(TensorError) -> Tensor {
        guard index.rank <= 1 else { throw TensorError("the index must be a vector, this one has shape \(index.shape)") }
        return try int64(index).reshape([index.count]).contiguous()
    }
}

/// x and an index of its rank; the result has the index's shape.
private let gatherOperator = Operator("gather", saving: .inputs, takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0], index = inputs[1]
    let result = Tensor.empty(index.shape, x.dtype, device: x.device)
    try x.device.backend.gather(x, dim: attributes.int("dim"), index, into: result)
    return [result]
}, backward: { call in
    let g = call.cotangent()
    return [Tensor.unstoredZeros(call.shape(ofInput: 0), dtype: g.dtype).scatterAdd(call.attributes.int("dim"), call.input(1), g), nil]
}, selects: true)

/// x and a vector of slices along a dimension.
private let indexSelectOperator = Operator("index_select", saving: .inputs, takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0].detach().contiguous(), index = inputs[1], dim = attributes.int("dim")
    var shape = x.shape
    shape[dim] = index.count
    let result = Tensor.empty(shape, x.dtype, device: x.device)
    try x.device.backend.indexSelect(x, dim: dim, index, into: result)
    return [result]
}, backward: { call in
    let g = call.cotangent()
    return [Tensor.unstoredZeros(call.shape(ofInput: 0), dtype: g.dtype).indexAdd(call.attributes.int("dim"), call.input(1), g), nil]
}, selects: true)

/// The weight, the vector of rows, and the table that is really read (the weight with its rows limited in length, or the weight itself).
private let embeddingOperator = Operator("embedding", saving: .inputs, takesComplex: true, forward: { inputs, _ throws(TensorError) in
    let table = inputs[2].detach().contiguous(), index = inputs[1]
    let result = Tensor.empty([index.count, table.shape[1]], table.dtype, device: table.device)
    try table.device.backend.indexSelect(table, dim: 0, index, into: result)
    return [result]
}, backward: { call in
    var g = call.cotangent()
    var index = call.input(1)
    let shape = call.shape(ofInput: 0), padding = call.attributes.int("paddingIdx"), isSparse = call.attributes.bool("sparse")
    if padding >= 0 && isSparse {
        let kept = (index .!= Double(padding)).nonzero().squeeze(1)
        (index, g) = (index.indexSelect(0, kept), g.indexSelect(0, kept))
    } else if padding >= 0 { g = g.maskedFill((index .== Double(padding)).unsqueeze(1), 0) }
    if call.attributes.bool("scaleGradByFreq") {
        let frequency = Tensor.zeros([shape[0]], dtype: g.dtype).indexAdd(0, index, Tensor.ones([index.count], dtype: g.dtype))
        g = g / frequency.indexSelect(0, index).unsqueeze(1)
    }
    if isSparse && call.accumulate(SparseTensor(index.unsqueeze(0), g, shape, isCoalesced: false), intoInput: 0) { return [nil, nil, nil] }
    return [Tensor.unstoredZeros(shape, dtype: g.dtype).indexAdd(0, index, g), nil, nil]
}, selects: true)

extension Tensor {
    /// `result[i, j] = self[index[i, j], j]` for dim 0, and likewise for others. `index` has this tensor's rank, and is not larger than it
    /// except along `dim`. PyTorch: `torch.gather`.
    public func gather(_ dim: Int, _ index: Tensor) -> Tensor {
        composed("gather", [self, index]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            // Nothing is asked for: neither type nor shape of the index matter.
            if index.count == 0 { return reshape([count]).narrow(0, start: 0, count: 0).reshape(index.shape) }
            let at = try IndexRule.int64(index)
            if rank == 0 || index.rank == 0 {
                guard rank <= 1, index.rank <= 1 else {
                    throw TensorError("the index has \(index.rank) dimensions, the tensor \(rank); they must have equally many")
                }
                return gatherOperator(reshape([count]), at.reshape([index.count]), attributes: ["dim": .int(0)]).reshape(index.shape)
            }
            try IndexRule.checkElements(index.shape, in: shape, besides: d, "the tensor")
            return gatherOperator(self, at, attributes: ["dim": .int(d)])
        }
    }

    /// The slices along `dim` that the vector `index` names. PyTorch: `torch.index_select`.
    public func indexSelect(_ dim: Int, _ index: Tensor) -> Tensor {
        composed("indexSelect", [self, index]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let at = try IndexRule.slices(index)
            if rank == 0 {
                guard at.count == 1 else { throw TensorError("a 0-d tensor needs an index of one element, not \(at.count)") }
                return indexSelectOperator(reshape([1]), at, attributes: ["dim": .int(0)]).reshape([])
            }
            return indexSelectOperator(self, at, attributes: ["dim": .int(d)])
        }
    }

    /// The elements at positions of the flattened tensor, in the index's shape; negative ones count from the end. PyTorch: `torch.take`.
    public func take(_ index: Tensor) -> Tensor {
        composed("take", [self, index]) { () throws(TensorError) in
            guard index.dtype == .int64 else { throw TensorError("the index must be int64, not \(index.dtype.name)") }
            return try reshape([count]).gathered(at: [index.detach()])
        }
    }

    /// ``gather(_:_:)`` where tensor and index broadcast in the other dimensions, and negative indices count from the end; without `dim`
    /// both are flattened.
    /// PyTorch: `torch.take_along_dim`.
    public func takeAlongDim(_ index: Tensor, _ dim: Int? = nil) -> Tensor {
        composed("takeAlongDim", [self, index]) { () throws(TensorError) in
            guard index.dtype == .int64 else { throw TensorError("the index must be int64, not \(index.dtype.name)") }
            guard let dim else { return reshape([count]).gather(0, index.countedFromStart(count).reshape([index.count])) }
            guard rank == index.rank else {
                throw TensorError("the index has \(index.rank) dimensions, the tensor \(rank); they must have equally many")
            }
            let d = try ShapeRule.dim(dim, rank: rank)
            if rank == 0 { return gather(0, index.countedFromStart(1)) }
            var (own, other) = (shape, index.shape)
            own[d] = 1
            other[d] = 1
            var common = try ShapeRule.broadcast(own, other)
            common[d] = index.shape[d]
            let indexShape = common
            common[d] = shape[d]
            return expand(common).gather(d, index.countedFromStart(shape[d]).expand(indexShape))
        }
    }

    /// Indices of `size` elements without negative ones.
    func countedFromStart(_ size: Int) -> Tensor {
        let index = detach()
        return (index + Double(size)).where(index .< 0, else: index)
    }

    /// Tensor with rows longer than `maxNorm` that `indices` name scaled down to it; others unchanged. What an embedding layer with a
    /// `maxNorm` does to its weight before every look-up. PyTorch: `torch.embedding_renorm_`.
    public func embeddingRenormalized(_ indices: Tensor, maxNorm: Double, normType: Double = 2) -> Tensor {
        composed("embeddingRenormalized", [self, indices]) { () throws(TensorError) in
            guard rank == 2 else { throw TensorError("the weight must be a matrix, this one has shape \(shape)") }
            let index = try IndexRule.int64(indices).reshape([indices.count])
            let table = detach()
            let rows = table.indexSelect(0, index)
            let norm = rows.abs().pow(normType).sum(1, keepDim: true).pow(1 / normType)
            // The small number is PyTorch's, against division by zero.
            let scale = (maxNorm / (norm + 1e-7)).where(norm .> maxNorm, else: Tensor.ones([1], dtype: dtype))
            return table.indexCopy(0, index, rows * scale)
        }
    }
}

/// The rows of `weight` (n, d) that `indices`, integers of any shape, name; the result has the shape of `indices` and d behind it.
///
/// - Parameters:
///   - paddingIdx: the row that never gets a gradient; negative counts from the end.
///   - maxNorm: rows whose `normType`-norm is larger are used scaled down to it; `weight` itself, a value, stays as it is
///     (``Tensor/embeddingRenormalized(_:maxNorm:normType:)`` gives the changed weight).
///   - scaleGradByFreq: gradients are divided by how often their row is named.
///   - sparse: `backward()` gives a weight that is a leaf a ``Tensor/sparseGrad`` of the named rows alone.
///
/// PyTorch: `torch.nn.functional.embedding`.
public func embedding(_ indices: Tensor, _ weight: Tensor, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
                      scaleGradByFreq: Bool = false, sparse: Bool = false) -> Tensor {
    composed("embedding", [indices, weight]) { () throws(TensorError) in
        guard weight.rank == 2 else { throw TensorError("the weight must be a matrix, this one has shape \(weight.shape)") }
        let rows = weight.shape[0]
        if let paddingIdx, paddingIdx < -rows || paddingIdx >= rows {
            throw TensorError("paddingIdx \(paddingIdx) is out of range for \(rows) rows")
        }
        let index = try IndexRule.int64(indices).reshape([indices.count]).contiguous()
        let table = maxNorm.map { weight.embeddingRenormalized(index, maxNorm: $0, normType: normType) } ?? weight.detach()
        let padding = paddingIdx.map { $0 < 0 ? $0 + rows : $0 } ?? -1
        let result = embeddingOperator(weight, index, table,
                                       attributes: ["paddingIdx": .int(padding), "scaleGradByFreq": .bool(scaleGradByFreq),
                                                    "sparse": .bool(sparse)])
        return result.reshape(indices.shape + [weight.shape[1]])
    }
}

extension Tensor {
    /// For integers below `numClasses` (the largest plus one, when not given), vectors that are 1 at that place and 0 elsewhere, as int64;
    /// the new dimension is the last. PyTorch: `torch.nn.functional.one_hot`.
    public func oneHot(_ numClasses: Int? = nil) -> Tensor {
        composed("oneHot", [self]) { () throws(TensorError) in
            guard dtype == .int64 else { throw TensorError("class numbers must be int64, not \(dtype.name)") }
            let values = array(of: Int.self)
            let needed = (values.max() ?? -1) + 1
            let classes = numClasses ?? needed
            guard classes > 0 else { throw TensorError("the number of classes must be positive (it cannot be found from no elements)") }
            guard (values.min() ?? 0) >= 0, needed <= classes else {
                throw TensorError("class numbers must lie in 0..<\(classes); they reach from \(values.min() ?? 0) to \(needed - 1)")
            }
            return Tensor.unstoredZeros(shape + [classes], dtype: .int64).scatter(-1, detach().unsqueeze(-1), 1)
        }
    }
}
