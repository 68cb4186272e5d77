import Dispatch
import Synchronization

/// Writes files on a thread of its own, one after the other, while the program goes on.
///
/// A failure is kept and thrown by the next ``save(_:)`` or ``finish()``, so that it cannot go unnoticed.
public final class BackgroundSaver: Sendable {
    private let queue = DispatchQueue(label: "ember.saver")
    private let failure = Mutex<(any Error)?>(nil)
    /// One permit for each job that may wait or run.
    private let permits: DispatchSemaphore

    /// - Parameter capacity: how many jobs may wait or run before ``save(_:)`` waits itself, which bounds the memory that they hold.
    public init(capacity: Int = 2) { permits = DispatchSemaphore(value: max(1, capacity)) }

    /// Hands over a job and returns, at once unless too many are waiting.
    /// - Throws: what an earlier job threw; the new one is then not done.
    public func save(_ job: @escaping @Sendable () throws -> Void) throws {
        try throwFailure()
        permits.wait()
        queue.async { [self] in
            defer { permits.signal() }
            do {
                try job()
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
    }

    /// Waits until everything is written.
    /// - Throws: the first failure since the last one that was thrown.
    public func finish() throws {
        queue.sync {}
        try throwFailure()
    }

    private func throwFailure() throws {
        if let failure = failure.withLock({ $0.take() }) { throw failure }
    }
}
