/// Normalisation to mean 0 and variance 1 over some dimensions, with scale and shift: what batch, layer, group and instance norm are over
/// different views of their input.
enum NormalizationRule {
    static func check(_ x: Tensor, _ parameters: [(name: String, tensor: Tensor?)], shape: Shape, takesComplex: Bool = false)
        throws(TensorError) {
        func isTaken(_ dtype: DType) -> Bool { dtype.isFloatingPoint || takesComplex && dtype.isComplex }
        guard isTaken(x.dtype) else { throw TensorError("takes floating-point tensors, not \(x.dtype.name)") }
        for (name, tensor) in parameters {
            guard let tensor else { continue }
            guard tensor.shape == shape else {
                throw TensorError("the \(name) has shape \(tensor.shape), it must be \(shape)")
            }
            guard isTaken(tensor.dtype) else { throw TensorError("the \(name) must be of a floating-point type, not \(tensor.dtype.name)") }
        }
    }

    static func channels(_ x: Tensor, atLeast rank: Int = 2) throws(TensorError) -> Int {
        guard x.rank >= rank else {
            throw TensorError("the input must have at least \(rank) dimensions, [batch, channels, …], got \(x.shape)")
        }
        return x.shape[1]
    }

    /// The type means and variances are kept in: 16-bit values are too coarse for them.
    static func statisticsType(_ dtype: DType) -> DType { dtype.size == 2 ? .float32 : dtype }
}

/// How x is seen by a normalisation over some of its dimensions.
enum NormalizationGeometry: Sendable {
    /// Rows of `n` adjacent elements, each normalised by itself; parameters change after every `segment` of them.
    case rows(count: Int, n: Int, segment: Int)
    /// [outer, channels, inner]: each channel is normalised over the others and has parameters of its own.
    case channels(outer: Int, channels: Int, inner: Int)

    /// The geometry, and x laid out for it. `dims` are the last ones, or all but dimension 1.
    static func of(_ x: Tensor, dims: [Int], segment: Int) -> (geometry: NormalizationGeometry, x: Tensor) {
        let n = dims.reduce(1) { $0 * x.shape[$1] }
        if dims.first == x.rank - dims.count {
            return (.rows(count: n == 0 ? 0 : x.count / n, n: n, segment: segment), x.contiguous())
        }
        let channels = x.shape[1]
        if !x.isContiguous && x.permute([0] + Array(2..<x.rank) + [1]).isContiguous {
            return (.channels(outer: n, channels: channels, inner: 1), x)
        }
        return (.channels(outer: x.shape[0], channels: channels, inner: x.count == 0 ? 0 : n / x.shape[0]), x.contiguous())
    }
}

/// A normalisation as backends are given it: values and parameters without history, laid out for the geometry.
struct NormalizationProblem {
    let geometry: NormalizationGeometry
    let x: Tensor
    let weight: Tensor?
    let bias: Tensor?
    /// How many numbers weight and bias have each.
    let parameterCount: Int
    let epsilon: Double
    /// Otherwise the mean counts as 0, and the variance is the mean square.
    let isCentred: Bool

    init(_ x: Tensor, weight: Tensor?, bias: Tensor?, _ attributes: Attributes) {
        (geometry, self.x) = NormalizationGeometry.of(x.detach(), dims: attributes.ints("dims"), segment: attributes.int("segment"))
        self.weight = weight?.detach().contiguous()
        self.bias = bias?.detach().contiguous()
        parameterCount = attributes.int("parameters")
        epsilon = attributes.double("epsilon")
        isCentred = attributes.bool("centred")
    }

    /// Memory laid out like x.
    func emptyLikeX() -> Tensor { Tensor.empty(x.shape, x.dtype, device: x.device, strides: x.isContiguous ? nil : x.strides) }

    /// The values of a tensor of x's shape in x's layout.
    func laidOut(_ tensor: Tensor) -> Tensor {
        if tensor.dtype == x.dtype && (x.isContiguous ? tensor.isContiguous : tensor.strides == x.strides) { return tensor }
        let copy = emptyLikeX()
        x.device.backend.copy(from: tensor, to: copy)
        return copy
    }
}

/// Inputs: x; weight and bias, in the type of the statistics and of shapes that broadcast to x (either may be absent: `weight`, `bias`).
/// Outputs: the result; mean and variance (divisor n), with the normalised dimensions of size 1.
private let normalizationOperator: Operator = Operator("normalization", saving: [.inputs, .laterOutputs], outputs: 3, forward: {
    inputs, attributes throws(TensorError) in
    let x = inputs[0], dims = attributes.ints("dims"), backend = x.device.backend
    let type = NormalizationRule.statisticsType(x.dtype), kept = ReductionRule.shape(x.shape, dims, keepDim: true)
    let mean = Tensor.empty(kept, type, device: x.device), variance = Tensor.empty(kept, type, device: x.device)
    let problem = NormalizationProblem(x, weight: attributes.bool("weight") ? inputs[1] : nil,
                                       bias: attributes.bool("bias") ? inputs[inputs.count - 1] : nil, attributes)
    let result = problem.emptyLikeX()
    if x.count == 0 {
        backend.variance(problem.x, dims: dims, correction: 0, standardDeviation: false, into: variance, mean: mean)
        return [result, mean, variance]
    }
    if case .channels = problem.geometry {
        backend.variance(problem.x, dims: dims, correction: 0, standardDeviation: false, into: variance, mean: mean)
    }
    backend.normalize(problem, into: result, mean: mean, variance: variance)
    return [result, mean, variance]
}, backward: normalizationGradient)

/// Normalises over `dims`; weight and bias are given the shape `affine` first, and change after every `segment` elements of a row.
private func normalized(_ x: Tensor, dims: [Int], weight: Tensor?, bias: Tensor?, affine: Shape, segment: Int, eps: Double,
                        isCentred: Bool = true) -> [Tensor] {
    let type = NormalizationRule.statisticsType(x.dtype)
    let parameters = [weight, bias].compactMap { $0 }.map { parameter in
        let shaped = parameter.reshape(affine)
        return shaped.dtype == type ? shaped : shaped.to(type)
    }
    return normalizationOperator([x] + parameters, [
        "dims": .ints(dims), "epsilon": .double(eps), "weight": .bool(weight != nil), "bias": .bool(bias != nil),
        "segment": .int(max(segment, 1)), "parameters": .int(ShapeRule.count(affine)), "centred": .bool(isCentred),
    ])
}

/// Shape [1, channels, 1, …], which broadcasts a value per channel.
private func perChannel(_ channels: Int, _ rank: Int) -> Shape { [1, channels] + [Int](repeating: 1, count: rank - 2) }

/// Batch normalisation over all dimensions but the second ([batch, channels, …]), with the batch's own statistics in training and the
/// running ones otherwise. Running statistics are not changed: ``batchNormWithStatistics(_:weight:bias:eps:)`` returns what to mix into them.
/// Ioffe and Szegedy 2015. PyTorch: `torch.nn.functional.batch_norm`.
public func batchNorm(_ x: Tensor, runningMean: Tensor?, runningVar: Tensor?, weight: Tensor? = nil, bias: Tensor? = nil,
                      training: Bool = false, eps: Double = 1e-5) -> Tensor {
    // Nothing to normalise, whatever the dimensions.
    if x.rank == 1 && x.count == 0 { return x.clone() }
    if training { return batchNormWithStatistics(x, weight: weight, bias: bias, eps: eps).output }
    let operands = [x] + [runningMean, runningVar, weight, bias].compactMap { $0 }
    return composed("batchNorm", operands) { () throws(TensorError) in
        let channels = try NormalizationRule.channels(x)
        guard let runningMean, let runningVar else {
            throw TensorError("needs running mean and variance when not training")
        }
        try NormalizationRule.check(x, [("weight", weight), ("bias", bias), ("running mean", runningMean), ("running variance", runningVar)],
                                    shape: [channels])
        // Everything that is per channel is combined first, so that x is read once.
        let type = NormalizationRule.statisticsType(x.dtype)
        var scale = (runningVar.to(type) + eps).rsqrt()
        if let weight { scale = scale * weight.to(type) }
        var shift = -runningMean.to(type) * scale
        if let bias { shift = shift + bias.to(type) }
        let shape = perChannel(channels, x.rank)
        return multiplyAdd(x.to(type), scale.reshape(shape), shift.reshape(shape)).to(x.dtype)
    }
}

private let multiplyAddRow = ScalarOperator.named("multiply_add")
private func multiplyAdd(_ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor { multiplyAddRow(a, b, c) }

/// Batch normalisation with the batch's own statistics, and these: its mean and its variance with the divisor n - 1, per channel and
/// without history, which is what running statistics average: `running = (1 - momentum) · running + momentum · batch`.
/// PyTorch: `torch.nn.functional.batch_norm(training=True)`.
public func batchNormWithStatistics(_ x: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5)
    -> (output: Tensor, mean: Tensor, variance: Tensor) {
    let results = composed("batchNorm", [x] + [weight, bias].compactMap { $0 }, outputs: 3) { () throws(TensorError) in
        let channels = try NormalizationRule.channels(x)
        try NormalizationRule.check(x, [("weight", weight), ("bias", bias)], shape: [channels])
        let count = channels > 0 ? x.count / channels : 0
        guard count > 1 || x.count == 0 else {
            throw TensorError("needs more than one value per channel in training, got shape \(x.shape)")
        }
        let dims = [0] + Array(2..<x.rank)
        let all = normalized(x, dims: dims, weight: weight, bias: bias, affine: perChannel(channels, x.rank), segment: 1, eps: eps)
        // The recorded outputs are functions of x; running statistics are not.
        let variance = all[2].detach() * (Double(count) / Double(max(count - 1, 1)))
        return [all[0], all[1].detach().reshape([channels]), variance.reshape([channels])]
    }
    return (results[0], results[1], results[2])
}

/// Normalisation over the last dimensions, whose sizes are `normalizedShape`. Ba, Kiros and Hinton 2016.
/// PyTorch: `torch.nn.functional.layer_norm`.
public func layerNorm(_ x: Tensor, _ normalizedShape: Shape, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5) -> Tensor {
    layerNormWithStatistics(x, normalizedShape, weight: weight, bias: bias, eps: eps).output
}

/// ``layerNorm(_:_:weight:bias:eps:)`` with what it normalised by: the mean, and 1 / √(variance + eps), in which the normalised dimensions have
/// size 1. Their type is the weight's, or the input's. PyTorch: `torch.native_layer_norm`.
public func layerNormWithStatistics(_ x: Tensor, _ normalizedShape: Shape, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5)
    -> (output: Tensor, mean: Tensor, rstd: Tensor) {
    let results = composed("layerNorm", [x] + [weight, bias].compactMap { $0 }, outputs: 3) { () throws(TensorError) in
        try checkTail(x, normalizedShape)
        try NormalizationRule.check(x, [("weight", weight), ("bias", bias)], shape: normalizedShape)
        let dims = Array((x.rank - normalizedShape.count)..<x.rank)
        return normalized(x, dims: dims, weight: weight, bias: bias, affine: normalizedShape, segment: 1, eps: eps)
    }
    return withReciprocalDeviation(results, eps, weight?.dtype ?? x.dtype)
}

/// Output, mean and 1 / √(variance + eps) from output, mean and variance.
private func withReciprocalDeviation(_ results: [Tensor], _ eps: Double, _ dtype: DType) -> (output: Tensor, mean: Tensor, rstd: Tensor) {
    (results[0], results[1].to(dtype), (results[2] + eps).rsqrt().to(dtype))
}

private func checkTail(_ x: Tensor, _ normalizedShape: Shape) throws(TensorError) {
    guard !normalizedShape.isEmpty, Array(x.shape.suffix(normalizedShape.count)) == normalizedShape else {
        throw TensorError("the input's last dimensions must be \(normalizedShape), got shape \(x.shape)")
    }
}

/// Normalisation of each sample over groups of channels and all positions. Wu and He 2018. PyTorch: `torch.nn.functional.group_norm`.
public func groupNorm(_ x: Tensor, groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5) -> Tensor {
    groupNormWithStatistics(x, groups: groups, weight: weight, bias: bias, eps: eps).output
}

/// ``groupNorm(_:groups:weight:bias:eps:)`` with what it normalised by: mean and 1 / √(variance + eps), [batch, groups]. Their type is the
/// weight's, or the input's. PyTorch: `torch.native_group_norm`.
public func groupNormWithStatistics(_ x: Tensor, groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5)
    -> (output: Tensor, mean: Tensor, rstd: Tensor) {
    let results = composed("groupNorm", [x] + [weight, bias].compactMap { $0 }, outputs: 3) { () throws(TensorError) in
        let channels = try NormalizationRule.channels(x)
        guard groups > 0, channels % groups == 0 else {
            throw TensorError("\(channels) channels do not divide into \(groups) groups")
        }
        try NormalizationRule.check(x, [("weight", weight), ("bias", bias)], shape: [channels])
        let grouped = x.reshape([x.shape[0], groups, channels / groups] + x.shape[2...])
        let affine = [1, groups, channels / groups] + [Int](repeating: 1, count: x.rank - 2)
        let all = normalized(grouped, dims: Array(2..<grouped.rank), weight: weight, bias: bias, affine: affine,
                             segment: ShapeRule.count(Array(x.shape[2...])), eps: eps)
        return [all[0].reshape(x.shape)] + all[1...].map { $0.reshape([x.shape[0], groups]) }
    }
    return withReciprocalDeviation(results, eps, weight?.dtype ?? x.dtype)
}

/// Normalisation of each channel of each sample over its positions; with `useInputStats` false, by running statistics as batch norm.
/// Ulyanov, Vedaldi and Lempitsky 2016. PyTorch: `torch.nn.functional.instance_norm`.
public func instanceNorm(_ x: Tensor, runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil, bias: Tensor? = nil,
                         useInputStats: Bool = true, eps: Double = 1e-5) -> Tensor {
    if !useInputStats { return batchNorm(x, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias, eps: eps) }
    return composed("instanceNorm", [x] + [weight, bias].compactMap { $0 }) { () throws(TensorError) in
        let channels = try NormalizationRule.channels(x, atLeast: 3)
        try NormalizationRule.check(x, [("weight", weight), ("bias", bias)], shape: [channels])
        guard ShapeRule.count(Array(x.shape[2...])) != 1 else {
            throw TensorError("needs more than one position per channel, got shape \(x.shape)")
        }
        return normalized(x, dims: Array(2..<x.rank), weight: weight, bias: bias, affine: perChannel(channels, x.rank),
                          segment: ShapeRule.count(Array(x.shape[2...])), eps: eps)[0]
    }
}

/// Division by the root of the mean square over the last dimensions; `eps` is the type's smallest increment to 1 unless given. Of complex
/// numbers that is the mean of z², not of |z|², as in PyTorch.
/// Zhang and Sennrich 2019. PyTorch: `torch.nn.functional.rms_norm`.
public func rmsNorm(_ x: Tensor, _ normalizedShape: Shape, weight: Tensor? = nil, eps: Double? = nil) -> Tensor {
    composed("rmsNorm", [x] + [weight].compactMap { $0 }) { () throws(TensorError) in
        try checkTail(x, normalizedShape)
        try NormalizationRule.check(x, [("weight", weight)], shape: normalizedShape, takesComplex: true)
        let type = NormalizationRule.statisticsType(x.dtype)
        let epsilon = eps ?? (type.realType == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne))
        let dims = Array((x.rank - normalizedShape.count)..<x.rank)
        if !x.dtype.isComplex, weight?.dtype.isComplex != true {
            return normalized(x, dims: dims, weight: weight, bias: nil, affine: normalizedShape, segment: 1, eps: epsilon,
                              isCentred: false)[0]
        }
        let values = x.to(type)
        let scale = (values.square().mean(dims, keepDim: true) + epsilon).rsqrt()
        let result = values * scale
        return (weight.map { result * $0.to(type) } ?? result).to(x.dtype)
    }
}

/// Division of each value by (k + alpha / size · Σ of squares over `size` neighbouring channels) to the power of beta.
/// Krizhevsky, Sutskever and Hinton 2012, section 3.3. PyTorch: `torch.nn.functional.local_response_norm`.
public func localResponseNorm(_ x: Tensor, size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) -> Tensor {
    let x = x.dtype.isFloatingPoint || x.count == 0 ? x : x.to(Tensor.defaultDType)
    return composed("localResponseNorm", [x]) { () throws(TensorError) in
        let channels = try NormalizationRule.channels(x, atLeast: 3)
        if x.count == 0 { return x }
        try NormalizationRule.check(x, [], shape: [])
        guard size > 0 else { throw TensorError("size must be at least 1, got \(size)") }
        // The sum over neighbouring channels as a product with a band matrix: one pass, and differentiable as such.
        let before = size / 2, after = (size - 1) / 2
        let row = Tensor.arange(0, .int(channels)).unsqueeze(1), column = Tensor.arange(0, .int(channels))
        let distance = column - row
        let band = (distance .>= Double(-before)).logicalAnd(distance .<= Double(after)).to(x.dtype)
        let squares = x.square().reshape([x.shape[0], channels, x.count / (x.shape[0] * channels)])
        let sums = band.matmul(squares).reshape(x.shape)
        return x / (sums * (alpha / Double(size)) + k).pow(beta)
    }
}

/// Vectors along `dim` divided by their p-norm, or by `eps` where that is larger. PyTorch: `torch.nn.functional.normalize`.
public func normalize(_ x: Tensor, p: Double = 2, dim: Int = 1, eps: Double = 1e-12) -> Tensor {
    composed("normalize", [x]) { () throws(TensorError) in
        try NormalizationRule.check(x, [], shape: [], takesComplex: true)
        let d = try ShapeRule.dim(dim, rank: x.rank)
        return x / x.vectorNorm(p, [d], keepDim: true).clamp(min: .double(eps))
    }
}
