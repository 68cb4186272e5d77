// Windows of images as columns of a matrix, and the way back: what convolutions are matrix products with.

/// x [batch, channels, spatial…] to columns [batch, channels · kernel, positions].
private let unfoldColumnsOperator: Operator = Operator("unfold_columns", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0], geometry = ConvolutionGeometry(attributes)
    let windows = x.device.backend.windows(geometry, x.detach())
    let result = Tensor.empty(windows.shape, x.dtype, device: x.device)
    x.device.backend.copy(from: windows, to: result)
    let shape = [x.shape[0], x.shape[1] * ShapeRule.count(geometry.kernelSize), ShapeRule.count(geometry.outputSize)]
    return [result.view(shape: shape, strides: ShapeRule.contiguousStrides(shape), offset: 0)]
}, backward: { call in [foldColumnsOperator(call.cotangent(), attributes: call.attributes)] })

/// The adjoint: columns added where they were read from.
private let foldColumnsOperator: Operator = Operator("fold_columns", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let columns = inputs[0].detach().contiguous(), geometry = ConvolutionGeometry(attributes)
    let channels = columns.shape[1] / ShapeRule.count(geometry.kernelSize)
    let result = Tensor.empty([columns.shape[0], channels] + geometry.inputSize, columns.dtype, device: columns.device)
    columns.device.backend.addColumns(geometry, columns, into: result)
    return [result]
}, backward: { call in [unfoldColumnsOperator(call.cotangent(), attributes: call.attributes)] })

private func folding(_ size: [Int], _ kernelSize: any SpatialExtent, _ dilation: any SpatialExtent, _ padding: any SpatialExtent,
                     _ stride: any SpatialExtent) throws(TensorError) -> ConvolutionGeometry {
    let kernel = try kernelSize.expanded(to: 2, "kernelSize")
    // One channel: only the spatial sizes matter.
    return try ConvolutionGeometry(convolving: [1, 1] + size, [1, 1] + kernel, stride: stride,
                                   padding: try padding.expanded(to: 2, "padding", atLeast: 0), dilation: dilation, groups: 1)
}

/// The windows that a convolution over [batch, channels, H, W] reads, as columns: [batch, channels · kernel, positions]. Without batch, both
/// are. PyTorch: `torch.nn.functional.unfold` (im2col). For one dimension see ``Tensor/unfold(_:size:step:)``.
public func unfold(_ x: Tensor, _ kernelSize: any SpatialExtent, dilation: any SpatialExtent = 1, padding: any SpatialExtent = 0,
                   stride: any SpatialExtent = 1) -> Tensor {
    composed("unfold", [x]) { () throws(TensorError) in
        guard x.rank == 3 || x.rank == 4, !x.shape.suffix(3).contains(0) else {
            throw TensorError("the input must be [batch, channels, H, W] or [channels, H, W], not empty but for the batch, got \(x.shape)")
        }
        let geometry = try folding(Array(x.shape.suffix(2)), kernelSize, dilation, padding, stride)
        if x.rank == 4 { return unfoldColumnsOperator(x, attributes: geometry.attributes) }
        return unfoldColumnsOperator(x.unsqueeze(0), attributes: geometry.attributes).squeeze(0)
    }
}

/// Columns [batch, channels · kernel, positions] added to the places of an image of `outputSize` that ``unfold(_:_:dilation:padding:stride:)``
/// reads them from: [batch, channels, H, W]. Without batch, both are. PyTorch: `torch.nn.functional.fold` (col2im).
public func fold(_ x: Tensor, outputSize: any SpatialExtent, _ kernelSize: any SpatialExtent, dilation: any SpatialExtent = 1,
                 padding: any SpatialExtent = 0, stride: any SpatialExtent = 1) -> Tensor {
    composed("fold", [x]) { () throws(TensorError) in
        guard x.rank == 2 || x.rank == 3 else {
            throw TensorError("the input must be [batch, channels · kernel, positions], or that without batch, got \(x.shape)")
        }
        let geometry = try folding(try outputSize.expanded(to: 2, "outputSize"), kernelSize, dilation, padding, stride)
        let window = ShapeRule.count(geometry.kernelSize), positions = ShapeRule.count(geometry.outputSize)
        guard x.shape[x.rank - 2] % window == 0, x.shape[x.rank - 2] > 0, x.shape[x.rank - 1] == positions else {
            throw TensorError("columns for an image of \(geometry.inputSize) with kernel \(geometry.kernelSize) have a multiple of \(window) rows "
                + "and \(positions) positions, these have shape \(x.shape)")
        }
        // Sums of 16-bit values are rounded once.
        let wide = x.dtype.isFloatingPoint && x.dtype.size == 2 ? x.to(.float32) : x
        let result = foldColumnsOperator(x.rank == 3 ? wide : wide.unsqueeze(0), attributes: geometry.attributes)
        return (x.rank == 3 ? result : result.squeeze(0)).to(x.dtype)
    }
}
