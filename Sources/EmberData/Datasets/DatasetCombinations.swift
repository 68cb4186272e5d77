import EmberTensor

/// Some samples of another data set, in a given order. PyTorch: `torch.utils.data.Subset`.
public struct Subset<Base: Dataset>: Dataset {
    public let base: Base
    public let indices: [Int]

    /// - Throws: ``DataError`` when an index is not one of `base`.
    public init(_ base: Base, _ indices: [Int]) throws {
        if let i = indices.first(where: { $0 < 0 || $0 >= base.count }) {
            throw DataError("there is no sample \(i) in a data set of \(base.count)")
        }
        self.base = base
        self.indices = indices
    }

    public var count: Int { indices.count }
    public subscript(i: Int) -> Base.Sample { get throws { try base[indices[i]] } }

    public func batch(at positions: [Int]) throws -> Base.Sample? { try base.batch(at: positions.map { indices[$0] }) }
}

/// Data sets one after the other. PyTorch: `torch.utils.data.ConcatDataset`.
public struct ConcatenatedDataset<Base: Dataset>: Dataset {
    public let parts: [Base]
    /// Where each part begins.
    private let starts: [Int]
    public let count: Int

    public init(_ parts: [Base]) {
        self.parts = parts
        var start = 0
        var starts: [Int] = []
        for part in parts {
            starts.append(start)
            start += part.count
        }
        self.starts = starts
        count = start
    }

    public subscript(i: Int) -> Base.Sample {
        get throws {
            precondition(i >= 0 && i < count, "sample \(i) of \(count)")
            // The last part that begins at or before i; empty parts begin where the next one does and are passed over.
            var low = 0, high = starts.count
            while high - low > 1 {
                let middle = (low + high) / 2
                if starts[middle] <= i { low = middle } else { high = middle }
            }
            return try parts[low][i - starts[low]]
        }
    }
}

/// The samples of another data set after a function, which is called whenever a sample is read.
public struct MappedDataset<Base: Dataset, Sample: Sendable>: Dataset {
    public let base: Base
    private let transform: @Sendable (Base.Sample, Generator) throws -> Sample

    init(_ base: Base, _ transform: @escaping @Sendable (Base.Sample, Generator) throws -> Sample) {
        self.base = base
        self.transform = transform
    }

    public var count: Int { base.count }
    public subscript(i: Int) -> Sample { get throws { try transform(try base[i], SampleRandomness.generator ?? .default) } }
}

/// Where random transformations of samples draw from: a ``DataLoader`` gives every batch a generator of its own, so that what is drawn
/// does not depend on which worker loads the batch, and when.
enum SampleRandomness {
    @TaskLocal static var generator: Generator?
}

extension Dataset {
    /// Every sample after `transform`, computed when it is read.
    public func mapped<Result: Sendable>(_ transform: @escaping @Sendable (Sample) throws -> Result) -> MappedDataset<Self, Result> {
        MappedDataset(self) { sample, _ in try transform(sample) }
    }

    /// Every sample after a `transform` that draws random numbers (augmentation), computed when it is read. The numbers must come from the
    /// generator given: then a ``DataLoader`` gives the same samples for the same seed whatever its number of workers.
    public func mapped<Result: Sendable>(
        _ transform: @escaping @Sendable (Sample, Generator) throws -> Result
    ) -> MappedDataset<Self, Result> {
        MappedDataset(self, transform)
    }

    /// The samples at `indices`. PyTorch: `torch.utils.data.Subset`.
    public func subset(_ indices: [Int]) throws -> Subset<Self> { try Subset(self, indices) }

    /// The samples of a range.
    public func subset(_ range: Range<Int>) throws -> Subset<Self> { try Subset(self, Array(range)) }

    /// These samples, then those of `other`.
    public func concatenated(with other: Self) -> ConcatenatedDataset<Self> { ConcatenatedDataset([self, other]) }

    /// A division into random parts of these sizes, which must sum to ``count``. PyTorch: `torch.utils.data.random_split`, with the same
    /// parts for the same seed.
    public func randomSplit(_ sizes: [Int], generator: Generator? = nil) throws -> [Subset<Self>] {
        guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == count else {
            throw DataError("parts of \(sizes) samples do not add up to \(count)")
        }
        let order = Tensor.randperm(count, generator: generator).array(of: Int.self)
        var start = 0
        return try sizes.map { size in
            defer { start += size }
            return try Subset(self, Array(order[start ..< start + size]))
        }
    }

    /// A division into random parts of these shares, which must sum to 1. PyTorch: `torch.utils.data.random_split`.
    public func randomSplit(fractions: [Double], generator: Generator? = nil) throws -> [Subset<Self>] {
        guard fractions.allSatisfy({ $0 >= 0 && $0 <= 1 }), abs(fractions.reduce(0, +) - 1) <= 1e-9 else {
            throw DataError("shares of \(fractions) do not add up to 1")
        }
        var sizes = fractions.map { Int((Double(count) * $0).rounded(.down)) }
        // What rounding left over goes to the parts in turn.
        for i in 0 ..< max(0, count - sizes.reduce(0, +)) { sizes[i % sizes.count] += 1 }
        return try randomSplit(sizes, generator: generator)
    }
}
