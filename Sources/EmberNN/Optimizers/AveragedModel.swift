import EmberTensor

/// How an ``AveragedModel`` averages.
public enum WeightAveraging: Sendable {
    /// All states count alike: stochastic weight averaging (Izmailov et al., arXiv:1803.05407). PyTorch: `get_swa_avg_fn`.
    case mean
    /// average ← decay · average + (1 − decay) · parameter. PyTorch: `get_ema_avg_fn`.
    case exponential(decay: Double = 0.999)
}

/// The average of a model's parameters over the course of training. PyTorch: `torch.optim.swa_utils.AveragedModel`.
///
///     let averaged = AveragedModel(net)
///     for batch in loader { …; optimizer.step(); averaged.update() }
///     let accuracy = averaged.applied { evaluate(net) }
///
/// It holds values, no second model: ``applied(_:)`` runs the model itself with them.
public final class AveragedModel {
    public let model: Module
    public let averaging: WeightAveraging
    /// Whether buffers are averaged too; otherwise they are the model's own.
    public let usesBuffers: Bool
    /// The averages by path.
    public private(set) var average: StateDict
    /// How often ``update()`` was called. PyTorch: `n_averaged`.
    public private(set) var updateCount = 0

    public init(_ model: Module, averaging: WeightAveraging = .mean, usesBuffers: Bool = false) {
        self.model = model
        self.averaging = averaging
        self.usesBuffers = usesBuffers
        average = Self.state(model, usesBuffers)
    }

    private static func state(_ model: Module, _ usesBuffers: Bool) -> StateDict {
        let parameters = model.namedParameters().map { ($0.path, $0.parameter.value.detach()) }
        return StateDict(usesBuffers ? parameters + model.namedBuffers().map { ($0.path, $0.buffer.value.detach()) } : parameters)
    }

    private static let mix = ElementwiseUpdate("approach")

    /// Takes the model's present state into the average. PyTorch: `update_parameters`.
    public func update() {
        let share: Double = switch averaging {
        case .mean: 1 / Double(updateCount + 1)
        case .exponential(let decay): updateCount == 0 ? 1 : 1 - decay
        }
        for (path, value) in Self.state(model, usesBuffers) {
            guard updateCount > 0, value.dtype.isFloatingPoint, var mean = average[path] else { average[path] = value; continue }
            average[path] = nil
            mean.makeUnique()
            Self.mix.run([mean, value], scalars: [share])
            average[path] = mean
        }
        updateCount += 1
    }

    /// Runs `body` while the model has the averages as its parameters.
    public func applied<Result>(_ body: () throws -> Result) rethrows -> Result { try model.with(average, body) }

    /// Gives the model the averages for good.
    public func apply() throws { try model.loadStateDict(average, strict: false) }

    /// PyTorch's keys: `n_averaged`, and `module.` before those of the model.
    public func stateDict() -> StateDict {
        var state: StateDict = ["n_averaged": Tensor(updateCount)]
        for (path, value) in model.stateDict() { state["module." + path] = average[path] ?? value }
        return state
    }

    /// Takes over the averages of a state that ``stateDict()`` gave; the model itself stays as it is.
    public func loadStateDict(_ state: StateDict) throws {
        let values = state.under("module")
        let missing = average.keys.filter { values[$0] == nil }
        let misshapen = average.compactMap { path, mean in
            values[path].flatMap { $0.shape == mean.shape ? nil : (path: path, expected: mean.shape, found: $0.shape) }
        }
        guard missing.isEmpty, misshapen.isEmpty, let count = state["n_averaged"], count.count == 1 else {
            throw StateDictError(missing: missing + (state["n_averaged"] == nil ? ["n_averaged"] : []), unexpected: [], misshapen: misshapen)
        }
        for (path, mean) in average { average[path] = values[path]?.to(mean.dtype) }
        updateCount = count.item(as: Int.self)
    }
}

/// Computes the running statistics of all batch normalisations anew, as means over `batches`: after weights were averaged.
/// PyTorch: `torch.optim.swa_utils.update_bn`.
public func updateBatchNormStatistics(_ model: Module, _ batches: some Sequence<Tensor>, _ run: (Tensor) throws -> Void) rethrows {
    let layers = model.modules().compactMap { $0 as? BatchNormLayer }
    if layers.isEmpty { return }
    let modes = model.modules().map { ($0, $0.isTraining) }, momenta = layers.map(\.momentum)
    defer {
        for (module, mode) in modes { module.setMode(mode) }
        for (layer, momentum) in zip(layers, momenta) { layer.momentum = momentum }
    }
    model.train()
    for layer in layers {
        layer.resetRunningStatistics()
        layer.momentum = nil
    }
    try noGrad { for batch in batches { try run(batch) } }
}
