import EmberTensor

/// The limited-memory BFGS method (Liu & Nocedal, 1989), for full batches: ``step(_:)`` calls its closure several times.
/// One group only. PyTorch: `torch.optim.LBFGS`.
public final class LBFGS: Optimizer {
    /// How the length of a step along the direction is found.
    public enum LineSearch: String, Sendable {
        /// The learning rate is the length.
        case none
        /// A search for the strong Wolfe conditions.
        case strongWolfe
    }

    public let maxIterations: Int
    public let maxEvaluations: Int
    public let gradientTolerance: Double
    public let changeTolerance: Double
    public let historySize: Int
    public let lineSearch: LineSearch

    /// What one step leaves for the next: the last direction, step length and gradient, and pairs of changes for the inverse Hessian.
    private struct History {
        var iterations = 0
        var direction = Tensor.zeros([0])
        var step = 0.0
        var gradient = Tensor.zeros([0])
        var loss = 0.0
        var diagonal = 1.0
        var pairs: [(gradient: Tensor, step: Tensor, rho: Double)] = []
    }
    private var history = History()

    public init(_ parameters: [Parameter], learningRate: Double = 1, maxIterations: Int = 20, maxEvaluations: Int? = nil,
                gradientTolerance: Double = 1e-7, changeTolerance: Double = 1e-9, historySize: Int = 100, lineSearch: LineSearch = .none) {
        self.maxIterations = maxIterations
        self.maxEvaluations = maxEvaluations ?? maxIterations * 5 / 4
        self.gradientTolerance = gradientTolerance
        self.changeTolerance = changeTolerance
        self.historySize = max(historySize, 1)
        self.lineSearch = lineSearch
        super.init([ParameterGroup(parameters)], defaults: [.learningRate: learningRate])
    }

    /// L-BFGS needs the objective: use ``step(_:)``.
    override public func step() {
        TensorError("evaluates the objective itself; call step with a closure").report(in: "LBFGS.step")
    }

    private func flatGradient() -> Tensor {
        cat(parameters.map { ($0.gradient?.detach() ?? $0.value.detach().zerosLike()).reshape([$0.count]) })
    }

    /// Moves all parameters by a multiple of a flat vector.
    private func move(_ factor: Double, _ direction: Tensor) {
        var offset = 0
        for parameter in parameters {
            let part = direction.narrow(0, start: offset, count: parameter.count).reshape(parameter.shape)
            parameter.update { $0 += part * factor }
            offset += parameter.count
        }
    }

    private func dot(_ a: Tensor, _ b: Tensor) -> Double { (a * b).sum().item() }
    private func largest(_ a: Tensor) -> Double { a.count == 0 ? 0 : a.abs().max().item() }

    @discardableResult
    override public func step(_ closure: () -> Tensor) -> Tensor {
        let objective = enableGrad(closure)
        noGrad { iterate(objective.detach().item(), closure) }
        return objective
    }

    private func iterate(_ firstLoss: Double, _ closure: () -> Tensor) {
        var loss = firstLoss, gradient = flatGradient(), evaluations = 1
        guard largest(gradient) > gradientTolerance else { return }
        for iteration in 1...max(maxIterations, 1) {
            history.iterations += 1
            let isFirst = history.iterations == 1
            let direction = isFirst ? -gradient : newDirection(gradient)
            let previousLoss = loss
            history.direction = direction
            history.gradient = gradient
            history.loss = loss
            history.step = isFirst ? min(1, 1 / (gradient.abs().sum().item() as Double)) * learningRate : learningRate
            let slope = dot(gradient, direction)
            if slope > -changeTolerance { break }
            switch lineSearch {
            case .strongWolfe:
                let search = StrongWolfe(smallestChange: changeTolerance, largestCount: maxEvaluations - evaluations)
                let start = StrongWolfe.Point(step: 0, loss: loss, gradient: gradient, slope: slope)
                let values = parameters.map { $0.value.detach() }
                let (found, count) = search.search(from: start, firstStep: history.step, scale: largest(direction)) { step in
                    move(step, direction)
                    let loss: Double = enableGrad(closure).detach().item()
                    let gradient = flatGradient()
                    for (parameter, value) in zip(parameters, values) { parameter.value = value }
                    return .init(step: step, loss: loss, gradient: gradient, slope: dot(gradient, direction))
                }
                history.step = found.step
                loss = found.loss
                gradient = found.gradient
                evaluations += count
                move(history.step, direction)
            case .none:
                move(history.step, direction)
                // After the last step nobody would use the new value.
                if iteration == maxIterations { break }
                loss = enableGrad(closure).detach().item()
                gradient = flatGradient()
                evaluations += 1
            }
            if iteration == maxIterations || evaluations >= maxEvaluations || largest(gradient) <= gradientTolerance
                || largest(direction) * abs(history.step) <= changeTolerance || abs(loss - previousLoss) < changeTolerance { break }
        }
    }

    /// The two-loop recursion (Nocedal & Wright, algorithm 7.4) after taking in the last change.
    private func newDirection(_ gradient: Tensor) -> Tensor {
        let change = gradient - history.gradient, step = history.direction * history.step
        let curvature = dot(change, step)
        if curvature > 1e-10 {
            if history.pairs.count == historySize { history.pairs.removeFirst() }
            history.pairs.append((change, step, 1 / curvature))
            history.diagonal = curvature / dot(change, change)
        }
        var direction = -gradient
        var factors: [Double] = []
        for pair in history.pairs.reversed() {
            factors.append(dot(pair.step, direction) * pair.rho)
            direction -= pair.gradient * (factors.last ?? 0)
        }
        direction *= history.diagonal
        for (pair, factor) in zip(history.pairs, factors.reversed()) {
            direction += pair.step * (factor - dot(pair.gradient, direction) * pair.rho)
        }
        return direction
    }

    override public func stateDict() -> OptimizerState {
        var state = super.stateDict()
        guard history.iterations > 0 else { return state }
        state.values["0.step"] = Double(history.iterations)
        state.values["0.t"] = history.step
        state.values["0.prev_loss"] = history.loss
        state.values["0.H_diag"] = history.diagonal
        state.tensors["0.d"] = history.direction
        state.tensors["0.prev_flat_grad"] = history.gradient
        for (i, pair) in history.pairs.enumerated() {
            state.tensors["0.old_dirs.\(i)"] = pair.gradient
            state.tensors["0.old_stps.\(i)"] = pair.step
            state.values["0.ro.\(i)"] = pair.rho
        }
        return state
    }

    override public func loadStateDict(_ state: OptimizerState) throws {
        try super.loadStateDict(state)
        memories = memories.map { _ in OptimizerMemory() }
        history = History()
        guard let iterations = state.values["0.step"] else { return }
        guard let direction = state.tensors["0.d"], let gradient = state.tensors["0.prev_flat_grad"] else {
            throw OptimizerStateError(description: "the state lacks the last direction or gradient")
        }
        let count = parameters.reduce(0) { $0 + $1.count }
        guard direction.shape == [count], gradient.shape == [count] else {
            throw OptimizerStateError(description: "the state is of \(direction.count) numbers, the parameters have \(count)")
        }
        history = History(iterations: Int(iterations), direction: direction, step: state.values["0.t"] ?? 0, gradient: gradient,
                          loss: state.values["0.prev_loss"] ?? 0, diagonal: state.values["0.H_diag"] ?? 1)
        var i = 0
        while let change = state.tensors["0.old_dirs.\(i)"], let step = state.tensors["0.old_stps.\(i)"], let rho = state.values["0.ro.\(i)"] {
            history.pairs.append((change, step, rho))
            i += 1
        }
    }

    override func isFreeShaped(_ name: String) -> Bool { true }
}
