import EmberTensor

/// Sequences of different lengths without padding between them: the first elements of all sequences, then the second ones of those that have
/// any, and so on, the longest sequence first. What ``RNN``, ``LSTM`` and ``GRU`` take for batches of unequal lengths.
/// PyTorch: `torch.nn.utils.rnn.PackedSequence`.
public struct PackedSequence: Sendable {
    /// (sum of the lengths, features…)
    public let data: Tensor
    /// How many sequences reach each time step; they fall.
    public let batchSizes: [Int]
    /// The sequence of the original batch at each place of the sorted one; nil: the batch came sorted.
    public let sortedIndices: [Int]?
    /// The inverse of ``sortedIndices``: where each sequence of the original batch lies in the sorted one.
    public let unsortedIndices: [Int]?

    /// From its parts; ``packPaddedSequence(_:lengths:batchFirst:enforceSorted:)`` makes them.
    public init(data: Tensor, batchSizes: [Int], sortedIndices: [Int]? = nil) {
        self.data = composed("PackedSequence", [data]) { () throws(TensorError) in
            guard zip(batchSizes, batchSizes.dropFirst()).allSatisfy({ $0 >= $1 }), batchSizes.allSatisfy({ $0 > 0 }) else {
                throw TensorError("batch sizes must be positive and never rise, got \(batchSizes)")
            }
            guard data.rank >= 1, data.shape[0] == batchSizes.reduce(0, +) else {
                throw TensorError("batch sizes \(batchSizes) do not sum up to the rows of shape \(data.shape)")
            }
            guard sortedIndices == nil || sortedIndices?.sorted() == Array(0..<(batchSizes.first ?? 0)) else {
                throw TensorError("the sorted indices must name each of the \(batchSizes.first ?? 0) sequences once")
            }
            return data
        }
        self.batchSizes = batchSizes
        self.sortedIndices = sortedIndices
        unsortedIndices = sortedIndices.map { order in order.indices.sorted { order[$0] < order[$1] } }
    }

    /// The number of sequences.
    public var batchSize: Int { batchSizes.first ?? 0 }

    /// The length of each sequence, in the order of the original batch.
    public var lengths: [Int] {
        let sorted = (0..<batchSize).map { i in batchSizes.count { $0 > i } }
        return unsortedIndices?.map { sorted[$0] } ?? sorted
    }

    /// The same sequences with other values for each element: `packed.map { relu($0) }`. The rows must stay.
    public func map(_ body: (Tensor) -> Tensor) -> PackedSequence {
        PackedSequence(data: body(data), batchSizes: batchSizes, sortedIndices: sortedIndices)
    }

    /// Conversion of the values. PyTorch: `PackedSequence.to`.
    public func to(_ dtype: DType) -> PackedSequence { map { $0.to(dtype) } }

    static let inert = PackedSequence(inertWithoutReport: ())
    private init(inertWithoutReport: ()) {
        data = .inert
        batchSizes = []
        sortedIndices = nil
        unsortedIndices = nil
    }

    /// For each row of ``data``, its position in a (time, batch) grid of the original batch order.
    fileprivate func gridPositions() -> [Int] {
        let batch = batchSize
        return batchSizes.enumerated().flatMap { time, size in (0..<size).map { time * batch + (sortedIndices?[$0] ?? $0) } }
    }
}

/// Packs a padded batch: (time, batch, …), or (batch, time, …) with `batchFirst`. PyTorch: `torch.nn.utils.rnn.pack_padded_sequence`.
///
/// - Parameters:
///   - lengths: how much of each sequence is no padding; at least 1.
///   - enforceSorted: that lengths fall is demanded (an exported network may need it); otherwise sequences are sorted, and restored afterwards.
public func packPaddedSequence(_ input: Tensor, lengths: [Int], batchFirst: Bool = false, enforceSorted: Bool = true) -> PackedSequence {
    var batchSizes: [Int] = [], order: [Int]?
    let data = composed("packPaddedSequence", [input]) { () throws(TensorError) in
        guard input.rank >= 2 else { throw TensorError("needs time and batch, at least two dimensions, not shape \(input.shape)") }
        let x = batchFirst ? input.transpose(0, 1) : input
        let (time, batch) = (x.shape[0], x.shape[1])
        guard lengths.count == batch, batch > 0 else { throw TensorError("\(batch) sequences need as many lengths, not \(lengths.count)") }
        guard lengths.allSatisfy({ $0 > 0 && $0 <= time }) else {
            throw TensorError("lengths must lie from 1 through \(time), got \(lengths)")
        }
        if enforceSorted {
            guard zip(lengths, lengths.dropFirst()).allSatisfy({ $0 >= $1 }) else {
                throw TensorError("lengths \(lengths) must fall; pass enforceSorted: false to have the sequences sorted")
            }
        } else {
            // Equal lengths keep their order.
            order = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
        }
        batchSizes = (0..<(lengths.max() ?? 0)).map { t in lengths.count { $0 > t } }
        let rows = batchSizes.enumerated().flatMap { t, size in (0..<size).map { t * batch + (order?[$0] ?? $0) } }
        return x.flatten(from: 0, to: 1).indexSelect(0, Tensor(rows))
    }
    return data.isInert ? .inert : PackedSequence(data: data, batchSizes: batchSizes, sortedIndices: order)
}

/// The inverse: (time, batch, …), or (batch, time, …) with `batchFirst`, padded with `paddingValue`, and the lengths.
/// PyTorch: `torch.nn.utils.rnn.pad_packed_sequence`.
///
/// - Parameter totalLength: pads to this length, at least that of the longest sequence.
public func padPackedSequence(_ sequence: PackedSequence, batchFirst: Bool = false, paddingValue: Double = 0,
                              totalLength: Int? = nil) -> (padded: Tensor, lengths: [Int]) {
    let padded = composed("padPackedSequence", [sequence.data]) { () throws(TensorError) in
        let longest = sequence.batchSizes.count, time = totalLength ?? longest
        guard time >= longest else { throw TensorError("a total length of \(time) is less than the longest sequence, \(longest)") }
        let data = sequence.data, features = Array(data.shape.dropFirst())
        let grid = Tensor.full([time * sequence.batchSize] + features, .double(paddingValue), dtype: data.dtype)
        let filled = grid.indexCopy(0, Tensor(sequence.gridPositions()), data).reshape([time, sequence.batchSize] + features)
        return batchFirst ? filled.transpose(0, 1) : filled
    }
    return (padded, sequence.lengths)
}

/// On which side of a sequence its padding is.
public enum PaddingSide: String, Sendable { case right, left }

/// Sequences (length, …) padded to the longest: (time, batch, …), or (batch, time, …) with `batchFirst`.
/// PyTorch: `torch.nn.utils.rnn.pad_sequence`.
public func padSequence(_ sequences: [Tensor], batchFirst: Bool = false, paddingValue: Double = 0, paddingSide: PaddingSide = .right) -> Tensor {
    composed("padSequence", sequences) { () throws(TensorError) in
        guard let first = sequences.first, sequences.allSatisfy({ $0.rank >= 1 && $0.shape.dropFirst() == first.shape.dropFirst() }) else {
            throw TensorError("needs sequences that differ in their first dimension at most")
        }
        let time = sequences.map { $0.shape[0] }.max() ?? 0, features = Array(first.shape.dropFirst())
        let padded = sequences.map { sequence in
            if sequence.shape[0] == time { return sequence }
            let padding = Tensor.full([time - sequence.shape[0]] + features, .double(paddingValue), dtype: sequence.dtype)
            return cat(paddingSide == .right ? [sequence, padding] : [padding, sequence])
        }
        return stack(padded, dim: batchFirst ? 0 : 1)
    }
}

/// The inverse of ``padSequence(_:batchFirst:paddingValue:paddingSide:)`` with the padding on the right. PyTorch: `torch.nn.utils.rnn.unpad_sequence`.
public func unpadSequence(_ padded: Tensor, lengths: [Int], batchFirst: Bool = false) -> [Tensor] {
    composed("unpadSequence", [padded], outputs: lengths.count) { () throws(TensorError) in
        guard padded.rank >= 2, padded.shape[batchFirst ? 0 : 1] == lengths.count else {
            throw TensorError("shape \(padded.shape) does not hold \(lengths.count) sequences")
        }
        let sequences = padded.unbind(batchFirst ? 0 : 1)
        return zip(sequences, lengths).map { $0.narrow(0, start: 0, count: $1) }
    }
}

/// Packs sequences (length, …). PyTorch: `torch.nn.utils.rnn.pack_sequence`.
public func packSequence(_ sequences: [Tensor], enforceSorted: Bool = true) -> PackedSequence {
    let padded = padSequence(sequences)
    if padded.isInert { return .inert }
    return packPaddedSequence(padded, lengths: sequences.map { $0.shape[0] }, enforceSorted: enforceSorted)
}

/// The inverse of ``packSequence(_:enforceSorted:)``. PyTorch: `torch.nn.utils.rnn.unpack_sequence`.
public func unpackSequence(_ sequence: PackedSequence) -> [Tensor] {
    let (padded, lengths) = padPackedSequence(sequence)
    return unpadSequence(padded, lengths: lengths)
}
