/// Where a Fourier transform and its inverse are divided, so that one undoes the other. Raw values are PyTorch's names.
public enum FourierNorm: String, Sendable, CaseIterable {
    /// The inverse by n.
    case backward
    /// Both by √n, which makes them unitary.
    case ortho
    /// The forward transform by n.
    case forward

    /// What a transform of n elements is multiplied by.
    func scale(_ n: Int, inverse: Bool) -> Double {
        switch self {
        case .ortho: 1 / Double(n).squareRoot()
        case .backward: inverse ? 1 / Double(n) : 1
        case .forward: inverse ? 1 : 1 / Double(n)
        }
    }
}

/// One transform along one dimension: y[k] = scale · Σ_j x[j] exp(∓2πi jk / n), the sign being plus for the inverse.
struct FourierLine: Sendable, Equatable {
    /// What a line is transformed from and to. A Hermitian line is the first n / 2 + 1 of n complex numbers, of which element n - k is the
    /// conjugate of element k. Raw values are CEmber's `ember_fft_kind`.
    enum Kind: UInt32, Sendable {
        case complex = 0, realToHermitian, hermitianToReal
    }

    var kind: Kind
    var dim: Int
    var n: Int
    var inverse: Bool
    var scale: Double

    /// How many elements come out.
    var outputCount: Int { kind == .realToHermitian ? n / 2 + 1 : n }

    init(_ kind: Kind, _ attributes: Attributes) {
        self.kind = kind
        dim = attributes.int("dim")
        n = attributes.int("n")
        inverse = attributes.bool("inverse")
        scale = attributes.double("scale")
    }

    static func attributes(_ line: (dim: Int, n: Int), inverse: Bool, _ norm: FourierNorm) -> Attributes {
        ["dim": .int(line.dim), "n": .int(line.n), "inverse": .bool(inverse), "scale": .double(norm.scale(line.n, inverse: inverse))]
    }
}

private func transform(_ kind: FourierLine.Kind, _ inputs: [Tensor], _ attributes: Attributes) -> [Tensor] {
    let x = inputs[0].detach().contiguous(), line = FourierLine(kind, attributes)
    var shape = x.shape
    shape[line.dim] = line.outputCount
    let result = Tensor.empty(shape, kind == .hermitianToReal ? x.dtype.realType : x.dtype.complexType, device: x.device)
    if result.count > 0 { x.device.backend.fourierTransform(x, line, into: result) }
    return [result]
}

extension Attributes {
    /// Those of the transform in the other direction with the same scale: the adjoint.
    fileprivate var adjoint: Attributes {
        var result = self
        result["inverse"] = .bool(!bool("inverse"))
        return result
    }
}

/// Complex numbers to as many complex ones.
private let fourierOperator: Operator = Operator("fft", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    transform(.complex, inputs, attributes)
}, backward: { call in [fourierOperator(call.cotangent(), attributes: call.attributes.adjoint)] })

/// n real numbers to the first n / 2 + 1 complex ones; the others are their conjugates.
private let halfSpectrumOperator: Operator = Operator("rfft", forward: { inputs, attributes throws(TensorError) in
    transform(.realToHermitian, inputs, attributes)
}, backward: { call in
    // The cotangents of the elements that were left out are zero.
    let attributes = call.attributes
    let whole = call.cotangent().resized(attributes.int("dim"), to: attributes.int("n"))
    return [fourierOperator(whole, attributes: attributes.adjoint).real]
})

/// The first n / 2 + 1 complex numbers of a sequence with that symmetry to n real ones.
private let realSignalOperator: Operator = Operator("irfft", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    transform(.hermitianToReal, inputs, attributes)
}, backward: { call in
    let g = call.cotangent(), n = call.attributes.int("n"), dim = call.attributes.int("dim"), half = n / 2 + 1
    // Every element counts for its conjugate too, but the first and, for even n, the last.
    var times = [Double](repeating: 2, count: half)
    times[0] = 1
    if n % 2 == 0 { times[half - 1] = 1 }
    var shape = [Int](repeating: 1, count: g.rank)
    shape[dim] = half
    return [halfSpectrumOperator(g, attributes: call.attributes.adjoint) * Tensor(times, shape: shape, dtype: g.dtype)]
})

extension Tensor {
    /// The first `count` elements along `dim`, zeros behind them where there are fewer.
    func resized(_ dim: Int, to count: Int) -> Tensor {
        if count <= shape[dim] { return count == shape[dim] ? self : narrow(dim, start: 0, count: count) }
        var sides = [Int](repeating: 0, count: 2 * (rank - dim))
        sides[sides.count - 1] = count - shape[dim]
        return pad(self, sides, value: 0)
    }
}

/// Shape and type rules of the transforms, and the transforms along checked dimensions.
enum FourierRule {
    static func complex(_ x: Tensor) -> Tensor {
        x.dtype.isComplex ? x : x.to((x.dtype.isFloatingPoint ? x.dtype : Tensor.defaultDType).complexType)
    }

    static func real(_ x: Tensor) throws(TensorError) -> Tensor {
        guard !x.dtype.isComplex else { throw TensorError("takes real numbers, not \(x.dtype.name)") }
        return x.to((x.dtype.isFloatingPoint ? x.dtype : Tensor.defaultDType).complexType.realType)
    }

    /// The dimension of a transform and its length, by default the size of that dimension, or what makes that size when only half of a
    /// symmetric sequence is given.
    static func line(_ x: Tensor, _ n: Int?, _ dim: Int, half: Bool = false) throws(TensorError) -> (dim: Int, n: Int) {
        guard x.rank > 0 else { throw TensorError("a 0-d tensor has no dimension to transform") }
        let d = try ShapeRule.dim(dim, rank: x.rank), length = n ?? (half ? 2 * (x.shape[d] - 1) : x.shape[d])
        guard length >= 1 else { throw TensorError("a transform needs at least one element, dimension \(d) would have \(length)") }
        return (d, length)
    }

    /// The dimensions of a transform and their lengths. -1 stands for a dimension's own size.
    static func lines(_ x: Tensor, _ s: [Int]?, _ dim: [Int]?, half: Bool = false) throws(TensorError) -> [(dim: Int, n: Int)] {
        guard x.rank > 0 || dim?.isEmpty ?? (s?.isEmpty ?? true) else { throw TensorError("a 0-d tensor has no dimension to transform") }
        if let s, let dim, s.count != dim.count { throw TensorError("sizes \(s) and dims \(dim) must be equally many") }
        if let s, s.count > x.rank { throw TensorError("\(s.count) sizes for a tensor of \(x.rank) dimensions") }
        let dims = try ShapeRule.dims(dim ?? Array((x.rank - (s?.count ?? x.rank))..<x.rank), rank: x.rank)
        var result: [(dim: Int, n: Int)] = []
        for (i, d) in dims.enumerated() {
            let given = s.flatMap { $0[i] == -1 ? nil : $0[i] }
            result.append(try line(x, given, d, half: half && i == dims.count - 1))
        }
        return result
    }

    static func transformed(_ x: Tensor, _ lines: some Sequence<(dim: Int, n: Int)>, inverse: Bool, _ norm: FourierNorm) -> Tensor {
        lines.reduce(x) { x, line in
            fourierOperator(x.resized(line.dim, to: line.n), attributes: FourierLine.attributes(line, inverse: inverse, norm))
        }
    }

    /// Real numbers to the half of their symmetric transform.
    static func halfSpectrum(_ x: Tensor, _ line: (dim: Int, n: Int), inverse: Bool, _ norm: FourierNorm) -> Tensor {
        halfSpectrumOperator(x.resized(line.dim, to: line.n), attributes: FourierLine.attributes(line, inverse: inverse, norm))
    }

    /// The half of a symmetric sequence to real numbers.
    static func realSignal(_ x: Tensor, _ line: (dim: Int, n: Int), inverse: Bool, _ norm: FourierNorm) -> Tensor {
        realSignalOperator(x.resized(line.dim, to: line.n / 2 + 1), attributes: FourierLine.attributes(line, inverse: inverse, norm))
    }
}
