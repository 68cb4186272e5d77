/// The sizes of a convolution, in any number of spatial dimensions. Output sizes are stored, not derived: the padding behind the input
/// is whatever they imply, so that a gradient knows exactly which input its cotangents belong to.
struct ConvolutionGeometry: Sendable, Equatable {
    var inputSize: [Int]
    var outputSize: [Int]
    var kernelSize: [Int]
    var stride: [Int]
    var dilation: [Int]
    /// Zeros before the input.
    var paddingBefore: [Int]
    var groups: Int

    var spatialRank: Int { kernelSize.count }

    /// What the windows cover: the input with the part of its padding that is read.
    var coveredSize: [Int] {
        (0..<spatialRank).map { (outputSize[$0] - 1) * stride[$0] + dilation[$0] * (kernelSize[$0] - 1) + 1 }
    }

    var attributes: Attributes {
        ["inputSize": .ints(inputSize), "outputSize": .ints(outputSize), "kernelSize": .ints(kernelSize), "stride": .ints(stride),
         "dilation": .ints(dilation), "paddingBefore": .ints(paddingBefore), "groups": .int(groups)]
    }

    init(_ attributes: Attributes) {
        inputSize = attributes.ints("inputSize")
        outputSize = attributes.ints("outputSize")
        kernelSize = attributes.ints("kernelSize")
        stride = attributes.ints("stride")
        dilation = attributes.ints("dilation")
        paddingBefore = attributes.ints("paddingBefore")
        groups = attributes.int("groups")
    }

    /// A convolution of `x` [batch, channels, spatial…] with `weight` [outputs, channels / groups, kernel…].
    init(convolving x: Shape, _ weight: Shape, stride: any SpatialExtent, padding: any SpatialPadding, dilation: any SpatialExtent,
         groups: Int) throws(TensorError) {
        let rank = weight.count - 2
        kernelSize = Array(weight[2...])
        inputSize = Array(x[2...])
        self.stride = try stride.expanded(to: rank, "stride")
        self.dilation = try dilation.expanded(to: rank, "dilation")
        self.groups = groups
        try Self.checkGroups(groups, weight)
        guard x[1] == weight[1] * groups else {
            throw TensorError("the input has \(x[1]) channels, the weight \(weight) takes \(weight[1] * groups)"
                + (groups == 1 ? "" : " (\(weight[1]) in each of \(groups) groups)"))
        }
        guard weight[0] % groups == 0 else {
            throw TensorError("the weight's \(weight[0]) outputs do not divide into \(groups) groups")
        }
        let amounts = try padding.padding.amounts(inputSize, kernel: kernelSize, dilation: self.dilation, stride: self.stride)
        paddingBefore = amounts.map(\.before)
        outputSize = []
        for d in 0..<rank {
            let padded = inputSize[d] + amounts[d].before + amounts[d].after
            let reach = self.dilation[d] * (kernelSize[d] - 1) + 1
            guard padded >= reach else {
                throw TensorError("the kernel reaches over \(reach) elements of spatial dimension \(d), the padded input has only \(padded)")
            }
            outputSize.append((padded - reach) / self.stride[d] + 1)
        }
    }

    /// The convolution whose gradient with respect to its input is the transposed convolution of `x` [batch, channels, spatial…] with
    /// `weight` [channels, outputs / groups, kernel…].
    init(transposing x: Shape, _ weight: Shape, stride: any SpatialExtent, padding: any SpatialExtent, outputPadding: any SpatialExtent,
         dilation: any SpatialExtent, groups: Int) throws(TensorError) {
        let rank = weight.count - 2
        kernelSize = Array(weight[2...])
        outputSize = Array(x[2...])
        self.stride = try stride.expanded(to: rank, "stride")
        self.dilation = try dilation.expanded(to: rank, "dilation")
        paddingBefore = try padding.expanded(to: rank, "padding", atLeast: 0)
        self.groups = groups
        try Self.checkGroups(groups, weight)
        guard x[1] == weight[0] else {
            throw TensorError("the input has \(x[1]) channels, the weight \(weight) takes \(weight[0])")
        }
        guard x[1] % groups == 0 else { throw TensorError("the input's \(x[1]) channels do not divide into \(groups) groups") }
        let extra = try outputPadding.expanded(to: rank, "outputPadding", atLeast: 0)
        inputSize = []
        for d in 0..<rank {
            guard extra[d] < max(self.stride[d], self.dilation[d]) else {
                throw TensorError("outputPadding \(extra[d]) must be smaller than the stride \(self.stride[d]) or the dilation \(self.dilation[d])")
            }
            let size = (outputSize[d] - 1) * self.stride[d] - 2 * paddingBefore[d] + self.dilation[d] * (kernelSize[d] - 1) + extra[d] + 1
            guard size >= 1 else { throw TensorError("spatial dimension \(d) of the result would have \(size) elements") }
            inputSize.append(size)
        }
    }

    private static func checkGroups(_ groups: Int, _ weight: Shape) throws(TensorError) {
        guard groups > 0 else { throw TensorError("groups must be at least 1, got \(groups)") }
        guard weight.dropFirst(2).allSatisfy({ $0 > 0 }) else { throw TensorError("the weight \(weight) has an empty kernel") }
    }

    /// Checks what does not depend on the kind of convolution.
    static func check(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, outputs: Int?, rank: Int) throws(TensorError) {
        guard x.rank == rank + 2 || x.rank == rank + 1 else {
            throw TensorError("the input must have shape [batch, channels, …] with \(rank) spatial dimension\(rank == 1 ? "" : "s"), "
                + "or that without batch, got \(x.shape)")
        }
        guard weight.rank == rank + 2 else {
            throw TensorError("the weight must have \(rank + 2) dimensions, got \(weight.shape)")
        }
        try MatrixProductRule.check(types: [x, weight] + (bias.map { [$0] } ?? []))
        if let bias, let outputs, bias.shape != [outputs] {
            throw TensorError("the bias has shape \(bias.shape), it must have one value for each of the \(outputs) output channels")
        }
    }
}

extension ShapeRule {
    /// Strides of [batch, channels, spatial…] whose channels are consecutive in memory: how layers with spatial dimensions pass on
    /// their results. PyTorch: `torch.channels_last`.
    static func channelsLastStrides(_ shape: Shape) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        var step = max(shape[1], 1)
        for d in stride(from: shape.count - 1, through: 2, by: -1) {
            strides[d] = step
            step *= max(shape[d], 1)
        }
        strides[0] = step
        return strides
    }
}
