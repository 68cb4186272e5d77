// The public pooling functions, one for each number of spatial dimensions. Inputs may lack the batch dimension.

/// The largest value of each window over one dimension: [batch, channels, length]. Padding never wins. `stride` is `kernelSize` unless given.
/// PyTorch: `torch.nn.functional.max_pool1d`.
public func maxPool1d(_ x: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                      dilation: any SpatialExtent = 1, ceilMode: Bool = false) -> Tensor {
    maximumPooling("maxPool1d", x, rank: 1, withIndices: false) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }[0]
}

/// ``maxPool1d(_:_:stride:padding:dilation:ceilMode:)`` with the positions of the maxima, for ``maxUnpool1d(_:_:_:stride:padding:outputSize:)``.
public func maxPool1dWithIndices(_ x: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil,
                                 padding: any SpatialExtent = 0, dilation: any SpatialExtent = 1, ceilMode: Bool = false)
    -> (output: Tensor, indices: Tensor) {
    let results = maximumPooling("maxPool1d", x, rank: 1) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
    return (results[0], results[1])
}

/// The mean of each window over one dimension: [batch, channels, length]. `countIncludePad`: padding counts in the divisor, which `divisorOverride` replaces.
/// PyTorch: `torch.nn.functional.avg_pool1d`.
public func avgPool1d(_ x: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                      ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil) -> Tensor {
    averagePooling("avgPool1d", x, rank: 1, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride)
}

/// The largest values of as many windows as `outputSize` says, which together cover the input. PyTorch: `torch.nn.functional.adaptive_max_pool1d`.
public func adaptiveMaxPool1d(_ x: Tensor, _ outputSize: any AdaptiveExtent) -> Tensor {
    maximumPooling("adaptiveMaxPool1d", x, rank: 1, withIndices: false) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, adaptiveTo: outputSize)
    }[0]
}

/// ``adaptiveMaxPool1d(_:_:)`` with the positions of the maxima.
public func adaptiveMaxPool1dWithIndices(_ x: Tensor, _ outputSize: any AdaptiveExtent) -> (output: Tensor, indices: Tensor) {
    let results = maximumPooling("adaptiveMaxPool1d", x, rank: 1) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, adaptiveTo: outputSize)
    }
    return (results[0], results[1])
}

/// The means of as many windows as `outputSize` says, which together cover the input. PyTorch: `torch.nn.functional.adaptive_avg_pool1d`.
public func adaptiveAvgPool1d(_ x: Tensor, _ outputSize: any AdaptiveExtent) -> Tensor {
    averagePooling("adaptiveAvgPool1d", x, rank: 1) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, adaptiveTo: outputSize)
    }
}

/// The p-norm of each window: the root of the sum of its p-th powers. PyTorch: `torch.nn.functional.lp_pool1d`.
public func lpPool1d(_ x: Tensor, p: Double, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, ceilMode: Bool = false)
    -> Tensor {
    powerPooling("lpPool1d", x, rank: 1, p, kernelSize, stride, ceilMode)
}

/// The values of a maximum pooling put back where `indices` say, zeros elsewhere. PyTorch: `torch.nn.functional.max_unpool1d`.
public func maxUnpool1d(_ x: Tensor, _ indices: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil,
                        padding: any SpatialExtent = 0, outputSize: [Int]? = nil) -> Tensor {
    unpooling("maxUnpool1d", x, indices, rank: 1, kernelSize, stride, padding, outputSize)
}

/// The largest value of each window over two dimensions: [batch, channels, height, width]. Padding never wins. `stride` is `kernelSize` unless given.
/// PyTorch: `torch.nn.functional.max_pool2d`.
public func maxPool2d(_ x: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                      dilation: any SpatialExtent = 1, ceilMode: Bool = false) -> Tensor {
    maximumPooling("maxPool2d", x, rank: 2, withIndices: false) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }[0]
}

/// ``maxPool2d(_:_:stride:padding:dilation:ceilMode:)`` with the positions of the maxima, for ``maxUnpool2d(_:_:_:stride:padding:outputSize:)``.
public func maxPool2dWithIndices(_ x: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil,
                                 padding: any SpatialExtent = 0, dilation: any SpatialExtent = 1, ceilMode: Bool = false)
    -> (output: Tensor, indices: Tensor) {
    let results = maximumPooling("maxPool2d", x, rank: 2) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
    return (results[0], results[1])
}

/// The mean of each window over two dimensions: [batch, channels, height, width]. `countIncludePad`: padding counts in the divisor, which `divisorOverride` replaces.
/// PyTorch: `torch.nn.functional.avg_pool2d`.
public func avgPool2d(_ x: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                      ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil) -> Tensor {
    averagePooling("avgPool2d", x, rank: 2, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride)
}

/// The largest values of as many windows as `outputSize` says, which together cover the input. PyTorch: `torch.nn.functional.adaptive_max_pool2d`.
public func adaptiveMaxPool2d(_ x: Tensor, _ outputSize: any AdaptiveExtent) -> Tensor {
    maximumPooling("adaptiveMaxPool2d", x, rank: 2, withIndices: false) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, adaptiveTo: outputSize)
    }[0]
}

/// ``adaptiveMaxPool2d(_:_:)`` with the positions of the maxima.
public func adaptiveMaxPool2dWithIndices(_ x: Tensor, _ outputSize: any AdaptiveExtent) -> (output: Tensor, indices: Tensor) {
    let results = maximumPooling("adaptiveMaxPool2d", x, rank: 2) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, adaptiveTo: outputSize)
    }
    return (results[0], results[1])
}

/// The means of as many windows as `outputSize` says, which together cover the input. PyTorch: `torch.nn.functional.adaptive_avg_pool2d`.
public func adaptiveAvgPool2d(_ x: Tensor, _ outputSize: any AdaptiveExtent) -> Tensor {
    averagePooling("adaptiveAvgPool2d", x, rank: 2) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, adaptiveTo: outputSize)
    }
}

/// The p-norm of each window: the root of the sum of its p-th powers. PyTorch: `torch.nn.functional.lp_pool2d`.
public func lpPool2d(_ x: Tensor, p: Double, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, ceilMode: Bool = false)
    -> Tensor {
    powerPooling("lpPool2d", x, rank: 2, p, kernelSize, stride, ceilMode)
}

/// The values of a maximum pooling put back where `indices` say, zeros elsewhere. PyTorch: `torch.nn.functional.max_unpool2d`.
public func maxUnpool2d(_ x: Tensor, _ indices: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil,
                        padding: any SpatialExtent = 0, outputSize: [Int]? = nil) -> Tensor {
    unpooling("maxUnpool2d", x, indices, rank: 2, kernelSize, stride, padding, outputSize)
}

/// The largest value of each window over three dimensions: [batch, channels, depth, height, width]. Padding never wins. `stride` is `kernelSize` unless given.
/// PyTorch: `torch.nn.functional.max_pool3d`.
public func maxPool3d(_ x: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                      dilation: any SpatialExtent = 1, ceilMode: Bool = false) -> Tensor {
    maximumPooling("maxPool3d", x, rank: 3, withIndices: false) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }[0]
}

/// ``maxPool3d(_:_:stride:padding:dilation:ceilMode:)`` with the positions of the maxima, for ``maxUnpool3d(_:_:_:stride:padding:outputSize:)``.
public func maxPool3dWithIndices(_ x: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil,
                                 padding: any SpatialExtent = 0, dilation: any SpatialExtent = 1, ceilMode: Bool = false)
    -> (output: Tensor, indices: Tensor) {
    let results = maximumPooling("maxPool3d", x, rank: 3) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
    return (results[0], results[1])
}

/// The mean of each window over three dimensions: [batch, channels, depth, height, width]. `countIncludePad`: padding counts in the divisor, which `divisorOverride` replaces.
/// PyTorch: `torch.nn.functional.avg_pool3d`.
public func avgPool3d(_ x: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                      ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil) -> Tensor {
    averagePooling("avgPool3d", x, rank: 3, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride)
}

/// The largest values of as many windows as `outputSize` says, which together cover the input. PyTorch: `torch.nn.functional.adaptive_max_pool3d`.
public func adaptiveMaxPool3d(_ x: Tensor, _ outputSize: any AdaptiveExtent) -> Tensor {
    maximumPooling("adaptiveMaxPool3d", x, rank: 3, withIndices: false) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, adaptiveTo: outputSize)
    }[0]
}

/// ``adaptiveMaxPool3d(_:_:)`` with the positions of the maxima.
public func adaptiveMaxPool3dWithIndices(_ x: Tensor, _ outputSize: any AdaptiveExtent) -> (output: Tensor, indices: Tensor) {
    let results = maximumPooling("adaptiveMaxPool3d", x, rank: 3) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, adaptiveTo: outputSize)
    }
    return (results[0], results[1])
}

/// The means of as many windows as `outputSize` says, which together cover the input. PyTorch: `torch.nn.functional.adaptive_avg_pool3d`.
public func adaptiveAvgPool3d(_ x: Tensor, _ outputSize: any AdaptiveExtent) -> Tensor {
    averagePooling("adaptiveAvgPool3d", x, rank: 3) { (size: [Int]) throws(TensorError) in
        try PoolingGeometry(size, adaptiveTo: outputSize)
    }
}

/// The p-norm of each window: the root of the sum of its p-th powers. PyTorch: `torch.nn.functional.lp_pool3d`.
public func lpPool3d(_ x: Tensor, p: Double, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, ceilMode: Bool = false)
    -> Tensor {
    powerPooling("lpPool3d", x, rank: 3, p, kernelSize, stride, ceilMode)
}

/// The values of a maximum pooling put back where `indices` say, zeros elsewhere. PyTorch: `torch.nn.functional.max_unpool3d`.
public func maxUnpool3d(_ x: Tensor, _ indices: Tensor, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil,
                        padding: any SpatialExtent = 0, outputSize: [Int]? = nil) -> Tensor {
    unpooling("maxUnpool3d", x, indices, rank: 3, kernelSize, stride, padding, outputSize)
}
