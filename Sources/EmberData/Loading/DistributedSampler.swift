import EmberTensor
import Synchronization

/// The part of a data set that one of several processes trains on: every `replicas`-th sample of an order that all of them share.
/// PyTorch: `torch.utils.data.distributed.DistributedSampler`, with the same order for the same seed.
///
///     let sampler = DistributedSampler(count: dataset.count, replicas: 4, rank: 1)
///     for epoch in 0 ..< 10 {
///         sampler.setEpoch(epoch)
///         for batch in loader { … }
///     }
public final class DistributedSampler: Sampler {
    public let replicas: Int
    public let rank: Int
    /// The samples of one process: all get equally many.
    public let count: Int

    private let samples: Int
    private let shuffle: Bool
    private let seed: Int
    private let epoch = Atomic(0)

    /// What is drawn depends on seed and epoch, not on a generator: all processes must agree.
    public var isRandom: Bool { false }

    /// - Parameters:
    ///   - count: the samples of the whole data set.
    ///   - replicas: how many processes share it.
    ///   - rank: which of them this is, from 0.
    ///   - shuffle: a new order in every epoch.
    ///   - dropLast: leaves out what cannot be shared evenly; otherwise the first samples are taken a second time to fill up.
    public init(count: Int, replicas: Int, rank: Int, shuffle: Bool = true, seed: Int = 0, dropLast: Bool = false) {
        precondition(replicas > 0 && rank >= 0 && rank < replicas, "DistributedSampler: rank \(rank) is none of \(replicas) processes")
        precondition(count >= 0, "DistributedSampler: a data set cannot have \(count) samples")
        self.replicas = replicas
        self.rank = rank
        self.shuffle = shuffle
        self.seed = seed
        samples = count
        self.count = dropLast ? count / replicas : (count + replicas - 1) / replicas
    }

    /// Chooses the order of the next epoch; without it all epochs have the same. PyTorch: `DistributedSampler.set_epoch`.
    public func setEpoch(_ epoch: Int) { self.epoch.store(epoch, ordering: .relaxed) }

    public func order(using generator: Generator) -> [Int] {
        let all = shuffle
            ? Tensor.randperm(samples, generator: Generator(seed: seed &+ epoch.load(ordering: .relaxed))).array(of: Int.self)
            : Array(0 ..< samples)
        return stride(from: rank, to: count * replicas, by: replicas).map { all[$0 % samples] }
    }
}
