/// The bins of one dimension of a histogram, as they are given.
private enum Bins {
    case equal(Int)
    case edges(Tensor)
}

/// Counts in a grid of bins: [points, dimensions], a bin description each.
private func histogram(_ points: Tensor, _ bins: [Bins], _ range: [(low: Double, high: Double)]?, _ weight: Tensor?,
                       density: Bool) throws(TensorError) -> [Tensor] {
    let type = points.dtype
    guard type == .float32 || type == .float64 else { throw TensorError("takes float32 or float64 tensors, not \(type.name)") }
    if let weight, weight.dtype != type {
        throw TensorError("the weight is \(weight.dtype.name), the input \(type.name); they must be of one type")
    }
    guard range.map({ $0.count == bins.count }) ?? true else {
        throw TensorError("\(range?.count ?? 0) ranges for \(bins.count) dimensions of the input; there must be equally many")
    }
    var edges: [Tensor] = []
    for (d, bin) in bins.enumerated() {
        switch bin {
        case .edges(let tensor):
            guard tensor.rank == 1, tensor.dtype == type, tensor.count >= 2 else {
                throw TensorError("edges must be a \(type.name) vector of at least two, got \(tensor.dtype.name)\(tensor.shape)")
            }
            edges.append(tensor.detach())
        case .equal(let count):
            guard count > 0 else { throw TensorError("the number of bins must be positive, got \(count)") }
            edges.append(Tensor.linspace(try bounds(points.select(1, d), range?[d]), count: count + 1, dtype: type))
        }
    }
    let counts = edges.map { $0.count - 1 }, total = ShapeRule.count(counts)
    var place = Tensor.zeros([points.shape[0]], dtype: .int64), inside = Tensor.ones([points.shape[0]], dtype: .bool)
    for (d, edge) in edges.enumerated() {
        let x = points.select(1, d).contiguous(), last = edge[counts[d]]
        // A bin holds its lower edge, the last one its upper edge too.
        let bin = (edge.searchsorted(x, right: true) - 1.0).clamp(max: .int(counts[d] - 1))
        inside = inside.logicalAnd(x .>= edge[0]).logicalAnd(x .<= last)
        place = place * Double(counts[d]) + bin
    }
    let chosen = place.maskedSelect(inside)
    let weights = weight.map { $0.detach().reshape([points.shape[0]]).maskedSelect(inside).to(.float64) }
    var result = chosen.bincount(weights: weights, minLength: total).reshape(counts).to(.float64)
    if density {
        var volume = Tensor.ones([], dtype: .float64)
        for (d, edge) in edges.enumerated() {
            var shape = [Int](repeating: 1, count: edges.count)
            shape[d] = counts[d]
            volume = volume * edge.to(.float64).diff().reshape(shape)
        }
        result = result / (result.sum() * volume)
    }
    return [result.to(type)] + edges
}

/// The outer edges of equal bins: those given, or the smallest and the largest element.
private func bounds(_ x: Tensor, _ range: (low: Double, high: Double)?) throws(TensorError) -> (low: Double, high: Double) {
    var (low, high) = range ?? (x.count == 0 ? (0, 1) : (x.min().item(), x.max().item()))
    guard low.isFinite, high.isFinite, low <= high else { throw TensorError("the range from \(low) to \(high) must be finite and ascending") }
    if low == high { (low, high) = (low - 0.5, high + 0.5) }
    return (low, high)
}

extension Tensor {
    fileprivate static func linspace(_ bounds: (low: Double, high: Double), count: Int, dtype: DType) -> Tensor {
        linspace(bounds.low, bounds.high, count: count, dtype: dtype)
    }

    /// How many elements lie in each of `bins` equal intervals, and the intervals' edges. A bin holds its lower edge, the last one both.
    ///
    /// - Parameters:
    ///   - range: the outer edges; the smallest and the largest element unless given. Elements outside are not counted.
    ///   - weight: what each element counts, in this tensor's shape; 1 unless given.
    ///   - density: the counts divided by their sum and the bin's width, so that the integral is 1.
    ///
    /// PyTorch: `torch.histogram`.
    public func histogram(bins: Int, range: (low: Double, high: Double)? = nil, weight: Tensor? = nil, density: Bool = false)
        -> (hist: Tensor, binEdges: Tensor) {
        counted("histogram", .equal(bins), range, weight, density)
    }

    /// The same with the edges of the intervals given, ascending. PyTorch: `torch.histogram` with a tensor of bins.
    public func histogram(edges: Tensor, weight: Tensor? = nil, density: Bool = false) -> (hist: Tensor, binEdges: Tensor) {
        counted("histogram", .edges(edges), nil, weight, density)
    }

    private func counted(_ name: String, _ bins: Bins, _ range: (low: Double, high: Double)?, _ weight: Tensor?, _ density: Bool)
        -> (hist: Tensor, binEdges: Tensor) {
        let results = composed(name, [self] + [weight].compactMap { $0 }, outputs: 2) { () throws(TensorError) in
            if let weight, weight.shape != shape { throw TensorError("the weight has shape \(weight.shape), it must have the input's \(shape)") }
            return try EmberTensor.histogram(detach().reshape([count, 1]), [bins], range.map { [$0] }, weight, density: density)
        }
        return (results[0], results[1])
    }

    /// How many of the points [*, dimensions] lie in each cell of a grid of `bins` equal intervals a dimension, and the intervals' edges.
    /// `range` has the outer edges of each dimension, `weight` [*] what each point counts; see ``histogram(bins:range:weight:density:)``.
    /// PyTorch: `torch.histogramdd`.
    public func histogramdd(bins: [Int], range: [(low: Double, high: Double)]? = nil, weight: Tensor? = nil, density: Bool = false)
        -> (hist: Tensor, binEdges: [Tensor]) {
        gridCounted(bins.map { .equal($0) }, range, weight, density)
    }

    /// The same with the edges of each dimension's intervals given, ascending. PyTorch: `torch.histogramdd` with tensors of bins.
    public func histogramdd(edges: [Tensor], weight: Tensor? = nil, density: Bool = false) -> (hist: Tensor, binEdges: [Tensor]) {
        gridCounted(edges.map { .edges($0) }, nil, weight, density)
    }

    private func gridCounted(_ bins: [Bins], _ range: [(low: Double, high: Double)]?, _ weight: Tensor?, _ density: Bool)
        -> (hist: Tensor, binEdges: [Tensor]) {
        let results = composed("histogramdd", [self] + [weight].compactMap { $0 }, outputs: bins.count + 1) { () throws(TensorError) in
            guard rank >= 2, shape[rank - 1] == bins.count else {
                throw TensorError("points [*, dimensions] need bins for each dimension; got bins for \(bins.count) and shape \(shape)")
            }
            if let weight, weight.shape != Array(shape.dropLast()) {
                throw TensorError("the weight has shape \(weight.shape), it must have one number for each point, \(shape.dropLast())")
            }
            let points = detach().reshape([ShapeRule.count(Array(shape.dropLast())), bins.count])
            return try EmberTensor.histogram(points, bins, range, weight, density: density)
        }
        return (results[0], Array(results[1...]))
    }
}
