import Ember

extension Arguments {
    /// A scale factor or ratio: one number or one for each spatial dimension.
    fileprivate func optionalScale(_ position: Int?, _ name: String) throws -> (any SpatialScale)? {
        switch value(position, name) {
        case .none: nil
        case .list: try doubles(position, name)
        default: try double(position, name)
        }
    }

    /// A choice that PyTorch's inner functions spell as a number.
    fileprivate func numbered<Choice: CaseIterable>(_ position: Int, _ name: String) throws -> Choice {
        let all = Array(Choice.allCases), number = try int(position, name)
        guard all.indices.contains(number) else { throw IllTyped("\(operation): \(Choice.self) has no case \(number)") }
        return all[number]
    }
}

private func upsampling(_ function: @escaping @Sendable (Tensor, Extent?, (any SpatialScale)?) -> Tensor)
    -> OperatorCall
{
    {
        .tensor(
            function(
                try $0.tensor(0, "input"), try $0.optionalExtent(1, "size"), try $0.optionalScale(2, "scale_factor")))
    }
}

private func fractional(
    _ function:
        @escaping @Sendable (Tensor, Extent, Extent?, (any SpatialScale)?, Tensor?) -> (output: Tensor, indices: Tensor)
) -> OperatorCall {
    { arguments in
        let result = function(
            try arguments.tensor(0, "input"), try arguments.extent(1, "kernel_size"),
            try arguments.optionalExtent(2, "output_size"), try arguments.optionalScale(3, "output_ratio"),
            try arguments.optionalTensor(5, "_random_samples"))
        return try arguments.bool(4, "return_indices", default: false)
            ? list([result.output, result.indices]) : .tensor(result.output)
    }
}

private let gridSampler: OperatorCall = {
    .tensor(
        gridSample(
            try $0.tensor(0, "input"), try $0.tensor(1, "grid"), mode: try $0.numbered(2, "interpolation_mode"),
            paddingMode: try $0.numbered(3, "padding_mode"),
            alignCorners: try $0.bool(4, "align_corners", default: false)))
}

/// Images at other sizes and places: interpolation, grids, windows as columns.
let spatialCalls: [String: OperatorCall] = [
    "F.interpolate": {
        .tensor(
            interpolate(
                try $0.tensor(0, "input"), size: try $0.optionalExtent(1, "size"),
                scaleFactor: try $0.optionalScale(2, "scale_factor"),
                mode: try $0.choice(3, "mode", default: InterpolationMode.nearest),
                alignCorners: try $0.optionalBool(4, "align_corners"),
                recomputeScaleFactor: try $0.bool(5, "recompute_scale_factor", default: false),
                antialias: try $0.bool(6, "antialias", default: false)))
    },
    "F.upsample_nearest": upsampling { upsampleNearest($0, size: $1, scaleFactor: $2) },
    "F.upsample_bilinear": upsampling { upsampleBilinear($0, size: $1, scaleFactor: $2) },
    "F.grid_sample": {
        .tensor(
            gridSample(
                try $0.tensor(0, "input"), try $0.tensor(1, "grid"),
                mode: try $0.choice(2, "mode", default: GridSampleMode.bilinear),
                paddingMode: try $0.choice(3, "padding_mode", default: GridSamplePadding.zeros),
                alignCorners: try $0.bool(4, "align_corners", default: false)))
    },
    "grid_sampler_2d": gridSampler,
    "grid_sampler_3d": gridSampler,
    "F.affine_grid": {
        .tensor(
            affineGrid(
                try $0.tensor(0, "theta"), size: try $0.ints(1, "size"),
                alignCorners: try $0.bool(2, "align_corners", default: false)))
    },
    "F.unfold": {
        .tensor(
            unfold(
                try $0.tensor(0, "input"), try $0.extent(1, "kernel_size"),
                dilation: try $0.extent(2, "dilation", default: 1), padding: try $0.extent(3, "padding", default: 0),
                stride: try $0.extent(4, "stride", default: 1)))
    },
    "F.fold": {
        .tensor(
            fold(
                try $0.tensor(0, "input"), outputSize: try $0.extent(1, "output_size"), try $0.extent(2, "kernel_size"),
                dilation: try $0.extent(3, "dilation", default: 1), padding: try $0.extent(4, "padding", default: 0),
                stride: try $0.extent(5, "stride", default: 1)))
    },
    "F.fractional_max_pool2d": fractional {
        fractionalMaxPool2dWithIndices($0, $1, outputSize: $2, outputRatio: $3, randomSamples: $4)
    },
    "F.fractional_max_pool3d": fractional {
        fractionalMaxPool3dWithIndices($0, $1, outputSize: $2, outputRatio: $3, randomSamples: $4)
    },
]
