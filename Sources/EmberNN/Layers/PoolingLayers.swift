import EmberTensor

/// The largest value of each window of (…, length); `stride` nil: the kernel's size. PyTorch: `torch.nn.MaxPool1d`.
public final class MaxPool1d: Module, Layer {
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let padding: any SpatialExtent
    public let dilation: any SpatialExtent
    public let ceilMode: Bool

    public init(_ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                dilation: any SpatialExtent = 1, ceilMode: Bool = false) {
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.ceilMode = ceilMode
    }

    public func forward(_ input: Tensor) -> Tensor {
        maxPool1d(input, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// The largest values and their positions in the flattened input plane, for ``MaxUnpool1d``. PyTorch: `return_indices=True`.
    public func withIndices(_ input: Tensor) -> (output: Tensor, indices: Tensor) {
        maxPool1dWithIndices(input, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
}

/// Puts values back to the positions that ``MaxPool1d`` took them from, zeros elsewhere. PyTorch: `torch.nn.MaxUnpool1d`.
public final class MaxUnpool1d: Module {
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let padding: any SpatialExtent

    public init(_ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0) {
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
    }

    public func callAsFunction(_ input: Tensor, _ indices: Tensor, outputSize: [Int]? = nil) -> Tensor {
        hooked([input, indices], maxUnpool1d(input, indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize))
    }
}

/// The mean of each window of (…, length); `stride` nil: the kernel's size. PyTorch: `torch.nn.AvgPool1d`.
public final class AvgPool1d: Module, Layer {
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let padding: any SpatialExtent
    public let ceilMode: Bool
    public let countIncludePad: Bool
    public let divisorOverride: Int?

    public init(_ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil) {
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        self.ceilMode = ceilMode
        self.countIncludePad = countIncludePad
        self.divisorOverride = divisorOverride
    }

    public func forward(_ input: Tensor) -> Tensor {
        avgPool1d(input, kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
                  divisorOverride: divisorOverride)
    }
}

/// The largest values of as many windows as the output has elements. PyTorch: `torch.nn.AdaptiveMaxPool1d`.
public final class AdaptiveMaxPool1d: Module, Layer {
    public let outputSize: any AdaptiveExtent
    public init(_ outputSize: any AdaptiveExtent) { self.outputSize = outputSize }
    public func forward(_ input: Tensor) -> Tensor { adaptiveMaxPool1d(input, outputSize) }

    /// The largest values and their positions in the flattened input plane.
    public func withIndices(_ input: Tensor) -> (output: Tensor, indices: Tensor) { adaptiveMaxPool1dWithIndices(input, outputSize) }
}

/// The means of as many windows as the output has elements. PyTorch: `torch.nn.AdaptiveAvgPool1d`.
public final class AdaptiveAvgPool1d: Module, Layer {
    public let outputSize: any AdaptiveExtent
    public init(_ outputSize: any AdaptiveExtent) { self.outputSize = outputSize }
    public func forward(_ input: Tensor) -> Tensor { adaptiveAvgPool1d(input, outputSize) }
}

/// The p-norm of each window of (…, length). PyTorch: `torch.nn.LPPool1d`.
public final class LPPool1d: Module, Layer {
    public let p: Double
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let ceilMode: Bool

    public init(p: Double, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, ceilMode: Bool = false) {
        self.p = p
        self.kernelSize = kernelSize
        self.stride = stride
        self.ceilMode = ceilMode
    }

    public func forward(_ input: Tensor) -> Tensor { lpPool1d(input, p: p, kernelSize, stride: stride, ceilMode: ceilMode) }
}

/// The largest value of each window of (…, height, width); `stride` nil: the kernel's size. PyTorch: `torch.nn.MaxPool2d`.
public final class MaxPool2d: Module, Layer {
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let padding: any SpatialExtent
    public let dilation: any SpatialExtent
    public let ceilMode: Bool

    public init(_ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                dilation: any SpatialExtent = 1, ceilMode: Bool = false) {
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.ceilMode = ceilMode
    }

    public func forward(_ input: Tensor) -> Tensor {
        maxPool2d(input, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// The largest values and their positions in the flattened input plane, for ``MaxUnpool2d``. PyTorch: `return_indices=True`.
    public func withIndices(_ input: Tensor) -> (output: Tensor, indices: Tensor) {
        maxPool2dWithIndices(input, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
}

/// Puts values back to the positions that ``MaxPool2d`` took them from, zeros elsewhere. PyTorch: `torch.nn.MaxUnpool2d`.
public final class MaxUnpool2d: Module {
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let padding: any SpatialExtent

    public init(_ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0) {
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
    }

    public func callAsFunction(_ input: Tensor, _ indices: Tensor, outputSize: [Int]? = nil) -> Tensor {
        hooked([input, indices], maxUnpool2d(input, indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize))
    }
}

/// The mean of each window of (…, height, width); `stride` nil: the kernel's size. PyTorch: `torch.nn.AvgPool2d`.
public final class AvgPool2d: Module, Layer {
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let padding: any SpatialExtent
    public let ceilMode: Bool
    public let countIncludePad: Bool
    public let divisorOverride: Int?

    public init(_ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil) {
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        self.ceilMode = ceilMode
        self.countIncludePad = countIncludePad
        self.divisorOverride = divisorOverride
    }

    public func forward(_ input: Tensor) -> Tensor {
        avgPool2d(input, kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
                  divisorOverride: divisorOverride)
    }
}

/// The largest values of as many windows as the output has elements. PyTorch: `torch.nn.AdaptiveMaxPool2d`.
public final class AdaptiveMaxPool2d: Module, Layer {
    public let outputSize: any AdaptiveExtent
    public init(_ outputSize: any AdaptiveExtent) { self.outputSize = outputSize }
    public func forward(_ input: Tensor) -> Tensor { adaptiveMaxPool2d(input, outputSize) }

    /// The largest values and their positions in the flattened input plane.
    public func withIndices(_ input: Tensor) -> (output: Tensor, indices: Tensor) { adaptiveMaxPool2dWithIndices(input, outputSize) }
}

/// The means of as many windows as the output has elements. PyTorch: `torch.nn.AdaptiveAvgPool2d`.
public final class AdaptiveAvgPool2d: Module, Layer {
    public let outputSize: any AdaptiveExtent
    public init(_ outputSize: any AdaptiveExtent) { self.outputSize = outputSize }
    public func forward(_ input: Tensor) -> Tensor { adaptiveAvgPool2d(input, outputSize) }
}

/// The p-norm of each window of (…, height, width). PyTorch: `torch.nn.LPPool2d`.
public final class LPPool2d: Module, Layer {
    public let p: Double
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let ceilMode: Bool

    public init(p: Double, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, ceilMode: Bool = false) {
        self.p = p
        self.kernelSize = kernelSize
        self.stride = stride
        self.ceilMode = ceilMode
    }

    public func forward(_ input: Tensor) -> Tensor { lpPool2d(input, p: p, kernelSize, stride: stride, ceilMode: ceilMode) }
}

/// The largest value of each window of (…, depth, height, width); `stride` nil: the kernel's size. PyTorch: `torch.nn.MaxPool3d`.
public final class MaxPool3d: Module, Layer {
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let padding: any SpatialExtent
    public let dilation: any SpatialExtent
    public let ceilMode: Bool

    public init(_ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                dilation: any SpatialExtent = 1, ceilMode: Bool = false) {
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.ceilMode = ceilMode
    }

    public func forward(_ input: Tensor) -> Tensor {
        maxPool3d(input, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }

    /// The largest values and their positions in the flattened input plane, for ``MaxUnpool3d``. PyTorch: `return_indices=True`.
    public func withIndices(_ input: Tensor) -> (output: Tensor, indices: Tensor) {
        maxPool3dWithIndices(input, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
    }
}

/// Puts values back to the positions that ``MaxPool3d`` took them from, zeros elsewhere. PyTorch: `torch.nn.MaxUnpool3d`.
public final class MaxUnpool3d: Module {
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let padding: any SpatialExtent

    public init(_ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0) {
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
    }

    public func callAsFunction(_ input: Tensor, _ indices: Tensor, outputSize: [Int]? = nil) -> Tensor {
        hooked([input, indices], maxUnpool3d(input, indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize))
    }
}

/// The mean of each window of (…, depth, height, width); `stride` nil: the kernel's size. PyTorch: `torch.nn.AvgPool3d`.
public final class AvgPool3d: Module, Layer {
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let padding: any SpatialExtent
    public let ceilMode: Bool
    public let countIncludePad: Bool
    public let divisorOverride: Int?

    public init(_ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, padding: any SpatialExtent = 0,
                ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil) {
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        self.ceilMode = ceilMode
        self.countIncludePad = countIncludePad
        self.divisorOverride = divisorOverride
    }

    public func forward(_ input: Tensor) -> Tensor {
        avgPool3d(input, kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
                  divisorOverride: divisorOverride)
    }
}

/// The largest values of as many windows as the output has elements. PyTorch: `torch.nn.AdaptiveMaxPool3d`.
public final class AdaptiveMaxPool3d: Module, Layer {
    public let outputSize: any AdaptiveExtent
    public init(_ outputSize: any AdaptiveExtent) { self.outputSize = outputSize }
    public func forward(_ input: Tensor) -> Tensor { adaptiveMaxPool3d(input, outputSize) }

    /// The largest values and their positions in the flattened input plane.
    public func withIndices(_ input: Tensor) -> (output: Tensor, indices: Tensor) { adaptiveMaxPool3dWithIndices(input, outputSize) }
}

/// The means of as many windows as the output has elements. PyTorch: `torch.nn.AdaptiveAvgPool3d`.
public final class AdaptiveAvgPool3d: Module, Layer {
    public let outputSize: any AdaptiveExtent
    public init(_ outputSize: any AdaptiveExtent) { self.outputSize = outputSize }
    public func forward(_ input: Tensor) -> Tensor { adaptiveAvgPool3d(input, outputSize) }
}

/// The p-norm of each window of (…, depth, height, width). PyTorch: `torch.nn.LPPool3d`.
public final class LPPool3d: Module, Layer {
    public let p: Double
    public let kernelSize: any SpatialExtent
    public let stride: (any SpatialExtent)?
    public let ceilMode: Bool

    public init(p: Double, _ kernelSize: any SpatialExtent, stride: (any SpatialExtent)? = nil, ceilMode: Bool = false) {
        self.p = p
        self.kernelSize = kernelSize
        self.stride = stride
        self.ceilMode = ceilMode
    }

    public func forward(_ input: Tensor) -> Tensor { lpPool3d(input, p: p, kernelSize, stride: stride, ceilMode: ceilMode) }
}
