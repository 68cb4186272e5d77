import Ember

/// A maximum pooling: with `return_indices` the places come along.
private func maximum<Pool: Module & Layer>(
    _ build: @escaping @Sendable (Extent, Extent?, Extent, Extent, Bool) -> Pool,
    _ withIndices: @escaping @Sendable (Pool, Tensor) -> (output: Tensor, indices: Tensor)
) -> ModuleCall {
    { arguments in
        let pool = build(
            try arguments.extent(0, "kernel_size"), try arguments.optionalExtent(1, "stride"),
            try arguments.extent(2, "padding", default: 0),
            try arguments.extent(3, "dilation", default: 1), try arguments.bool(5, "ceil_mode", default: false))
        return built(pool, try arguments.bool(4, "return_indices", default: false), withIndices)
    }
}

private func adaptiveMaximum<Pool: Module & Layer>(
    _ build: @escaping @Sendable (any AdaptiveExtent) -> Pool,
    _ withIndices: @escaping @Sendable (Pool, Tensor) -> (output: Tensor, indices: Tensor)
) -> ModuleCall {
    {
        built(
            build(try $0.adaptiveExtent(0, "output_size")), try $0.bool(1, "return_indices", default: false),
            withIndices)
    }
}

private func built<Pool: Module & Layer>(
    _ pool: Pool, _ indices: Bool,
    _ withIndices: @escaping @Sendable (Pool, Tensor) -> (output: Tensor, indices: Tensor)
) -> BuiltModule {
    BuiltModule(module: pool) { arguments in
        let x = try arguments.tensor(0, "input")
        guard indices else { return .tensor(pool(x)) }
        let result = withIndices(pool, x)
        return list([result.output, result.indices])
    }
}

private func average(_ build: @escaping @Sendable (Extent, Extent?, Extent, Bool, Bool, Int?) -> any Layer)
    -> ModuleCall
{
    layer { arguments in
        build(
            try arguments.extent(0, "kernel_size"), try arguments.optionalExtent(1, "stride"),
            try arguments.extent(2, "padding", default: 0),
            try arguments.bool(3, "ceil_mode", default: false),
            try arguments.bool(4, "count_include_pad", default: true), try arguments.optionalInt(5, "divisor_override"))
    }
}

private func powerNorm(_ build: @escaping @Sendable (Double, Extent, Extent?, Bool) -> any Layer) -> ModuleCall {
    layer { arguments in
        build(
            try arguments.double(0, "norm_type"), try arguments.extent(1, "kernel_size"),
            try arguments.optionalExtent(2, "stride"), try arguments.bool(3, "ceil_mode", default: false))
    }
}

/// Pooling as layers.
let poolingModules: [String: ModuleCall] = [
    "MaxPool1d": maximum(
        { MaxPool1d($0, stride: $1, padding: $2, dilation: $3, ceilMode: $4) }, { $0.withIndices($1) }),
    "MaxPool2d": maximum(
        { MaxPool2d($0, stride: $1, padding: $2, dilation: $3, ceilMode: $4) }, { $0.withIndices($1) }),
    "MaxPool3d": maximum(
        { MaxPool3d($0, stride: $1, padding: $2, dilation: $3, ceilMode: $4) }, { $0.withIndices($1) }),
    "AvgPool1d": average {
        AvgPool1d($0, stride: $1, padding: $2, ceilMode: $3, countIncludePad: $4, divisorOverride: $5)
    },
    "AvgPool2d": average {
        AvgPool2d($0, stride: $1, padding: $2, ceilMode: $3, countIncludePad: $4, divisorOverride: $5)
    },
    "AvgPool3d": average {
        AvgPool3d($0, stride: $1, padding: $2, ceilMode: $3, countIncludePad: $4, divisorOverride: $5)
    },
    "LPPool1d": powerNorm { LPPool1d(p: $0, $1, stride: $2, ceilMode: $3) },
    "LPPool2d": powerNorm { LPPool2d(p: $0, $1, stride: $2, ceilMode: $3) },
    "LPPool3d": powerNorm { LPPool3d(p: $0, $1, stride: $2, ceilMode: $3) },
    "AdaptiveAvgPool1d": layer { AdaptiveAvgPool1d(try $0.adaptiveExtent(0, "output_size")) },
    "AdaptiveAvgPool2d": layer { AdaptiveAvgPool2d(try $0.adaptiveExtent(0, "output_size")) },
    "AdaptiveAvgPool3d": layer { AdaptiveAvgPool3d(try $0.adaptiveExtent(0, "output_size")) },
    "AdaptiveMaxPool1d": adaptiveMaximum({ AdaptiveMaxPool1d($0) }, { $0.withIndices($1) }),
    "AdaptiveMaxPool2d": adaptiveMaximum({ AdaptiveMaxPool2d($0) }, { $0.withIndices($1) }),
    "AdaptiveMaxPool3d": adaptiveMaximum({ AdaptiveMaxPool3d($0) }, { $0.withIndices($1) }),
]
