import EmberTensor

/// The windows of (batch, channels, H, W) as columns (batch, channels · kernel, positions). PyTorch: `torch.nn.Unfold`.
public final class Unfold: Module, Layer {
    public let kernelSize: any SpatialExtent
    public let dilation: any SpatialExtent
    public let padding: any SpatialExtent
    public let stride: any SpatialExtent

    public init(_ kernelSize: any SpatialExtent, dilation: any SpatialExtent = 1, padding: any SpatialExtent = 0,
                stride: any SpatialExtent = 1) {
        self.kernelSize = kernelSize
        self.dilation = dilation
        self.padding = padding
        self.stride = stride
    }

    public func forward(_ input: Tensor) -> Tensor { unfold(input, kernelSize, dilation: dilation, padding: padding, stride: stride) }
}

/// Columns (batch, channels · kernel, positions) added to the places of an image of `outputSize` that ``Unfold`` takes them from.
/// PyTorch: `torch.nn.Fold`.
public final class Fold: Module, Layer {
    public let outputSize: any SpatialExtent
    public let kernelSize: any SpatialExtent
    public let dilation: any SpatialExtent
    public let padding: any SpatialExtent
    public let stride: any SpatialExtent

    public init(_ outputSize: any SpatialExtent, _ kernelSize: any SpatialExtent, dilation: any SpatialExtent = 1,
                padding: any SpatialExtent = 0, stride: any SpatialExtent = 1) {
        self.outputSize = outputSize
        self.kernelSize = kernelSize
        self.dilation = dilation
        self.padding = padding
        self.stride = stride
    }

    public func forward(_ input: Tensor) -> Tensor {
        fold(input, outputSize: outputSize, kernelSize, dilation: dilation, padding: padding, stride: stride)
    }
}
