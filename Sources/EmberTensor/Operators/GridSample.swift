/// How ``gridSample(_:_:mode:paddingMode:alignCorners:)`` finds values between elements.
public enum GridSampleMode: String, Sendable, CaseIterable {
    /// Linear in each spatial dimension (trilinear in three).
    case bilinear
    /// The closest element; at equal distance the even one.
    case nearest
    /// Cubic convolution; two spatial dimensions only.
    case bicubic
}

/// What ``gridSample(_:_:mode:paddingMode:alignCorners:)`` sees outside the input.
public enum GridSamplePadding: String, Sendable, CaseIterable {
    /// Zeros.
    case zeros
    /// The closest element of the border.
    case border
    /// The input mirrored at its border, as often as needed.
    case reflection
}

/// Values of the input [batch, channels, H, W] at the places that the grid [batch, H', W', 2] names by (x, y), -1 and 1 being the left and
/// right (upper and lower) border: [batch, channels, H', W'] (M. Jaderberg et al., Spatial Transformer Networks, 2015). In three spatial
/// dimensions the input is [batch, channels, D, H, W], the grid [batch, D', H', W', 3] with (x, y, z).
///
/// Differentiable in both, to any order. `alignCorners`: -1 and 1 are the centres of the corner elements (true) or their outer edges.
/// PyTorch: `torch.nn.functional.grid_sample`.
public func gridSample(_ input: Tensor, _ grid: Tensor, mode: GridSampleMode = .bilinear, paddingMode: GridSamplePadding = .zeros,
                       alignCorners: Bool = false) -> Tensor {
    composed("gridSample", [input, grid]) { () throws(TensorError) in
        let rank = input.rank - 2
        guard rank == 2 || rank == 3, grid.rank == input.rank else {
            throw TensorError("needs an input [batch, channels, H, W] with a grid [batch, H', W', 2], or both with one dimension more, "
                + "got shapes \(input.shape) and \(grid.shape)")
        }
        guard grid.shape[0] == input.shape[0], grid.shape[rank + 1] == rank else {
            throw TensorError("the grid \(grid.shape) must have the input's batch size \(input.shape[0]) and \(rank) coordinates in its last "
                + "dimension")
        }
        guard input.dtype.isFloatingPoint, grid.dtype == input.dtype else {
            throw TensorError("input and grid must be of one floating-point type, they are \(input.dtype.name) and \(grid.dtype.name)")
        }
        guard !input.shape[2...].contains(0) else { throw TensorError("the input's spatial dimensions must not be empty, got \(input.shape)") }
        guard mode != .bicubic || rank == 2 else { throw TensorError("bicubic is for two spatial dimensions, the input has \(rank)") }
        // 16-bit values are rounded once, at the end.
        if input.dtype.size == 2 {
            return gridSample(input.to(.float32), grid.to(.float32), mode: mode, paddingMode: paddingMode, alignCorners: alignCorners)
                .to(input.dtype)
        }
        if mode == .bicubic { return GridSampler(input, padding: paddingMode, alignCorners: alignCorners).values(at: grid, mode) }
        return gridSampleOperator(input, grid, attributes: [
            "mode": .string(mode.rawValue), "padding": .string(paddingMode.rawValue), "alignCorners": .bool(alignCorners),
        ])
    }
}

/// Linear and nearest. Where the gradient will be differentiated, it is that of ``GridSampler``'s composition.
private let gridSampleOperator = Operator("grid_sample", saving: .inputs, forward: { inputs, attributes throws(TensorError) in
    let problem = GridSampleProblem(inputs[0], inputs[1], attributes)
    let result = Tensor.empty(problem.resultShape, problem.elements.dtype, device: problem.elements.device)
    if result.count > 0 { result.device.backend.gridSample(problem, into: result) }
    return [result.movedim(-1, 1)]
}, backward: { call in
    let input = call.input(0), grid = call.input(1), needed = [0, 1].filter { call.needs($0) }
    var cotangents: [Tensor?] = [nil, nil]
    if isGradEnabled {
        // Names of their own, so that a grid that was computed from the input does not count twice.
        let operands = [input.reshape(input.shape), grid.reshape(grid.shape)]
        let (mode, padding) = GridSampleProblem.modes(call.attributes)
        let values = GridSampler(operands[0], padding: padding, alignCorners: call.attributes.bool("alignCorners")).values(at: operands[1], mode)
        let parts = gradients(of: values, with: needed.map { operands[$0] }, cotangent: call.cotangent(), createGraph: true)
        for (i, part) in zip(needed, parts) { cotangents[i] = part }
        return cotangents
    }
    let problem = GridSampleProblem(input, grid, call.attributes)
    let g = call.cotangent().movedim(1, -1).contiguous()
    let ofElements = call.needs(0) ? Tensor.zeros(problem.elements.shape, dtype: g.dtype) : nil
    let ofGrid = call.needs(1) ? Tensor.zeros(grid.shape, dtype: g.dtype) : nil
    if g.count > 0 { g.device.backend.gridSampleGradient(problem, g, ofElements: ofElements, ofGrid: ofGrid) }
    return [ofElements?.movedim(-1, 1), ofGrid]
})

/// One call: elements [batch, sizes…, channels], so that a place is looked up once for all channels, and the grid; both contiguous.
struct GridSampleProblem {
    let elements: Tensor
    let grid: Tensor
    let mode: GridSampleMode
    let padding: GridSamplePadding
    let alignCorners: Bool

    init(_ input: Tensor, _ grid: Tensor, _ attributes: Attributes) {
        elements = input.detach().movedim(1, -1).contiguous()
        self.grid = grid.detach().contiguous()
        (mode, padding) = Self.modes(attributes)
        alignCorners = attributes.bool("alignCorners")
    }

    static func modes(_ attributes: Attributes) -> (GridSampleMode, GridSamplePadding) {
        (GridSampleMode(rawValue: attributes.string("mode")) ?? .bilinear, GridSamplePadding(rawValue: attributes.string("padding")) ?? .zeros)
    }

    var channels: Int { elements.shape[elements.rank - 1] }
    var sizes: [Int] { Array(elements.shape[1..<elements.rank - 1]) }
    var resultShape: Shape { Array(grid.shape.dropLast()) + [channels] }
}

/// One call: elements are read as rows of channels, so that a place is looked up once for all channels.
private struct GridSampler {
    let shape: Shape
    /// [batch · positions, channels]
    let rows: Tensor
    let padding: GridSamplePadding
    let alignCorners: Bool

    var spatial: [Int] { Array(shape[2...]) }

    init(_ input: Tensor, padding: GridSamplePadding, alignCorners: Bool) {
        shape = input.shape
        rows = input.movedim(1, -1).reshape([shape[0] * ShapeRule.count(Array(shape[2...])), shape[1]])
        self.padding = padding
        self.alignCorners = alignCorners
    }

    func values(at grid: Tensor, _ mode: GridSampleMode) -> Tensor {
        let rank = spatial.count, places = ShapeRule.count(Array(grid.shape.dropLast()))
        // The grid names the last dimension first.
        let coordinates = (0..<rank).map { d in
            unnormalized(grid.select(-1, rank - 1 - d).reshape([places]), size: spatial[d])
        }
        let sum: Tensor
        switch mode {
        case .nearest: sum = taps(zip(coordinates, spatial).map { [(place: inRange($0, $1).round(), weight: nil)] })
        case .bilinear:
            sum = taps(zip(coordinates, spatial).map { x, size in
                let x = inRange(x, size), lower = x.detach().floor(), t = x - lower
                return [(lower, 1.0 - t), (lower + 1.0, t)]
            })
        case .bicubic:
            sum = taps(zip(coordinates, spatial).map { x, size in
                let lower = x.detach().floor(), t = x - lower
                return [(1.0 + t, -1.0), (t, 0.0), (1.0 - t, 1.0), (2.0 - t, 2.0)].enumerated().map { k, pair in
                    // Neighbours beyond the border are looked up where the padding says.
                    (inRange(lower + pair.1, size), k == 1 || k == 2 ? near(pair.0) : far(pair.0))
                }
            })
        }
        return sum.reshape(Array(grid.shape.dropLast()) + [shape[1]]).movedim(-1, 1)
    }

    /// Keys' cubic kernel at distances below 1, and from 1 to 2.
    private func near(_ x: Tensor) -> Tensor {
        let a = CubicConvolution.slope
        return (x * (a + 2) - (a + 3)) * x * x + 1.0
    }
    private func far(_ x: Tensor) -> Tensor { (((x - 5.0) * x + 8.0) * x - 4.0) * CubicConvolution.slope }

    /// From -1…1 to numbers of elements.
    private func unnormalized(_ x: Tensor, size: Int) -> Tensor {
        alignCorners ? (x + 1.0) * (Double(size - 1) / 2) : ((x + 1.0) * Double(size) - 1.0) / 2.0
    }

    /// The coordinate inside the input that stands for `x`; with zeros as padding `x` itself.
    private func inRange(_ x: Tensor, _ size: Int) -> Tensor {
        switch padding {
        case .zeros: x
        case .border: clipped(x, size)
        case .reflection: clipped(reflected(x, size), size)
        }
    }

    /// At and beyond the border the value is constant, so that the gradient is zero there (at the border itself too, as PyTorch has it).
    private func clipped(_ x: Tensor, _ size: Int) -> Tensor {
        let last = Double(size - 1), inside = (x.detach() .> 0.0).logicalAnd(x.detach() .< last)
        return x.where(inside, else: x.detach().clamp(min: 0, max: .double(last)))
    }

    /// Mirrored at the outermost centres, or at the outer edges.
    private func reflected(_ x: Tensor, _ size: Int) -> Tensor {
        let low = alignCorners ? 0.0 : -0.5, span = Double(alignCorners ? size - 1 : size)
        if span == 0 { return x.detach() * 0.0 }
        let shifted = x - low
        let distance = shifted.where(shifted.detach() .>= 0.0, else: -shifted)
        let flips = (distance.detach() / span).floor(), extra = distance - flips * span
        return extra.where(flips.remainder(.scalar(.int(2))) .== 0.0, else: span - extra) + low
    }

    /// The sum over all combinations of one neighbour in each dimension, of its value times its weights; a single neighbour has none.
    private func taps(_ neighbours: [[(place: Tensor, weight: Tensor?)]]) -> Tensor {
        // Before the other places, which are few compared with batch · channels: whole numbers, their truth and their share of the index.
        let resolved = neighbours.enumerated().map { d, candidates in candidates.map { resolve($0.place, $0.weight, dim: d) } }
        let batchPlaces = neighbours[0][0].place.count / max(shape[0], 1)
        let batch = Tensor.arange(Scalar(shape[0])).repeatInterleave(batchPlaces) * Double(ShapeRule.count(spatial))
        var sum: Tensor?
        func combine(_ d: Int, _ index: Tensor, _ inside: Tensor?, _ weight: Tensor?) {
            guard d < resolved.count else {
                var value = rows.indexSelect(0, index)
                // Outside, neither what is read nor a weight that is no number counts.
                let zero = Tensor.zeros([], dtype: value.dtype)
                if let inside { value = value.where(inside.unsqueeze(1), else: zero) }
                if let weight { value = value * (inside.map { weight.where($0, else: zero) } ?? weight).unsqueeze(1) }
                sum = sum.map { $0 + value } ?? value
                return
            }
            for tap in resolved[d] {
                combine(d + 1, index + tap.index, both(inside, tap.inside) { $0.logicalAnd($1) }, both(weight, tap.weight) { $0 * $1 })
            }
        }
        combine(0, batch, nil, nil)
        return sum ?? rows
    }

    private func both(_ a: Tensor?, _ b: Tensor?, _ join: (Tensor, Tensor) -> Tensor) -> Tensor? {
        guard let a, let b else { return a ?? b }
        return join(a, b)
    }

    /// A place as its contribution to the row number, and whether it lies inside (nil where all do).
    private func resolve(_ place: Tensor, _ weight: Tensor?, dim: Int) -> (index: Tensor, inside: Tensor?, weight: Tensor?) {
        let size = spatial[dim], stride = ShapeRule.count(Array(spatial[(dim + 1)...]))
        let whole = place.detach(), inside = (whole .>= 0.0).logicalAnd(whole .< Double(size))
        // What lies outside, or is no number, reads element 0.
        let index = whole.where(inside, else: Tensor.zeros([], dtype: whole.dtype)).to(.int64) * Double(stride)
        return (index, padding == .zeros ? inside : nil, weight)
    }
}

/// The grid for ``gridSample(_:_:mode:paddingMode:alignCorners:)`` of the affine maps `theta` [batch, 2, 3] (or [batch, 3, 4]), for results of
/// `size` [batch, channels, H, W] (or [batch, channels, D, H, W]): [batch, H, W, 2] (or [batch, D, H, W, 3]).
/// PyTorch: `torch.nn.functional.affine_grid`.
public func affineGrid(_ theta: Tensor, size: [Int], alignCorners: Bool = false) -> Tensor {
    composed("affineGrid", [theta]) { () throws(TensorError) in
        let rank = size.count - 2
        guard rank == 2 || rank == 3, size.allSatisfy({ $0 > 0 }) else {
            throw TensorError("size must be [batch, channels, H, W] or [batch, channels, D, H, W] with positive entries, got \(size)")
        }
        guard theta.dtype.isFloatingPoint, theta.shape == [size[0], rank, rank + 1] else {
            throw TensorError("theta must be of a floating-point type and of shape [\(size[0]), \(rank), \(rank + 1)], it is "
                + "\(theta.dtype.name)\(theta.shape)")
        }
        let spatial = Array(size[2...])
        var columns: [Tensor] = []
        for d in (0..<rank).reversed() {
            let n = spatial[d], edge = alignCorners ? 1.0 : Double(n - 1) / Double(n)
            let line = n == 1 ? Tensor.zeros([1], dtype: theta.dtype) : Tensor.linspace(-edge, edge, count: n, dtype: theta.dtype)
            var shape = [Int](repeating: 1, count: rank)
            shape[d] = n
            columns.append(line.reshape(shape).expand(spatial))
        }
        columns.append(Tensor.ones(spatial, dtype: theta.dtype))
        let base = stack(columns, dim: -1).reshape([1, ShapeRule.count(spatial), rank + 1])
        return base.expand([size[0], -1, -1]).matmul(theta.mT).reshape([size[0]] + spatial + [rank])
    }
}
