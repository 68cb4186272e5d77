import EmberTensor
import Synchronization

/// Called before a layer with its inputs; what it returns takes the inputs' place, nil leaves them.
public typealias ForwardPreHook = (_ module: Module, _ inputs: [Tensor]) -> [Tensor]?

/// Called after a layer with its inputs and its output; what it returns takes the output's place, nil leaves it.
public typealias ForwardHook = (_ module: Module, _ inputs: [Tensor], _ output: Tensor) -> Tensor?

/// Called in the backward pass with the gradients of a layer's input and output; what it returns takes the input's gradient's place.
public typealias BackwardHook = (_ module: Module, _ inputGradient: Tensor, _ outputGradient: Tensor) -> Tensor?

/// The hooks of a module; most have none.
final class ModuleHooks {
    var forwardPre: [(id: Int, hook: ForwardPreHook)] = []
    var forward: [(id: Int, hook: ForwardHook)] = []
    var backward: [(id: Int, hook: BackwardHook)] = []
    private var nextID = 0

    func newID() -> Int {
        nextID += 1
        return nextID
    }

    func remove(_ id: Int) {
        forwardPre.removeAll { $0.id == id }
        forward.removeAll { $0.id == id }
        backward.removeAll { $0.id == id }
    }
}

/// Takes a hook of a module away again.
public struct ModuleHookHandle {
    weak var hooks: ModuleHooks?
    let id: Int

    /// The hook is not called any more.
    public func remove() { hooks?.remove(id) }
}

extension Module {
    private final func ownHooks() -> ModuleHooks {
        if let hooks { return hooks }
        let fresh = ModuleHooks()
        hooks = fresh
        return fresh
    }

    /// Calls `hook` before every call of this layer. PyTorch: `Module.register_forward_pre_hook`.
    ///
    /// ``Layer``s run hooks by themselves. A module with a `callAsFunction` of its own runs them when that begins with ``prehooked(_:)``.
    @discardableResult
    public final func registerForwardPreHook(_ hook: @escaping ForwardPreHook) -> ModuleHookHandle {
        let hooks = ownHooks(), id = hooks.newID()
        hooks.forwardPre.append((id, hook))
        return ModuleHookHandle(hooks: hooks, id: id)
    }

    /// Calls `hook` after every call of this layer. PyTorch: `Module.register_forward_hook`.
    ///
    /// ``Layer``s run hooks by themselves. A module with a `callAsFunction` of its own runs them when that ends in ``hooked(_:_:)``.
    @discardableResult
    public final func registerForwardHook(_ hook: @escaping ForwardHook) -> ModuleHookHandle {
        let hooks = ownHooks(), id = hooks.newID()
        hooks.forward.append((id, hook))
        return ModuleHookHandle(hooks: hooks, id: id)
    }

    /// `inputs` after the hooks that run before a layer; free when there are none.
    public final func prehooked(_ inputs: [Tensor]) -> [Tensor] {
        guard let hooks, !hooks.forwardPre.isEmpty else { return inputs }
        return hooks.forwardPre.reduce(inputs) { $1.hook(self, $0) ?? $0 }
    }

    /// `output` after the forward hooks; free when there are none.
    public final func hooked(_ inputs: [Tensor], _ output: Tensor) -> Tensor {
        guard let hooks, !hooks.forward.isEmpty else { return output }
        return hooks.forward.reduce(output) { $1.hook(self, inputs, $0) ?? $0 }
    }
}

extension Layer {
    /// Calls `hook` in every backward pass through this layer whose input takes part in it, with the gradients of input and output.
    /// The pass must run on the thread of the forward pass.
    /// PyTorch: `Module.register_full_backward_hook`.
    @discardableResult
    public func registerBackwardHook(_ hook: @escaping BackwardHook) -> ModuleHookHandle {
        let hooks = self.hooks ?? ModuleHooks(), id = hooks.newID()
        self.hooks = hooks
        hooks.backward.append((id, hook))
        return ModuleHookHandle(hooks: hooks, id: id)
    }

    /// Applies the layer. PyTorch: `Module.__call__`.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        guard let hooks else { return forward(input) }
        var input = prehooked([input])[0]
        guard !hooks.backward.isEmpty, input.requiresGrad else { return hooked([input], forward(input)) }
        // Identities mark where the layer begins and ends: their cotangents are complete when the pass reaches them.
        let seen = SeenGradient()
        let confined = ThreadConfined((module: self, hooks: hooks.backward.map(\.hook)))
        input = LayerBoundary()(input)[0]
        input.registerHook { gradient in
            guard let outputGradient = seen.take() else { return nil }
            guard let (module, hooks) = confined.value else {
                ThreadConfined<Void>.error.report(in: "registerBackwardHook")
                return nil
            }
            return hooks.reduce(gradient) { $1(module, $0, outputGradient) ?? $0 }
        }
        let output = LayerBoundary()(hooked([input], forward(input)))[0]
        output.registerHook { gradient in
            seen.keep(gradient)
            return nil
        }
        return output
    }
}

/// The identity, as a vertex of the recorded graph.
private struct LayerBoundary: CustomFunction {
    func forward(_ inputs: [Tensor]) -> [Tensor] { [inputs[0].detach()] }
    func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ cotangents: [Tensor]) -> [Tensor?] { [cotangents[0]] }
}

/// The gradient of a layer's output, from when the backward pass enters the layer until it leaves it.
private final class SeenGradient: Sendable {
    private let gradient = Mutex<Tensor?>(nil)

    func keep(_ value: Tensor) { gradient.withLock { $0 = value } }
    func take() -> Tensor? { gradient.withLock { $0.take() } }
}
