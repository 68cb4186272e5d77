import EmberTensor
import Foundation

/// Where a ``DataLoader`` stands: enough to go on with the next batch, in another process too.
public struct DataLoaderPosition: Sendable, Equatable {
    /// The state of the generator from which the current epoch's order was drawn (``Generator/stateBytes``); empty before the first epoch.
    public var generatorState: [UInt8]
    /// How many batches of the epoch were handed out.
    public var batchesTaken: Int

    public init(generatorState: [UInt8], batchesTaken: Int) {
        self.generatorState = generatorState
        self.batchesTaken = batchesTaken
    }
}

/// The batches of a data set, epoch after epoch, loaded ahead by threads of its own. PyTorch: `torch.utils.data.DataLoader`.
///
///     let loader = DataLoader(dataset, batchSize: 128, shuffle: true, workers: 2)
///     for epoch in 1 ... 10 {
///         for (images, labels) in loader { … }
///     }
///
/// Which samples come in which batch depends on the seed alone, not on the number of workers, and equals PyTorch's choice for the same
/// seed, including what is taken from the default generator. Workers read the data set; the kernels they call stay on
/// their own threads, beside the pool that trains.
///
/// A sample that cannot be read ends a `for` loop with a message and the program with status 1; ``forEachBatch(_:)`` and
/// ``Iterator/nextBatch()`` throw instead. A batch that is being loaded when the loop ends early is dropped.
public final class DataLoader<Batch: Sendable>: Sequence {
    /// Samples in a batch; the last one of an epoch may have fewer.
    public let batchSize: Int
    /// Whether an incomplete last batch is left out.
    public let dropLast: Bool
    /// Threads that load batches; 0 loads them when they are asked for.
    public let workers: Int
    /// Batches that each worker may be ahead.
    public let prefetch: Int

    private let sampler: any Sampler
    private let generator: EmberTensor.Generator?
    private let load: @Sendable ([Int]) throws -> Batch
    private var current = DataLoaderPosition(generatorState: [], batchesTaken: 0)
    private var resumption: DataLoaderPosition?
    /// Tells an iterator of an older epoch that the position is not its to count any more.
    private var epochIdentifier = 0

    /// Batches made by `collate`.
    /// - Parameters:
    ///   - shuffle: every epoch in a new random order; not together with a `sampler`.
    ///   - sampler: chooses the samples; sequential unless given.
    ///   - generator: draws the order; nil takes a seed from the default generator for every epoch, as PyTorch does.
    public init<Data: Dataset>(
        _ dataset: Data, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
        workers: Int = 0, prefetch: Int = 2, generator: EmberTensor.Generator? = nil, collate: @escaping @Sendable ([Data.Sample]) throws -> Batch
    ) {
        precondition(batchSize > 0, "DataLoader: batchSize must be at least 1, not \(batchSize)")
        precondition(workers >= 0 && prefetch > 0, "DataLoader: workers must not be negative and prefetch at least 1")
        precondition(!(shuffle && sampler != nil), "DataLoader: a sampler decides the order, so shuffle must be off")
        self.batchSize = batchSize
        self.dropLast = dropLast
        self.workers = workers
        self.prefetch = prefetch
        self.generator = generator
        self.sampler = sampler ?? (shuffle ? RandomSampler(count: dataset.count) : SequentialSampler(count: dataset.count))
        load = { indices in try collate(indices.map { try dataset[$0] }) }
    }

    private init<Data: Dataset>(
        _ dataset: Data, _ batchSize: Int, _ shuffle: Bool, _ sampler: (any Sampler)?, _ dropLast: Bool, _ workers: Int, _ prefetch: Int,
        _ generator: EmberTensor.Generator?, _ collate: @escaping @Sendable ([Batch]) throws -> Batch
    ) where Data.Sample == Batch {
        precondition(batchSize > 0, "DataLoader: batchSize must be at least 1, not \(batchSize)")
        precondition(workers >= 0 && prefetch > 0, "DataLoader: workers must not be negative and prefetch at least 1")
        precondition(!(shuffle && sampler != nil), "DataLoader: a sampler decides the order, so shuffle must be off")
        self.batchSize = batchSize
        self.dropLast = dropLast
        self.workers = workers
        self.prefetch = prefetch
        self.generator = generator
        self.sampler = sampler ?? (shuffle ? RandomSampler(count: dataset.count) : SequentialSampler(count: dataset.count))
        load = { indices in try dataset.batch(at: indices) ?? collate(indices.map { try dataset[$0] }) }
    }

    /// Batches an epoch has.
    public var count: Int { sampler.batchCount(of: batchSize, dropLast: dropLast) }

    public var underestimatedCount: Int { 0 }

    // MARK: Position

    /// Where the loader stands: in the epoch begun last, after the batches handed out so far. Batches loaded ahead do not count.
    public var position: DataLoaderPosition { resumption ?? current }

    /// Makes the next `makeIterator()` (the next `for` loop) continue the saved epoch after the batches it had handed out. The generator
    /// that the loader draws from is not touched: whoever saves its state restores it.
    /// - Throws: ``DataError`` or `TensorError` when the position cannot be one of this loader.
    public func restore(_ position: DataLoaderPosition) throws {
        guard position.batchesTaken >= 0, position.batchesTaken <= count else {
            throw DataError("a position after \(position.batchesTaken) batches is not one of a loader of \(count) batches")
        }
        guard !position.generatorState.isEmpty || position.batchesTaken == 0 else {
            throw DataError("a position within an epoch needs the state of the generator")
        }
        if !position.generatorState.isEmpty { _ = try EmberTensor.Generator(state: position.generatorState) }
        resumption = position.generatorState.isEmpty ? nil : position
    }

    // MARK: Epochs

    /// Begins an epoch, or continues the one that ``restore(_:)`` named.
    public func makeIterator() -> Iterator {
        epochIdentifier += 1
        let source: EmberTensor.Generator
        if let resumption, let saved = try? EmberTensor.Generator(state: resumption.generatorState) {
            current = resumption
            source = saved
        } else {
            source = generator ?? .default
            current = DataLoaderPosition(generatorState: source.stateBytes, batchesTaken: 0)
        }
        resumption = nil
        // Drawn in PyTorch's order: the seed of the workers, then, without a generator of its own, the seed of the order.
        let baseSeed = DataLoader.seed(from: source)
        let ownSeed = sampler.isRandom && generator == nil
        let batches = sampler.batches(
            of: batchSize, dropLast: dropLast, using: ownSeed ? EmberTensor.Generator(seed: DataLoader.seed(from: source)) : source)
        let load = load
        return Iterator(self, epochIdentifier, BatchPipeline(
            count: batches.count, first: current.batchesTaken, workers: workers, capacity: workers * prefetch
        ) { index in
            try SampleRandomness.$generator.withValue(EmberTensor.Generator(seed: baseSeed &+ index)) {
                // What one thread is asked for needs no pool; and a failed operator becomes an error of the batch.
                try withSingleThread { try checked { try load(batches[index]) } }
            }
        })
    }

    /// PyTorch: `torch.empty((), dtype=torch.int64).random_()`.
    private static func seed(from generator: EmberTensor.Generator) -> Int { Int(truncatingIfNeeded: generator.next() & 0x7fff_ffff_ffff_ffff) }

    fileprivate func didHandOut(epoch: Int) {
        if epoch == epochIdentifier { current.batchesTaken += 1 }
    }

    /// After the last batch was asked for, what comes next is a new epoch, not the end of this one.
    fileprivate func didFinish(epoch: Int) {
        if epoch == epochIdentifier { current = DataLoaderPosition(generatorState: [], batchesTaken: 0) }
    }

    /// One epoch, with errors thrown: those of reading samples and those of `body`.
    public func forEachBatch(_ body: (Batch) throws -> Void) throws {
        let iterator = makeIterator()
        while let batch = try iterator.nextBatch() { try body(batch) }
    }

    /// The batches of one epoch. Its workers stop when it goes away.
    public final class Iterator: IteratorProtocol {
        private let loader: DataLoader
        private let epoch: Int
        private let pipeline: BatchPipeline<Batch>

        fileprivate init(_ loader: DataLoader, _ epoch: Int, _ pipeline: BatchPipeline<Batch>) {
            self.loader = loader
            self.epoch = epoch
            self.pipeline = pipeline
        }

        deinit { pipeline.cancel() }

        /// The next batch, nil at the end of the epoch. Throws when a sample could not be read; the batch after it can still be asked for.
        public func nextBatch() throws -> Batch? {
            guard let result = Profiler.record("DataLoader.nextBatch", { pipeline.next() }) else {
                loader.didFinish(epoch: epoch)
                return nil
            }
            loader.didHandOut(epoch: epoch)
            return try result.get()
        }

        public func next() -> Batch? {
            do {
                return try nextBatch()
            } catch {
                FileHandle.standardError.write(Data("Ember: DataLoader: \(error)\n".utf8))
                exit(1)
            }
        }
    }
}

extension DataLoader where Batch == Tensor {
    /// Batches of a data set of tensors, stacked.
    public convenience init<Data: Dataset>(
        _ dataset: Data, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
        workers: Int = 0, prefetch: Int = 2, generator: EmberTensor.Generator? = nil
    ) where Data.Sample == Tensor {
        self.init(dataset, batchSize, shuffle, sampler, dropLast, workers, prefetch, generator, Collation.tensors)
    }
}

extension DataLoader where Batch == (Tensor, Tensor) {
    /// Batches of a data set of pairs such as (input, target), each stacked.
    public convenience init<Data: Dataset>(
        _ dataset: Data, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
        workers: Int = 0, prefetch: Int = 2, generator: EmberTensor.Generator? = nil
    ) where Data.Sample == (Tensor, Tensor) {
        self.init(dataset, batchSize, shuffle, sampler, dropLast, workers, prefetch, generator, Collation.pairs)
    }
}

extension DataLoader where Batch == (Tensor, Tensor, Tensor) {
    /// Batches of a data set of triples, each stacked.
    public convenience init<Data: Dataset>(
        _ dataset: Data, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
        workers: Int = 0, prefetch: Int = 2, generator: EmberTensor.Generator? = nil
    ) where Data.Sample == (Tensor, Tensor, Tensor) {
        self.init(dataset, batchSize, shuffle, sampler, dropLast, workers, prefetch, generator, Collation.triples)
    }
}

extension DataLoader where Batch == [Tensor] {
    /// Batches of a data set of lists of tensors, stacked place by place.
    public convenience init<Data: Dataset>(
        _ dataset: Data, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
        workers: Int = 0, prefetch: Int = 2, generator: EmberTensor.Generator? = nil
    ) where Data.Sample == [Tensor] {
        self.init(dataset, batchSize, shuffle, sampler, dropLast, workers, prefetch, generator, Collation.lists)
    }
}

extension DataLoader where Batch == [String: Tensor] {
    /// Batches of a data set of dictionaries of tensors, stacked key by key.
    public convenience init<Data: Dataset>(
        _ dataset: Data, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
        workers: Int = 0, prefetch: Int = 2, generator: EmberTensor.Generator? = nil
    ) where Data.Sample == [String: Tensor] {
        self.init(dataset, batchSize, shuffle, sampler, dropLast, workers, prefetch, generator, Collation.dictionaries)
    }
}
