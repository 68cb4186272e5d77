import EmberTensor

/// Connectionist temporal classification (Graves et al., 2006): the negative log probability of a label sequence, summed over all its
/// alignments with the input. PyTorch: `torch.nn.functional.ctc_loss`.
///
/// The recursion over time is that of section 4.1 of the paper, in logarithms, on all examples at once.
///
/// - Parameters:
///   - logProbabilities: (time, batch, classes) or (time, classes), from ``logSoftmax(_:_:)``.
///   - targets: class numbers (batch, longest target), or all targets one after the other (1-d).
///   - inputLengths: how many time steps of each example count.
///   - targetLengths: the lengths of the targets.
///   - blank: the class that stands for no label.
///   - reduction: `mean` divides each loss by its target's length first.
///   - zeroInfinity: makes losses zero that are infinite because the target does not fit into the input.
public func ctcLoss(_ logProbabilities: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int], blank: Int = 0,
                    reduction: Reduction = .mean, zeroInfinity: Bool = false) -> Tensor {
    composed("ctcLoss", [logProbabilities, targets]) { () throws(TensorError) in
        guard logProbabilities.rank == 3 || logProbabilities.rank == 2, logProbabilities.shape[0] > 0 else {
            throw TensorError("needs log probabilities (time, batch, classes) or (time, classes), not \(logProbabilities.shape)")
        }
        let isBatched = logProbabilities.rank == 3
        let x = isBatched ? logProbabilities : logProbabilities.unsqueeze(1)
        let alignment = try CTCAlignment(
            time: x.shape[0], batch: x.shape[1], classes: x.shape[2], targets: targets, inputLengths: inputLengths,
            targetLengths: targetLengths, blank: blank)
        var losses = x.dtype == .float32 || x.dtype == .float64
            ? alignmentLosses(x, alignment.problem) { alignment.losses($0) } : alignment.losses(x)
        if zeroInfinity {
            losses = Tensor.zeros([], dtype: losses.dtype).where(losses.detach() .== .infinity, else: losses)
        }
        switch reduction {
        case .none: return isBatched ? losses : losses.squeeze(0)
        case .sum: return losses.sum()
        case .mean: return (losses / Tensor(targetLengths.map { Double(max($0, 1)) }, dtype: losses.dtype)).mean()
        }
    }
}

/// Targets with blanks between and around their labels, for all examples side by side.
private struct CTCAlignment: Sendable {
    /// Stands for the logarithm of zero where an infinity would make NaN of derivatives.
    static let impossible = 1e30

    let time: Int, batch: Int
    let inputLengths: [Int], targetLengths: [Int]
    /// Positions of the longest extended target: 2 · length + 1.
    let positions: Int
    /// The class at each position, (batch, positions).
    let classes: [Int]
    /// Whether a position may be reached from two before: a label that differs from the one before it.
    let skips: [Bool]

    init(time: Int, batch: Int, classes count: Int, targets: Tensor, inputLengths: [Int], targetLengths: [Int],
         blank: Int) throws(TensorError) {
        guard inputLengths.count == batch, targetLengths.count == batch else {
            throw TensorError("\(batch) examples need as many input and target lengths, not \(inputLengths.count) and \(targetLengths.count)")
        }
        guard blank >= 0, blank < count else { throw TensorError("the blank \(blank) is out of range for \(count) classes") }
        if let length = inputLengths.first(where: { $0 < 0 || $0 > time }) {
            throw TensorError("the input length \(length) is out of range for \(time) time steps")
        }
        guard !targets.dtype.isFloatingPoint, targetLengths.allSatisfy({ $0 >= 0 }) else {
            throw TensorError("targets are class numbers, and their lengths not negative")
        }
        let numbers = targets.array(of: Int.self)
        let longest = targetLengths.max() ?? 0
        let starts: [Int]
        if targets.rank == 2 && targets.shape[0] == batch && targets.shape[1] >= longest {
            starts = (0..<batch).map { $0 * targets.shape[1] }
        } else {
            guard targets.rank == 1, numbers.count >= targetLengths.reduce(0, +) else {
                throw TensorError("targets of shape \(targets.shape) do not hold \(batch) targets of lengths \(targetLengths)")
            }
            var start = 0
            starts = targetLengths.map { length in defer { start += length }; return start }
        }
        self.time = time
        self.batch = batch
        self.inputLengths = inputLengths
        self.targetLengths = targetLengths
        positions = 2 * longest + 1
        var classes = [Int](repeating: blank, count: batch * positions), skips = [Bool](repeating: false, count: batch * positions)
        for n in 0..<batch {
            for k in 0..<targetLengths[n] {
                let label = numbers[starts[n] + k]
                guard label >= 0, label < count else { throw TensorError("class \(label) is out of range for \(count) classes") }
                classes[n * positions + 2 * k + 1] = label
                skips[n * positions + 2 * k + 1] = label != blank && k > 0 && label != numbers[starts[n] + k - 1]
            }
        }
        self.classes = classes
        self.skips = skips
    }

    var problem: AlignmentProblem {
        AlignmentProblem(positions: positions, labels: classes, skips: skips, inputLengths: inputLengths, targetLengths: targetLengths)
    }

    /// 1 for time steps that count, else 0: (time, batch, 1).
    func isInside(dtype: DType) -> Tensor {
        let steps = Tensor.arange(0, .int(time)).unsqueeze(1)
        return (steps .< Tensor(inputLengths).unsqueeze(0)).to(dtype).unsqueeze(2)
    }

    /// The negative log probabilities, (batch), infinite where a target does not fit.
    func losses(_ x: Tensor) -> Tensor {
        let sum = finiteLosses(x)
        // The derivative that PyTorch hands to log probabilities is the one that is right behind a softmax: it has exp(x) in it, whose
        // derivative through the softmax is zero. The value stays.
        let mass = (x.exp() * isInside(dtype: x.dtype)).sum(0, 2)
        let losses = sum + (mass - mass.detach())
        return Tensor.full(losses.shape, .double(.infinity), dtype: losses.dtype).where(losses.detach() .> Self.impossible / 2, else: losses)
    }

    /// The same with a large number for infinity.
    private func finiteLosses(_ x: Tensor) -> Tensor {
        let never = Tensor.full([], .double(-Self.impossible), dtype: x.dtype)
        let zero = Tensor.zeros([], dtype: x.dtype)
        let index = Tensor(classes, shape: [1, batch, positions]).expand([time, batch, positions])
        let emissions = x.gather(2, index).unbind(0)
        let skipCost = zero.where(Tensor(skips, shape: [batch, positions]), else: never)
        // An alignment starts with the first blank or the first label.
        let startCost = zero.where(Tensor.arange(0, .int(positions)) .< 2, else: never)
        var alpha = emissions[0] + startCost
        for t in 1..<max(time, 1) {
            let oneBack = pad(alpha, [1, -1], value: .double(-Self.impossible))
            let twoBack = positions > 2 ? pad(alpha, [2, -2], value: .double(-Self.impossible)) + skipCost : never.expand(alpha.shape)
            let next = (alpha.logAddExp(oneBack).logAddExp(twoBack) + emissions[t]).clamp(min: .double(-Self.impossible))
            let isInside = Tensor(inputLengths.map { t < $0 }, shape: [batch, 1])
            alpha = next.where(isInside, else: alpha)
        }
        // It ends with the last label or the blank behind it.
        let blanks = alpha.gather(1, Tensor(targetLengths.map { 2 * $0 }, shape: [batch, 1])).squeeze(1)
        let labels = alpha.gather(1, Tensor(targetLengths.map { max(2 * $0 - 1, 0) }, shape: [batch, 1])).squeeze(1)
        let total = blanks.logAddExp(labels).where(Tensor(targetLengths.map { $0 > 0 }), else: blanks)
        return -total
    }
}

/// ``ctcLoss(_:_:inputLengths:targetLengths:blank:reduction:zeroInfinity:)`` as a module. PyTorch: `torch.nn.CTCLoss`.
public final class CTCLoss: Module {
    public let blank: Int
    public let reduction: Reduction
    public let zeroInfinity: Bool

    public init(blank: Int = 0, reduction: Reduction = .mean, zeroInfinity: Bool = false) {
        self.blank = blank
        self.reduction = reduction
        self.zeroInfinity = zeroInfinity
    }

    public func callAsFunction(_ logProbabilities: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int]) -> Tensor {
        hooked([logProbabilities, targets], ctcLoss(
            logProbabilities, targets, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank, reduction: reduction,
            zeroInfinity: zeroInfinity))
    }
}
