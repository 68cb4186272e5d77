import Foundation

/// Loads batches on threads, ahead of who takes them, and hands them out in order.
///
/// `@unchecked Sendable`: every variable is read and written with `condition` locked.
final class BatchPipeline<Batch: Sendable>: @unchecked Sendable {
    private let count: Int
    private let capacity: Int
    private let hasWorkers: Bool
    private let load: @Sendable (Int) throws -> Batch
    private let condition = NSCondition()
    private var nextToLoad: Int
    private var nextToTake: Int
    private var loaded: [Int: Result<Batch, any Error>] = [:]
    private var isCancelled = false

    /// Batches `first` ..< `count`; at most `capacity` are loaded or being loaded at any time.
    init(count: Int, first: Int, workers: Int, capacity: Int, load: @escaping @Sendable (Int) throws -> Batch) {
        self.count = count
        self.capacity = capacity
        self.load = load
        hasWorkers = workers > 0
        nextToLoad = first
        nextToTake = first
        for number in 0 ..< min(workers, max(count - first, 0)) {
            let thread = Thread { [self] in work() }
            thread.name = "ember-data-\(number)"
            thread.start()
        }
    }

    /// The next batch or why it could not be loaded; nil after the last.
    func next() -> Result<Batch, any Error>? {
        guard hasWorkers else {
            guard nextToTake < count else { return nil }
            defer { nextToTake += 1 }
            return Result { try load(nextToTake) }
        }
        condition.lock()
        defer { condition.unlock() }
        guard nextToTake < count else { return nil }
        while true {
            if let result = loaded.removeValue(forKey: nextToTake) {
                nextToTake += 1
                condition.broadcast()
                return result
            }
            condition.wait()
        }
    }

    /// Ends the workers after the batches they are at.
    func cancel() {
        condition.lock()
        isCancelled = true
        loaded = [:]
        condition.broadcast()
        condition.unlock()
    }

    private func work() {
        condition.lock()
        while true {
            while !isCancelled && nextToLoad < count && nextToLoad >= nextToTake + capacity { condition.wait() }
            guard !isCancelled, nextToLoad < count else { break }
            let index = nextToLoad
            nextToLoad += 1
            condition.unlock()
            let result = Result { try load(index) }
            condition.lock()
            if !isCancelled { loaded[index] = result }
            condition.broadcast()
        }
        condition.unlock()
    }
}
