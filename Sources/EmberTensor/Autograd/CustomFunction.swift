/// A function with a gradient written by hand. PyTorch: `torch.autograd.Function`.
///
/// ```swift
/// struct Clip: CustomFunction {
///     let limit: Double
///     func forward(_ inputs: [Tensor]) -> [Tensor] { [inputs[0].clamp(min: .double(-limit), max: .double(limit))] }
///     func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ cotangents: [Tensor]) -> [Tensor?] { [cotangents[0]] }
/// }
/// let y = Clip(limit: 1)(x)[0]
/// ```
public protocol CustomFunction: Sendable {
    /// The outputs. Runs without recording: only ``backward(_:_:_:)`` says how gradients flow.
    func forward(_ inputs: [Tensor]) -> [Tensor]

    /// One cotangent per input, nil where there is none. Written in differentiable operators, it can itself be differentiated.
    func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ cotangents: [Tensor]) -> [Tensor?]
}

extension CustomFunction {
    /// Applies the function to `inputs`.
    public func callAsFunction(_ inputs: Tensor...) -> [Tensor] { callAsFunction(inputs) }

    /// Applies the function to an array of inputs.
    public func callAsFunction(_ inputs: [Tensor]) -> [Tensor] {
        let name = String(describing: Self.self)
        let forward: Operator.Forward = { inputs, _ throws(TensorError) in
            noGrad { self.forward(inputs.map { $0.detach() }) }
        }
        let backward: Operator.Backward = { call in
            self.backward(call.inputs, call.outputs, (0..<call.outputs.count).map { call.cotangent($0) })
        }
        return Operator(name, saving: [.inputs, .outputs], forward: forward, backward: backward)(inputs)
    }
}
