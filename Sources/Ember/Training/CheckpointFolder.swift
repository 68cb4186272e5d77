import EmberFormats
import Foundation
import Synchronization

/// The checkpoints of one run in a folder: saved in the background, the last few and the best few kept.
///
/// ```swift
/// let checkpoints = try CheckpointFolder("runs/first/checkpoints", keepLast: 3, keepBest: 1)
/// var step = 0
/// if let saved = try checkpoints.latest() {
///     try saved.restore(model: net, optimizer: adam, loader: loader)
///     step = saved.step
/// }
/// …
/// try checkpoints.save(RunSnapshot(model: net, optimizer: adam, loader: loader, step: step), score: accuracy)
/// …
/// try checkpoints.finish()
/// ```
/// One process writes to a folder at a time. A process that is killed leaves complete checkpoints; a file that it was writing is removed by
/// the next one.
public final class CheckpointFolder: Sendable {
    /// What is meant by the best.
    public enum Direction: Sendable { case highest, lowest }

    public let path: String
    /// How many of the newest are kept, at least one.
    public let keepLast: Int
    /// How many of those with the best score are kept besides.
    public let keepBest: Int
    public let direction: Direction
    private let saver = BackgroundSaver()

    private static let prefix = "step-", suffix = ".safetensors"
    private static let scoreKey = "ember.score"

    /// Creates the folder when it is not there.
    /// - Parameter direction: whether a high score is good, as an accuracy is, or a low one, as a loss is.
    /// - Throws: `FormatError` when the system refuses.
    public init(_ path: String, keepLast: Int = 3, keepBest: Int = 0, direction: Direction = .highest) throws {
        self.path = path
        self.keepLast = max(1, keepLast)
        self.keepBest = max(0, keepBest)
        self.direction = direction
        try createDirectories(at: path)
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where Self.isLeftover(name) {
            try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }

    /// What a process that was killed while writing left behind.
    private static func isLeftover(_ name: String) -> Bool { name.hasPrefix(prefix) && name.hasSuffix(".partial") }

    /// Hands the snapshot to the background and returns; the run may go on at once.
    /// - Parameter score: how good the model is, for ``keepBest``; one without a score is never among the best.
    /// - Throws: what went wrong with an earlier save.
    public func save(_ snapshot: RunSnapshot, score: Double? = nil) throws {
        try saver.save { [self] in
            var snapshot = snapshot
            if let score, score.isFinite { snapshot.values[Self.scoreKey] = .number(score) }
            let digits = String(snapshot.step)
            let number = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
            try snapshot.write(to: "\(path)/\(Self.prefix)\(number)\(Self.suffix)")
            try removeOld()
        }
    }

    /// Waits until all that was handed over is on the disk.
    /// - Throws: what went wrong since the last failure that was thrown.
    public func finish() throws { try saver.finish() }

    /// The files, oldest first. Those that are still being written are not among them.
    public func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(Self.suffix) }.sorted().map { "\(path)/\($0)" }
    }

    /// The newest checkpoint that is whole; nil when there is none. One whose checksums are wrong is passed over.
    /// - Throws: what is wrong with the newest when there are some, but none is whole.
    public func latest() throws -> RunSnapshot? {
        var failure: (any Error)?
        for file in try files().reversed() {
            do {
                return try RunSnapshot(path: file)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return nil
    }

    /// The checkpoint with the best score; nil when none has a score.
    public func best() throws -> RunSnapshot? {
        try ranked().first.map { try RunSnapshot(path: $0) }
    }

    /// The files with a score, the best first; among equals the older one.
    private func ranked() throws -> [String] {
        var scores: [(file: String, score: Double)] = []
        for file in try files() {
            if let score = try? Self.score(ofFile: file) { scores.append((file, score)) }
        }
        let sign = direction == .highest ? 1.0 : -1.0
        return scores.sorted { ($1.score * sign, $0.file) < ($0.score * sign, $1.file) }.map(\.file)
    }

    /// Only the header is read: ranking must not cost as much as loading.
    private static func score(ofFile path: String) throws -> Double? {
        try Checkpoint.state(ofFile: path)["values"]?[scoreKey]?.doubleValue
    }

    private func removeOld() throws {
        let files = try files()
        let kept = try Set(files.suffix(keepLast) + (keepBest > 0 ? ranked().prefix(keepBest) : []))
        for file in files where !kept.contains(file) { try FileManager.default.removeItem(atPath: file) }
    }
}
