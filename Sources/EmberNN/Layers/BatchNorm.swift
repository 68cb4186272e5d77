import EmberTensor

/// What the batch normalisation layers share (Ioffe & Szegedy, arXiv:1502.03167). Use ``BatchNorm1d``, ``BatchNorm2d``, ``BatchNorm3d``.
public class BatchNormLayer: Module, Layer {
    /// (features), the scale
    @OptionalParameter public var weight: Tensor?
    /// (features), the shift
    @OptionalParameter public var bias: Tensor?
    @OptionalBuffer public var runningMean: Tensor?
    /// With the divisor n - 1.
    @OptionalBuffer public var runningVar: Tensor?
    @OptionalBuffer public var numBatchesTracked: Tensor?
    public let features: Int
    public let eps: Double
    /// The part of the running statistics that a batch replaces; nil averages over all batches.
    public internal(set) var momentum: Double?
    private let ranks: ClosedRange<Int>

    init(_ features: Int, ranks: ClosedRange<Int>, _ eps: Double, _ momentum: Double?, _ affine: Bool, _ bias: Bool,
         _ trackRunningStats: Bool, _ dtype: DType?) {
        self.features = features
        self.eps = eps
        self.momentum = momentum
        self.ranks = ranks
        weight = affine ? .ones([features], dtype: dtype) : nil
        self.bias = affine && bias ? .zeros([features], dtype: dtype) : nil
        runningMean = trackRunningStats ? .zeros([features], dtype: dtype) : nil
        runningVar = trackRunningStats ? .ones([features], dtype: dtype) : nil
        numBatchesTracked = trackRunningStats ? Tensor(0) : nil
    }

    public func forward(_ input: Tensor) -> Tensor {
        composed("\(Self.self)", [input]) { () throws(TensorError) in
            guard ranks.contains(input.rank), input.shape[1] == features else {
                let dims = switch (ranks.lowerBound, ranks.upperBound) {
                case (let low, .max): "tensors of at least \(low) dimensions"
                case (let low, let high) where low == high: "\(low)-d tensors"
                case (let low, let high): "\(low)- or \(high)-d tensors"
                }
                throw TensorError("takes \(dims) with \(features) channels in dimension 1, not shape \(input.shape)")
            }
            guard isTraining || runningMean == nil else {
                return batchNorm(input, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias, eps: eps)
            }
            let (output, mean, variance) = batchNormWithStatistics(input, weight: weight, bias: bias, eps: eps)
            if isTraining && !mean.isInert { track(mean, variance, hasElements: input.count > 0) }
            return output
        }
    }

    /// A batch without elements counts, but has no statistics.
    private func track(_ mean: Tensor, _ variance: Tensor, hasElements: Bool) {
        guard let count = $numBatchesTracked, let runningMean = $runningMean, let runningVar = $runningVar else { return }
        count.value += 1
        guard hasElements else { return }
        let share = momentum ?? 1 / count.value.item()
        RunningStatistics.mix(mean, into: runningMean, share: share)
        RunningStatistics.mix(variance, into: runningVar, share: share)
    }

    /// Forgets the running statistics. PyTorch: `reset_running_stats`.
    public func resetRunningStatistics() {
        $runningMean?.value = .zeros([features], dtype: runningMean?.dtype)
        $runningVar?.value = .ones([features], dtype: runningVar?.dtype)
        $numBatchesTracked?.value = Tensor(0)
    }
}

enum RunningStatistics {
    private static let rule = ElementwiseUpdate("mix")

    /// running ← (1 - share) running + share batch
    static func mix(_ batch: Tensor, into running: Buffer, share: Double) {
        running.value.makeUnique()
        rule.run([running.value, batch], scalars: [share, 1 - share])
    }
}

/// Normalises each channel over the batch and space: (batch, features) or (batch, features, length). PyTorch: `torch.nn.BatchNorm1d`.
public final class BatchNorm1d: BatchNormLayer {
    public init(_ features: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, bias: Bool = true,
                trackRunningStats: Bool = true, dtype: DType? = nil) {
        super.init(features, ranks: 2...3, eps, momentum, affine, bias, trackRunningStats, dtype)
    }
}

/// Normalises each channel over the batch and space: (batch, features, height, width). PyTorch: `torch.nn.BatchNorm2d`.
public final class BatchNorm2d: BatchNormLayer {
    public init(_ features: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, bias: Bool = true,
                trackRunningStats: Bool = true, dtype: DType? = nil) {
        super.init(features, ranks: 4...4, eps, momentum, affine, bias, trackRunningStats, dtype)
    }
}

/// Normalises each channel over the batch and space: (batch, features, depth, height, width). PyTorch: `torch.nn.BatchNorm3d`.
public final class BatchNorm3d: BatchNormLayer {
    public init(_ features: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, bias: Bool = true,
                trackRunningStats: Bool = true, dtype: DType? = nil) {
        super.init(features, ranks: 5...5, eps, momentum, affine, bias, trackRunningStats, dtype)
    }
}
