extension Tensor {
    /// Memory for the result of a spatial operator on this tensor, its channels where this one's are.
    fileprivate func emptySpatial(_ shape: Shape, _ dtype: DType) -> Tensor {
        Tensor.empty(shape, dtype, device: device, strides: isContiguous ? nil : ShapeRule.denseStrides(shape, like: strides))
    }
}

/// Outputs: the largest element of each window and, as int64, its row-major position in the input's spatial dimensions, if asked for.
private let maxPoolOperator = Operator("max_pool", saving: .outputs, outputs: 2, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0], geometry = PoolingGeometry(attributes)
    let shape = Array(x.shape[..<2]) + geometry.outputSize
    let result = x.emptySpatial(shape, x.dtype), indices = attributes.bool("indices") ? x.emptySpatial(shape, .int64) : nil
    if result.count > 0 { x.device.backend.maxPool(geometry, x, into: result, indices: indices) }
    return [result, indices ?? Tensor.empty([0], .int64, device: x.device)]
}, backward: { call in
    [maxPoolGradientOperator(call.cotangent(), call.output(1), attributes: call.attributes)]
})

/// Inputs: the cotangent of a maximum pooling and its indices. Each value is added where its maximum stood.
private let maxPoolGradientOperator = Operator("max_pool_gradient", saving: .inputs, forward: { inputs, attributes throws(TensorError) in
    let g = inputs[0], indices = inputs[1], geometry = PoolingGeometry(attributes)
    let result = indices.emptySpatial(Array(g.shape[..<2]) + geometry.inputSize, g.dtype)
    if g.count == 0 {
        result.fill(.int(0))
    } else {
        g.device.backend.maxPoolGradient(geometry, g, indices: indices, into: result)
    }
    return [result]
}, backward: { call in
    let indices = call.input(1), h = call.cotangent()
    let flat = Array(indices.shape[..<2]) + [ShapeRule.count(Array(indices.shape[2...]))]
    let places = Array(h.shape[..<2]) + [ShapeRule.count(Array(h.shape[2...]))]
    return [h.reshape(places).gather(2, indices.reshape(flat)).reshape(indices.shape), nil]
})

private let averagePoolOperator: Operator = Operator("average_pool", forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0], geometry = PoolingGeometry(attributes)
    let result = x.emptySpatial(Array(x.shape[..<2]) + geometry.outputSize, x.dtype)
    if result.count > 0 { x.device.backend.averagePool(geometry, x, into: result) }
    return [result]
}, backward: { call in [averagePoolGradientOperator(call.cotangent(), attributes: call.attributes)] })

private let averagePoolGradientOperator: Operator = Operator("average_pool_gradient", forward: { inputs, attributes throws(TensorError) in
    let g = inputs[0], geometry = PoolingGeometry(attributes)
    let shape = Array(g.shape[..<2]) + geometry.inputSize
    let result = Tensor.empty(shape, g.dtype, device: g.device, strides: ShapeRule.channelsLastStrides(shape))
    if g.count == 0 {
        result.fill(.int(0))
    } else {
        g.device.backend.averagePoolGradient(geometry, g, into: result)
    }
    return [result]
}, backward: { call in [averagePoolOperator(call.cotangent(), attributes: call.attributes)] })

/// Checks the input of a pooling with `rank` spatial dimensions; gives it a batch dimension if it lacks one.
private func batched(_ x: Tensor, rank: Int) throws(TensorError) -> Tensor {
    guard x.rank == rank + 2 || x.rank == rank + 1 else {
        throw TensorError("the input must have shape [batch, channels, …] with \(rank) spatial dimension\(rank == 1 ? "" : "s"), "
            + "or that without batch, got \(x.shape)")
    }
    guard x.dtype != .bool else { throw TensorError("bool tensors cannot be pooled; convert them first") }
    return x.rank == rank + 2 ? x : x.unsqueeze(0)
}

/// Values and positions. Positions that neither the caller nor a gradient reads are not written: they are twice as long as the values.
func maximumPooling(_ name: String, _ x: Tensor, rank: Int, withIndices: Bool = true,
                    _ geometry: ([Int]) throws(TensorError) -> PoolingGeometry) -> [Tensor] {
    composed(name, [x], outputs: 2) { () throws(TensorError) in
        let source = try batched(x, rank: rank)
        guard source.shape[1] > 0 else { throw TensorError("the input has no channels, its shape is \(x.shape)") }
        var attributes = try geometry(Array(source.shape[2...])).attributes
        attributes["indices"] = .bool(withIndices || (isGradEnabled && source.requiresGrad))
        let results = maxPoolOperator([source], attributes)
        return x.rank == rank + 2 ? results : results.map { $0.rank == rank + 2 ? $0.squeeze(0) : $0 }
    }
}

func averagePooling(_ name: String, _ x: Tensor, rank: Int, _ geometry: ([Int]) throws(TensorError) -> PoolingGeometry) -> Tensor {
    composed(name, [x]) { () throws(TensorError) in
        let source = try batched(x, rank: rank)
        guard x.dtype.isFloatingPoint || x.dtype == .int64 else { throw TensorError("takes floating-point or int64 tensors, not \(x.dtype.name)") }
        let geometry = try geometry(Array(source.shape[2...]))
        // One window over everything is a mean, whose kernel runs along memory.
        let isMean = geometry.isAdaptive && x.dtype.isFloatingPoint && geometry.outputSize.allSatisfy { $0 == 1 }
        let result = isMean ? source.mean(Array(2..<source.rank), keepDim: true)
            : averagePoolOperator(source, attributes: geometry.attributes)
        return x.rank == rank + 2 ? result : result.squeeze(0)
    }
}

func averagePooling(_ name: String, _ x: Tensor, rank: Int, _ kernelSize: any SpatialExtent, _ stride: (any SpatialExtent)?,
                            _ padding: any SpatialExtent, _ ceilMode: Bool, _ countIncludePad: Bool, _ divisorOverride: Int?) -> Tensor {
    averagePooling(name, x, rank: rank) { (size: [Int]) throws(TensorError) in
        if divisorOverride == 0 { throw TensorError("the divisor must not be 0") }
        var geometry = try PoolingGeometry(size, kernelSize: kernelSize, stride: stride, padding: padding, dilation: 1, ceilMode: ceilMode)
        geometry.countsPadding = countIncludePad
        geometry.divisor = divisorOverride ?? 0
        return geometry
    }
}

func unpooling(_ name: String, _ x: Tensor, _ indices: Tensor, rank: Int, _ kernelSize: any SpatialExtent,
                       _ stride: (any SpatialExtent)?, _ padding: any SpatialExtent, _ outputSize: [Int]?) -> Tensor {
    composed(name, [x, indices]) { () throws(TensorError) in
        let source = try batched(x, rank: rank)
        guard indices.shape == x.shape, indices.dtype == .int64 else {
            throw TensorError("the indices must be int64 of the input's shape \(x.shape), they are \(indices.dtype.name)\(indices.shape)")
        }
        let kernel = try kernelSize.expanded(to: rank, "kernelSize")
        let steps = try (stride ?? kernel).expanded(to: rank, "stride")
        let pads = try padding.expanded(to: rank, "padding", atLeast: 0)
        let sizes: [Int]
        if let outputSize {
            guard outputSize.count == rank || outputSize.count == rank + 2 || outputSize.count == x.rank else {
                throw TensorError("outputSize \(outputSize) must have \(rank) spatial sizes, or be the whole shape")
            }
            sizes = Array(outputSize.suffix(rank))
        } else {
            sizes = (0..<rank).map { (source.shape[$0 + 2] - 1) * steps[$0] - 2 * pads[$0] + kernel[$0] }
        }
        guard sizes.allSatisfy({ $0 > 0 }) else { throw TensorError("the result's spatial sizes \(sizes) must be positive") }
        let lead = Array(source.shape[..<2]), few = ShapeRule.count(Array(source.shape[2...]))
        let empty = Tensor.unstoredZeros(lead + [ShapeRule.count(sizes)], dtype: x.dtype)
        let result = empty.scatter(2, indices.detach().reshape(lead + [few]), source.reshape(lead + [few])).reshape(lead + sizes)
        return x.rank == rank + 2 ? result : result.squeeze(0)
    }
}

func powerPooling(_ name: String, _ x: Tensor, rank: Int, _ p: Double, _ kernelSize: any SpatialExtent,
                          _ stride: (any SpatialExtent)?, _ ceilMode: Bool) -> Tensor {
    composed(name, [x]) { () throws(TensorError) in
        guard x.dtype.isFloatingPoint else { throw TensorError("takes floating-point tensors, not \(x.dtype.name)") }
        let sums = averagePooling(name, x.pow(p), rank: rank, kernelSize, stride, 0, ceilMode, true, 1)
        return (sums.sign() * relu(sums.abs())).pow(1 / p)
    }
}
