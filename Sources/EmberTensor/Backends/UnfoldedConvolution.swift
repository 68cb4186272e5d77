// Convolution as a matrix product with the input's windows laid out as columns, for element types and sizes a device's library has no
// kernel for. Written in other primitives, so any backend can fall back on it.

extension Backend {
    /// All windows of x as a strided view [batch, groups, channels / groups, kernel…, output…]; x is surrounded by zeros first if need be.
    func windows(_ geometry: ConvolutionGeometry, _ x: Tensor) -> Tensor {
        let covered = geometry.coveredSize
        var source = x
        if geometry.paddingBefore.contains(where: { $0 > 0 }) || zip(covered, geometry.inputSize).contains(where: { $0 > $1 }) {
            source = Tensor.empty(Array(x.shape[..<2]) + covered, x.dtype, device: x.device)
            source.fill(.int(0))
            let (inside, outside) = overlap(geometry, x, source)
            if inside.count > 0 { copy(from: inside, to: outside) }
        }
        let groups = geometry.groups, channels = x.shape[1] / groups
        let spatial = Array(source.strides[2...])
        return source.view(
            shape: [x.shape[0], groups, channels] + geometry.kernelSize + geometry.outputSize,
            strides: [source.strides[0], source.strides[1] * channels, source.strides[1]]
                + zip(spatial, geometry.dilation).map { $0 * $1 } + zip(spatial, geometry.stride).map { $0 * $1 },
            offset: source.body.offset)
    }

    /// The part of the input that windows cover, as views of the input and of the padded copy.
    private func overlap(_ geometry: ConvolutionGeometry, _ input: Tensor, _ padded: Tensor) -> (Tensor, Tensor) {
        let covered = geometry.coveredSize
        let sizes = (0..<geometry.spatialRank).map { max(0, min(geometry.inputSize[$0], covered[$0] - geometry.paddingBefore[$0])) }
        let shape = Array(input.shape[..<2]) + sizes
        var offset = padded.body.offset
        if !sizes.contains(0) { for d in sizes.indices { offset += geometry.paddingBefore[d] * padded.strides[d + 2] } }
        return (input.view(shape: shape, strides: input.strides, offset: input.body.offset),
                padded.view(shape: shape, strides: padded.strides, offset: offset))
    }

    /// `x` under another shape, copied only if its strides do not allow a view.
    private func reshaped(_ x: Tensor, _ shape: Shape) -> Tensor {
        if let strides = ViewRule.strides(of: x.shape, x.strides, as: shape) { return x.view(shape: shape, strides: strides, offset: x.body.offset) }
        let dense = Tensor.empty(x.shape, x.dtype, device: x.device)
        copy(from: x, to: dense)
        return dense.view(shape: shape, strides: ShapeRule.contiguousStrides(shape), offset: 0)
    }

    /// A result of ours as [batch, groups, channels / groups, positions]; dense channels-last memory always reads so.
    private func grouped(_ result: Tensor, _ groups: Int) -> Tensor {
        let shape = [result.shape[0], groups, result.shape[1] / groups, ShapeRule.count(Array(result.shape[2...]))]
        guard let strides = ViewRule.strides(of: result.shape, result.strides, as: shape) else {
            preconditionFailure("a convolution's result must be dense")
        }
        return result.view(shape: shape, strides: strides, offset: result.body.offset)
    }

    func unfoldedConvolution(_ geometry: ConvolutionGeometry, _ x: Tensor, _ weight: Tensor, bias: Tensor?, into y: Tensor) {
        let groups = geometry.groups, window = ShapeRule.count(Array(weight.shape[1...]))
        let positions = ShapeRule.count(geometry.outputSize)
        let columns = reshaped(windows(geometry, x), [x.shape[0], groups, window, positions])
        let matrices = reshaped(weight, [groups, weight.shape[0] / groups, window])
        if let bias {
            copy(from: bias.view(shape: y.shape, strides: y.shape.indices.map { $0 == 1 ? bias.strides[0] : 0 },
                                 offset: bias.body.offset), to: y)
        }
        multiply(matrices, columns, into: grouped(y, groups), bias: nil, accumulate: bias != nil)
    }

    /// 16-bit values as float32.
    private func widened(_ x: Tensor) -> Tensor {
        guard x.dtype.isFloatingPoint, x.dtype.size == 2 else { return x }
        let wide = Tensor.empty(x.shape, .float32, device: x.device)
        copy(from: x, to: wide)
        return wide
    }

    func unfoldedInputGradient(_ geometry: ConvolutionGeometry, _ g: Tensor, _ weight: Tensor, into result: Tensor) {
        // Sums over the places of the kernel are rounded once, at the end.
        let g = widened(g), weight = widened(weight)
        let groups = geometry.groups, window = ShapeRule.count(Array(weight.shape[1...]))
        let positions = ShapeRule.count(geometry.outputSize), batch = g.shape[0]
        let matrices = reshaped(weight, [groups, weight.shape[0] / groups, window])
        let transposed = matrices.view(shape: [groups, window, weight.shape[0] / groups],
                                       strides: [matrices.strides[0], matrices.strides[2], matrices.strides[1]], offset: matrices.body.offset)
        let columns = Tensor.empty([batch, groups, window, positions], g.dtype, device: g.device)
        multiply(transposed, reshaped(g, [batch, groups, weight.shape[0] / groups, positions]), into: columns, bias: nil, accumulate: false)

        addColumns(geometry, columns, into: result)
    }

    /// `columns` [batch, channels · kernel, positions] added to the positions of `result` [batch, channels, spatial…] that they were read from.
    func addColumns(_ geometry: ConvolutionGeometry, _ columns: Tensor, into result: Tensor) {
        let batch = result.shape[0], channels = result.shape[1], positions = ShapeRule.count(geometry.outputSize)
        let padded = Tensor.empty([batch, channels] + geometry.coveredSize, columns.dtype, device: columns.device)
        padded.fill(.int(0))
        let places = ShapeRule.count(geometry.kernelSize)
        let add = ElementwiseProgram(inputCount: 2, instructions: [.init(operation: ScalarRows.add, operands: [0, 1])], results: [2],
                                     compute: columns.dtype)
        let shape = [batch, channels] + geometry.outputSize
        let columnStrides = [channels * places * positions, places * positions] + ShapeRule.contiguousStrides(geometry.outputSize)
        let spatial = Array(padded.strides[2...])
        for place in 0..<places {
            var offset = 0, rest = place
            for d in stride(from: geometry.spatialRank - 1, through: 0, by: -1) {
                offset += rest % geometry.kernelSize[d] * geometry.dilation[d] * spatial[d]
                rest /= geometry.kernelSize[d]
            }
            let target = padded.view(shape: shape, strides: Array(padded.strides[..<2]) + zip(spatial, geometry.stride).map { $0 * $1 },
                                     offset: offset)
            let source = columns.view(shape: shape, strides: columnStrides, offset: place * positions)
            elementwise(add, [target, source], into: [target])
        }
        result.fill(.int(0))
        let (inside, outside) = overlap(geometry, result, padded)
        if inside.count > 0 { copy(from: outside, to: inside) }
    }

    func unfoldedWeightGradient(_ geometry: ConvolutionGeometry, _ x: Tensor, _ g: Tensor, into result: Tensor) {
        let groups = geometry.groups, rank = geometry.spatialRank
        let window = ShapeRule.count(Array(result.shape[1...])), outputs = result.shape[0] / groups
        let terms = g.shape[0] * ShapeRule.count(geometry.outputSize)
        // The batch is part of the inner dimension: [groups, channels / groups, kernel…, batch, output…].
        let all = windows(geometry, x)
        let order = Array(1..<(3 + rank)) + [0] + Array((3 + rank)..<all.rank)
        let columns = reshaped(all.view(shape: order.map { all.shape[$0] }, strides: order.map { all.strides[$0] }, offset: all.body.offset),
                               [groups, window, terms])
        let byChannel = g.view(shape: [g.shape[1], g.shape[0]] + g.shape[2...], strides: [g.strides[1], g.strides[0]] + g.strides[2...],
                               offset: g.body.offset)
        let rows = reshaped(byChannel, [groups, outputs, terms])
        let transposed = columns.view(shape: [groups, terms, window], strides: [columns.strides[0], columns.strides[2], columns.strides[1]],
                                      offset: columns.body.offset)
        multiply(rows, transposed, into: reshaped(result, [groups, outputs, window]), bias: nil, accumulate: false)
    }
}
