import EmberTensor

/// What the recurrent layers share: weights of every layer and direction under PyTorch's names (`weight_ih_l0`, `bias_hh_l1_reverse`), and
/// the way of a sequence through them. Use ``RNN``, ``LSTM``, ``GRU``.
public class RecurrentLayer: Module {
    /// All weights by name.
    public let weights: ParameterDict
    public let inputSize: Int
    public let hiddenSize: Int
    public let layers: Int
    public let batchFirst: Bool
    public let dropoutRate: Double
    public let isBidirectional: Bool
    /// The size of the hidden state after projection; 0: none.
    public let projectionSize: Int

    override public var pathNames: [String: String] { ["weights": ""] }

    fileprivate init(gates: Int, _ inputSize: Int, _ hiddenSize: Int, _ layers: Int, _ bias: Bool, _ batchFirst: Bool, _ dropout: Double,
                     _ bidirectional: Bool, projectionSize: Int = 0, _ dtype: DType?) {
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        self.layers = layers
        self.batchFirst = batchFirst
        dropoutRate = dropout
        isBidirectional = bidirectional
        self.projectionSize = projectionSize
        weights = ParameterDict()
        super.init()
        let bound = hiddenSize > 0 ? 1 / Double(hiddenSize).squareRoot() : 0
        let outputSize = projectionSize > 0 ? projectionSize : hiddenSize
        for layer in 0..<layers {
            let width = layer == 0 ? inputSize : outputSize * (bidirectional ? 2 : 1)
            for suffix in directions.map({ "_l\(layer)\($0)" }) {
                var shapes = [("weight_ih", [gates * hiddenSize, width]), ("weight_hh", [gates * hiddenSize, outputSize])]
                if bias { shapes += [("bias_ih", [gates * hiddenSize]), ("bias_hh", [gates * hiddenSize])] }
                if projectionSize > 0 { shapes.append(("weight_hr", [projectionSize, hiddenSize])) }
                for (name, shape) in shapes {
                    weights[name + suffix] = Parameter(.uniform(shape, from: -bound, to: bound, dtype: dtype))
                }
            }
        }
    }

    private var directions: [String] { isBidirectional ? ["", "_reverse"] : [""] }

    fileprivate func weight(_ name: String, _ suffix: String) -> Tensor { weights[name + suffix]?.value ?? .inert }
    fileprivate func bias(_ name: String, _ suffix: String) -> Tensor? { weights[name + suffix]?.value }

    /// Runs one direction of one layer. The step gets the input's part of the gates, the states and the name suffix, and returns the new
    /// states, the hidden one first.
    fileprivate typealias Step = (_ input: Tensor, _ states: [Tensor], _ suffix: String) -> [Tensor]

    /// - Parameters:
    ///   - states: initial states with the number of layers · directions as first dimension; nil for zeros.
    ///   - sizes: the last dimension of each state.
    /// - Returns: the output, then the last states.
    fileprivate func run(_ name: String, _ input: Tensor, _ states: [Tensor]?, sizes: [Int], _ step: Step) -> [Tensor] {
        composed(name, [input] + (states ?? []), outputs: 1 + sizes.count) { () throws(TensorError) in
            guard input.rank == 2 || input.rank == 3, input.shape.last == inputSize else {
                throw TensorError("takes sequences of \(inputSize) features, (\(batchFirst ? "batch, time" : "time, batch"), \(inputSize)) or "
                    + "(time, \(inputSize)), not shape \(input.shape)")
            }
            let isBatched = input.rank == 3
            var x = isBatched ? (batchFirst ? input.transpose(0, 1) : input) : input.unsqueeze(1)
            guard x.shape[0] > 0 else { throw TensorError("needs at least one time step") }
            let batch = x.shape[1], count = layers * directions.count
            var initial: [Tensor] = []
            for (i, size) in sizes.enumerated() {
                guard let state = states?[i] else { initial.append(.zeros([count, batch, size], dtype: input.dtype)); continue }
                let expected = isBatched ? [count, batch, size] : [count, size]
                guard state.shape == expected else {
                    throw TensorError("initial state \(i) has shape \(state.shape), expected \(expected)")
                }
                initial.append(isBatched ? state : state.unsqueeze(1))
            }
            var last = [[Tensor]](repeating: [], count: sizes.count)
            for layer in 0..<layers {
                var outputs: [Tensor] = []
                for (d, direction) in directions.enumerated() {
                    let suffix = "_l\(layer)\(direction)", i = layer * directions.count + d
                    // The input's part of all steps in one product.
                    let parts = linear(x, weight("weight_ih", suffix), bias: bias("bias_ih", suffix)).unbind(0)
                    var state = initial.map { $0[i] }
                    var sequence: [Tensor] = []
                    for part in d == 0 ? parts : parts.reversed() {
                        state = step(part, state, suffix)
                        sequence.append(state[0])
                    }
                    for (k, value) in state.enumerated() { last[k].append(value) }
                    outputs.append(stack(d == 0 ? sequence : sequence.reversed()))
                }
                x = outputs.count == 1 ? outputs[0] : cat(outputs, dim: -1)
                if layer < layers - 1 { x = dropout(x, p: dropoutRate, training: isTraining && dropoutRate > 0) }
            }
            let finals = last.map { isBatched ? stack($0) : stack($0).squeeze(1) }
            return [isBatched ? (batchFirst ? x.transpose(0, 1) : x) : x.squeeze(1)] + finals
        }
    }
}

/// Plain recurrence over sequences (time, batch, inputSize), or (batch, time, inputSize) with `batchFirst` (Elman, 1990).
/// PyTorch: `torch.nn.RNN`.
public final class RNN: RecurrentLayer {
    public let nonlinearity: RecurrentNonlinearity

    public init(_ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, nonlinearity: RecurrentNonlinearity = .tanh, bias: Bool = true,
                batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false, dtype: DType? = nil) {
        self.nonlinearity = nonlinearity
        super.init(gates: 1, inputSize, hiddenSize, layers, bias, batchFirst, dropout, bidirectional, dtype)
    }

    /// - Parameter hidden: (layers · directions, batch, hiddenSize), zeros unless given.
    /// - Returns: the last layer's states at all times (time, batch, directions · hiddenSize), and all layers' states at the end.
    public func callAsFunction(_ input: Tensor, _ hidden: Tensor? = nil) -> (output: Tensor, hidden: Tensor) {
        let results = run("RNN", input, hidden.map { [$0] }, sizes: [hiddenSize]) { x, states, suffix in
            [RecurrentStep.plain(x, states[0], weight("weight_hh", suffix), bias("bias_hh", suffix), nonlinearity)]
        }
        return (hooked([input], results[0]), results[1])
    }
}

/// Long short-term memory over sequences (time, batch, inputSize), or (batch, time, inputSize) with `batchFirst`. PyTorch: `torch.nn.LSTM`.
public final class LSTM: RecurrentLayer {
    public init(_ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
                bidirectional: Bool = false, projectionSize: Int = 0, dtype: DType? = nil) {
        if projectionSize < 0 || projectionSize >= max(hiddenSize, 1) {
            TensorError("the projection size \(projectionSize) must be below the hidden size \(hiddenSize)").report(in: "LSTM")
        }
        super.init(gates: 4, inputSize, hiddenSize, layers, bias, batchFirst, dropout, bidirectional, projectionSize: projectionSize, dtype)
    }

    /// - Parameter state: hidden (layers · directions, batch, projectionSize or hiddenSize) and cell (…, hiddenSize), zeros unless given.
    /// - Returns: the last layer's hidden states at all times, and all layers' hidden and cell states at the end.
    public func callAsFunction(_ input: Tensor, _ state: (hidden: Tensor, cell: Tensor)? = nil)
        -> (output: Tensor, hidden: Tensor, cell: Tensor) {
        let sizes = [projectionSize > 0 ? projectionSize : hiddenSize, hiddenSize]
        let results = run("LSTM", input, state.map { [$0.hidden, $0.cell] }, sizes: sizes) { x, states, suffix in
            let next = RecurrentStep.lstm(x, states[0], states[1], weight("weight_hh", suffix), bias("bias_hh", suffix),
                                          projection: projectionSize > 0 ? weight("weight_hr", suffix) : nil)
            return [next.hidden, next.cell]
        }
        return (hooked([input], results[0]), results[1], results[2])
    }
}

/// Gated recurrent units over sequences (time, batch, inputSize), or (batch, time, inputSize) with `batchFirst`. PyTorch: `torch.nn.GRU`.
public final class GRU: RecurrentLayer {
    public init(_ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
                bidirectional: Bool = false, dtype: DType? = nil) {
        super.init(gates: 3, inputSize, hiddenSize, layers, bias, batchFirst, dropout, bidirectional, dtype)
    }

    /// - Parameter hidden: (layers · directions, batch, hiddenSize), zeros unless given.
    /// - Returns: the last layer's states at all times (time, batch, directions · hiddenSize), and all layers' states at the end.
    public func callAsFunction(_ input: Tensor, _ hidden: Tensor? = nil) -> (output: Tensor, hidden: Tensor) {
        let results = run("GRU", input, hidden.map { [$0] }, sizes: [hiddenSize]) { x, states, suffix in
            [RecurrentStep.gru(x, states[0], weight("weight_hh", suffix), bias("bias_hh", suffix))]
        }
        return (hooked([input], results[0]), results[1])
    }
}
