extension Tensor {
    /// `count` elements along `dim` from `start`, which may be negative.
    private func part(_ dim: Int, _ start: Int, _ count: Int) -> Tensor { narrow(dim, start: start, count: Swift.max(count, 0)) }

    /// Differences of neighbours along `dim`, `order` times. `prepend` and `append` are joined to the ends first. Of
    /// bool, whether
    /// neighbours differ. PyTorch: `torch.diff`.
    public func diff(order: Int = 1, dim: Int = -1, prepend: Tensor? = nil, append: Tensor? = nil) -> Tensor {
        composed("diff", [self]) { () throws(TensorError) in
            guard rank > 0 else { throw TensorError("needs at least one dimension") }
            guard order >= 0 else { throw TensorError("the order must not be negative, got \(order)") }
            let d = try ShapeRule.dim(dim, rank: rank)
            // PyTorch joins nothing when there is no difference to take.
            if order == 0 { return self }
            let ends = [prepend, append].compactMap { $0 }
            guard ends.allSatisfy({ $0.isInert || $0.rank == rank }) else {
                throw TensorError("what is joined to the ends must have \(rank) dimensions too")
            }
            var x = ends.isEmpty ? self : cat([prepend, self, append].compactMap { $0 }, dim: d)
            if x.isInert { return x }
            for _ in 0..<Swift.min(order, x.shape[d]) {
                let n = x.shape[d] - 1
                let right = x.part(d, 1, n), left = x.part(d, 0, n)
                x = x.dtype == .bool ? right ^ left : right - left
            }
            return x
        }
    }

    /// The integral along `dim` by the trapezoidal rule, samples `dx` apart. PyTorch: `torch.trapezoid`.
    public func trapezoid(dx: Double = 1, dim: Int = -1) -> Tensor {
        integral("trapezoid", dim, dx: { _ throws(TensorError) in Tensor(wrapping: dx) }) { $0.sum($1) }
    }

    /// The integral along `dim` by the trapezoidal rule, with samples at `x`: one position per sample, or any shape
    /// that broadcasts.
    /// PyTorch: `torch.trapezoid`.
    public func trapezoid(x: Tensor, dim: Int = -1) -> Tensor {
        integral("trapezoid", dim, dx: { d throws(TensorError) in try spacing(x, d) }) { $0.sum($1) }
    }

    /// Running integrals along `dim` by the trapezoidal rule, samples `dx` apart; one less than samples. PyTorch:
    /// `torch.cumulative_trapezoid`.
    public func cumulativeTrapezoid(dx: Double = 1, dim: Int = -1) -> Tensor {
        integral("cumulativeTrapezoid", dim, dx: { _ throws(TensorError) in Tensor(wrapping: dx) }) { $0.cumsum($1) }
    }

    /// Running integrals along `dim` by the trapezoidal rule, with samples at `x`. PyTorch:
    /// `torch.cumulative_trapezoid`.
    public func cumulativeTrapezoid(x: Tensor, dim: Int = -1) -> Tensor {
        integral("cumulativeTrapezoid", dim, dx: { d throws(TensorError) in try spacing(x, d) }) { $0.cumsum($1) }
    }

    private func integral(_ name: String, _ dim: Int, dx: (Int) throws(TensorError) -> Tensor, _ fold: (Tensor, Int) -> Tensor) -> Tensor {
        composed(name, [self]) { () throws(TensorError) in
            guard dtype != .bool else { throw TensorError("takes numbers, not bool") }
            guard rank > 0 else { throw TensorError("needs at least one dimension") }
            let d = try ShapeRule.dim(dim, rank: rank)
            let n = Swift.max(shape[d] - 1, 0)
            if shape[d] == 0 { return fold(self, d).to(dtype) }
            return fold((part(d, 1, n) + part(d, 0, n)) * (try dx(d)), d) / 2
        }
    }

    /// The distances between neighbouring samples at `x`, ready to broadcast against those of this tensor along `dim`.
    private func spacing(_ x: Tensor, _ dim: Int) throws(TensorError) -> Tensor {
        guard x.dtype != .bool else { throw TensorError("positions are numbers, not bool") }
        var positions = x
        if x.rank == 1 {
            guard x.count == shape[dim] else { throw TensorError("\(x.count) positions for \(shape[dim]) samples") }
            var sizes = [Int](repeating: 1, count: rank)
            sizes[dim] = x.count
            positions = x.reshape(sizes)
        } else if x.rank < rank {
            positions = x.reshape([Int](repeating: 1, count: rank - x.rank) + x.shape)
        }
        return positions.diff(dim: dim - rank)
    }

    // MARK: Gradient of samples

    /// The derivative along each of `dims` (all, when none are given) of samples `spacing` apart: central differences
    /// inside, differences of
    /// first or second order (`edgeOrder`) at the ends. PyTorch: `torch.gradient`.
    public func gradient(spacing: Double = 1, dims: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
        gradient(spacing: [Double](repeating: spacing, count: dims?.count ?? rank), dims: dims, edgeOrder: edgeOrder)
    }

    /// ``gradient(spacing:dims:edgeOrder:)`` with a spacing per dimension.
    public func gradient(spacing: [Double], dims: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
        differentiated(spacing.count, dims, edgeOrder) { k, d, x in
            let h = spacing[k], n = x.shape[d]
            let inner = (x.part(d, 2, n - 2) - x.part(d, 0, n - 2)) / (2 * h)
            func edge(_ start: Int, _ weights: [Double]) -> Tensor {
                weights.enumerated().map { x.part(d, start + $0, 1) * ($1 / h) }.reduce(Tensor(wrapping: .int(0)), +)
            }
            let first = edgeOrder == 1 ? edge(0, [-1, 1]) : edge(0, [-1.5, 2, -0.5])
            let last = edgeOrder == 1 ? edge(n - 2, [-1, 1]) : edge(n - 3, [0.5, -2, 1.5])
            return cat([first, inner, last], dim: d)
        }
    }

    /// ``gradient(spacing:dims:edgeOrder:)`` of samples at the positions `coordinates`, a vector per dimension.
    public func gradient(coordinates: [Tensor], dims: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
        for (k, d) in (dims ?? Array(0..<rank)).enumerated() where k < coordinates.count && d >= -rank && d < rank {
            guard coordinates[k].isInert || coordinates[k].shape == [shape[d < 0 ? d + rank : d]] else {
                TensorError("\(shape[d < 0 ? d + rank : d]) samples along dim \(d) need as many coordinates, not \(coordinates[k].shape)")
                    .report(in: "gradient", operands: [self])
                return dims?.map { _ in .inert } ?? shape.map { _ in .inert }
            }
        }
        return differentiated(coordinates.count, dims, edgeOrder) { k, d, x in
            // Derivative of the parabola through three samples (B. Fornberg, Generation of Finite Difference Formulas,
            // 1988).
            let n = x.shape[d]
            var sizes = [Int](repeating: 1, count: x.rank)
            sizes[d] = n - 1
            let steps = coordinates[k].diff().reshape(sizes)
            func weighted(_ start: Int, _ count: Int, _ weights: [Tensor]) -> Tensor {
                weights.enumerated().map { x.part(d, start + $0, count) * $1 }.reduce(Tensor(wrapping: .int(0)), +)
            }
            let left = steps.part(d, 0, n - 2), right = steps.part(d, 1, n - 2)
            let inner = weighted(0, n - 2, [-right / (left * (left + right)), (right - left) / (left * right), left / (right * (left + right))])
            let a = steps.part(d, 0, 1), z = steps.part(d, n - 2, 1)
            if edgeOrder == 1 {
                return cat([(x.part(d, 1, 1) - x.part(d, 0, 1)) / a, inner, (x.part(d, n - 1, 1) - x.part(d, n - 2, 1)) / z], dim: d)
            }
            let b = steps.part(d, 1, 1), y = steps.part(d, n - 3, 1)
            let first = weighted(0, 1, [-(a * 2 + b) / (a * (a + b)), (a + b) / (a * b), -a / (b * (a + b))])
            let last = weighted(n - 3, 1, [z / (y * (y + z)), -(y + z) / (y * z), (z * 2 + y) / (z * (y + z))])
            return cat([first, inner, last], dim: d)
        }
    }

    private func differentiated(_ given: Int, _ dims: [Int]?, _ edgeOrder: Int, _ rule: (Int, Int, Tensor) -> Tensor) -> [Tensor] {
        let count = dims?.count ?? rank
        return composed("gradient", [self], outputs: count) { () throws(TensorError) in
            let resolved = try ShapeRule.dims(dims ?? Array(0..<rank), rank: rank)
            guard rank > 0 else { throw TensorError("needs at least one dimension") }
            guard given == count else { throw TensorError("\(count) dimensions need as many spacings, not \(given)") }
            guard edgeOrder == 1 || edgeOrder == 2 else {
                throw TensorError("edgeOrder must be 1 or 2, not \(edgeOrder)")
            }
            if let d = resolved.first(where: { shape[$0] <= edgeOrder }) {
                throw TensorError("dimension \(d) of size \(shape[d]) is too small: it needs at least \(edgeOrder + 1) samples")
            }
            return resolved.enumerated().map { rule($0.offset, $0.element, self) }
        }
    }
}
