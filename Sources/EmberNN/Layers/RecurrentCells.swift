import EmberTensor

/// The nonlinearity of a plain recurrent layer.
public enum RecurrentNonlinearity: String, Sendable { case tanh, relu }

/// One time step of each kind of recurrence, from the input's part of the gates (with its bias) and the state.
enum RecurrentStep {
    static func plain(_ input: Tensor, _ hidden: Tensor, _ weight: Tensor, _ bias: Tensor?, _ nonlinearity: RecurrentNonlinearity) -> Tensor {
        let sum = input + linear(hidden, weight, bias: bias)
        return nonlinearity == .tanh ? sum.tanh() : sum.relu()
    }

    /// Gates in PyTorch's order: input, forget, cell, output (Hochreiter & Schmidhuber, 1997). `projection` makes the hidden state of the
    /// output (Sak et al., arXiv:1402.1128).
    static func lstm(_ input: Tensor, _ hidden: Tensor, _ cell: Tensor, _ weight: Tensor, _ bias: Tensor?,
                     projection: Tensor?) -> (hidden: Tensor, cell: Tensor) {
        let gates = (input + linear(hidden, weight, bias: bias)).chunk(4, dim: -1)
        guard gates.count == 4 else { return (.inert, .inert) }
        let next = gates[1].sigmoid() * cell + gates[0].sigmoid() * gates[2].tanh()
        let output = gates[3].sigmoid() * next.tanh()
        return (projection.map { linear(output, $0) } ?? output, next)
    }

    /// Gates in PyTorch's order: reset, update, new (Cho et al., arXiv:1406.1078), the reset gate after the product.
    static func gru(_ input: Tensor, _ hidden: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
        let x = input.chunk(3, dim: -1), h = linear(hidden, weight, bias: bias).chunk(3, dim: -1)
        guard x.count == 3, h.count == 3 else { return .inert }
        let reset = (x[0] + h[0]).sigmoid(), update = (x[1] + h[1]).sigmoid()
        let new = (x[2] + reset * h[2]).tanh()
        return new + update * (hidden - new)
    }
}

/// What the recurrent cells share: one layer's weights for one step of time.
public class RecurrentCell: Module {
    /// (gates · hiddenSize, inputSize)
    @Parameter public var weightIh: Tensor
    /// (gates · hiddenSize, hiddenSize)
    @Parameter public var weightHh: Tensor
    /// (gates · hiddenSize)
    @OptionalParameter public var biasIh: Tensor?
    /// (gates · hiddenSize)
    @OptionalParameter public var biasHh: Tensor?
    public let inputSize: Int
    public let hiddenSize: Int

    fileprivate init(_ inputSize: Int, _ hiddenSize: Int, gates: Int, _ bias: Bool, _ dtype: DType?) {
        let bound = hiddenSize > 0 ? 1 / Double(hiddenSize).squareRoot() : 0
        func drawn(_ shape: Shape) -> Tensor { .uniform(shape, from: -bound, to: bound, dtype: dtype) }
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        weightIh = drawn([gates * hiddenSize, inputSize])
        weightHh = drawn([gates * hiddenSize, hiddenSize])
        biasIh = bias ? drawn([gates * hiddenSize]) : nil
        biasHh = bias ? drawn([gates * hiddenSize]) : nil
    }

    /// The input's part of the gates, and the states or zeros; checked.
    fileprivate func prepared(_ input: Tensor, _ states: [Tensor?]) throws(TensorError) -> (input: Tensor, states: [Tensor]) {
        guard input.rank == 1 || input.rank == 2, input.shape.last == inputSize else {
            throw TensorError("takes (batch, \(inputSize)) or (\(inputSize)), not \(input.shape)")
        }
        let shape = Array(input.shape.dropLast()) + [hiddenSize]
        var filled: [Tensor] = []
        for state in states {
            if let state, state.shape != shape { throw TensorError("the state has shape \(state.shape), the input asks for \(shape)") }
            filled.append(state ?? Tensor.zeros(shape, dtype: input.dtype))
        }
        return (linear(input, weightIh, bias: biasIh), filled)
    }
}

/// h′ = tanh(W x + b + W h + b): (batch, inputSize), (batch, hiddenSize) → (batch, hiddenSize). PyTorch: `torch.nn.RNNCell`.
public final class RNNCell: RecurrentCell {
    public let nonlinearity: RecurrentNonlinearity

    public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, nonlinearity: RecurrentNonlinearity = .tanh, dtype: DType? = nil) {
        self.nonlinearity = nonlinearity
        super.init(inputSize, hiddenSize, gates: 1, bias, dtype)
    }

    /// - Parameter hidden: zeros unless given.
    public func callAsFunction(_ input: Tensor, _ hidden: Tensor? = nil) -> Tensor {
        hooked([input], composed("RNNCell", [input] + [hidden].compactMap { $0 }) { () throws(TensorError) in
            let (x, states) = try prepared(input, [hidden])
            return RecurrentStep.plain(x, states[0], weightHh, biasHh, nonlinearity)
        })
    }
}

/// A long short-term memory's step. PyTorch: `torch.nn.LSTMCell`.
public final class LSTMCell: RecurrentCell {
    public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType? = nil) {
        super.init(inputSize, hiddenSize, gates: 4, bias, dtype)
    }

    /// - Parameter state: hidden and cell state (batch, hiddenSize), zeros unless given.
    public func callAsFunction(_ input: Tensor, _ state: (hidden: Tensor, cell: Tensor)? = nil) -> (hidden: Tensor, cell: Tensor) {
        let operands = [input] + (state.map { [$0.hidden, $0.cell] } ?? [])
        var cell = Tensor.inert
        let hidden = composed("LSTMCell", operands) { () throws(TensorError) in
            let (x, states) = try prepared(input, [state?.hidden, state?.cell])
            let next = RecurrentStep.lstm(x, states[0], states[1], weightHh, biasHh, projection: nil)
            cell = next.cell
            return next.hidden
        }
        return (hooked([input], hidden), cell)
    }
}

/// A gated recurrent unit's step. PyTorch: `torch.nn.GRUCell`.
public final class GRUCell: RecurrentCell {
    public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType? = nil) {
        super.init(inputSize, hiddenSize, gates: 3, bias, dtype)
    }

    /// - Parameter hidden: zeros unless given.
    public func callAsFunction(_ input: Tensor, _ hidden: Tensor? = nil) -> Tensor {
        hooked([input], composed("GRUCell", [input] + [hidden].compactMap { $0 }) { () throws(TensorError) in
            let (x, states) = try prepared(input, [hidden])
            return RecurrentStep.gru(x, states[0], weightHh, biasHh)
        })
    }
}
