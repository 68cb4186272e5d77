/// Windows of one dimension as a view.
private let unfoldOperator = Operator("unfold", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0], d = attributes.int("dim"), size = attributes.int("size"), step = attributes.int("step")
    var shape = x.shape, strides = x.strides
    shape[d] = (x.shape[d] - size) / step + 1
    strides[d] *= step
    return [x.view(shape: shape + [size], strides: strides + [x.strides[d]], offset: x.body.offset)]
}, backward: { call in
    let g = call.cotangent(), shape = call.shape(ofInput: 0), d = call.attributes.int("dim")
    let places = Tensor.arange(Scalar(shape[d])).unfold(0, size: call.attributes.int("size"), step: call.attributes.int("step"))
    // The window dimension beside that of the windows: then both are one list of slices, in the order of `places`.
    var flat = shape
    flat[d] = places.count
    let slices = g.movedim(-1, d + 1).reshape(flat)
    return [Tensor.unstoredZeros(shape, dtype: g.dtype).indexAdd(d, places.reshape([places.count]), slices)]
})

/// The elements of a contiguous tensor under any strides.
private let asStridedOperator = Operator("as_strided", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0].detach().contiguous()
    return [x.view(shape: attributes.ints("size"), strides: attributes.ints("stride"), offset: x.body.offset + attributes.int("storageOffset"))]
}, backward: { call in
    let g = call.cotangent(), shape = call.shape(ofInput: 0)
    let places = stridedPlaces(ShapeRule.count(shape), call.attributes)
    return [Tensor.unstoredZeros([ShapeRule.count(shape)], dtype: g.dtype).indexAdd(0, places, g.reshape([g.count])).reshape(shape)]
})

/// The row-major numbers of the elements that a strided view of `count` elements names.
private func stridedPlaces(_ count: Int, _ attributes: Attributes) -> Tensor {
    let view = asStridedOperator(Tensor.arange(Scalar(count)), attributes: attributes)
    return view.reshape([view.count])
}

extension Tensor {
    /// Windows of `size` elements along `dim`, `step` apart; the window is a new last dimension. A view. PyTorch: `Tensor.unfold`.
    public func unfold(_ dim: Int, size: Int, step: Int) -> Tensor {
        composed("unfold", [self]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let x = atleast1d()
            guard size >= 0, size <= x.shape[d], step > 0 else {
                throw TensorError("windows of \(size), \(step) apart, do not lie in dimension \(d) of size \(x.shape[d]) "
                    + "(the step must be positive)")
            }
            let windows = unfoldOperator(x, attributes: ["dim": .int(d), "size": .int(size), "step": .int(step)])
            return rank == 0 ? windows.squeeze(0) : windows
        }
    }

    /// The elements in row-major order, seen with these sizes and strides from element `storageOffset` on.
    ///
    /// Strides count elements of the tensor itself, whatever its layout in memory: for a contiguous tensor that is what PyTorch does.
    /// PyTorch: `torch.as_strided`.
    public func asStrided(_ size: [Int], _ stride: [Int], storageOffset: Int = 0) -> Tensor {
        composed("asStrided", [self]) { () throws(TensorError) in
            asStridedOperator(self, attributes: try stridedAttributes(size, stride, storageOffset))
        }
    }

    /// A copy in which the elements that ``asStrided(_:_:storageOffset:)`` names are those of `source`. PyTorch: `torch.as_strided_scatter`.
    public func asStridedScatter(_ source: Tensor, _ size: [Int], _ stride: [Int], storageOffset: Int = 0) -> Tensor {
        composed("asStridedScatter", [self, source]) { () throws(TensorError) in
            let attributes = try stridedAttributes(size, stride, storageOffset)
            guard source.shape == size else { throw TensorError("the source has shape \(source.shape), not \(size)") }
            if source.count == 0 { return self }
            return try reshape([count]).replacing(at: [stridedPlaces(count, attributes)], with: source.reshape([source.count]),
                                                  accumulate: false).reshape(shape)
        }
    }

    private func stridedAttributes(_ size: [Int], _ stride: [Int], _ storageOffset: Int) throws(TensorError) -> Attributes {
        guard size.count == stride.count else { throw TensorError("size \(size) and stride \(stride) must be equally long") }
        guard size.allSatisfy({ $0 >= 0 }), stride.allSatisfy({ $0 >= 0 }), storageOffset >= 0 else {
            throw TensorError("size \(size), stride \(stride) and offset \(storageOffset) must not be negative")
        }
        let last = zip(size, stride).reduce(storageOffset) { $0 + ($1.0 - 1) * $1.1 }
        guard size.contains(0) || last < count else {
            throw TensorError("size \(size), stride \(stride), offset \(storageOffset) reach element \(last) of \(count)")
        }
        return ["size": .ints(size), "stride": .ints(stride), "storageOffset": .int(storageOffset)]
    }

    /// A copy in which the slice `start..<end` by `step` of `dim` is `source`. PyTorch: `torch.slice_scatter`.
    public func sliceScatter(_ source: Tensor, dim: Int = 0, start: Int? = nil, end: Int? = nil, step: Int = 1) -> Tensor {
        composed("sliceScatter", [self, source]) { () throws(TensorError) in
            guard rank > 0, step > 0 else { throw TensorError("needs a dimension and a positive step, got step \(step)") }
            let d = try ShapeRule.dim(dim, rank: rank)
            let (first, count) = IndexPlan.resolve(start, end, step, size: shape[d])
            return try replacingSlice(d, first, step, count, source)
        }
    }

    /// A copy in which the slice at `index` of `dim` is `source`. PyTorch: `torch.select_scatter`.
    public func selectScatter(_ source: Tensor, dim: Int, index: Int) -> Tensor {
        composed("selectScatter", [self, source]) { () throws(TensorError) in
            guard rank > 0 else { throw TensorError("a 0-d tensor has no dimension to select from") }
            let d = try ShapeRule.dim(dim, rank: rank)
            guard index >= -shape[d], index < shape[d] else {
                throw TensorError("index \(index) is out of range for dimension \(d) of size \(shape[d])")
            }
            guard source.rank == rank - 1 else {
                throw TensorError("the source has \(source.rank) dimensions, one slice of the tensor \(rank - 1)")
            }
            return try replacingSlice(d, index < 0 ? index + shape[d] : index, 1, 1, source.unsqueeze(d))
        }
    }

    private func replacingSlice(_ d: Int, _ first: Int, _ step: Int, _ count: Int, _ source: Tensor) throws(TensorError) -> Tensor {
        var starts = [Int](repeating: 0, count: rank), steps = [Int](repeating: 1, count: rank), sizes = shape
        starts[d] = first
        steps[d] = step
        sizes[d] = count
        guard source.shape == sizes else { throw TensorError("the source has shape \(source.shape), the slice \(sizes)") }
        var result = self
        result.replaceSlice(starts, steps, sizes, with: source)
        return result
    }
}
