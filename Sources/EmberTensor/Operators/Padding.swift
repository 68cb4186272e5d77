/// What a border is filled with.
public enum PadMode: String, Sendable, CaseIterable {
    /// One value.
    case constant
    /// The inside mirrored at the edge element, which is not repeated.
    case reflect
    /// The edge element.
    case replicate
    /// The opposite side, as on a torus.
    case circular
}

/// Shape rule of padding.
private enum PaddingRule {
    /// Sizes before and behind every dimension, outermost first, from pairs for the last dimension, the one before it, and so on.
    static func pairs(_ sides: [Int], rank: Int) throws(TensorError) -> [(before: Int, after: Int)] {
        guard sides.count % 2 == 0, sides.count <= 2 * rank else {
            throw TensorError("sides \(sides) must be pairs (before, behind), at most one for each of the \(rank) dimensions")
        }
        var pairs = [(before: Int, after: Int)](repeating: (0, 0), count: rank)
        for i in 0..<sides.count / 2 { pairs[rank - 1 - i] = (sides[2 * i], sides[2 * i + 1]) }
        return pairs
    }

    /// For every position of the padded dimension the position that it takes its value from.
    static func sources(_ size: Int, _ pair: (before: Int, after: Int), _ mode: PadMode, dim: Int) throws(TensorError) -> [Int] {
        let largest = max(pair.before, pair.after)
        switch mode {
        case .reflect where largest >= size:
            throw TensorError("a reflected border of \(largest) needs more elements than dimension \(dim) has, \(size)")
        case .circular where largest > size:
            throw TensorError("a circular border of \(largest) is wider than dimension \(dim) of size \(size)")
        default: break
        }
        guard pair.before + size + pair.after >= 0, size > 0 else {
            throw TensorError("dimension \(dim) of size \(size) cannot be padded by \(pair.before) and \(pair.after)")
        }
        return (-pair.before..<size + pair.after).map { i in
            switch mode {
            case .reflect: i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i
            case .circular: (i + size) % size
            default: min(max(i, 0), size - 1)
            }
        }
    }
}

/// `x` with a border. PyTorch: `torch.nn.functional.pad`.
///
/// - Parameters:
///   - sides: elements before and behind the last dimension, then the one before it, and so on; negative ones cut off.
///   - value: what a constant border holds.
public func pad(_ x: Tensor, _ sides: [Int], mode: PadMode = .constant, value: Scalar = 0.0) -> Tensor {
    composed("pad", [x]) { () throws(TensorError) in
        let pairs = try PaddingRule.pairs(sides, rank: x.rank)
        guard mode != .constant else { return try constantPad(x, pairs, value) }
        guard x.rank > sides.count / 2 else {
            throw TensorError("\(mode.rawValue) borders of \(sides.count / 2) dimensions need batch or channel dimensions before them")
        }
        var result = x
        for (d, pair) in pairs.enumerated() where pair != (0, 0) {
            var pair = pair
            if mode == .circular, pair.before < 0 || pair.after < 0 {
                // The torus is that of what is left.
                result = try cut(result, d, pair)
                pair = (max(pair.before, 0), max(pair.after, 0))
            }
            let sources = try PaddingRule.sources(result.shape[d], pair, mode, dim: d)
            result = result.indexSelect(d, Tensor(sources))
        }
        return result
    }
}

/// Without the elements that negative sizes cut off.
private func cut(_ x: Tensor, _ d: Int, _ pair: (before: Int, after: Int)) throws(TensorError) -> Tensor {
    let start = max(-pair.before, 0), count = x.shape[d] - start - max(-pair.after, 0)
    guard count >= 0 else {
        throw TensorError("dimension \(d) of size \(x.shape[d]) is too small to cut \(-min(pair.before, 0)) and \(-min(pair.after, 0)) from")
    }
    return x.narrow(d, start: start, count: count)
}

private func constantPad(_ x: Tensor, _ pairs: [(before: Int, after: Int)], _ value: Scalar) throws(TensorError) -> Tensor {
    var inside = x
    for (d, pair) in pairs.enumerated() where pair.before < 0 || pair.after < 0 { inside = try cut(inside, d, pair) }
    let grown = pairs.map { (before: max($0.before, 0), after: max($0.after, 0)) }
    if !grown.contains(where: { $0 != (0, 0) }) { return inside.clone() }
    var result = Tensor.full(zip(inside.shape, grown).map { $0 + $1.before + $1.after }, value, dtype: x.dtype)
    result.replaceSlice(grown.map(\.before), [Int](repeating: 1, count: x.rank), inside.shape, with: inside)
    return result
}
