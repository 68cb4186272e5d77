// Maximum pooling over windows at pseudo-random places, so that sizes shrink by any factor (B. Graham, Fractional Max-Pooling, 2014).

/// The size of a fractional pooling's result, as it is given.
private enum FractionalRule {
    static func outputSize(_ spatial: [Int], _ outputSize: (any SpatialExtent)?, _ outputRatio: (any SpatialScale)?) throws(TensorError) -> [Int] {
        switch (outputSize, outputRatio) {
        case (let size?, nil): return try size.expanded(to: spatial.count, "outputSize")
        case (nil, let ratio?):
            let factors = ratio.factors.count == 1 ? [Double](repeating: ratio.factors[0], count: spatial.count) : ratio.factors
            guard factors.count == spatial.count, factors.allSatisfy({ $0 > 0 && $0 < 1 }) else {
                throw TensorError("outputRatio must be one number between 0 and 1 or have one for each spatial dimension, got \(ratio.factors)")
            }
            return zip(spatial, factors).map { Int(Double($0) * $1) }
        default: throw TensorError("needs either an outputSize or an outputRatio")
        }
    }

    /// The first elements of the windows along one dimension, one row for each sample (Graham's pseudo-random increasing sequence).
    static func starts(_ samples: Tensor, input: Int, output: Int, kernel: Int) -> Tensor {
        let last = Tensor.full([samples.count, 1], .int(input - kernel))
        if output == 1 { return last }
        let step = samples.dtype == .float64 ? Double(input - kernel) / Double(output - 1)
            : Double(Float(input - kernel) / Float(output - 1))
        let u = samples.reshape([samples.count, 1]), i = Tensor.arange(0, .int(output - 1), dtype: samples.dtype)
        let regular = ((u + i) * step).to(.int64) - (u * step).to(.int64)
        return cat([regular, last], dim: 1)
    }
}

/// Values and places of a fractional pooling with `rank` spatial dimensions. `samples` are in the order of PyTorch's.
private func fractionalPooling(_ name: String, _ x: Tensor, rank: Int, _ kernelSize: any SpatialExtent, _ outputSize: (any SpatialExtent)?,
                               _ outputRatio: (any SpatialScale)?, _ randomSamples: Tensor?, _ generator: Generator?) -> [Tensor] {
    composed(name, [x] + [randomSamples].compactMap { $0 }, outputs: 2) { () throws(TensorError) in
        guard x.rank == rank + 1 || x.rank == rank + 2, x.dtype.isFloatingPoint, !x.shape.suffix(rank + 1).contains(0) else {
            throw TensorError("needs a floating-point input [batch, channels, …] with \(rank) spatial dimensions, or that without batch, "
                + "not empty but for the batch; got \(x.dtype.name)\(x.shape)")
        }
        let source = x.rank == rank + 2 ? x : x.unsqueeze(0)
        let spatial = Array(source.shape[2...]), planes = source.shape[0] * source.shape[1]
        let kernel = try kernelSize.expanded(to: rank, "kernelSize")
        let output = try FractionalRule.outputSize(spatial, outputSize, outputRatio)
        for d in 0..<rank where output[d] < 1 || output[d] + kernel[d] - 1 > spatial[d] {
            throw TensorError("\(output[d]) windows of \(kernel[d]) do not fit into spatial dimension \(d) of size \(spatial[d])")
        }
        let samples = randomSamples ?? Tensor.rand(Array(source.shape[..<2]) + [rank], dtype: x.dtype, generator: generator)
        guard samples.shape == Array(source.shape[..<2]) + [rank], samples.dtype == x.dtype else {
            throw TensorError("the random samples must be \(x.dtype.name)\(Array(source.shape[..<2]) + [rank]), they are "
                + "\(samples.dtype.name)\(samples.shape)")
        }
        // The position in its plane of every element of every window: [planes, output…, kernel…].
        let wide = samples.detach().to(x.dtype == .float64 ? .float64 : .float32).reshape([planes, rank])
        var positions = Tensor.zeros([1], dtype: .int64)
        for d in 0..<rank {
            // PyTorch's samples are (width, height) for images and (depth, height, width) for volumes.
            let column = wide.select(1, rank == 2 ? 1 - d : d)
            let starts = FractionalRule.starts(column, input: spatial[d], output: output[d], kernel: kernel[d])
            let along = (starts.unsqueeze(2) + Tensor.arange(Scalar(kernel[d]))) * Double(ShapeRule.count(Array(spatial[(d + 1)...])))
            var shape = [Int](repeating: 1, count: 1 + 2 * rank)
            shape[0] = planes
            shape[1 + d] = output[d]
            shape[1 + rank + d] = kernel[d]
            positions = positions + along.reshape(shape)
        }
        let windows = ShapeRule.count(output), size = ShapeRule.count(kernel), elements = ShapeRule.count(spatial)
        let places = positions.expand([planes] + output + kernel).reshape([planes, windows * size])
        let flat = source.reshape([planes, elements])
        let values = flat.detach().gather(1, places).reshape([planes, windows, size])
        // The first of equal elements, and a NaN before all others.
        let chosen = planes == 0 ? places.reshape([0, windows]) : places.reshape([planes, windows, size])
            .gather(2, values.argmax(2, keepDim: true)).reshape([planes, windows])
        let shape = Array(source.shape[..<2]) + output
        let results = [flat.gather(1, chosen).reshape(shape), chosen.reshape(shape)]
        return x.rank == rank + 2 ? results : results.map { $0.squeeze(0) }
    }
}

/// The largest value of windows of `kernelSize` at pseudo-random places, as many as make `outputSize`, or `outputRatio` times the input's size;
/// and its row-major position in the plane. [batch, channels, H, W], or that without batch.
///
/// `randomSamples` [batch, channels, 2] in 0..<1 fix the places. PyTorch: `torch.nn.functional.fractional_max_pool2d(return_indices=True)`.
public func fractionalMaxPool2dWithIndices(_ x: Tensor, _ kernelSize: any SpatialExtent, outputSize: (any SpatialExtent)? = nil,
                                           outputRatio: (any SpatialScale)? = nil, randomSamples: Tensor? = nil,
                                           generator: Generator? = nil) -> (output: Tensor, indices: Tensor) {
    let results = fractionalPooling("fractionalMaxPool2d", x, rank: 2, kernelSize, outputSize, outputRatio, randomSamples, generator)
    return (results[0], results[1])
}

/// The values of ``fractionalMaxPool2dWithIndices(_:_:outputSize:outputRatio:randomSamples:generator:)``.
/// PyTorch: `torch.nn.functional.fractional_max_pool2d`.
public func fractionalMaxPool2d(_ x: Tensor, _ kernelSize: any SpatialExtent, outputSize: (any SpatialExtent)? = nil,
                                outputRatio: (any SpatialScale)? = nil, randomSamples: Tensor? = nil, generator: Generator? = nil) -> Tensor {
    fractionalMaxPool2dWithIndices(x, kernelSize, outputSize: outputSize, outputRatio: outputRatio, randomSamples: randomSamples,
                                   generator: generator).output
}

/// ``fractionalMaxPool2dWithIndices(_:_:outputSize:outputRatio:randomSamples:generator:)`` over [batch, channels, D, H, W], with three random
/// samples a plane. PyTorch: `torch.nn.functional.fractional_max_pool3d(return_indices=True)`.
public func fractionalMaxPool3dWithIndices(_ x: Tensor, _ kernelSize: any SpatialExtent, outputSize: (any SpatialExtent)? = nil,
                                           outputRatio: (any SpatialScale)? = nil, randomSamples: Tensor? = nil,
                                           generator: Generator? = nil) -> (output: Tensor, indices: Tensor) {
    let results = fractionalPooling("fractionalMaxPool3d", x, rank: 3, kernelSize, outputSize, outputRatio, randomSamples, generator)
    return (results[0], results[1])
}

/// The values of ``fractionalMaxPool3dWithIndices(_:_:outputSize:outputRatio:randomSamples:generator:)``.
/// PyTorch: `torch.nn.functional.fractional_max_pool3d`.
public func fractionalMaxPool3d(_ x: Tensor, _ kernelSize: any SpatialExtent, outputSize: (any SpatialExtent)? = nil,
                                outputRatio: (any SpatialScale)? = nil, randomSamples: Tensor? = nil, generator: Generator? = nil) -> Tensor {
    fractionalMaxPool3dWithIndices(x, kernelSize, outputSize: outputSize, outputRatio: outputRatio, randomSamples: randomSamples,
                                   generator: generator).output
}
