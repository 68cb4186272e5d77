import EmberTensor

/// Batch normalisation of any rank from 2 on, whose statistics all processes of a distributed training share. In a single process it is
/// ``BatchNorm2d`` and its relatives. PyTorch: `torch.nn.SyncBatchNorm`.
public final class SyncBatchNorm: BatchNormLayer {
    public init(_ features: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, bias: Bool = true,
                trackRunningStats: Bool = true, dtype: DType? = nil) {
        super.init(features, ranks: 2...Int.max, eps, momentum, affine, bias, trackRunningStats, dtype)
    }
}
