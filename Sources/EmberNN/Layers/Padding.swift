import EmberTensor

/// What the padding layers share: the border's sizes, (before, behind) of the last dimension first.
public class PaddingLayer: Module, Layer {
    public let sides: [Int]
    public let mode: PadMode
    public let value: Double

    fileprivate init(_ sides: any SpatialExtent, spatialRank: Int, _ mode: PadMode, _ value: Double = 0) {
        let sizes = sides.sizes
        self.sides = sizes.count == 1 ? [Int](repeating: sizes[0], count: 2 * spatialRank) : sizes
        self.mode = mode
        self.value = value
        if self.sides.count != 2 * spatialRank {
            TensorError("needs one size, or \(2 * spatialRank): before and behind each dimension, the last one first; got \(sizes)")
                .report(in: "\(Self.self)")
        }
    }

    public func forward(_ input: Tensor) -> Tensor { pad(input, sides, mode: mode, value: .double(value)) }
}

/// Surrounds (…, length) with one value. PyTorch: `torch.nn.ConstantPad1d`.
public final class ConstantPad1d: PaddingLayer {
    public init(_ sides: any SpatialExtent, _ value: Double) { super.init(sides, spatialRank: 1, .constant, value) }
}

/// Surrounds (…, height, width) with one value. PyTorch: `torch.nn.ConstantPad2d`.
public final class ConstantPad2d: PaddingLayer {
    public init(_ sides: any SpatialExtent, _ value: Double) { super.init(sides, spatialRank: 2, .constant, value) }
}

/// Surrounds (…, depth, height, width) with one value. PyTorch: `torch.nn.ConstantPad3d`.
public final class ConstantPad3d: PaddingLayer {
    public init(_ sides: any SpatialExtent, _ value: Double) { super.init(sides, spatialRank: 3, .constant, value) }
}

/// Surrounds (…, length) with zeros. PyTorch: `torch.nn.ZeroPad1d`.
public final class ZeroPad1d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 1, .constant) }
}

/// Surrounds (…, height, width) with zeros. PyTorch: `torch.nn.ZeroPad2d`.
public final class ZeroPad2d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 2, .constant) }
}

/// Surrounds (…, depth, height, width) with zeros. PyTorch: `torch.nn.ZeroPad3d`.
public final class ZeroPad3d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 3, .constant) }
}

/// Surrounds (…, length) with its mirrored inside. PyTorch: `torch.nn.ReflectionPad1d`.
public final class ReflectionPad1d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 1, .reflect) }
}

/// Surrounds (…, height, width) with its mirrored inside. PyTorch: `torch.nn.ReflectionPad2d`.
public final class ReflectionPad2d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 2, .reflect) }
}

/// Surrounds (…, depth, height, width) with its mirrored inside. PyTorch: `torch.nn.ReflectionPad3d`.
public final class ReflectionPad3d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 3, .reflect) }
}

/// Surrounds (…, length) with its edge elements. PyTorch: `torch.nn.ReplicationPad1d`.
public final class ReplicationPad1d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 1, .replicate) }
}

/// Surrounds (…, height, width) with its edge elements. PyTorch: `torch.nn.ReplicationPad2d`.
public final class ReplicationPad2d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 2, .replicate) }
}

/// Surrounds (…, depth, height, width) with its edge elements. PyTorch: `torch.nn.ReplicationPad3d`.
public final class ReplicationPad3d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 3, .replicate) }
}

/// Surrounds (…, length) with its opposite side. PyTorch: `torch.nn.CircularPad1d`.
public final class CircularPad1d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 1, .circular) }
}

/// Surrounds (…, height, width) with its opposite side. PyTorch: `torch.nn.CircularPad2d`.
public final class CircularPad2d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 2, .circular) }
}

/// Surrounds (…, depth, height, width) with its opposite side. PyTorch: `torch.nn.CircularPad3d`.
public final class CircularPad3d: PaddingLayer {
    public init(_ sides: any SpatialExtent) { super.init(sides, spatialRank: 3, .circular) }
}
