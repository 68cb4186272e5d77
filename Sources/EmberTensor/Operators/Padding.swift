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

    /// The runs of positions that make up a padded dimension, in order; the inside is one of them.
    static func runs(_ size: Int, _ pair: (before: Int, after: Int), _ mode: PadMode, dim: Int) throws(TensorError) -> [BorderRun] {
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
        let begin = -pair.before, end = size + pair.after
        func border(_ from: Int, _ to: Int) -> [BorderRun] {
            BorderRun.all(from: from - begin, from < to ? (from..<to).map { i in
                switch mode {
                case .reflect: i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i
                case .circular: (i + size) % size
                default: min(max(i, 0), size - 1)
                }
            } : [])
        }
        let first = max(begin, 0), last = min(end, size)
        let inside = first < last ? [BorderRun(start: first - begin, source: first, count: last - first, step: 1)] : []
        return border(begin, min(0, end)) + inside + border(max(size, begin), end)
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
        var inside = x, places = [Int](), counts = [Int](), runs = [BorderRun]()
        for (d, var pair) in pairs.enumerated() where pair != (0, 0) {
            if mode == .circular, pair.before < 0 || pair.after < 0 {
                // The torus is that of what is left.
                inside = try cut(inside, d, pair)
                pair = (max(pair.before, 0), max(pair.after, 0))
            }
            let own = try PaddingRule.runs(inside.shape[d], pair, mode, dim: d)
            places.append(d)
            counts.append(own.count)
            runs += own
        }
        if places.isEmpty { return inside }
        return borderOperator(inside, attributes: ["dims": .ints(places), "counts": .ints(counts),
                                                   "runs": .ints(runs.flatMap { [$0.start, $0.source, $0.count, $0.step] })])
    }
}

/// Consecutive positions of a padded dimension whose sources are equally far apart: `step` is 1 inside, -1 where mirrored, 0 where repeated.
fileprivate struct BorderRun {
    var start: Int, source: Int, count: Int, step: Int

    var sources: [Int] { (0..<count).map { source + $0 * step } }

    /// The runs that make up `sources`, of positions from `start`.
    static func all(from start: Int, _ sources: [Int]) -> [BorderRun] {
        var runs: [BorderRun] = []
        for (i, source) in sources.enumerated() {
            if var last = runs.last {
                let step = last.count == 1 ? source - last.source : last.step
                if abs(step) <= 1, source == last.source + last.count * step {
                    (last.count, last.step) = (last.count + 1, step)
                    runs[runs.count - 1] = last
                    continue
                }
            }
            runs.append(BorderRun(start: start + i, source: source, count: 1, step: 1))
        }
        return runs
    }

    /// The dimensions that get a border, and the runs that make up each.
    static func dimensions(_ attributes: Attributes) -> [(dim: Int, runs: [BorderRun])] {
        let numbers = attributes.ints("runs")
        var next = 0
        return zip(attributes.ints("dims"), attributes.ints("counts")).map { dim, count in
            defer { next += 4 * count }
            return (dim, (0..<count).map { i in
                let at = next + 4 * i
                return BorderRun(start: numbers[at], source: numbers[at + 1], count: numbers[at + 2], step: numbers[at + 3])
            })
        }
    }
}

/// The elements of `x` that make up `runs` of one dimension, and all of the others.
private func copied(_ x: Tensor, _ dim: Int, _ runs: [BorderRun]) -> Tensor {
    func extent(_ count: Int) -> Shape {
        var shape = x.shape
        shape[dim] = count
        return shape
    }
    let shape = extent(runs.reduce(0) { $0 + $1.count })
    let result = Tensor.empty(shape, x.dtype, device: x.device,
                              strides: x.isContiguous ? nil : ShapeRule.denseStrides(shape, like: x.strides))
    for run in runs {
        var strides = x.strides
        strides[dim] *= run.step
        let from = x.view(shape: extent(run.count), strides: strides, offset: x.body.offset + run.source * x.strides[dim])
        let to = result.view(shape: extent(run.count), strides: result.strides, offset: run.start * result.strides[dim])
        x.device.backend.copy(from: from, to: to)
    }
    return result
}

/// Every element of the result is one of the input's, by runs of each dimension.
private let borderOperator = Operator("pad_border", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0], dimensions = BorderRun.dimensions(attributes)
    // The table of places would be about as long as a few long rows: they are copied run by run.
    if dimensions.count == 1, x.count < 16 * x.shape[dimensions[0].dim] { return [copied(x, dimensions[0].dim, dimensions[0].runs)] }
    let places = dimensions.map { ($0.dim, $0.runs.flatMap(\.sources)) }
    return [x.copied(at: Dictionary(uniqueKeysWithValues: places))]
}, backward: { call in
    var g = call.cotangent()
    let shape = call.shape(ofInput: 0)
    for (dim, runs) in BorderRun.dimensions(call.attributes).reversed() {
        var size = g.shape
        size[dim] = shape[dim]
        // Where the inside is complete its gradient is the beginning of the sum.
        let inside = runs.firstIndex { $0.step == 1 && $0.count == shape[dim] }
        var sum = inside.map { g.narrow(dim, start: runs[$0].start, count: shape[dim]) } ?? Tensor.unstoredZeros(size, dtype: g.dtype)
        for (i, run) in runs.enumerated() where i != inside {
            sum = sum.indexAdd(dim, Tensor(run.sources), g.narrow(dim, start: run.start, count: run.count))
        }
        g = sum
    }
    return [g]
})

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
