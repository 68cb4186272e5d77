import EmberTensor

/// Joins the dimensions from `startDim` through `endDim` into one. PyTorch: `torch.nn.Flatten`.
public final class Flatten: Module, Layer {
    public let startDim: Int
    public let endDim: Int
    public init(from startDim: Int = 1, through endDim: Int = -1) {
        self.startDim = startDim
        self.endDim = endDim
    }
    public func forward(_ input: Tensor) -> Tensor { input.flatten(from: startDim, to: endDim) }
}

/// Splits dimension `dim` into several of the given sizes. PyTorch: `torch.nn.Unflatten`.
public final class Unflatten: Module, Layer {
    public let dim: Int
    public let sizes: [Int]
    public init(_ dim: Int, _ sizes: [Int]) {
        self.dim = dim
        self.sizes = sizes
    }
    public func forward(_ input: Tensor) -> Tensor { input.unflatten(dim, sizes) }
}

/// Moves groups of channels into space: (…, C r², H, W) → (…, C, H r, W r) (Shi et al., arXiv:1609.05158). PyTorch: `torch.nn.PixelShuffle`.
public final class PixelShuffle: Module, Layer {
    public let upscaleFactor: Int
    public init(_ upscaleFactor: Int) { self.upscaleFactor = upscaleFactor }
    public func forward(_ input: Tensor) -> Tensor { pixelShuffle(input, upscaleFactor) }
}

/// The inverse of ``PixelShuffle``. PyTorch: `torch.nn.PixelUnshuffle`.
public final class PixelUnshuffle: Module, Layer {
    public let downscaleFactor: Int
    public init(_ downscaleFactor: Int) { self.downscaleFactor = downscaleFactor }
    public func forward(_ input: Tensor) -> Tensor { pixelUnshuffle(input, downscaleFactor) }
}

/// Interleaves groups of channels (Zhang et al., arXiv:1707.01083). PyTorch: `torch.nn.ChannelShuffle`.
public final class ChannelShuffle: Module, Layer {
    public let groups: Int
    public init(_ groups: Int) { self.groups = groups }
    public func forward(_ input: Tensor) -> Tensor { channelShuffle(input, groups: groups) }
}
