import CEmber

/// A distribution whose parameters are numbers, as a device samples it.
enum RandomDistribution: Sendable {
    case uniform(from: Double, to: Double)
    case normal(mean: Double, std: Double)
    case logNormal(mean: Double, std: Double)
    case exponential(rate: Double)
    case cauchy(median: Double, sigma: Double)
    case bernoulli(p: Double)
    case geometric(p: Double)
    /// 1 / (1 - p) with probability 1 - p, else 0.
    case dropoutMask(p: Double)
    /// From `base` on; a range of 0 stands for all 2^64 integers.
    case integers(base: Int, range: UInt64)
    case permutation
}

/// A distribution whose parameters are tensors of the result's shape.
enum ParametricDistribution: Sendable {
    case bernoulli, poisson, standardGamma, dirichlet, binomial
}

enum RandomRule {
    static func shape(_ shape: Shape) throws(TensorError) {
        if let d = shape.firstIndex(where: { $0 < 0 }) { throw TensorError("dimension \(d) of shape \(shape) is negative") }
    }

    static func floating(_ dtype: DType, orComplex: Bool = false) throws(TensorError) {
        guard dtype.isFloatingPoint || orComplex && dtype.isComplex else { throw TensorError("gives floating-point numbers, not \(dtype.name)") }
    }

    static func probability(_ p: Double) throws(TensorError) {
        guard p >= 0, p <= 1 else { throw TensorError("p must be a probability, 0 through 1, got \(p)") }
    }

    /// Whether `value` is exact as an element of `dtype`.
    static func holds(_ dtype: DType, _ value: Int) -> Bool {
        switch dtype {
        case .bool: return value == 0 || value == 1
        case .uint8: return UInt8(exactly: value) != nil
        case .int8: return Int8(exactly: value) != nil
        case .int16: return Int16(exactly: value) != nil
        case .int32: return Int32(exactly: value) != nil
        case .uint16: return UInt16(exactly: value) != nil
        case .uint32: return UInt32(exactly: value) != nil
        case .uint64: return value >= 0
        case .int64: return true
        case .float16: return Swift.abs(value) <= 1 << 11
        case .bfloat16: return Swift.abs(value) <= 1 << 8
        case .float32, .complex64: return Swift.abs(value) <= 1 << 24
        case .float64, .complex128: return Swift.abs(value) <= 1 << 53
        }
    }
}

extension Tensor {
    /// A new tensor drawn from `distribution`; memory is filled in its own order, as PyTorch does.
    static func sample(_ distribution: RandomDistribution, _ shape: Shape, _ dtype: DType, strides: [Int]? = nil,
                       _ generator: Generator?) throws(TensorError) -> Tensor {
        try RandomRule.shape(shape)
        let result = Tensor.empty(shape, dtype, strides: strides)
        var distribution = distribution
        if dtype.isComplex {
            switch distribution {
            case .uniform: break
            // Both parts of a number are drawn, each with half of the variance.
            case .normal(let mean, let std): distribution = .normal(mean: mean, std: std / 2.0.squareRoot())
            default: throw TensorError("draws real numbers, not \(dtype.name)")
            }
        }
        try Profiler.event("sample", reading: [], writing: [result]) { () throws(TensorError) in
            try (generator ?? .default).withState { (state) throws(TensorError) in
                result.device.backend.sample(distribution, &state, into: dtype.isComplex ? result.parts() : result)
            }
        }
        return result
    }

    /// A tensor of this one's shape and dense in the order of its strides. PyTorch: `torch.preserve_format`.
    func sampledLike(_ distribution: RandomDistribution, _ dtype: DType?, _ generator: Generator?) throws(TensorError) -> Tensor {
        try .sample(distribution, shape, dtype ?? self.dtype,
                    strides: isContiguous ? nil : ShapeRule.denseStrides(shape, like: strides), generator)
    }

    private static func sampled(_ name: String, _ shape: Shape, _ dtype: DType?, _ generator: Generator?, _ distribution: RandomDistribution,
                                valid: Bool = true, _ rule: String = "") -> Tensor {
        composed(name, []) { () throws(TensorError) in
            let dtype = dtype ?? defaultDType
            switch distribution {
            case .uniform, .normal: try RandomRule.floating(dtype, orComplex: true)
            default: try RandomRule.floating(dtype)
            }
            guard valid else { throw TensorError(rule) }
            return try sample(distribution, shape, dtype, generator)
        }
    }

    // MARK: Uniform and normal

    /// Uniform numbers in [0, 1). PyTorch: `torch.rand`.
    public static func rand(_ shape: Shape, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        sampled("rand", shape, dtype, generator, .uniform(from: 0, to: 1))
    }

    /// Normal numbers of mean 0 and deviation 1. PyTorch: `torch.randn`.
    public static func randn(_ shape: Shape, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        sampled("randn", shape, dtype, generator, .normal(mean: 0, std: 1))
    }

    /// Uniform numbers in [from, to). PyTorch: `Tensor.uniform_`.
    public static func uniform(_ shape: Shape, from: Double = 0, to: Double = 1, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        sampled("uniform", shape, dtype, generator, .uniform(from: from, to: to), valid: from <= to && (to - from).isFinite,
                "from must not be above to, and their difference finite, got \(from) and \(to)")
    }

    /// Normal numbers. PyTorch: `torch.normal(mean, std, size)`, `Tensor.normal_`.
    public static func normal(_ shape: Shape, mean: Double = 0, std: Double = 1, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        sampled("normal", shape, dtype, generator, .normal(mean: mean, std: std), valid: std >= 0,
                "std must not be negative, got \(std)")
    }

    /// Normal numbers with a mean and a deviation per element, which broadcast. PyTorch: `torch.normal(mean, std)`.
    public static func normal(mean: Tensor, std: Tensor, generator: Generator? = nil) -> Tensor {
        composed("normal", [mean, std]) { () throws(TensorError) in
            try RandomRule.floating(mean.dtype)
            guard std.count == 0 || !(std.detach() .< 0.0).any().item(as: Bool.self) else {
                throw TensorError("a standard deviation is negative")
            }
            let shape = try ShapeRule.broadcast(mean.shape, std.shape)
            let noise = try sample(.normal(mean: 0, std: 1), shape, mean.dtype, generator)
            return noise * std.detach() + mean.detach()
        }
    }

    /// exp of normal numbers of this mean and deviation. PyTorch: `Tensor.log_normal_`.
    public static func logNormal(_ shape: Shape, mean: Double = 1, std: Double = 2, dtype: DType? = nil,
                                 generator: Generator? = nil) -> Tensor {
        sampled("logNormal", shape, dtype, generator, .logNormal(mean: mean, std: std), valid: std > 0, "std must be above 0, got \(std)")
    }

    /// Exponentially distributed numbers of mean 1 / rate. PyTorch: `Tensor.exponential_(lambd)`.
    public static func exponential(_ shape: Shape, rate: Double = 1, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        sampled("exponential", shape, dtype, generator, .exponential(rate: rate), valid: rate > 0, "the rate must be above 0, got \(rate)")
    }

    /// Numbers of the Cauchy distribution. PyTorch: `Tensor.cauchy_`.
    public static func cauchy(_ shape: Shape, median: Double = 0, sigma: Double = 1, dtype: DType? = nil,
                              generator: Generator? = nil) -> Tensor {
        sampled("cauchy", shape, dtype, generator, .cauchy(median: median, sigma: sigma), valid: sigma > 0,
                "sigma must be above 0, got \(sigma)")
    }

    /// Uniform numbers in [0, 1) in this tensor's shape, layout and type. PyTorch: `torch.rand_like`.
    public func randLike(dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        composed("randLike", [self]) { () throws(TensorError) in
            try RandomRule.floating(dtype ?? self.dtype, orComplex: true)
            return try sampledLike(.uniform(from: 0, to: 1), dtype, generator)
        }
    }

    /// Normal numbers of mean 0 and deviation 1 in this tensor's shape, layout and type. PyTorch: `torch.randn_like`.
    public func randnLike(dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        composed("randnLike", [self]) { () throws(TensorError) in
            try RandomRule.floating(dtype ?? self.dtype, orComplex: true)
            return try sampledLike(.normal(mean: 0, std: 1), dtype, generator)
        }
    }

    // MARK: Integers

    /// Integers from `low` up to, not including, `high`, as int64 unless `dtype` says otherwise. PyTorch:
    /// `torch.randint`.
    public static func randint(_ low: Int, _ high: Int, _ shape: Shape, dtype: DType = .int64, generator: Generator? = nil) -> Tensor {
        composed("randint", []) { () throws(TensorError) in
            try sample(try integers(low, high, dtype), shape, dtype, generator)
        }
    }

    /// Integers from 0 up to, not including, `high`. PyTorch: `torch.randint`.
    public static func randint(_ high: Int, _ shape: Shape, dtype: DType = .int64, generator: Generator? = nil) -> Tensor {
        randint(0, high, shape, dtype: dtype, generator: generator)
    }

    /// Integers from `low` up to, not including, `high`, in this tensor's shape, layout and type. PyTorch:
    /// `torch.randint_like`.
    public func randintLike(_ low: Int, _ high: Int, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        composed("randintLike", [self]) { () throws(TensorError) in
            try sampledLike(try Tensor.integers(low, high, dtype ?? self.dtype), dtype, generator)
        }
    }

    /// Integers from 0 up to, not including, `high`, in this tensor's shape, layout and type. PyTorch: `torch.randint_like`.
    public func randintLike(_ high: Int, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        randintLike(0, high, dtype: dtype, generator: generator)
    }

    private static func integers(_ low: Int, _ high: Int, _ dtype: DType) throws(TensorError) -> RandomDistribution {
        guard low < high else { throw TensorError("needs low below high, got \(low) and \(high)") }
        guard RandomRule.holds(dtype, low), RandomRule.holds(dtype, high - 1) else {
            throw TensorError("\(dtype.name) does not hold every integer from \(low) up to \(high)")
        }
        return .integers(base: low, range: UInt64(bitPattern: Int64(high)) &- UInt64(bitPattern: Int64(low)))
    }

    /// A random order of 0..<count, as int64 unless `dtype` says otherwise. PyTorch: `torch.randperm`.
    public static func randperm(_ count: Int, dtype: DType = .int64, generator: Generator? = nil) -> Tensor {
        composed("randperm", []) { () throws(TensorError) in
            guard count >= 0 else { throw TensorError("the count must not be negative, got \(count)") }
            guard count == 0 || RandomRule.holds(dtype, count - 1) else {
                throw TensorError("\(dtype.name) does not hold every integer below \(count)")
            }
            return try sample(.permutation, [count], dtype, generator)
        }
    }

    /// 1 with probability `p`, else 0. PyTorch: `Tensor.bernoulli_(p)`.
    public static func bernoulli(_ shape: Shape, p: Double = 0.5, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        composed("bernoulli", []) { () throws(TensorError) in
            try RandomRule.probability(p)
            return try sample(.bernoulli(p: p), shape, dtype ?? defaultDType, generator)
        }
    }

    /// The number of trials up to the first success, 1, 2 …, each succeeding with probability `p`. PyTorch:
    /// `Tensor.geometric_`.
    public static func geometric(_ shape: Shape, p: Double, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
        composed("geometric", []) { () throws(TensorError) in
            guard p > 0, p < 1 else { throw TensorError("p must lie between 0 and 1, both excluded, got \(p)") }
            return try sample(.geometric(p: p), shape, dtype ?? defaultDType, generator)
        }
    }
}

// MARK: A parameter per element

extension Tensor {
    private func sampled(_ name: String, _ distribution: ParametricDistribution, _ operands: [Tensor], halfTypes: Bool,
                         _ generator: Generator?) -> Tensor {
        composed(name, operands) { () throws(TensorError) in
            guard dtype.isFloatingPoint, halfTypes || dtype == .float32 || dtype == .float64 else {
                throw TensorError("takes \(halfTypes ? "floating-point" : "float32 and float64") tensors, not \(dtype.name)")
            }
            var shape = self.shape
            for operand in operands {
                guard operand.dtype == dtype else {
                    throw TensorError("operands must have one type, not \(dtype.name) and \(operand.dtype.name)")
                }
                shape = try ShapeRule.broadcast(shape, operand.shape)
            }
            // Parameters dense in the order of the first one's memory, which is the order of sampling.
            let strides = isContiguous || shape != self.shape ? ShapeRule.contiguousStrides(shape) : ShapeRule.denseStrides(shape, like: self.strides)
            let result = Tensor.empty(shape, dtype, device: device, strides: strides)
            var parameters: [Tensor] = []
            for operand in operands {
                let expanded = operand.detach().expand(shape)
                if expanded.strides == strides { parameters.append(expanded); continue }
                let copy = Tensor.empty(shape, dtype, device: device, strides: strides)
                device.backend.copy(from: expanded, to: copy)
                parameters.append(copy)
            }
            try (generator ?? .default).withState { (state) throws(TensorError) in
                try device.backend.sample(distribution, &state, parameters: parameters, into: result)
            }
            return result
        }
    }

    /// 1 with the probability that stands at the same place in this tensor, else 0. Carries no gradient. PyTorch:
    /// `torch.bernoulli`.
    public func bernoulli(generator: Generator? = nil) -> Tensor {
        sampled("bernoulli", .bernoulli, [self], halfTypes: true, generator)
    }

    /// Poisson-distributed numbers of the means in this tensor. Carries no gradient. PyTorch: `torch.poisson`.
    public func poisson(generator: Generator? = nil) -> Tensor {
        sampled("poisson", .poisson, [self], halfTypes: false, generator)
    }

    /// Gamma-distributed numbers of the shape parameters in this tensor and scale 1. Carries no gradient. PyTorch:
    /// `torch._standard_gamma`.
    public func standardGamma(generator: Generator? = nil) -> Tensor {
        sampled("standardGamma", .standardGamma, [self], halfTypes: false, generator)
    }

    /// Numbers of the Dirichlet distribution whose concentrations lie along the last dimension. Carries no gradient.
    /// PyTorch: `torch._sample_dirichlet`.
    public func dirichlet(generator: Generator? = nil) -> Tensor {
        rank == 0 ? composed("dirichlet", [self]) { () throws(TensorError) in throw TensorError("needs at least one dimension") }
            : contiguous().sampled("dirichlet", .dirichlet, [contiguous()], halfTypes: false, generator)
    }

    /// The number of successes in `trials` attempts that succeed with probability `p`, element by element; both
    /// broadcast.
    /// Carries no gradient. PyTorch: `torch.binomial`.
    public static func binomial(trials: Tensor, p: Tensor, generator: Generator? = nil) -> Tensor {
        trials.sampled("binomial", .binomial, [trials, p], halfTypes: false, generator)
    }

    /// `samples` indices drawn with the weights along the last dimension of this 1-d or 2-d tensor, as int64. Weights
    /// are not negative and need
    /// not sum to 1. PyTorch: `torch.multinomial`.
    public func multinomial(_ samples: Int, replacement: Bool = false, generator: Generator? = nil) -> Tensor {
        composed("multinomial", [self]) { () throws(TensorError) in
            try RandomRule.weights(self, samples: samples, replacement: replacement)
            let result = Tensor.empty(Array(shape.dropLast()) + [samples], .int64, device: device)
            let weights = detach().contiguous()
            try (generator ?? .default).withState { (state) throws(TensorError) in
                try device.backend.sampleCategories(weights, &state, replacement: replacement, into: result)
            }
            return result
        }
    }
}

extension RandomRule {
    static func weights(_ weights: Tensor, samples: Int, replacement: Bool) throws(TensorError) {
        guard weights.rank == 1 || weights.rank == 2 else {
            throw TensorError("weights have 1 or 2 dimensions, not \(weights.rank)")
        }
        guard weights.dtype.isFloatingPoint else {
            throw TensorError("weights are floating-point numbers, not \(weights.dtype.name)")
        }
        let categories = weights.shape[weights.rank - 1]
        guard samples > 0 else { throw TensorError("cannot draw \(samples) samples") }
        guard replacement || samples <= categories else {
            throw TensorError("cannot draw \(samples) of \(categories) categories without replacement")
        }
        guard categories > 0, categories < 1 << 24 else {
            throw TensorError("the number of categories must be 1 to 2^24, got \(categories)")
        }
    }
}
