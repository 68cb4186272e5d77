import EmberTensor

/// Samples that can be read by number, from several threads at once. PyTorch: `torch.utils.data.Dataset`.
///
///     struct Squares: Dataset {
///         let count = 100
///         subscript(i: Int) -> (Tensor, Tensor) { (Tensor(.double(Double(i))), Tensor(.double(Double(i * i)))) }
///     }
public protocol Dataset<Sample>: Sendable {
    associatedtype Sample: Sendable

    /// The number of samples.
    var count: Int { get }

    /// The sample with index `i`, 0 ..< ``count``. Throws when it cannot be read.
    subscript(i: Int) -> Sample { get throws }

    /// The samples at `indices` as one, with a new first dimension, when the data set can do that faster than a sample at a time; else nil.
    /// What it returns must equal what collating the samples gives.
    func batch(at indices: [Int]) throws -> Sample?
}

extension Dataset {
    public func batch(at indices: [Int]) throws -> Sample? { nil }
}

/// Why a data set cannot be used as it was asked to be.
public struct DataError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
