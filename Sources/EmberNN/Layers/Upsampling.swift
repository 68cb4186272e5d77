import EmberTensor

/// The spatial dimensions of (batch, channels, …) at another size, as a layer. Give `size` or `scaleFactor`; see
/// ``interpolate(_:size:scaleFactor:mode:alignCorners:recomputeScaleFactor:antialias:)``. PyTorch: `torch.nn.Upsample`.
public final class Upsample: Module, Layer {
    public let size: (any SpatialExtent)?
    public let scaleFactor: (any SpatialScale)?
    public let mode: InterpolationMode
    public let alignCorners: Bool?
    public let recomputeScaleFactor: Bool

    public init(size: (any SpatialExtent)? = nil, scaleFactor: (any SpatialScale)? = nil, mode: InterpolationMode = .nearest,
                alignCorners: Bool? = nil, recomputeScaleFactor: Bool = false) {
        self.size = size
        self.scaleFactor = scaleFactor
        self.mode = mode
        self.alignCorners = alignCorners
        self.recomputeScaleFactor = recomputeScaleFactor
    }

    public func forward(_ input: Tensor) -> Tensor {
        interpolate(input, size: size, scaleFactor: scaleFactor, mode: mode, alignCorners: alignCorners,
                    recomputeScaleFactor: recomputeScaleFactor)
    }
}

/// (batch, channels, H, W) at another size by repeating elements. PyTorch: `torch.nn.UpsamplingNearest2d`.
public final class UpsamplingNearest2d: Module, Layer {
    public let size: (any SpatialExtent)?
    public let scaleFactor: (any SpatialScale)?

    public init(size: (any SpatialExtent)? = nil, scaleFactor: (any SpatialScale)? = nil) {
        self.size = size
        self.scaleFactor = scaleFactor
    }

    public func forward(_ input: Tensor) -> Tensor { upsampleNearest(input, size: size, scaleFactor: scaleFactor) }
}

/// (batch, channels, H, W) at another size by straight lines between elements, the corners in place. PyTorch: `torch.nn.UpsamplingBilinear2d`.
public final class UpsamplingBilinear2d: Module, Layer {
    public let size: (any SpatialExtent)?
    public let scaleFactor: (any SpatialScale)?

    public init(size: (any SpatialExtent)? = nil, scaleFactor: (any SpatialScale)? = nil) {
        self.size = size
        self.scaleFactor = scaleFactor
    }

    public func forward(_ input: Tensor) -> Tensor { upsampleBilinear(input, size: size, scaleFactor: scaleFactor) }
}
