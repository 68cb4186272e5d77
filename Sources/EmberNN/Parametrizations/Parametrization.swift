import EmberTensor

/// Computes a parameter from others of which training is free: a weight that stays symmetric, of unit norm, orthogonal.
/// PyTorch: a module given to `torch.nn.utils.parametrize.register_parametrization`.
///
///     final class Symmetric: Parametrization {
///         override func forward(_ originals: [Tensor]) -> Tensor { originals[0].triu() + originals[0].triu(1).mT }
///     }
///     parametrize(layer, "weight", by: Symmetric())
///
/// Subclasses with parameters or buffers declare them as any module does.
open class Parametrization: Module {
    /// The module whose mode counts when this one is not listed itself. In a structure, where reflection does not take it for a submodule.
    final var host = Host()

    struct Host {
        weak var module: Module?
    }

    override public init() {}

    /// Whether the parametrized layer is being trained.
    public final var isTrainingHost: Bool { (host.module ?? self).isTraining }

    /// The parameter's value, written in differentiable operators. It is computed at every use.
    open func forward(_ originals: [Tensor]) -> Tensor { originals[0] }

    /// Originals whose ``forward(_:)`` is `value`, or comes near it; as many as `forward` takes.
    open func rightInverse(_ value: Tensor) -> [Tensor] { [value] }

    /// Whether ``rightInverse(_:)`` is more than a start, so that values can be assigned to the parametrized parameter.
    open var isAssignable: Bool { true }
}

/// What a parametrized parameter is computed from: its originals, and the parametrizations one after the other.
///
/// PyTorch: `torch.nn.utils.parametrize.ParametrizationList`, a module at `parametrizations.weight` with the parameters `original`
/// (or `original0`, `original1` …) and the modules `0`, `1` …
final class ParametrizedValue: Module {
    /// The names under which the originals appear in a state dict.
    enum Naming {
        /// Those of `torch.nn.utils.parametrize`.
        case list
        /// The parameter's name with these endings, and for the parametrization's buffers with the names that those have:
        /// `weight_g`, `weight_v`. The older functions of `torch.nn.utils` name so.
        case suffixes([String])
    }

    let originals: [Parameter]
    private(set) var steps: [Parametrization]
    let naming: Naming

    init(_ originals: [Parameter], _ step: Parametrization, naming: Naming) {
        self.originals = originals
        steps = [step]
        self.naming = naming
    }

    func append(_ step: Parametrization) {
        steps.append(step)
        structureDidChange()
    }

    func computed() -> Tensor { steps.reduce(originals.map(\.value)) { [$1.forward($0)] }[0] }

    func assign(_ value: Tensor) {
        if let step = steps.first(where: { !$0.isAssignable }) {
            TensorError("no value can be assigned to a parameter computed by \(type(of: step))").report(in: "Parameter.value")
            return
        }
        noGrad {
            var values = [value.detach()]
            for step in steps.reversed() { values = values.flatMap { step.rightInverse($0) } }
            guard values.count == originals.count else {
                TensorError("the right inverse gives \(values.count) tensors for \(originals.count) originals").report(in: "parametrize")
                return
            }
            for (original, value) in zip(originals, values) { original.value = value }
        }
    }

    func listed(inPlaceOf name: String) -> [(name: String, member: ModuleMembers.Member)] {
        switch naming {
        case .list: [(ModuleMembers.joined("parametrizations", name), .module(self))]
        case .suffixes(let suffixes):
            zip(suffixes, originals).map { (name + $0, .parameter($1)) } + steps[0].members().map { (name + $0.name, $0.member) }
        }
    }

    override func members() -> [(name: String, member: ModuleMembers.Member)] {
        let single = originals.count == 1
        return originals.enumerated().map { (single ? "original" : "original\($0)", .parameter($1)) }
            + steps.enumerated().map { ("\($0)", .module($1)) }
    }
}

extension Module {
    /// The parameter that a property holds, also when it is parametrized and its originals are listed in its place.
    final func heldParameter(_ path: String) -> Parameter? {
        for (name, member) in members() {
            switch member {
            case .parameter(let parameter) where name == path: return parameter
            case .module(let module) where name.isEmpty: if let found = module.heldParameter(path) { return found }
            case .module(let module) where path.hasPrefix(name + "."):
                if let found = module.heldParameter(String(path.dropFirst(name.count + 1))) { return found }
            default: continue
            }
        }
        return nil
    }

    /// Puts `parametrization` between the parameter at `path` and its users.
    func reparametrize(_ path: String, _ parametrization: Parametrization, naming: ParametrizedValue.Naming, caller: String) {
        guard let parameter = heldParameter(path) else {
            TensorError("\(type(of: self)) has no parameter \(path)").report(in: caller)
            return
        }
        if let origin = parameter.origin {
            guard case .list = naming, case .list = origin.naming else {
                TensorError("\(path) of \(type(of: self)) is computed from other parameters already").report(in: caller)
                return
            }
            let value = noGrad { parameter.value.detach() }
            parametrization.train(isTraining)
            origin.append(parametrization)
            origin.assign(value)
            return
        }
        parametrization.train(isTraining)
        if case .suffixes = naming { parametrization.host.module = self }
        let trained = parameter.requiresGrad
        let values = noGrad { parametrization.rightInverse(parameter.value.detach()) }
        let originals = values.map { Parameter($0, requiresGrad: trained) }
        parameter.origin = ParametrizedValue(originals, parametrization, naming: naming)
    }

    /// Makes the parameter at `path` free again.
    func unparametrize(_ path: String, keepingComputedValue: Bool, caller: String, where isRight: (Parametrization) -> Bool = { _ in true }) {
        guard let parameter = heldParameter(path), let origin = parameter.origin, origin.steps.contains(where: isRight) else {
            TensorError("\(path) of \(type(of: self)) is not parametrized so").report(in: caller)
            return
        }
        // In evaluation, lest the last look at the value change it once more.
        for step in origin.steps { step.host.module = nil }
        origin.train(false)
        let value = noGrad { keepingComputedValue ? origin.computed().detach() : origin.originals[0].value.detach() }
        let trained = origin.originals[0].requiresGrad
        parameter.origin = nil
        parameter.value = value
        parameter.requiresGrad = trained
    }
}

/// Makes the parameter at `path` of a module a function of other parameters; several calls chain, the latest outermost.
/// The state dict then has `parametrizations.weight.original` in the place of `weight`. Optimisers must be made afterwards.
/// PyTorch: `torch.nn.utils.parametrize.register_parametrization`.
@discardableResult
public func parametrize<M: Module>(_ module: M, _ path: String, by parametrization: Parametrization) -> M {
    module.reparametrize(path, parametrization, naming: .list, caller: "parametrize")
    return module
}

/// Whether the parameter at `path`, or any that is directly the module's, is parametrized. PyTorch: `torch.nn.utils.parametrize.is_parametrized`.
public func isParametrized(_ module: Module, _ path: String? = nil) -> Bool {
    if let path { return module.heldParameter(path)?.origin != nil }
    return module.members().contains { _, member in
        if case .parameter(let parameter) = member { return parameter.origin != nil }
        return false
    }
}

/// Makes the parameter at `path` free again, with its computed value, or with that of its only original.
/// PyTorch: `torch.nn.utils.parametrize.remove_parametrizations`.
@discardableResult
public func removeParametrizations<M: Module>(_ module: M, _ path: String, leaveParametrized: Bool = true) -> M {
    module.unparametrize(path, keepingComputedValue: leaveParametrized, caller: "removeParametrizations")
    return module
}
