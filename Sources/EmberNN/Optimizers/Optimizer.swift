import EmberTensor

/// A number that a parameter group can have to itself. Switches are 0 or 1.
public enum Hyperparameter: String, Sendable, CaseIterable {
    case learningRate, weightDecay, maximize
    case momentum, dampening, nesterov
    case beta1, beta2, epsilon, amsgrad
    case momentumDecay, decoupledWeightDecay
    case rho, alpha, centered, learningRateDecay, initialAccumulator
    case lambda, averagingStart, averagingPower
    case etaMinus, etaPlus, stepMin, stepMax
    case beta2Decay, epsilon1, clipThreshold
    case newtonSchulzSteps, matchAdamWLearningRate
}

/// Parameters that are trained with the same numbers.
///
///     let groups = [
///         ParameterGroup(backbone.parameters(), [.learningRate: 1e-4]),
///         ParameterGroup(head.parameters()),
///     ]
///     let optimizer = AdamW(groups, learningRate: 1e-3)
public struct ParameterGroup {
    public var parameters: [Parameter]
    /// What differs from the optimiser's own numbers, when the group is given to one; all numbers, once it belongs to one.
    public var settings: [Hyperparameter: Double]
    /// The learning rate before the first schedule changed it.
    var initialLearningRate: Double?

    public init(_ parameters: [Parameter], _ settings: [Hyperparameter: Double] = [:]) {
        self.parameters = parameters
        self.settings = settings
    }

    public subscript(_ setting: Hyperparameter) -> Double {
        get { settings[setting] ?? 0 }
        set { settings[setting] = newValue }
    }

    func isOn(_ setting: Hyperparameter) -> Bool { self[setting] != 0 }
}

/// What an optimiser remembers of one parameter.
public struct OptimizerMemory: Sendable {
    /// How often the parameter was updated.
    public var step = 0
    /// Running averages and the like, by PyTorch's names.
    public var tensors: [String: Tensor] = [:]
    /// Single numbers.
    public var values: [String: Double] = [:]

    /// The tensor of that name, made by `initial` when there is none, with memory that nobody shares.
    mutating func exclusive(_ name: String, _ initial: () -> Tensor) -> Tensor {
        if tensors[name] == nil { tensors[name] = initial() }
        tensors[name]?.makeUnique()
        return tensors[name] ?? initial()
    }
}

/// The state of an optimiser or a schedule, flat, as a checkpoint stores it: tensors such as "0.exp_avg" (parameter 0), numbers such as
/// "0.step" and "groups.0.learningRate".
public struct OptimizerState: Sendable {
    public var tensors: [String: Tensor]
    public var values: [String: Double]

    public init(tensors: [String: Tensor] = [:], values: [String: Double] = [:]) {
        self.tensors = tensors
        self.values = values
    }
}

/// A state does not belong to this optimiser.
public struct OptimizerStateError: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// What changes parameters along their gradients. PyTorch: `torch.optim.Optimizer`.
///
/// A subclass overrides ``update(_:gradient:memory:settings:)``, which may be plain tensor algebra:
///
///     final class SignDescent: Optimizer {
///         init(_ parameters: [Parameter], learningRate: Double) {
///             super.init([ParameterGroup(parameters)], defaults: [.learningRate: learningRate])
///         }
///         override func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
///             parameter.update { $0 -= gradient.sign() * settings[.learningRate] }
///         }
///     }
open class Optimizer {
    /// The groups with all their numbers.
    public internal(set) final var groups: [ParameterGroup] = []
    /// What is remembered, in the order of ``parameters``.
    final var memories: [OptimizerMemory] = []
    private final let defaults: [Hyperparameter: Double]
    /// What the parameters asked so far are to be updated with; nil outside ``step()``.
    private final var pendingUpdates: [(rule: ElementwiseUpdate, calls: [ElementwiseUpdate.Call])]?

    /// - Parameter defaults: every number that the optimiser knows, for groups that do not set it.
    public init(_ groups: [ParameterGroup], defaults: [Hyperparameter: Double]) {
        self.defaults = defaults
        for group in groups { add(group) }
    }

    /// The parameters of all groups, in order.
    public final var parameters: [Parameter] { groups.flatMap(\.parameters) }

    /// Takes on more parameters. PyTorch: `Optimizer.add_param_group`.
    public final func add(_ group: ParameterGroup) {
        var known = Set(parameters.map(ObjectIdentifier.init))
        for parameter in group.parameters where !known.insert(ObjectIdentifier(parameter)).inserted {
            TensorError("a parameter of shape \(parameter.shape) appears more than once; each belongs to one group")
                .report(in: "\(Self.self)")
            return
        }
        for setting in group.settings.keys where defaults[setting] == nil {
            TensorError("has no \(setting.rawValue)").report(in: "\(Self.self)")
            return
        }
        for (setting, value) in defaults.merging(group.settings, uniquingKeysWith: { $1 }) where !Self.isAllowed(setting, value) {
            TensorError("\(setting.rawValue) cannot be \(value)").report(in: "\(Self.self)")
            return
        }
        groups.append(ParameterGroup(group.parameters, defaults.merging(group.settings) { $1 }))
        memories += [OptimizerMemory](repeating: OptimizerMemory(), count: group.parameters.count)
    }

    private static func isAllowed(_ setting: Hyperparameter, _ value: Double) -> Bool {
        switch setting {
        case .learningRate, .weightDecay, .momentum, .epsilon, .alpha, .learningRateDecay, .initialAccumulator: value >= 0
        case .beta1, .beta2: value >= 0 && value < 1
        case .rho: value >= 0 && value <= 1
        case .etaMinus: value > 0 && value < 1
        case .etaPlus: value > 1
        default: !value.isNaN
        }
    }

    /// The learning rate of the first group; setting it changes all groups.
    public final var learningRate: Double {
        get { groups.first?[.learningRate] ?? 0 }
        set { for i in groups.indices { groups[i][.learningRate] = newValue } }
    }

    /// A number of one group.
    public final subscript(group: Int, setting: Hyperparameter) -> Double {
        get { groups[group][setting] }
        set { groups[group][setting] = newValue }
    }

    /// Whether this kind of optimiser knows the number.
    public final func has(_ setting: Hyperparameter) -> Bool { defaults[setting] != nil }

    /// Drops the gradients of all parameters. PyTorch: `Optimizer.zero_grad`.
    public final func zeroGrad() {
        for group in groups { for parameter in group.parameters { parameter.gradient = nil } }
    }

    /// Updates every parameter that has a gradient, in place where nobody else holds its memory. PyTorch: `Optimizer.step`.
    open func step() {
        Profiler.record("\(Self.self).step") { noGrad { updateAll() } }
    }

    private func updateAll() {
        pendingUpdates = []
        defer { pendingUpdates = nil }
        var i = 0
        for group in groups {
            for parameter in group.parameters {
                if let gradient = parameter.sparseGradient {
                    memories[i].step += 1
                    update(parameter, sparseGradient: gradient.detach(), memory: &memories[i], settings: group)
                } else if let gradient = parameter.gradient, !gradient.isInert {
                    memories[i].step += 1
                    update(parameter, gradient: gradient.detach(), memory: &memories[i], settings: group)
                }
                i += 1
            }
        }
        for pending in pendingUpdates ?? [] { pending.rule.run(pending.calls) }
    }

    /// Runs a rule on a parameter, its gradient and its state, each with memory of its own. Within ``step()`` it is put off until all
    /// parameters were asked, so that they are updated as one piece of work; an ``update(_:gradient:memory:settings:)`` ends with it.
    final func apply(_ rule: ElementwiseUpdate, to operands: [Tensor], scalars: [Double]) {
        let call = ElementwiseUpdate.Call(operands, scalars: scalars)
        guard pendingUpdates != nil else { return rule.run([call]) }
        if let i = pendingUpdates?.firstIndex(where: { $0.rule.name == rule.name }) {
            pendingUpdates?[i].calls.append(call)
        } else {
            pendingUpdates?.append((rule, [call]))
        }
    }

    /// ``step()`` after computing the objective; `closure` clears the gradients, computes the loss and calls its `backward()`.
    /// Line-search methods call it several times. PyTorch: `Optimizer.step(closure)`.
    @discardableResult
    open func step(_ closure: () -> Tensor) -> Tensor {
        let loss = enableGrad(closure)
        step()
        return loss
    }

    /// One parameter's step. Recording is off; `memory.step` already counts this one.
    open func update(_ parameter: Parameter, gradient: Tensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        preconditionFailure("\(type(of: self)) must override update")
    }

    /// The same for a sparse gradient. Optimisers that can leave the other rows alone override it; for the rest it is a dense one.
    open func update(_ parameter: Parameter, sparseGradient: SparseTensor, memory: inout OptimizerMemory, settings: ParameterGroup) {
        update(parameter, gradient: sparseGradient.toDense(), memory: &memory, settings: settings)
    }

    // MARK: State

    /// Everything that a later run needs to go on as if it had not stopped. Costs no copy. PyTorch: `Optimizer.state_dict`.
    open func stateDict() -> OptimizerState {
        var state = OptimizerState()
        for (i, memory) in memories.enumerated() where memory.step > 0 || !memory.tensors.isEmpty {
            state.values["\(i).step"] = Double(memory.step)
            for (name, tensor) in memory.tensors { state.tensors["\(i).\(name)"] = tensor }
            for (name, value) in memory.values { state.values["\(i).\(name)"] = value }
        }
        for (g, group) in groups.enumerated() {
            state.values["groups.\(g).count"] = Double(group.parameters.count)
            if let rate = group.initialLearningRate { state.values["groups.\(g).initialLearningRate"] = rate }
            for (setting, value) in group.settings { state.values["groups.\(g).\(setting.rawValue)"] = value }
        }
        return state
    }

    /// Takes over a state that ``stateDict()`` gave for groups of the same sizes. PyTorch: `Optimizer.load_state_dict`.
    open func loadStateDict(_ state: OptimizerState) throws {
        for (g, group) in groups.enumerated() {
            guard let count = state.values["groups.\(g).count"] else {
                throw OptimizerStateError(description: "the state has no group \(g)")
            }
            guard count == Double(group.parameters.count) else {
                throw OptimizerStateError(description: "group \(g) has \(group.parameters.count) parameters, the state's \(Int(count))")
            }
        }
        if state.values["groups.\(groups.count).count"] != nil {
            throw OptimizerStateError(description: "the state has more than the optimiser's \(groups.count) groups")
        }
        var loaded = [OptimizerMemory](repeating: OptimizerMemory(), count: memories.count)
        for (key, tensor) in state.tensors {
            guard let (i, name) = Self.split(key, count: loaded.count) else {
                throw OptimizerStateError(description: "\(key) belongs to none of the \(loaded.count) parameters")
            }
            loaded[i].tensors[name] = tensor
        }
        for (key, value) in state.values where !key.hasPrefix("groups.") {
            guard let (i, name) = Self.split(key, count: loaded.count) else {
                throw OptimizerStateError(description: "\(key) belongs to none of the \(loaded.count) parameters")
            }
            if name == "step" { loaded[i].step = Int(value) } else { loaded[i].values[name] = value }
        }
        for (i, parameter) in parameters.enumerated() {
            for (name, tensor) in loaded[i].tensors where tensor.shape != parameter.shape && !isFreeShaped(name) {
                throw OptimizerStateError(
                    description: "\(i).\(name) has shape \(tensor.shape), the parameter \(parameter.shape)")
            }
        }
        memories = loaded
        for g in groups.indices {
            groups[g].initialLearningRate = state.values["groups.\(g).initialLearningRate"] ?? groups[g].initialLearningRate
            for setting in defaults.keys {
                if let value = state.values["groups.\(g).\(setting.rawValue)"] { groups[g][setting] = value }
            }
        }
    }

    /// Whether a remembered tensor need not have its parameter's shape.
    func isFreeShaped(_ name: String) -> Bool { false }

    private static func split(_ key: String, count: Int) -> (Int, String)? {
        guard let dot = key.firstIndex(of: "."), let i = Int(key[..<dot]), i >= 0, i < count else { return nil }
        return (i, String(key[key.index(after: dot)...]))
    }
}

extension Double {
    /// A switch among numbers.
    init(_ isOn: Bool) { self = isOn ? 1 : 0 }
}
