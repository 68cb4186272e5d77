import EmberTensor

/// A module that maps one tensor to one tensor: what ``Sequential`` chains. Write ``forward(_:)``, call the layer itself.
///
///     final class Residual: Module, Layer {
///         let body = Sequential(Linear(8, 8), ReLU())
///         func forward(_ x: Tensor) -> Tensor { x + body(x) }
///     }
public protocol Layer: Module {
    /// The computation. Callers use `layer(x)`, which also runs the forward hooks.
    func forward(_ input: Tensor) -> Tensor
}

/// Called after a layer with its inputs and its output; what it returns takes the output's place, nil leaves it.
public typealias ForwardHook = (_ module: Module, _ inputs: [Tensor], _ output: Tensor) -> Tensor?

extension Layer {
    /// Applies the layer. PyTorch: `Module.__call__`.
    public func callAsFunction(_ input: Tensor) -> Tensor { hooked([input], forward(input)) }
}

/// Takes a forward hook away again.
public struct ForwardHookHandle {
    weak var module: Module?
    let id: Int

    /// The hook is not called any more.
    public func remove() { module?.forwardHooks.removeAll { $0.id == id } }
}

extension Module {
    /// Calls `hook` after every call of this layer. PyTorch: `Module.register_forward_hook`.
    ///
    /// ``Layer``s run hooks by themselves. A module with a `callAsFunction` of its own runs them when that ends in ``hooked(_:_:)``.
    @discardableResult
    public final func registerForwardHook(_ hook: @escaping ForwardHook) -> ForwardHookHandle {
        let id = (forwardHooks.last?.id ?? 0) + 1
        forwardHooks.append((id, hook))
        return ForwardHookHandle(module: self, id: id)
    }

    /// `output` after the forward hooks; free when there are none.
    public final func hooked(_ inputs: [Tensor], _ output: Tensor) -> Tensor {
        if forwardHooks.isEmpty { return output }
        return forwardHooks.reduce(output) { $1.hook(self, inputs, $0) ?? $0 }
    }
}
