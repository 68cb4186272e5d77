import EmberTensor

/// A module that maps one tensor to one tensor: what ``Sequential`` chains. Write ``forward(_:)``, call the layer itself.
///
///     final class Residual: Module, Layer {
///         let body = Sequential(Linear(8, 8), ReLU())
///         func forward(_ x: Tensor) -> Tensor { x + body(x) }
///     }
public protocol Layer: Module {
    /// The computation. Callers use `layer(x)`, which also runs the hooks.
    func forward(_ input: Tensor) -> Tensor
}
