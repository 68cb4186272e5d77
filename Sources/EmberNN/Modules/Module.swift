import EmberTensor

/// The base of layers and models: a class whose parameters, buffers and submodules are its stored properties. PyTorch: `torch.nn.Module`.
///
///     final class Net: Module {
///         let conv = Conv2d(1, 32, kernelSize: 3, padding: 1)
///         let out  = Linear(32 * 14 * 14, 10)
///         func callAsFunction(_ x: Tensor) -> Tensor {
///             out(maxPool2d(relu(conv(x)), 2).flatten(from: 1))
///         }
///     }
///
/// Nothing is registered: properties that are modules, ``Parameter``s, ``Buffer``s, or optionals, arrays, tuples and dictionaries of them are found
/// by reflection. A property's name in snake case is its path component (`runningMean` → `running_mean`), which makes
/// ``stateDict()`` equal to PyTorch's for the same layers; ``pathNames`` changes single names. The search is done once and kept until some
/// module, parameter or buffer is created anywhere. `lazy` properties are not searched.
///
/// A module is not `Sendable`: it is ordinary mutable state of the one thread that trains or evaluates it. Between threads go its values,
/// ``stateDict()``, and inside a thread each builds its own model from them.
///
/// Conform to ``Layer`` as well when the module maps one tensor to one tensor: then it can stand in ``Sequential`` and has forward hooks.
open class Module {
    /// Whether dropout drops and normalisation uses the batch's statistics. PyTorch: `Module.training`.
    public private(set) final var isTraining = true

    private final var listing: ModuleListing?
    final var hooks: ModuleHooks?

    public init() { ModuleGeneration.advance() }

    /// Path components for properties whose name in snake case is not the wanted one. An empty component lists the elements of that property at
    /// the module's own level, as ``Sequential`` does with its layers.
    open var pathNames: [String: String] { [:] }

    /// State beside parameters and buffers that belongs in a state dict, there at the path `_extra_state`; nil: none.
    /// PyTorch: `Module.get_extra_state`.
    open func extraState() -> Tensor? { nil }

    /// Takes over what ``extraState()`` gave. PyTorch: `Module.set_extra_state`.
    open func loadExtraState(_ state: Tensor) throws {}

    /// Called by ``train(_:)`` and ``eval()`` after the mode of this module changed.
    open func modeDidChange() {}

    /// What the module holds directly. Containers whose contents reflection cannot order override it.
    func members() -> [(name: String, member: ModuleMembers.Member)] { ModuleMembers(of: self).members }

    /// Parameters and persistent buffers under every path.
    final func stateMembers() -> [(path: String, member: ModuleMembers.Member)] { listed().state }

    private final func listed() -> ModuleListing {
        if let listing, listing.generation == ModuleGeneration.current { return listing }
        let fresh = ModuleListing(of: self)
        listing = fresh
        return fresh
    }

    // MARK: Parts

    /// All parameters, each once, in the order of ``namedParameters()``. PyTorch: `Module.parameters`.
    public final func parameters() -> [Parameter] { namedParameters().map(\.parameter) }

    /// All parameters with their paths; a shared one under its first path only. PyTorch: `Module.named_parameters`.
    public final func namedParameters() -> [(path: String, parameter: Parameter)] {
        var seen: Set<ObjectIdentifier> = []
        return listed().parameters.filter { seen.insert(ObjectIdentifier($0.parameter)).inserted }
    }

    /// All buffers with their paths. PyTorch: `Module.named_buffers`.
    public final func namedBuffers() -> [(path: String, buffer: Buffer)] {
        var seen: Set<ObjectIdentifier> = []
        return listed().buffers.filter { seen.insert(ObjectIdentifier($0.buffer)).inserted }
    }

    /// All buffers, each once. PyTorch: `Module.buffers`.
    public final func buffers() -> [Buffer] { namedBuffers().map(\.buffer) }

    /// This module (path "") and all below it, parents first. PyTorch: `Module.named_modules`.
    public final func namedModules() -> [(path: String, module: Module)] {
        var seen: Set<ObjectIdentifier> = []
        return listed().modules.filter { seen.insert(ObjectIdentifier($0.module)).inserted }
    }

    /// This module and all below it, parents first. PyTorch: `Module.modules`.
    public final func modules() -> [Module] { namedModules().map(\.module) }

    /// The modules that are properties of this one, with their names. PyTorch: `Module.named_children`.
    public final func namedChildren() -> [(name: String, module: Module)] {
        listedMembers().compactMap { name, member in
            if case .module(let module) = member { return (name, module) }
            return nil
        }
    }

    /// The module at a path; this one for "". PyTorch: `Module.get_submodule`.
    public final func module(at path: String) -> Module? { listed().modules.first { $0.path == path }?.module }

    /// The parameter at a path. PyTorch: `Module.get_parameter`.
    public final func parameter(at path: String) -> Parameter? { listed().parameters.first { $0.path == path }?.parameter }

    /// The parameters that are properties of this module itself.
    final func ownParameters() -> [Parameter] {
        listedMembers().compactMap { _, member in
            if case .parameter(let parameter) = member { return parameter }
            return nil
        }
    }

    /// The number of elements of all parameters, a shared one counted once.
    public final func parameterCount(trainableOnly: Bool = false) -> Int {
        parameters().reduce(0) { $0 + (trainableOnly && !$1.requiresGrad ? 0 : $1.count) }
    }

    /// Forgets what was found by reflection. Needed only after an assignment that gave a property a module which already existed when the model
    /// was last listed; creating modules or changing containers is noticed.
    public final func structureDidChange() { ModuleGeneration.advance() }

    // MARK: Mode

    /// Switches this module and all below it to training (or evaluation). PyTorch: `Module.train`.
    @discardableResult
    public final func train(_ training: Bool = true) -> Self {
        for module in modules() { module.setMode(training) }
        return self
    }

    /// Changes the mode of this module alone.
    final func setMode(_ training: Bool) {
        isTraining = training
        modeDidChange()
    }

    /// Switches to evaluation: no dropout, running statistics. PyTorch: `Module.eval`.
    @discardableResult
    public final func eval() -> Self { train(false) }

    /// Keeps the parameters (of this module and all below) from being trained. PyTorch: `Module.requires_grad_(False)`.
    @discardableResult
    public final func freeze() -> Self { requiresGrad(false) }

    /// Undoes ``freeze()``.
    @discardableResult
    public final func unfreeze() -> Self { requiresGrad(true) }

    private final func requiresGrad(_ value: Bool) -> Self {
        for parameter in parameters() { parameter.requiresGrad = value }
        return self
    }

    /// Drops all gradients. PyTorch: `Module.zero_grad`.
    public final func zeroGrad() {
        for (_, parameter) in listed().parameters { parameter.gradient = nil }
    }

    /// Calls `body` with every module below this one, then with this one. PyTorch: `Module.apply`.
    @discardableResult
    public final func apply(_ body: (Module) throws -> Void) rethrows -> Self {
        for module in modules().reversed() { try body(module) }
        return self
    }

    // MARK: Type

    /// Converts floating-point parameters and buffers to `dtype`; gradients are dropped, hooks too. PyTorch: `Module.to(dtype)`.
    @discardableResult
    public final func to(_ dtype: DType) -> Self {
        guard dtype.isFloatingPoint else {
            TensorError("a module's parameters must be of a floating-point type, not \(dtype.name)").report(in: "Module.to")
            return self
        }
        convert { $0.dtype.isFloatingPoint ? $0.to(dtype) : $0 }
        return self
    }

    /// Moves parameters and buffers to `device`; what is there already stays as it is. PyTorch: `Module.to(device)`.
    @discardableResult
    public final func to(_ device: Device) -> Self {
        let tensors = namedParameters().map(\.parameter.value) + namedBuffers().map(\.buffer.value)
        if tensors.contains(where: { $0.device != device }) { convert { $0.to(device) } }
        return self
    }

    private final func convert(_ conversion: (Tensor) -> Tensor) {
        noGrad {
            for (_, parameter) in namedParameters() { parameter.value = conversion(parameter.value.detach()) }
            for (_, buffer) in namedBuffers() { buffer.value = conversion(buffer.value) }
        }
    }
}
