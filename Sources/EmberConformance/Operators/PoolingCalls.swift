import Ember

typealias Extent = any SpatialExtent

private func maximum(
    _ plain: @escaping @Sendable (Tensor, Extent, Extent?, Extent, Extent, Bool) -> Tensor,
    _ withIndices:
        @escaping @Sendable (Tensor, Extent, Extent?, Extent, Extent, Bool) -> (output: Tensor, indices: Tensor)
) -> OperatorCall {
    { arguments in
        let x = try arguments.tensor(0, "input"), size = try arguments.extent(1, "kernel_size"),
            stride = try arguments.optionalExtent(2, "stride")
        let padding = try arguments.extent(3, "padding", default: 0),
            dilation = try arguments.extent(4, "dilation", default: 1)
        let ceiling = try arguments.bool(5, "ceil_mode", default: false)
        guard try arguments.bool(6, "return_indices", default: false) else {
            return .tensor(plain(x, size, stride, padding, dilation, ceiling))
        }
        let result = withIndices(x, size, stride, padding, dilation, ceiling)
        return list([result.output, result.indices])
    }
}

private func average(_ function: @escaping @Sendable (Tensor, Extent, Extent?, Extent, Bool, Bool, Int?) -> Tensor)
    -> OperatorCall
{
    { arguments in
        .tensor(
            function(
                try arguments.tensor(0, "input"), try arguments.extent(1, "kernel_size"),
                try arguments.optionalExtent(2, "stride"),
                try arguments.extent(3, "padding", default: 0), try arguments.bool(4, "ceil_mode", default: false),
                try arguments.bool(5, "count_include_pad", default: true),
                try arguments.optionalInt(6, "divisor_override")))
    }
}

private func adaptiveAverage(_ function: @escaping @Sendable (Tensor, any AdaptiveExtent) -> Tensor) -> OperatorCall {
    { .tensor(function(try $0.tensor(0, "input"), try $0.adaptiveExtent(1, "output_size"))) }
}

private func adaptiveMaximum(
    _ plain: @escaping @Sendable (Tensor, any AdaptiveExtent) -> Tensor,
    _ withIndices: @escaping @Sendable (Tensor, any AdaptiveExtent) -> (output: Tensor, indices: Tensor)
) -> OperatorCall {
    { arguments in
        let x = try arguments.tensor(0, "input"), size = try arguments.adaptiveExtent(1, "output_size")
        guard try arguments.bool(2, "return_indices", default: false) else { return .tensor(plain(x, size)) }
        let result = withIndices(x, size)
        return list([result.output, result.indices])
    }
}

private func unpooling(_ function: @escaping @Sendable (Tensor, Tensor, Extent, Extent?, Extent, [Int]?) -> Tensor)
    -> OperatorCall
{
    { arguments in
        .tensor(
            function(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "indices"),
                try arguments.extent(2, "kernel_size"),
                try arguments.optionalExtent(3, "stride"), try arguments.extent(4, "padding", default: 0),
                try arguments.optionalInts(5, "output_size")))
    }
}

/// Pooling of one, two and three dimensions.
let poolingCalls: [String: OperatorCall] = [
    "F.max_pool1d": maximum(
        { maxPool1d($0, $1, stride: $2, padding: $3, dilation: $4, ceilMode: $5) },
        { maxPool1dWithIndices($0, $1, stride: $2, padding: $3, dilation: $4, ceilMode: $5) }),
    "F.max_pool2d": maximum(
        { maxPool2d($0, $1, stride: $2, padding: $3, dilation: $4, ceilMode: $5) },
        { maxPool2dWithIndices($0, $1, stride: $2, padding: $3, dilation: $4, ceilMode: $5) }),
    "F.max_pool3d": maximum(
        { maxPool3d($0, $1, stride: $2, padding: $3, dilation: $4, ceilMode: $5) },
        { maxPool3dWithIndices($0, $1, stride: $2, padding: $3, dilation: $4, ceilMode: $5) }),
    "F.avg_pool1d": average {
        avgPool1d($0, $1, stride: $2, padding: $3, ceilMode: $4, countIncludePad: $5, divisorOverride: $6)
    },
    "F.avg_pool2d": average {
        avgPool2d($0, $1, stride: $2, padding: $3, ceilMode: $4, countIncludePad: $5, divisorOverride: $6)
    },
    "F.avg_pool3d": average {
        avgPool3d($0, $1, stride: $2, padding: $3, ceilMode: $4, countIncludePad: $5, divisorOverride: $6)
    },
    "F.adaptive_avg_pool1d": adaptiveAverage { adaptiveAvgPool1d($0, $1) },
    "F.adaptive_avg_pool2d": adaptiveAverage { adaptiveAvgPool2d($0, $1) },
    "F.adaptive_avg_pool3d": adaptiveAverage { adaptiveAvgPool3d($0, $1) },
    "F.adaptive_max_pool1d": adaptiveMaximum({ adaptiveMaxPool1d($0, $1) }, { adaptiveMaxPool1dWithIndices($0, $1) }),
    "F.adaptive_max_pool2d": adaptiveMaximum({ adaptiveMaxPool2d($0, $1) }, { adaptiveMaxPool2dWithIndices($0, $1) }),
    "F.adaptive_max_pool3d": adaptiveMaximum({ adaptiveMaxPool3d($0, $1) }, { adaptiveMaxPool3dWithIndices($0, $1) }),
    "F.max_unpool1d": unpooling { maxUnpool1d($0, $1, $2, stride: $3, padding: $4, outputSize: $5) },
    "F.max_unpool2d": unpooling { maxUnpool2d($0, $1, $2, stride: $3, padding: $4, outputSize: $5) },
    "F.max_unpool3d": unpooling { maxUnpool3d($0, $1, $2, stride: $3, padding: $4, outputSize: $5) },
]
