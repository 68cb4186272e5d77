import Synchronization

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
        return Operator(name, saving: [.inputs, .outputs], takesComplex: true, forward: forward, backward: backward)(inputs)
    }
}

/// A function with a gradient written by hand that keeps tensors of its own for it, which it would otherwise compute twice.
/// PyTorch: `torch.autograd.Function` with `ctx.save_for_backward` and `ctx.saved_tensors`.
///
/// ```swift
/// struct Softsign: SavingFunction {
///     func forward(_ inputs: [Tensor]) -> (outputs: [Tensor], saved: [Tensor]) {
///         let denominator = inputs[0].abs() + 1.0
///         return ([inputs[0] / denominator], [denominator])
///     }
///     func backward(_ inputs: [Tensor], saved: [Tensor], _ cotangents: [Tensor]) -> [Tensor?] { [cotangents[0] / saved[0].square()] }
/// }
/// ```
public protocol SavingFunction: Sendable {
    /// The outputs, and what the gradient needs besides the inputs. Runs without recording.
    func forward(_ inputs: [Tensor]) -> (outputs: [Tensor], saved: [Tensor])

    /// One cotangent per input, nil where there is none. Second derivatives flow through `inputs` and `cotangents`, not through `saved`: a
    /// function that is to have them computes from the inputs.
    func backward(_ inputs: [Tensor], saved: [Tensor], _ cotangents: [Tensor]) -> [Tensor?]
}

extension SavingFunction {
    /// Applies the function to `inputs`.
    public func callAsFunction(_ inputs: Tensor...) -> [Tensor] { callAsFunction(inputs) }

    /// Applies the function to an array of inputs.
    public func callAsFunction(_ inputs: [Tensor]) -> [Tensor] {
        // What is saved follows the outputs of the recorded call, and is released with them.
        let outputCount = OutputCount()
        let forward: Operator.Forward = { inputs, _ throws(TensorError) in
            let (outputs, saved) = noGrad { self.forward(inputs.map { $0.detach() }) }
            outputCount.value.store(outputs.count, ordering: .relaxed)
            return outputs + saved
        }
        let backward: Operator.Backward = { call in
            let count = outputCount.value.load(ordering: .relaxed)
            let saved = call.outputs.dropFirst(count).map { $0.detach() }
            return self.backward(call.inputs, saved: saved, (0..<count).map { call.cotangent($0) })
        }
        let operation = Operator(String(describing: Self.self), saving: [.inputs, .outputs], takesComplex: true, forward: forward,
                                 backward: backward)
        let results = operation(inputs)
        return Array(results.prefix(max(outputCount.value.load(ordering: .relaxed), 1)))
    }
}

/// How many results of a call are outputs; known when the function has run.
private final class OutputCount: Sendable {
    let value = Atomic(0)
}
