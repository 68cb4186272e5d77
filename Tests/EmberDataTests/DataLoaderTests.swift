import EmberData
import EmberFormats
import EmberTensor
import Testing

private func numbers(_ count: Int) throws -> TensorDataset {
    try TensorDataset(Tensor.arange(.int(count)), Tensor.arange(.int(count)) * 10.0)
}

private func epoch(_ loader: DataLoader<(Tensor, Tensor)>) -> [[Int]] { loader.map { $0.0.array() } }

/// A data set that can only be read a sample at a time.
private struct OneByOne: Dataset {
    let count: Int
    var failing: Set<Int> = []

    subscript(i: Int) -> (Tensor, Tensor) {
        get throws {
            if failing.contains(i) { throw DataError("sample \(i) is broken") }
            return (Tensor(.int(i)), Tensor([Double(i), Double(-i)], shape: [2]))
        }
    }
}

/// The default generator is one for the process, so tests that seed it take turns.
@Suite(.serialized) struct DataLoaderTests {
    @Test(arguments: [0, 1, 3]) func orderIsPyTorchs(workers: Int) throws {
        manualSeed(7)
        let loader = DataLoader(try numbers(10), batchSize: 4, shuffle: true, workers: workers)
        #expect(epoch(loader) == [[3, 2, 7, 8], [6, 1, 5, 9], [0, 4]])
        #expect(epoch(loader) == [[1, 3, 5, 2], [8, 9, 6, 7], [4, 0]])
        #expect(Tensor.rand([1]).item(as: Float.self) == 0.36531615257263184)
    }

    @Test func orderOfOwnGeneratorIsPyTorchs() throws {
        let loader = DataLoader(
            try numbers(10), batchSize: 4, shuffle: true, dropLast: true, workers: 1, generator: Generator(seed: 3))
        #expect(loader.count == 2)
        #expect(epoch(loader) == [[7, 4, 2, 9], [1, 5, 0, 8]])
        #expect(epoch(loader) == [[1, 2, 0, 5], [9, 4, 8, 3]])
    }

    @Test func weightedSamplesArePyTorchs() throws {
        let weights = [0.0, 1, 2, 3, 4, 0, 1, 1, 1, 1]
        #expect(try WeightedRandomSampler(weights: weights, count: 6).order(using: Generator(seed: 1)) == [1, 3, 3, 2, 4, 2])
        #expect(try WeightedRandomSampler(weights: weights, count: 6, replacement: false).order(using: Generator(seed: 1)) == [3, 2, 4, 1, 6, 9])
        #expect(throws: DataError.self) { try WeightedRandomSampler(weights: [1, -1], count: 1) }
        #expect(throws: DataError.self) { try WeightedRandomSampler(weights: weights, count: 9, replacement: false) }
    }

    @Test func batchesHaveEverySampleOnce() throws {
        let loader = DataLoader(try numbers(1000), batchSize: 64, shuffle: true, workers: 3, generator: Generator(seed: 0))
        var seen: [Int] = []
        for (x, y) in loader {
            #expect(y.array(of: Int.self) == x.array(of: Int.self).map { $0 * 10 })
            seen += x.array(of: Int.self)
        }
        #expect(seen.sorted() == Array(0 ..< 1000))
        #expect(seen != Array(0 ..< 1000))
    }

    @Test(arguments: [0, 2]) func collatesSamples(workers: Int) throws {
        let batches = Array(DataLoader(OneByOne(count: 5), batchSize: 2, workers: workers))
        #expect(batches.map { $0.0.array(of: Int.self) } == [[0, 1], [2, 3], [4]])
        #expect(batches.map(\.1.shape) == [[2, 2], [2, 2], [1, 2]])
        #expect(batches[1].1.array(of: Float.self) == [2, -2, 3, -3])
    }

    @Test func gatheringEqualsCollating() throws {
        let dataset = try TensorDataset(Tensor.rand([20, 3, 2]), Tensor.arange(20))
        let indices = [19, 0, 7, 7]
        let gathered = try #require(try dataset.batch(at: indices))
        let collated = Collation.pairs(indices.map { dataset[$0] })
        #expect(gathered.0.bytes() == collated.0.bytes() && gathered.0.shape == [4, 3, 2])
        #expect(gathered.1.bytes() == collated.1.bytes() && gathered.1.shape == [4])
    }

    @Test(arguments: [0, 2]) func brokenSamplesAreThrown(workers: Int) throws {
        let loader = DataLoader(OneByOne(count: 6, failing: [3]), batchSize: 2, workers: workers)
        let iterator = loader.makeIterator()
        #expect(try iterator.nextBatch()?.0.array() == [0, 1])
        #expect(throws: DataError.self) { try iterator.nextBatch() }
        #expect(try iterator.nextBatch()?.0.array() == [4, 5])
        #expect(try iterator.nextBatch() == nil)
    }

    @Test(arguments: [0, 2]) func wrongOperatorsInWorkersAreThrown(workers: Int) throws {
        let broken = try numbers(4).mapped { x, y in (x.reshape([3, 3]), y) }
        let loader = DataLoader(broken, batchSize: 2, workers: workers)
        #expect(throws: TensorError.self) { try loader.forEachBatch { _ in } }
    }

    @Test func stoppingEarlyEndsTheWorkers() throws {
        let loader = DataLoader(try numbers(10_000), batchSize: 1, workers: 4)
        for _ in 0 ..< 50 {
            for (x, _) in loader where x.item(as: Int.self) == 3 { break }
        }
        #expect(epoch(DataLoader(try numbers(3), batchSize: 2, workers: 4)) == [[0, 1], [2]])
    }

    @Test(arguments: [0, 1, 2], [0, 3, 7]) func positionCanBeRestored(workers: Int, taken: Int) throws {
        let dataset = try numbers(50)
        let whole = DataLoader(dataset, batchSize: 7, shuffle: true, workers: workers)
        manualSeed(11)
        let expected = epoch(whole) + epoch(whole) + epoch(whole)
        let end = Generator.default.stateBytes

        manualSeed(11)
        let first = DataLoader(dataset, batchSize: 7, shuffle: true, workers: workers)
        var got = epoch(first)
        let iterator = first.makeIterator()
        for _ in 0 ..< taken { got.append(try #require(iterator.next()).0.array()) }
        let position = first.position
        let state = Generator.default.stateBytes
        #expect(position.batchesTaken == taken)

        manualSeed(99)
        let second = DataLoader(dataset, batchSize: 7, shuffle: true, workers: 2)
        try second.restore(position)
        #expect(second.position == position)
        try Generator.default.restore(state)
        got += epoch(second) + epoch(second)
        #expect(got == expected)
        #expect(Generator.default.stateBytes == end)
    }

    @Test func wrongPositionsAreRefused() throws {
        let loader = DataLoader(try numbers(10), batchSize: 5)
        let state = Generator(seed: 1).stateBytes
        #expect(throws: DataError.self) { try loader.restore(.init(generatorState: state, batchesTaken: 3)) }
        #expect(throws: DataError.self) { try loader.restore(.init(generatorState: [], batchesTaken: 1)) }
        #expect(throws: TensorError.self) { try loader.restore(.init(generatorState: [1, 2], batchesTaken: 1)) }
        #expect(epoch(loader) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]])
    }

    @Test func augmentationDoesNotDependOnTheWorkers() throws {
        let noisy = try numbers(40).mapped { sample, generator in (sample.0 + Tensor.rand([], generator: generator), sample.1) }
        func values(_ workers: Int) -> [[Float]] {
            manualSeed(4)
            return DataLoader(noisy, batchSize: 8, shuffle: true, workers: workers).map { $0.0.array() }
        }
        let alone = values(0)
        #expect(values(1) == alone)
        #expect(values(4) == alone)
        #expect(Set(alone.joined()).count == 40)
    }
}

@Suite struct DatasetTests {
    @Test func randomSplitIsPyTorchs() throws {
        let parts = try numbers(10).randomSplit([3, 7], generator: Generator(seed: 42))
        #expect(parts.map(\.indices) == [[2, 6, 1], [8, 4, 5, 0, 9, 3, 7]])
        let shares = try numbers(10).randomSplit(fractions: [0.33, 0.33, 0.34], generator: Generator(seed: 42))
        #expect(shares.map(\.indices) == [[2, 6, 1, 8], [4, 5, 0], [9, 3, 7]])
        #expect(throws: DataError.self) { try numbers(10).randomSplit([3, 3]) }
        #expect(throws: DataError.self) { try numbers(10).randomSplit(fractions: [0.5, 0.6]) }
    }

    @Test func combinations() throws {
        let both = try numbers(3).subset([2, 0]).concatenated(with: numbers(3).subset(1 ..< 2))
        #expect(both.count == 3)
        #expect(try (0 ..< 3).map { try both[$0].0.item(as: Int.self) } == [2, 0, 1])
        let doubled = try numbers(4).mapped { x, y in (x, y * 2.0) }
        #expect(try doubled[3].1.item(as: Int.self) == 60)
        #expect(ConcatenatedDataset([try numbers(0), try numbers(2), try numbers(0), try numbers(1)]).count == 3)
        #expect(try ConcatenatedDataset([try numbers(0), try numbers(2), try numbers(0), try numbers(1)])[2].0.item(as: Int.self) == 0)
        #expect(throws: DataError.self) { try numbers(3).subset([3]) }
        #expect(throws: DataError.self) { try TensorDataset(.zeros([3]), .zeros([4])) }
    }

    /// PyTorch 2.13's orders for the same seeds.
    @Test func subsetsAndProcessesGetPyTorchsOrders() {
        #expect(SubsetRandomSampler([10, 20, 30, 40, 50]).order(using: Generator(seed: 3)) == [20, 10, 40, 50, 30])
        let orders = (0 ..< 3).map { rank in
            let sampler = DistributedSampler(count: 10, replicas: 3, rank: rank, seed: 1)
            sampler.setEpoch(2)
            return sampler.order(using: .default)
        }
        #expect(orders == [[6, 7, 1, 4], [0, 8, 9, 6], [3, 5, 2, 0]])
        func plain(dropLast: Bool) -> [[Int]] {
            (0 ..< 3).map { rank in
                DistributedSampler(count: 10, replicas: 3, rank: rank, shuffle: false, dropLast: dropLast).order(using: .default)
            }
        }
        #expect(plain(dropLast: false) == [[0, 3, 6, 9], [1, 4, 7, 0], [2, 5, 8, 1]])
        #expect(plain(dropLast: true) == [[0, 3, 6], [1, 4, 7], [2, 5, 8]])
        #expect(DistributedSampler(count: 0, replicas: 2, rank: 1).order(using: .default) == [])
    }

    /// Even samples with even, odd with odd.
    private struct ParityBatches: Sampler {
        let count = 6
        let isRandom = false
        func order(using generator: Generator) -> [Int] { Array(0 ..< 6) }
        func batches(of size: Int, dropLast: Bool, using generator: Generator) -> [[Int]] { [[0, 2, 4], [1, 3, 5]] }
        func batchCount(of size: Int, dropLast: Bool) -> Int { 2 }
    }

    @Test func aSamplerMayFormTheBatches() throws {
        let loader = DataLoader(try TensorDataset(Tensor.arange(6), Tensor.arange(6)), batchSize: 4, sampler: ParityBatches(), workers: 1)
        #expect(loader.count == 2)
        #expect(loader.map { $0.0.array(of: Int.self) } == [[0, 2, 4], [1, 3, 5]])
        #expect(SequentialSampler(count: 5).batches(of: 2, dropLast: false, using: .default) == [[0, 1], [2, 3], [4]])
        #expect(SequentialSampler(count: 5).batches(of: 2, dropLast: true, using: .default) == [[0, 1], [2, 3]])
    }
}
