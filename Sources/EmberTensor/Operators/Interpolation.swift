/// How ``interpolate(_:size:scaleFactor:mode:alignCorners:recomputeScaleFactor:antialias:)`` finds values between elements. Raw values are
/// PyTorch's names.
public enum InterpolationMode: String, Sendable, CaseIterable {
    /// The element at the lower edge of the new one's place. As PyTorch's (and OpenCV's) it is half an element off; see `nearestExact`.
    case nearest
    /// The element in which the centre of the new one lies, as scikit-image and Pillow find it.
    case nearestExact = "nearest-exact"
    /// Straight lines, one spatial dimension.
    case linear
    /// Linear in two spatial dimensions.
    case bilinear
    /// Cubic convolution in two spatial dimensions.
    case bicubic
    /// Linear in three spatial dimensions.
    case trilinear
    /// Means of the elements that a new one covers: ``adaptiveAvgPool2d(_:_:)`` and its relatives.
    case area

    /// The number of spatial dimensions it is for, nil for any.
    fileprivate var spatialRank: Int? {
        switch self {
        case .linear: 1
        case .bilinear, .bicubic: 2
        case .trilinear: 3
        default: nil
        }
    }

    /// How each dimension is resampled; nil where elements are only chosen.
    fileprivate var kernel: ResamplingAxis.Kernel? {
        switch self {
        case .nearest, .nearestExact: nil
        case .linear, .bilinear, .trilinear: .linear
        case .bicubic: .cubic
        case .area: .area
        }
    }
}

/// What `scaleFactor:` accepts: a number for all spatial dimensions, or an array with one each.
public protocol SpatialScale: Sendable {
    /// The factors as written: one, or one per dimension.
    var factors: [Double] { get }
}

/// A number of a ``SpatialScale``.
public protocol ScaleNumber: Sendable {
    /// The factor.
    var factor: Double { get }
}

extension Int: SpatialScale, ScaleNumber {
    public var factor: Double { Double(self) }
    public var factors: [Double] { [factor] }
}

extension Double: SpatialScale, ScaleNumber {
    public var factor: Double { self }
    public var factors: [Double] { [self] }
}

extension Array: SpatialScale where Element: ScaleNumber {
    public var factors: [Double] { map(\.factor) }
}

/// x and a ``ResamplingAxis``: float32 or float64 resampled along `dim`, or, where `transposed`, the adjoint of that.
private let resampleOperator: Operator = Operator("resample", forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0].detach().contiguous(), dim = attributes.int("dim")
    let axis = ResamplingAxis(attributes)
    var table = attributes.bool("fixedPoint") ? axis.table.fixedPoint : axis.table
    if attributes.bool("transposed") { table = table.transposed }
    var shape = x.shape
    shape[dim] = table.outputSize
    let result = Tensor.empty(shape, x.dtype, device: x.device)
    x.device.backend.resample(x, dim: dim, table, into: result)
    return [result]
}, backward: { call in
    var attributes = call.attributes
    attributes["transposed"] = .bool(!attributes.bool("transposed"))
    return [resampleOperator(call.cotangent(), attributes: attributes)]
})

private enum InterpolationRule {
    /// The spatial sizes of the result, and the factors that fix the distance of new elements (nil: the sizes do).
    static func sizes(_ spatial: [Int], _ size: (any SpatialExtent)?, _ scaleFactor: (any SpatialScale)?,
                      recompute: Bool) throws(TensorError) -> (sizes: [Int], factors: [Double]?) {
        let rank = spatial.count
        switch (size, scaleFactor) {
        case (let size?, nil):
            guard !recompute else { throw TensorError("recomputeScaleFactor goes with a scaleFactor, not with a size") }
            return (try size.expanded(to: rank, "size"), nil)
        case (nil, let scale?):
            let factors = scale.factors.count == 1 ? [Double](repeating: scale.factors[0], count: rank) : scale.factors
            guard factors.count == rank else {
                throw TensorError("scaleFactor \(factors) must be one number or have one for each of the \(rank) spatial dimensions")
            }
            var sizes: [Int] = []
            for (old, factor) in zip(spatial, factors) {
                guard let new = Int(exactly: (Double(old) * factor).rounded(.down)), new > 0 else {
                    throw TensorError("a scaleFactor of \(factor) makes no size of \(old)")
                }
                sizes.append(new)
            }
            return (sizes, recompute ? nil : factors)
        default:
            throw TensorError("needs either a size or a scaleFactor")
        }
    }

    /// For every new element the old one that `mode` chooses. The arithmetic is PyTorch's, in the element type's precision, because where
    /// a place falls between two elements decides which one is taken.
    static func nearest(_ mode: InterpolationMode, _ old: Int, _ new: Int, factor: Double?, _ dtype: DType) -> [Int] {
        func chosen<Number: BinaryFloatingPoint>(_: Number.Type) -> [Int] {
            let step = factor.map { Number(1 / $0) } ?? Number(old) / Number(new)
            return (0..<new).map { o in
                let place = mode == .nearest ? Number(o) * step : Number(-0.5).addingProduct(Number(o) + 0.5, step) + 0.5
                return min(Int(Float(place).rounded(.down)), old - 1)
            }
        }
        return dtype == .float64 ? chosen(Double.self) : chosen(Float.self)
    }

    static func check(_ x: Tensor, _ mode: InterpolationMode, alignCorners: Bool?, antialias: Bool) throws(TensorError) {
        guard (3...5).contains(x.rank) else {
            throw TensorError("the input must have shape [batch, channels, …] with one to three spatial dimensions, got \(x.shape)")
        }
        if let rank = mode.spatialRank, rank != x.rank - 2 {
            throw TensorError("mode \(mode.rawValue) is for \(rank) spatial dimension\(rank == 1 ? "" : "s"), "
                + "the input \(x.shape) has \(x.rank - 2)")
        }
        guard !x.shape.dropFirst().contains(0) else { throw TensorError("only the batch may be empty, got shape \(x.shape)") }
        guard alignCorners == nil || mode.spatialRank != nil else {
            throw TensorError("alignCorners has a meaning for linear and cubic modes only, not for \(mode.rawValue)")
        }
        guard !antialias || mode == .bilinear || mode == .bicubic else {
            throw TensorError("antialias is for bilinear and bicubic only, not for \(mode.rawValue)")
        }
        guard mode.kernel == nil || x.dtype.isFloatingPoint || x.dtype == .uint8 && (mode == .bilinear || mode == .bicubic) else {
            let others = mode == .bilinear || mode == .bicubic ? " and uint8" : ""
            throw TensorError("mode \(mode.rawValue) takes floating-point tensors\(others), not \(x.dtype.name)")
        }
    }
}

extension Tensor {
    /// `body` applied along each spatial dimension from the last to the first, in memory order, so that channels-last stays channels-last.
    fileprivate func alongSpatialDims(_ body: (_ x: Tensor, _ dim: Int, _ spatial: Int) -> Tensor) -> Tensor {
        let order = memoryOrder
        var inverse = order
        for (place, d) in order.enumerated() { inverse[d] = place }
        var x = permute(order)
        for spatial in (0..<rank - 2).reversed() { x = body(x, inverse[spatial + 2], spatial) }
        return x.permute(inverse)
    }
}

/// The spatial dimensions of [batch, channels, spatial…] at another size.
///
/// - Parameters:
///   - size: the new size, one number or one for each spatial dimension; or else
///   - scaleFactor: new elements for one old one; the new size is rounded down.
///   - alignCorners: linear and cubic modes: the centres of the corner elements stay in place (true), or the outer edges do (false, as nil).
///   - recomputeScaleFactor: the distance of new elements is the ratio of the sizes, not that of the given factor.
///   - antialias: bilinear and bicubic: a smaller image is averaged over all elements that a new one covers, as Pillow does.
///
/// `nearest` modes take every element type, linear and cubic ones floating-point, bilinear and bicubic also uint8 (rounded).
/// PyTorch: `torch.nn.functional.interpolate`.
public func interpolate(_ x: Tensor, size: (any SpatialExtent)? = nil, scaleFactor: (any SpatialScale)? = nil,
                        mode: InterpolationMode = .nearest, alignCorners: Bool? = nil, recomputeScaleFactor: Bool = false,
                        antialias: Bool = false) -> Tensor {
    composed("interpolate", [x]) { () throws(TensorError) in
        try InterpolationRule.check(x, mode, alignCorners: alignCorners, antialias: antialias)
        let old = Array(x.shape[2...])
        let (new, factors) = try InterpolationRule.sizes(old, size, scaleFactor, recompute: recomputeScaleFactor)
        guard let kernel = mode.kernel else {
            var places: [Int: [Int]] = [:]
            for i in old.indices {
                let chosen = InterpolationRule.nearest(mode, old[i], new[i], factor: factors?[i], x.dtype)
                if chosen != Array(0..<old[i]) { places[i + 2] = chosen }
            }
            return places.isEmpty ? x : x.selecting(places)
        }
        // 16-bit values are rounded once, at the end; 8-bit ones after each dimension, as everywhere.
        let isBytes = x.dtype == .uint8
        let wide = isBytes ? x.to(.float64) : x.dtype.size == 2 ? x.to(.float32) : x
        return wide.alongSpatialDims { x, dim, i in
            let axis = ResamplingAxis(kernel: kernel, inputSize: old[i], outputSize: new[i], givenStep: factors.map { 1 / $0[i] },
                                      alignCorners: alignCorners ?? false, antialias: antialias)
            // Only plain cubic convolution moves the elements of a dimension whose size stays (PyTorch's rule).
            if old[i] == new[i] && (kernel != .cubic || antialias || isBytes) { return x }
            var attributes = axis.attributes
            attributes["dim"] = .int(dim)
            attributes["fixedPoint"] = .bool(isBytes)
            attributes["transposed"] = .bool(false)
            let result = resampleOperator(x, attributes: attributes)
            return isBytes ? (result + 0.5).floor().clamp(min: 0, max: 255) : result
        }.to(x.dtype)
    }
}

/// ``interpolate(_:size:scaleFactor:mode:alignCorners:recomputeScaleFactor:antialias:)`` with mode `nearest`. PyTorch:
/// `torch.nn.functional.upsample_nearest`.
public func upsampleNearest(_ x: Tensor, size: (any SpatialExtent)? = nil, scaleFactor: (any SpatialScale)? = nil) -> Tensor {
    interpolate(x, size: size, scaleFactor: scaleFactor)
}

/// ``interpolate(_:size:scaleFactor:mode:alignCorners:recomputeScaleFactor:antialias:)`` with mode `bilinear` and corners aligned.
/// PyTorch: `torch.nn.functional.upsample_bilinear`.
public func upsampleBilinear(_ x: Tensor, size: (any SpatialExtent)? = nil, scaleFactor: (any SpatialScale)? = nil) -> Tensor {
    interpolate(x, size: size, scaleFactor: scaleFactor, mode: .bilinear, alignCorners: true)
}
