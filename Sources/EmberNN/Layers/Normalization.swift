import EmberTensor

/// What the instance normalisation layers share (Ulyanov et al., arXiv:1607.08022). Use ``InstanceNorm1d``, ``InstanceNorm2d``, ``InstanceNorm3d``.
public class InstanceNormLayer: Module, Layer {
    /// (features), the scale
    @OptionalParameter public var weight: Tensor?
    /// (features), the shift
    @OptionalParameter public var bias: Tensor?
    @OptionalBuffer public var runningMean: Tensor?
    @OptionalBuffer public var runningVar: Tensor?
    @OptionalBuffer public var numBatchesTracked: Tensor?
    public let features: Int
    public let eps: Double
    public let momentum: Double
    private let batchedRank: Int

    fileprivate init(_ features: Int, batchedRank: Int, _ eps: Double, _ momentum: Double, _ affine: Bool, _ bias: Bool,
                     _ trackRunningStats: Bool, _ dtype: DType?) {
        self.features = features
        self.eps = eps
        self.momentum = momentum
        self.batchedRank = batchedRank
        weight = affine ? .ones([features], dtype: dtype) : nil
        self.bias = affine && bias ? .zeros([features], dtype: dtype) : nil
        runningMean = trackRunningStats ? .zeros([features], dtype: dtype) : nil
        runningVar = trackRunningStats ? .ones([features], dtype: dtype) : nil
        numBatchesTracked = trackRunningStats ? Tensor(0) : nil
    }

    public func forward(_ input: Tensor) -> Tensor {
        composed("\(Self.self)", [input]) { () throws(TensorError) in
            guard input.rank == batchedRank || input.rank == batchedRank - 1 else {
                throw TensorError("takes \(batchedRank)-d tensors, or \(batchedRank - 1)-d ones without batch, not shape \(input.shape)")
            }
            let x = input.rank == batchedRank ? input : input.unsqueeze(0)
            guard x.shape[1] == features || weight == nil && runningMean == nil else {
                throw TensorError("was made for \(features) channels, the input has \(x.shape[1])")
            }
            let usesInput = isTraining || runningMean == nil
            let y = instanceNorm(x, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias, useInputStats: usesInput, eps: eps)
            if isTraining, let runningMean = $runningMean, let runningVar = $runningVar, !y.isInert {
                // Statistics of each instance, then their mean over the batch.
                let space = Array(2..<x.rank)
                RunningStatistics.mix(x.detach().mean(space).mean(0), into: runningMean, share: momentum)
                RunningStatistics.mix(x.detach().var(space).mean(0), into: runningVar, share: momentum)
            }
            return input.rank == batchedRank ? y : y.squeeze(0)
        }
    }
}

/// Normalises each channel of each example over space: (batch, features, length). PyTorch: `torch.nn.InstanceNorm1d`.
public final class InstanceNorm1d: InstanceNormLayer {
    public init(_ features: Int, eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false, bias: Bool = true,
                trackRunningStats: Bool = false, dtype: DType? = nil) {
        super.init(features, batchedRank: 3, eps, momentum, affine, bias, trackRunningStats, dtype)
    }
}

/// Normalises each channel of each example over space: (batch, features, height, width). PyTorch: `torch.nn.InstanceNorm2d`.
public final class InstanceNorm2d: InstanceNormLayer {
    public init(_ features: Int, eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false, bias: Bool = true,
                trackRunningStats: Bool = false, dtype: DType? = nil) {
        super.init(features, batchedRank: 4, eps, momentum, affine, bias, trackRunningStats, dtype)
    }
}

/// Normalises each channel of each example over space: (batch, features, depth, height, width). PyTorch: `torch.nn.InstanceNorm3d`.
public final class InstanceNorm3d: InstanceNormLayer {
    public init(_ features: Int, eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false, bias: Bool = true,
                trackRunningStats: Bool = false, dtype: DType? = nil) {
        super.init(features, batchedRank: 5, eps, momentum, affine, bias, trackRunningStats, dtype)
    }
}

/// Normalises over the last dimensions, whose sizes are `normalizedShape` (Ba et al., arXiv:1607.06450). PyTorch: `torch.nn.LayerNorm`.
public final class LayerNorm: Module, Layer {
    /// (normalizedShape), the scale
    @OptionalParameter public var weight: Tensor?
    /// (normalizedShape), the shift
    @OptionalParameter public var bias: Tensor?
    public let normalizedShape: Shape
    public let eps: Double

    public init(_ normalizedShape: any SpatialExtent, eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true,
                dtype: DType? = nil) {
        self.normalizedShape = normalizedShape.sizes
        self.eps = eps
        weight = elementwiseAffine ? .ones(normalizedShape.sizes, dtype: dtype) : nil
        self.bias = elementwiseAffine && bias ? .zeros(normalizedShape.sizes, dtype: dtype) : nil
    }

    public func forward(_ input: Tensor) -> Tensor { layerNorm(input, normalizedShape, weight: weight, bias: bias, eps: eps) }
}

/// Divides by the root mean square over the last dimensions (Zhang & Sennrich, arXiv:1910.07467). `eps` nil: the type's machine epsilon.
/// PyTorch: `torch.nn.RMSNorm`.
public final class RMSNorm: Module, Layer {
    /// (normalizedShape)
    @OptionalParameter public var weight: Tensor?
    public let normalizedShape: Shape
    public let eps: Double?

    public init(_ normalizedShape: any SpatialExtent, eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType? = nil) {
        self.normalizedShape = normalizedShape.sizes
        self.eps = eps
        weight = elementwiseAffine ? .ones(normalizedShape.sizes, dtype: dtype) : nil
    }

    public func forward(_ input: Tensor) -> Tensor { rmsNorm(input, normalizedShape, weight: weight, eps: eps) }
}

/// Normalises groups of channels of each example (Wu & He, arXiv:1803.08494). PyTorch: `torch.nn.GroupNorm`.
public final class GroupNorm: Module, Layer {
    /// (channels), the scale
    @OptionalParameter public var weight: Tensor?
    /// (channels), the shift
    @OptionalParameter public var bias: Tensor?
    public let groups: Int
    public let eps: Double

    public init(_ groups: Int, _ channels: Int, eps: Double = 1e-5, affine: Bool = true, bias: Bool = true, dtype: DType? = nil) {
        self.groups = groups
        self.eps = eps
        weight = affine ? .ones([channels], dtype: dtype) : nil
        self.bias = affine && bias ? .zeros([channels], dtype: dtype) : nil
        if groups < 1 || channels % groups != 0 {
            TensorError("\(channels) channels do not divide into \(groups) groups").report(in: "GroupNorm")
        }
    }

    public func forward(_ input: Tensor) -> Tensor { groupNorm(input, groups: groups, weight: weight, bias: bias, eps: eps) }
}

/// Divides by a power of neighbouring channels' squares (Krizhevsky et al., 2012). PyTorch: `torch.nn.LocalResponseNorm`.
public final class LocalResponseNorm: Module, Layer {
    public let size: Int
    public let alpha: Double
    public let beta: Double
    public let k: Double

    public init(_ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k
    }

    public func forward(_ input: Tensor) -> Tensor { localResponseNorm(input, size: size, alpha: alpha, beta: beta, k: k) }
}
