import EmberTensor

/// Which samples an epoch has, and in which order. PyTorch: `torch.utils.data.Sampler`.
public protocol Sampler: Sendable {
    /// The number of samples in an epoch.
    var count: Int { get }

    /// Whether ``order(using:)`` draws from the generator.
    var isRandom: Bool { get }

    /// The indices of one epoch's samples.
    func order(using generator: Generator) -> [Int]

    /// The indices of one epoch's samples, batch by batch; consecutive ones of ``order(using:)`` unless a sampler knows better, as one
    /// that puts samples of like length together. PyTorch: `torch.utils.data.BatchSampler`.
    func batches(of size: Int, dropLast: Bool, using generator: Generator) -> [[Int]]

    /// The number of batches in an epoch.
    func batchCount(of size: Int, dropLast: Bool) -> Int
}

extension Sampler {
    public func batches(of size: Int, dropLast: Bool, using generator: Generator) -> [[Int]] {
        let order = order(using: generator)
        let end = dropLast ? order.count / size * size : order.count
        return stride(from: 0, to: end, by: size).map { Array(order[$0 ..< min($0 + size, end)]) }
    }

    public func batchCount(of size: Int, dropLast: Bool) -> Int { dropLast ? count / size : (count + size - 1) / size }
}

/// Every sample once, by number. PyTorch: `torch.utils.data.SequentialSampler`.
public struct SequentialSampler: Sampler {
    public let count: Int
    public var isRandom: Bool { false }

    public init(count: Int) { self.count = count }

    public func order(using generator: Generator) -> [Int] { Array(0 ..< count) }
}

/// Every sample once, in random order: PyTorch's order for the same seed. PyTorch: `torch.utils.data.RandomSampler`.
public struct RandomSampler: Sampler {
    public let count: Int
    public var isRandom: Bool { true }

    public init(count: Int) { self.count = count }

    public func order(using generator: Generator) -> [Int] {
        let order: [Int] = Tensor.randperm(count, generator: generator).array()
        // PyTorch's sampler draws another permutation when it has run out, of which it uses none. Without it the next epoch would differ.
        _ = Tensor.randperm(count, generator: generator)
        return order
    }
}

/// The samples of a list once each, in random order: PyTorch's order for the same seed. PyTorch: `torch.utils.data.SubsetRandomSampler`.
public struct SubsetRandomSampler: Sampler {
    public let indices: [Int]
    public var count: Int { indices.count }
    public var isRandom: Bool { true }

    public init(_ indices: [Int]) { self.indices = indices }

    public func order(using generator: Generator) -> [Int] {
        Tensor.randperm(count, generator: generator).array(of: Int.self).map { indices[$0] }
    }
}

/// Samples drawn by weight. PyTorch: `torch.utils.data.WeightedRandomSampler`.
public struct WeightedRandomSampler: Sampler {
    public let count: Int
    public let weights: [Double]
    public let replacement: Bool
    public var isRandom: Bool { true }

    /// - Parameters:
    ///   - weights: one for every sample of the data set, not negative; they need not sum to 1.
    ///   - count: how many samples an epoch draws.
    ///   - replacement: whether a sample may be drawn more than once.
    /// - Throws: ``DataError`` when the weights cannot be drawn by.
    public init(weights: [Double], count: Int, replacement: Bool = true) throws {
        guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), weights.contains(where: { $0 > 0 }) else {
            throw DataError("weights of samples must be finite, not negative, and not all zero")
        }
        let drawable = weights.count { $0 > 0 }
        guard count > 0, replacement || count <= drawable else {
            throw DataError("cannot draw \(count) of \(drawable) samples\(replacement ? "" : " without replacement")")
        }
        self.weights = weights
        self.count = count
        self.replacement = replacement
    }

    public func order(using generator: Generator) -> [Int] {
        Tensor(weights, shape: [weights.count], dtype: .float64).multinomial(count, replacement: replacement, generator: generator).array()
    }
}
