import Ember

private typealias NormBuilder =
    @Sendable (_ features: Int, _ eps: Double, _ momentum: Double?, _ affine: Bool, _ bias: Bool, _ tracked: Bool) ->
    any Layer

private func batchNorm(_ build: @escaping NormBuilder) -> ModuleCall {
    layer { arguments in
        // None stands for the cumulative average, nothing for the usual 0.1.
        let momentum = arguments.has(2, "momentum") ? try arguments.optionalDouble(2, "momentum") : 0.1
        return build(
            try arguments.int(0, "num_features"), try arguments.double(1, "eps", default: 1e-5), momentum,
            try arguments.bool(3, "affine", default: true),
            try arguments.bool(nil, "bias", default: true), try arguments.bool(4, "track_running_stats", default: true))
    }
}

private func instanceNorm(_ build: @escaping NormBuilder) -> ModuleCall {
    layer { arguments in
        build(
            try arguments.int(0, "num_features"), try arguments.double(1, "eps", default: 1e-5),
            try arguments.double(2, "momentum", default: 0.1),
            try arguments.bool(3, "affine", default: false), try arguments.bool(nil, "bias", default: true),
            try arguments.bool(4, "track_running_stats", default: false))
    }
}

/// Arguments of a convolution.
private struct ConvolutionArguments {
    let input: Int, output: Int, kernel: Extent, stride: Extent, padding: any SpatialPadding, dilation: Extent,
        groups: Int, bias: Bool, mode: PaddingMode

    init(_ arguments: Arguments) throws {
        input = try arguments.int(0, "in_channels")
        output = try arguments.int(1, "out_channels")
        kernel = try arguments.extent(2, "kernel_size")
        stride = try arguments.extent(3, "stride", default: 1)
        padding = try arguments.padding(4, "padding")
        dilation = try arguments.extent(5, "dilation", default: 1)
        groups = try arguments.int(6, "groups", default: 1)
        bias = try arguments.bool(7, "bias", default: true)
        mode = try arguments.choice(8, "padding_mode", default: .zeros)
    }
}

private struct TransposedArguments {
    let input: Int, output: Int, kernel: Extent, stride: Extent, padding: Extent, outputPadding: Extent, groups: Int,
        bias: Bool, dilation: Extent

    init(_ arguments: Arguments) throws {
        input = try arguments.int(0, "in_channels")
        output = try arguments.int(1, "out_channels")
        kernel = try arguments.extent(2, "kernel_size")
        stride = try arguments.extent(3, "stride", default: 1)
        padding = try arguments.extent(4, "padding", default: 0)
        outputPadding = try arguments.extent(5, "output_padding", default: 0)
        groups = try arguments.int(6, "groups", default: 1)
        bias = try arguments.bool(7, "bias", default: true)
        dilation = try arguments.extent(8, "dilation", default: 1)
    }
}

private func padding(_ build: @escaping @Sendable (Extent) -> any Layer) -> ModuleCall {
    layer { build(try $0.extent(0, "padding")) }
}

private func constantPadding(_ build: @escaping @Sendable (Extent, Double) -> any Layer) -> ModuleCall {
    layer { build(try $0.extent(0, "padding"), try $0.double(1, "value")) }
}

private func pairLayer(_ build: @escaping @Sendable (Arguments) throws -> Bilinear) -> ModuleCall {
    { construction in
        let module = try build(construction)
        return BuiltModule(module: module) { .tensor(module(try $0.tensor(0, "input1"), try $0.tensor(1, "input2"))) }
    }
}

/// Linear layers, convolutions, normalisation, padding, embedding.
let layerModules: [String: ModuleCall] = [
    "Linear": layer {
        Linear(try $0.int(0, "in_features"), try $0.int(1, "out_features"), bias: try $0.bool(2, "bias", default: true))
    },
    "Bilinear": pairLayer {
        Bilinear(
            try $0.int(0, "in1_features"), try $0.int(1, "in2_features"), try $0.int(2, "out_features"),
            bias: try $0.bool(3, "bias", default: true))
    },
    "Embedding": layer { arguments in
        Embedding(
            try arguments.int(0, "num_embeddings"), try arguments.int(1, "embedding_dim"),
            paddingIdx: try arguments.optionalInt(2, "padding_idx"),
            maxNorm: try arguments.optionalDouble(3, "max_norm"),
            normType: try arguments.double(4, "norm_type", default: 2),
            scaleGradByFreq: try arguments.bool(5, "scale_grad_by_freq", default: false),
            sparse: try arguments.bool(6, "sparse", default: false))
    },
    "Conv1d": layer {
        let c = try ConvolutionArguments($0)
        return Conv1d(
            c.input, c.output, kernelSize: c.kernel, stride: c.stride, padding: c.padding, dilation: c.dilation,
            groups: c.groups, bias: c.bias, paddingMode: c.mode)
    },
    "Conv2d": layer {
        let c = try ConvolutionArguments($0)
        return Conv2d(
            c.input, c.output, kernelSize: c.kernel, stride: c.stride, padding: c.padding, dilation: c.dilation,
            groups: c.groups, bias: c.bias, paddingMode: c.mode)
    },
    "Conv3d": layer {
        let c = try ConvolutionArguments($0)
        return Conv3d(
            c.input, c.output, kernelSize: c.kernel, stride: c.stride, padding: c.padding, dilation: c.dilation,
            groups: c.groups, bias: c.bias, paddingMode: c.mode)
    },
    "ConvTranspose1d": layer {
        let c = try TransposedArguments($0)
        return ConvTranspose1d(
            c.input, c.output, kernelSize: c.kernel, stride: c.stride, padding: c.padding,
            outputPadding: c.outputPadding, groups: c.groups, bias: c.bias,
            dilation: c.dilation)
    },
    "ConvTranspose2d": layer {
        let c = try TransposedArguments($0)
        return ConvTranspose2d(
            c.input, c.output, kernelSize: c.kernel, stride: c.stride, padding: c.padding,
            outputPadding: c.outputPadding, groups: c.groups, bias: c.bias,
            dilation: c.dilation)
    },
    "ConvTranspose3d": layer {
        let c = try TransposedArguments($0)
        return ConvTranspose3d(
            c.input, c.output, kernelSize: c.kernel, stride: c.stride, padding: c.padding,
            outputPadding: c.outputPadding, groups: c.groups, bias: c.bias,
            dilation: c.dilation)
    },
    "BatchNorm1d": batchNorm { BatchNorm1d($0, eps: $1, momentum: $2, affine: $3, bias: $4, trackRunningStats: $5) },
    "BatchNorm2d": batchNorm { BatchNorm2d($0, eps: $1, momentum: $2, affine: $3, bias: $4, trackRunningStats: $5) },
    "BatchNorm3d": batchNorm { BatchNorm3d($0, eps: $1, momentum: $2, affine: $3, bias: $4, trackRunningStats: $5) },
    "InstanceNorm1d": instanceNorm {
        InstanceNorm1d($0, eps: $1, momentum: $2 ?? 0.1, affine: $3, bias: $4, trackRunningStats: $5)
    },
    "InstanceNorm2d": instanceNorm {
        InstanceNorm2d($0, eps: $1, momentum: $2 ?? 0.1, affine: $3, bias: $4, trackRunningStats: $5)
    },
    "InstanceNorm3d": instanceNorm {
        InstanceNorm3d($0, eps: $1, momentum: $2 ?? 0.1, affine: $3, bias: $4, trackRunningStats: $5)
    },
    "LayerNorm": layer { arguments in
        LayerNorm(
            try arguments.ints(0, "normalized_shape"), eps: try arguments.double(1, "eps", default: 1e-5),
            elementwiseAffine: try arguments.bool(2, "elementwise_affine", default: true),
            bias: try arguments.bool(3, "bias", default: true))
    },
    "RMSNorm": layer { arguments in
        RMSNorm(
            try arguments.ints(0, "normalized_shape"), eps: try arguments.optionalDouble(1, "eps"),
            elementwiseAffine: try arguments.bool(2, "elementwise_affine", default: true))
    },
    "GroupNorm": layer { arguments in
        GroupNorm(
            try arguments.int(0, "num_groups"), try arguments.int(1, "num_channels"),
            eps: try arguments.double(2, "eps", default: 1e-5),
            affine: try arguments.bool(3, "affine", default: true), bias: try arguments.bool(4, "bias", default: true))
    },
    "LocalResponseNorm": layer { arguments in
        LocalResponseNorm(
            try arguments.int(0, "size"), alpha: try arguments.double(1, "alpha", default: 1e-4),
            beta: try arguments.double(2, "beta", default: 0.75),
            k: try arguments.double(3, "k", default: 1))
    },
    "ConstantPad1d": constantPadding { ConstantPad1d($0, $1) },
    "ConstantPad2d": constantPadding { ConstantPad2d($0, $1) },
    "ConstantPad3d": constantPadding { ConstantPad3d($0, $1) },
    "ZeroPad1d": padding { ZeroPad1d($0) }, "ZeroPad2d": padding { ZeroPad2d($0) },
    "ZeroPad3d": padding { ZeroPad3d($0) },
    "ReflectionPad1d": padding { ReflectionPad1d($0) }, "ReflectionPad2d": padding { ReflectionPad2d($0) },
    "ReflectionPad3d": padding { ReflectionPad3d($0) },
    "ReplicationPad1d": padding { ReplicationPad1d($0) }, "ReplicationPad2d": padding { ReplicationPad2d($0) },
    "ReplicationPad3d": padding { ReplicationPad3d($0) },
    "CircularPad1d": padding { CircularPad1d($0) }, "CircularPad2d": padding { CircularPad2d($0) },
    "CircularPad3d": padding { CircularPad3d($0) },
]
