import EmberTensor

/// A layer that is built when its first input shows the sizes. Its paths are those of the built layer, of which ``layer`` is nil until then:
/// give the model one batch before making an optimiser or loading a state.
/// PyTorch: `torch.nn.LazyLinear` and its relatives.
///
///     let flexible = Lazy { Linear($0.shape[1], 10) }
public final class Lazy<Built: Layer>: Module, Layer {
    /// The built layer; nil before the first call.
    public private(set) var layer: Built?
    private let build: (_ input: Tensor) -> Built

    public init(_ build: @escaping (_ input: Tensor) -> Built) { self.build = build }

    override public var pathNames: [String: String] { ["layer": ""] }

    public func forward(_ input: Tensor) -> Tensor {
        if let layer { return layer(input) }
        if input.isInert { return .inert }
        let built = build(input)
        built.train(isTraining)
        layer = built
        structureDidChange()
        return built(input)
    }

    /// The size of dimension `dim` counted without a batch dimension, which inputs of rank `batched` have.
    fileprivate static func channels(_ input: Tensor, batched rank: Int, _ name: String) -> Int {
        guard input.rank == rank || input.rank == rank - 1 else {
            TensorError("takes \(rank)-d tensors, or \(rank - 1)-d ones without batch").report(in: name, operands: [input])
            return 1
        }
        return input.shape[input.rank - rank + 1]
    }
}

/// PyTorch: `torch.nn.LazyLinear`.
public typealias LazyLinear = Lazy<Linear>
extension Lazy<Linear> {
    /// Any number of features → `outFeatures`.
    public convenience init(_ outFeatures: Int, bias: Bool = true, dtype: DType? = nil) {
        self.init { Linear($0.shape.last ?? 1, outFeatures, bias: bias, dtype: dtype) }
    }
}

/// PyTorch: `torch.nn.LazyConv1d`.
public typealias LazyConv1d = Lazy<Conv1d>
extension Lazy<Conv1d> {
    /// Any number of channels → `outChannels`.
    public convenience init(_ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1, padding: any SpatialPadding = 0,
                            dilation: any SpatialExtent = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros,
                            dtype: DType? = nil) {
        self.init {
            Conv1d(Self.channels($0, batched: 3, "LazyConv1d"), outChannels, kernelSize: kernelSize, stride: stride, padding: padding,
                   dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyConv2d`.
public typealias LazyConv2d = Lazy<Conv2d>
extension Lazy<Conv2d> {
    /// Any number of channels → `outChannels`.
    public convenience init(_ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1, padding: any SpatialPadding = 0,
                            dilation: any SpatialExtent = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros,
                            dtype: DType? = nil) {
        self.init {
            Conv2d(Self.channels($0, batched: 4, "LazyConv2d"), outChannels, kernelSize: kernelSize, stride: stride, padding: padding,
                   dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyConv3d`.
public typealias LazyConv3d = Lazy<Conv3d>
extension Lazy<Conv3d> {
    /// Any number of channels → `outChannels`.
    public convenience init(_ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1, padding: any SpatialPadding = 0,
                            dilation: any SpatialExtent = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros,
                            dtype: DType? = nil) {
        self.init {
            Conv3d(Self.channels($0, batched: 5, "LazyConv3d"), outChannels, kernelSize: kernelSize, stride: stride, padding: padding,
                   dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyConvTranspose1d`.
public typealias LazyConvTranspose1d = Lazy<ConvTranspose1d>
extension Lazy<ConvTranspose1d> {
    /// Any number of channels → `outChannels`.
    public convenience init(_ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1, padding: any SpatialExtent = 0,
                            outputPadding: any SpatialExtent = 0, groups: Int = 1, bias: Bool = true, dilation: any SpatialExtent = 1,
                            dtype: DType? = nil) {
        self.init {
            ConvTranspose1d(Self.channels($0, batched: 3, "LazyConvTranspose1d"), outChannels, kernelSize: kernelSize, stride: stride,
                            padding: padding, outputPadding: outputPadding, groups: groups, bias: bias, dilation: dilation, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyConvTranspose2d`.
public typealias LazyConvTranspose2d = Lazy<ConvTranspose2d>
extension Lazy<ConvTranspose2d> {
    /// Any number of channels → `outChannels`.
    public convenience init(_ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1, padding: any SpatialExtent = 0,
                            outputPadding: any SpatialExtent = 0, groups: Int = 1, bias: Bool = true, dilation: any SpatialExtent = 1,
                            dtype: DType? = nil) {
        self.init {
            ConvTranspose2d(Self.channels($0, batched: 4, "LazyConvTranspose2d"), outChannels, kernelSize: kernelSize, stride: stride,
                            padding: padding, outputPadding: outputPadding, groups: groups, bias: bias, dilation: dilation, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyConvTranspose3d`.
public typealias LazyConvTranspose3d = Lazy<ConvTranspose3d>
extension Lazy<ConvTranspose3d> {
    /// Any number of channels → `outChannels`.
    public convenience init(_ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1, padding: any SpatialExtent = 0,
                            outputPadding: any SpatialExtent = 0, groups: Int = 1, bias: Bool = true, dilation: any SpatialExtent = 1,
                            dtype: DType? = nil) {
        self.init {
            ConvTranspose3d(Self.channels($0, batched: 5, "LazyConvTranspose3d"), outChannels, kernelSize: kernelSize, stride: stride,
                            padding: padding, outputPadding: outputPadding, groups: groups, bias: bias, dilation: dilation, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyBatchNorm1d`.
public typealias LazyBatchNorm1d = Lazy<BatchNorm1d>
extension Lazy<BatchNorm1d> {
    /// Any number of channels.
    public convenience init(eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
                            dtype: DType? = nil) {
        self.init {
            BatchNorm1d($0.shape.count > 1 ? $0.shape[1] : 1, eps: eps, momentum: momentum, affine: affine,
                        trackRunningStats: trackRunningStats, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyInstanceNorm1d`.
public typealias LazyInstanceNorm1d = Lazy<InstanceNorm1d>
extension Lazy<InstanceNorm1d> {
    /// Any number of channels.
    public convenience init(eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false, trackRunningStats: Bool = false,
                            dtype: DType? = nil) {
        self.init {
            InstanceNorm1d(Self.channels($0, batched: 3, "LazyInstanceNorm1d"), eps: eps, momentum: momentum, affine: affine,
                        trackRunningStats: trackRunningStats, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyBatchNorm2d`.
public typealias LazyBatchNorm2d = Lazy<BatchNorm2d>
extension Lazy<BatchNorm2d> {
    /// Any number of channels.
    public convenience init(eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
                            dtype: DType? = nil) {
        self.init {
            BatchNorm2d($0.shape.count > 1 ? $0.shape[1] : 1, eps: eps, momentum: momentum, affine: affine,
                        trackRunningStats: trackRunningStats, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyInstanceNorm2d`.
public typealias LazyInstanceNorm2d = Lazy<InstanceNorm2d>
extension Lazy<InstanceNorm2d> {
    /// Any number of channels.
    public convenience init(eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false, trackRunningStats: Bool = false,
                            dtype: DType? = nil) {
        self.init {
            InstanceNorm2d(Self.channels($0, batched: 4, "LazyInstanceNorm2d"), eps: eps, momentum: momentum, affine: affine,
                        trackRunningStats: trackRunningStats, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyBatchNorm3d`.
public typealias LazyBatchNorm3d = Lazy<BatchNorm3d>
extension Lazy<BatchNorm3d> {
    /// Any number of channels.
    public convenience init(eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
                            dtype: DType? = nil) {
        self.init {
            BatchNorm3d($0.shape.count > 1 ? $0.shape[1] : 1, eps: eps, momentum: momentum, affine: affine,
                        trackRunningStats: trackRunningStats, dtype: dtype)
        }
    }
}

/// PyTorch: `torch.nn.LazyInstanceNorm3d`.
public typealias LazyInstanceNorm3d = Lazy<InstanceNorm3d>
extension Lazy<InstanceNorm3d> {
    /// Any number of channels.
    public convenience init(eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false, trackRunningStats: Bool = false,
                            dtype: DType? = nil) {
        self.init {
            InstanceNorm3d(Self.channels($0, batched: 5, "LazyInstanceNorm3d"), eps: eps, momentum: momentum, affine: affine,
                        trackRunningStats: trackRunningStats, dtype: dtype)
        }
    }
}
