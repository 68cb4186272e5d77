import EmberTensor
import Foundation

/// Which side of a layer keeps its variance. PyTorch: `mode=` of `torch.nn.init.kaiming_uniform_`.
public enum FanMode: Sendable { case fanIn, fanOut }

/// A nonlinearity whose gain is known. PyTorch: `torch.nn.init.calculate_gain`.
public enum Nonlinearity: Sendable, Hashable {
    case linear, convolution, sigmoid, tanh, relu, selu
    case leakyReLU(negativeSlope: Double)

    /// The factor by which weights make up for what the nonlinearity takes from the variance.
    public var gain: Double {
        switch self {
        case .linear, .convolution, .sigmoid: 1
        case .tanh: 5.0 / 3
        case .relu: 2.0.squareRoot()
        case .selu: 0.75
        case .leakyReLU(let slope): (2 / (1 + slope * slope)).squareRoot()
        }
    }
}

/// Starting values for parameters; each draws from the generator as PyTorch's `torch.nn.init` does, so that equal seeds give equal weights.
///
///     layer.weight = Initializer.xavierUniform(layer.weight.shape)
public enum Initializer {
    /// What a unit of a layer with a weight of `shape` receives and feeds: sizes of the dimensions after the first two count as
    /// a receptive field. PyTorch: `_calculate_fan_in_and_fan_out`.
    public static func fans(_ shape: Shape) -> (fanIn: Int, fanOut: Int) {
        guard shape.count >= 2 else {
            TensorError("a weight needs at least two dimensions to have a fan in and a fan out, not \(shape)").report(in: "Initializer.fans")
            return (1, 1)
        }
        let field = shape.dropFirst(2).reduce(1, *)
        return (shape[1] * field, shape[0] * field)
    }

    /// PyTorch: `torch.nn.init.uniform_`.
    public static func uniform(_ shape: Shape, from: Double = 0, to: Double = 1, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        Tensor.uniform(shape, from: from, to: to, dtype: dtype, generator: generator)
    }

    /// PyTorch: `torch.nn.init.normal_`.
    public static func normal(_ shape: Shape, mean: Double = 0, std: Double = 1, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        Tensor.normal(shape, mean: mean, std: std, dtype: dtype, generator: generator)
    }

    /// PyTorch: `torch.nn.init.constant_`.
    public static func constant(_ shape: Shape, _ value: Double, dtype: DType? = nil) -> Tensor {
        Tensor.full(shape, .double(value), dtype: dtype ?? Tensor.defaultDType)
    }

    /// Uniform with the variance 2 / (fan in + fan out) (Glorot & Bengio, 2010). PyTorch: `torch.nn.init.xavier_uniform_`.
    public static func xavierUniform(_ shape: Shape, gain: Double = 1, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        let (fanIn, fanOut) = fans(shape)
        let bound = 3.0.squareRoot() * gain * (2 / Double(fanIn + fanOut)).squareRoot()
        return uniform(shape, from: -bound, to: bound, dtype: dtype, generator: generator)
    }

    /// Normal with the variance 2 / (fan in + fan out) (Glorot & Bengio, 2010). PyTorch: `torch.nn.init.xavier_normal_`.
    public static func xavierNormal(_ shape: Shape, gain: Double = 1, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        let (fanIn, fanOut) = fans(shape)
        return normal(shape, std: gain * (2 / Double(fanIn + fanOut)).squareRoot(), dtype: dtype, generator: generator)
    }

    /// Uniform with the variance gain² / fan (He et al., arXiv:1502.01852). PyTorch: `torch.nn.init.kaiming_uniform_`.
    public static func kaimingUniform(_ shape: Shape, nonlinearity: Nonlinearity = .leakyReLU(negativeSlope: 0), mode: FanMode = .fanIn,
                                      dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        let bound = 3.0.squareRoot() * kaimingDeviation(shape, nonlinearity, mode)
        return uniform(shape, from: -bound, to: bound, dtype: dtype, generator: generator)
    }

    /// Normal with the variance gain² / fan (He et al., arXiv:1502.01852). PyTorch: `torch.nn.init.kaiming_normal_`.
    public static func kaimingNormal(_ shape: Shape, nonlinearity: Nonlinearity = .leakyReLU(negativeSlope: 0), mode: FanMode = .fanIn,
                                     dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        normal(shape, std: kaimingDeviation(shape, nonlinearity, mode), dtype: dtype, generator: generator)
    }

    private static func kaimingDeviation(_ shape: Shape, _ nonlinearity: Nonlinearity, _ mode: FanMode) -> Double {
        let (fanIn, fanOut) = fans(shape)
        let fan = mode == .fanIn ? fanIn : fanOut
        return fan == 0 ? 0 : nonlinearity.gain / Double(fan).squareRoot()
    }

    /// Normal values within `from...to`, the others drawn anew. PyTorch: `torch.nn.init.trunc_normal_`.
    public static func truncatedNormal(_ shape: Shape, mean: Double = 0, std: Double = 1, from: Double = -2, to: Double = 2,
                                       dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        composed("truncatedNormal", []) { () throws(TensorError) in
            guard from < to, std > 0 else {
                throw TensorError("needs from < to and std > 0, got \(from), \(to) and \(std)")
            }
            func distribution(_ x: Double) -> Double { (1 + erf((x - mean) / std / 2.0.squareRoot())) / 2 }
            if distribution(to) - distribution(from) > 0.3 {
                var result = normal(shape, mean: mean, std: std, dtype: dtype, generator: generator)
                // Bounds in the tensor's own precision.
                let bounds = Tensor([from, to], dtype: result.dtype)
                let (first, last) = (bounds[0], bounds[1])
                while true {
                    let outside = (result .< first) | (result .> last)
                    guard outside.any().item(as: Bool.self) else { return result }
                    result = normal(shape, mean: mean, std: std, dtype: dtype, generator: generator).where(outside, else: result)
                }
            }
            // A narrow interval: uniform candidates, accepted with the probability of the density relative to its peak.
            let mode = max(from, min(mean, to))
            let peak = -0.5 * ((mode - mean) / std) * ((mode - mean) / std)
            var result = uniform(shape, from: from, to: to, dtype: dtype, generator: generator)
            var candidates = result
            var pending = result.onesLike(dtype: .bool)
            while true {
                let density = ((candidates - mean) / std).square() * -0.5 - peak
                pending = pending & (uniform(shape, dtype: dtype, generator: generator).log() .> density)
                guard pending.any().item(as: Bool.self) else { return result }
                candidates = uniform(shape, from: from, to: to, dtype: dtype, generator: generator)
                result = candidates.where(pending, else: result)
            }
        }
    }

    /// A matrix with orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al., arXiv:1312.6120); dimensions after the first
    /// count as columns. PyTorch: `torch.nn.init.orthogonal_`.
    public static func orthogonal(_ shape: Shape, gain: Double = 1, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        composed("orthogonal", []) { () throws(TensorError) in
            guard shape.count >= 2 else { throw TensorError("needs at least two dimensions, not \(shape)") }
            let rows = shape[0], columns = shape.dropFirst().reduce(1, *)
            let drawn = Tensor.normal([rows, columns], dtype: dtype, generator: generator)
            let matrix = drawn.array(of: Double.self)
            let length = max(rows, columns), count = min(rows, columns)
            // The vectors to make orthonormal, each contiguous: columns of the tall one of matrix and transpose.
            var vectors = (0..<count).map { v in
                (0..<length).map { k in rows < columns ? matrix[v * columns + k] : matrix[k * columns + v] }
            }
            // Gram and Schmidt's procedure gives the QR factor whose triangular part has a positive diagonal; once more for full precision.
            for v in 0..<count {
                for _ in 0..<2 {
                    for u in 0..<v {
                        let product = zip(vectors[u], vectors[v]).reduce(0) { $0 + $1.0 * $1.1 }
                        for k in 0..<length { vectors[v][k] -= product * vectors[u][k] }
                    }
                }
                let norm = vectors[v].reduce(0) { $0 + $1 * $1 }.squareRoot()
                for k in 0..<length { vectors[v][k] *= norm > 0 ? 1 / norm : 0 }
            }
            var result = [Double](repeating: 0, count: rows * columns)
            for v in 0..<count {
                for k in 0..<length {
                    if rows < columns { result[v * columns + k] = gain * vectors[v][k] } else { result[k * columns + v] = gain * vectors[v][k] }
                }
            }
            return Tensor(result, shape: shape, dtype: drawn.dtype)
        }
    }

    /// Normal columns of which the fraction `sparsity` is zero (Martens, ICML 2010). PyTorch: `torch.nn.init.sparse_`.
    public static func sparse(_ shape: Shape, sparsity: Double, std: Double = 0.01, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        composed("sparse", []) { () throws(TensorError) in
            guard shape.count == 2, sparsity >= 0, sparsity <= 1 else {
                throw TensorError("needs a 2-d shape and a sparsity from 0 through 1, got \(shape) and \(sparsity)")
            }
            let (rows, columns) = (shape[0], shape[1])
            var result = normal(shape, std: std, dtype: dtype, generator: generator)
            var kept = [Double](repeating: 1, count: rows * columns)
            for column in 0..<columns {
                let order = Tensor.randperm(rows).array(of: Int.self)
                for row in order.prefix(Int((sparsity * Double(rows)).rounded(.up))) { kept[row * columns + column] = 0 }
            }
            result *= Tensor(kept, shape: shape, dtype: result.dtype)
            return result
        }
    }

    /// Ones on the diagonal: the identity for a linear layer. PyTorch: `torch.nn.init.eye_`.
    public static func eye(_ rows: Int, _ columns: Int, dtype: DType? = nil) -> Tensor { Tensor.eye(rows, columns, dtype: dtype) }

    /// A convolution that keeps as many channels as it can. PyTorch: `torch.nn.init.dirac_`.
    public static func dirac(_ shape: Shape, groups: Int = 1, dtype: DType? = nil) -> Tensor {
        composed("dirac", []) { () throws(TensorError) in
            guard (3...5).contains(shape.count), groups > 0, shape[0] % groups == 0 else {
                throw TensorError("needs 3 to 5 dimensions, the first divisible by the \(groups) groups, not \(shape)")
            }
            let strides = (0..<shape.count).map { d in shape[(d + 1)...].reduce(1, *) }
            let center = (2..<shape.count).reduce(0) { $0 + shape[$1] / 2 * strides[$1] }
            var values = [Double](repeating: 0, count: shape.reduce(1, *))
            let perGroup = shape[0] / groups
            for g in 0..<groups {
                for d in 0..<min(perGroup, shape[1]) { values[(g * perGroup + d) * strides[0] + d * strides[1] + center] = 1 }
            }
            return Tensor(values, shape: shape, dtype: dtype ?? Tensor.defaultDType)
        }
    }
}
