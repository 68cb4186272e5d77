/// Inputs: x [batch, channels, spatial…], weight [outputs, channels / groups, kernel…] and perhaps bias [outputs].
private let convolutionOperator: Operator = Operator("convolution", saving: .inputs, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0], weight = inputs[1], bias = inputs.count > 2 ? inputs[2] : nil
    let problem = ConvolutionProblem(ConvolutionGeometry(attributes), x: x, weight: weight, bias: bias)
    if let waiting = Tensor.deferredResult(of: problem) { return [waiting] }
    let result = problem.emptyResult()
    if result.count == 0 { return [result] }
    if x.count == 0 || weight.count == 0 {
        if let bias {
            x.device.backend.copy(from: bias.view(shape: result.shape, strides: result.shape.indices.map { $0 == 1 ? bias.strides[0] : 0 },
                                                  offset: bias.body.offset), to: result)
        } else {
            result.fill(.int(0))
        }
        return [result]
    }
    x.device.backend.convolve(problem, into: result)
    return [result]
}, backward: { call in
    let x = call.input(0), weight = call.input(1), g = call.cotangent()
    var cotangents = [call.needs(0) ? convolutionInputGradientOperator(g, weight, attributes: call.attributes) : nil,
                      call.needs(1) ? convolutionWeightGradientOperator(x, g, attributes: call.attributes) : nil]
    if call.inputCount > 2 { cotangents.append(call.needs(2) ? g.sum([0] + Array(2..<g.rank)) : nil) }
    return cotangents
}, flops: { inputs, outputs, _ in ConvolutionProblem.flops(outputs[0].count, weight: inputs[1]) })

/// A convolution's gradient with respect to its input, from the result's cotangent and the weight. A transposed convolution is this.
private let convolutionInputGradientOperator: Operator = Operator("convolution_input_gradient", saving: .inputs, forward: {
    inputs, attributes throws(TensorError) in
    let g = inputs[0], weight = inputs[1]
    let geometry = ConvolutionGeometry(attributes)
    let shape = [g.shape[0], weight.shape[1] * geometry.groups] + geometry.inputSize
    let keepsPlanes = g.device.backend.convolutionKeepsPlanes(geometry, channels: shape[1], outputs: g.shape[1], cotangent: g)
    let result = Tensor.empty(shape, g.dtype, device: g.device, strides: keepsPlanes ? nil : ShapeRule.channelsLastStrides(shape))
    if result.count == 0 { return [result] }
    if g.count == 0 || weight.count == 0 {
        result.fill(.int(0))
    } else {
        g.device.backend.convolveInputGradient(geometry, g, weight, into: result)
    }
    return [result]
}, backward: { call in
    // Bilinear in its operands, so the gradients are again convolutions, with the cotangent h in the place of the input.
    let g = call.input(0), weight = call.input(1), h = call.cotangent()
    return [call.needs(0) ? convolutionOperator(h, weight, attributes: call.attributes) : nil,
            call.needs(1) ? convolutionWeightGradientOperator(h, g, attributes: call.attributes) : nil]
}, flops: { inputs, _, _ in ConvolutionProblem.flops(inputs[0].count, weight: inputs[1]) })

/// A convolution's gradient with respect to its weight, from its input and the result's cotangent.
private let convolutionWeightGradientOperator: Operator = Operator("convolution_weight_gradient", saving: .inputs, forward: {
    inputs, attributes throws(TensorError) in
    let x = inputs[0], g = inputs[1]
    let geometry = ConvolutionGeometry(attributes)
    let result = Tensor.empty([g.shape[1], x.shape[1] / geometry.groups] + geometry.kernelSize, x.dtype, device: x.device)
    if result.count == 0 { return [result] }
    if x.count == 0 || g.count == 0 {
        result.fill(.int(0))
    } else {
        x.device.backend.convolveWeightGradient(geometry, x, g, into: result)
    }
    return [result]
}, backward: { call in
    let x = call.input(0), g = call.input(1), h = call.cotangent()
    return [call.needs(0) ? convolutionInputGradientOperator(g, h, attributes: call.attributes) : nil,
            call.needs(1) ? convolutionOperator(x, h, attributes: call.attributes) : nil]
}, flops: { inputs, outputs, _ in ConvolutionProblem.flops(inputs[1].count, weight: outputs[0]) })

/// A convolution of complex numbers, which is bilinear, from real ones: (a + bi)(c + di) = (ac - bd) + (ad + bc)i. Both parts of the input pass
/// as one batch of twice the size, once over the real and once over the imaginary part of the weight.
private func convolvedByParts(_ x: Tensor, _ weight: Tensor, _ convolve: (_ x: Tensor, _ weight: Tensor) -> Tensor) -> Tensor {
    let batch = x.shape[0], parts = cat([x.real, x.imag], dim: 0)
    let byReal = convolve(parts, weight.real), byImaginary = convolve(parts, weight.imag)
    func half(_ y: Tensor, _ k: Int) -> Tensor { y.narrow(0, start: k * batch, count: batch) }
    return .complex(half(byReal, 0) - half(byImaginary, 1), half(byImaginary, 0) + half(byReal, 1))
}

/// The bias with the dimensions of a result [batch, channels, spatial…].
private func perChannel(_ bias: Tensor, rank: Int) -> Tensor { bias.reshape([bias.count] + [Int](repeating: 1, count: rank)) }

private func convolution(_ name: String, rank: Int, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ stride: any SpatialExtent,
                         _ padding: any SpatialPadding, _ dilation: any SpatialExtent, _ groups: Int) -> Tensor {
    let operands = bias.map { [x, weight, $0] } ?? [x, weight]
    return composed(name, operands) { () throws(TensorError) in
        try ConvolutionGeometry.check(x, weight, bias, outputs: weight.shape.first, rank: rank)
        let batched = x.rank == rank + 2 ? x : x.unsqueeze(0)
        let geometry = try ConvolutionGeometry(convolving: batched.shape, weight.shape, stride: stride, padding: padding,
                                               dilation: dilation, groups: groups)
        let result: Tensor
        if x.dtype.isComplex {
            let product = convolvedByParts(batched, weight) { convolutionOperator($0, $1, attributes: geometry.attributes) }
            result = bias.map { product + perChannel($0, rank: rank) } ?? product
        } else {
            result = convolutionOperator([batched] + operands.dropFirst(), geometry.attributes)[0]
        }
        return x.rank == rank + 2 ? result : result.squeeze(0)
    }
}

private func transposedConvolution(
    _ name: String, rank: Int, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ stride: any SpatialExtent, _ padding: any SpatialExtent,
    _ outputPadding: any SpatialExtent, _ groups: Int, _ dilation: any SpatialExtent
) -> Tensor {
    composed(name, bias.map { [x, weight, $0] } ?? [x, weight]) { () throws(TensorError) in
        try ConvolutionGeometry.check(x, weight, bias, outputs: weight.rank > 1 ? weight.shape[1] * groups : nil, rank: rank)
        if let bias, x.dtype.isFloatingPoint, x.dtype.size == 2 {
            // The product and the sum with the bias are rounded together.
            return transposedConvolution(name, rank: rank, x.to(.float32), weight.to(.float32), bias.to(.float32), stride, padding, outputPadding,
                                         groups, dilation).to(x.dtype)
        }
        let batched = x.rank == rank + 2 ? x : x.unsqueeze(0)
        let geometry = try ConvolutionGeometry(transposing: batched.shape, weight.shape, stride: stride, padding: padding,
                                               outputPadding: outputPadding, dilation: dilation, groups: groups)
        func transposed(_ x: Tensor, _ weight: Tensor) -> Tensor { convolutionInputGradientOperator(x, weight, attributes: geometry.attributes) }
        var result = x.dtype.isComplex ? convolvedByParts(batched, weight, transposed) : transposed(batched, weight)
        if let bias { result = result + perChannel(bias, rank: rank) }
        return x.rank == rank + 2 ? result : result.squeeze(0)
    }
}

/// Convolution over one dimension: [batch, channels, length] with weights [outputs, channels / groups, kernel]; the batch may be absent.
/// PyTorch: `torch.nn.functional.conv1d`.
public func conv1d(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: any SpatialExtent = 1, padding: any SpatialPadding = 0,
                   dilation: any SpatialExtent = 1, groups: Int = 1) -> Tensor {
    convolution("conv1d", rank: 1, x, weight, bias, stride, padding, dilation, groups)
}

/// Convolution over two dimensions (cross-correlation, as everywhere in the field): [batch, channels, height, width] with weights
/// [outputs, channels / groups, kernel height, kernel width]; the batch may be absent. `padding` surrounds the input with zeros: a number,
/// one each for height and width, `.same` or `.valid`. The result lies in memory with its channels innermost, unless `x` lies plane by plane and is better
/// left so (groups, kernels of 1 × 1).
/// PyTorch: `torch.nn.functional.conv2d`.
public func conv2d(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: any SpatialExtent = 1, padding: any SpatialPadding = 0,
                   dilation: any SpatialExtent = 1, groups: Int = 1) -> Tensor {
    convolution("conv2d", rank: 2, x, weight, bias, stride, padding, dilation, groups)
}

/// Convolution over three dimensions: [batch, channels, depth, height, width]. PyTorch: `torch.nn.functional.conv3d`.
public func conv3d(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: any SpatialExtent = 1, padding: any SpatialPadding = 0,
                   dilation: any SpatialExtent = 1, groups: Int = 1) -> Tensor {
    convolution("conv3d", rank: 3, x, weight, bias, stride, padding, dilation, groups)
}

/// Transposed convolution over one dimension: [batch, channels, length] with weights [channels, outputs / groups, kernel].
/// PyTorch: `torch.nn.functional.conv_transpose1d`.
public func convTranspose1d(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: any SpatialExtent = 1, padding: any SpatialExtent = 0,
                            outputPadding: any SpatialExtent = 0, groups: Int = 1, dilation: any SpatialExtent = 1) -> Tensor {
    transposedConvolution("convTranspose1d", rank: 1, x, weight, bias, stride, padding, outputPadding, groups, dilation)
}

/// Transposed convolution over two dimensions, the gradient of a convolution with respect to its input: [batch, channels, height, width] with
/// weights [channels, outputs / groups, kernel height, kernel width] give spatial sizes
/// (size - 1) · stride - 2 · padding + dilation · (kernel - 1) + outputPadding + 1. PyTorch: `torch.nn.functional.conv_transpose2d`.
public func convTranspose2d(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: any SpatialExtent = 1, padding: any SpatialExtent = 0,
                            outputPadding: any SpatialExtent = 0, groups: Int = 1, dilation: any SpatialExtent = 1) -> Tensor {
    transposedConvolution("convTranspose2d", rank: 2, x, weight, bias, stride, padding, outputPadding, groups, dilation)
}

/// Transposed convolution over three dimensions. PyTorch: `torch.nn.functional.conv_transpose3d`.
public func convTranspose3d(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: any SpatialExtent = 1, padding: any SpatialExtent = 0,
                            outputPadding: any SpatialExtent = 0, groups: Int = 1, dilation: any SpatialExtent = 1) -> Tensor {
    transposedConvolution("convTranspose3d", rank: 3, x, weight, bias, stride, padding, outputPadding, groups, dilation)
}
