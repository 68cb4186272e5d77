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

    /// One time step of one direction of one layer: from the input's part of the gates and the states to the new states, the hidden one first.
    fileprivate typealias Step = (_ input: Tensor, _ states: [Tensor]) -> [Tensor]

    /// The kernel that takes whole sequences; nil where there is none for this layer.
    fileprivate var kind: RecurrenceKind? { nil }

    /// - Parameters:
    ///   - states: initial states with the number of layers · directions as first dimension; nil for zeros.
    ///   - sizes: the last dimension of each state.
    ///   - step: makes the step for the layer and direction whose weights have this suffix.
    /// - Returns: the output, then the last states.
    fileprivate func run(_ name: String, _ input: Tensor, _ states: [Tensor]?, sizes: [Int], _ step: (_ suffix: String) -> Step) -> [Tensor] {
        composed(name, [input] + (states ?? []), outputs: 1 + sizes.count) { () throws(TensorError) in
            guard input.rank == 2 || input.rank == 3, input.shape.last == inputSize else {
                throw TensorError("takes sequences of \(inputSize) features, (\(batchFirst ? "batch, time" : "time, batch"), \(inputSize)) or "
                    + "(time, \(inputSize)), not shape \(input.shape)")
            }
            let isBatched = input.rank == 3
            let x = isBatched ? (batchFirst ? input.transpose(0, 1) : input) : input.unsqueeze(1)
            let (time, batch) = (x.shape[0], x.shape[1])
            guard time > 0 else { throw TensorError("needs at least one time step") }
            let initial = try initialStates(states, sizes: sizes, batch: isBatched ? batch : nil, dtype: input.dtype)
            let (rows, last) = run(x.flatten(from: 0, to: 1), batchSizes: [Int](repeating: batch, count: time), initial, step)
            let output = rows.reshape([time, batch, rows.shape[1]])
            let finals = isBatched ? last : last.map { $0.squeeze(1) }
            return [isBatched ? (batchFirst ? output.transpose(0, 1) : output) : output.squeeze(1)] + finals
        }
    }

    /// The same for sequences of different lengths; states are in the order of the original batch.
    fileprivate func run(_ name: String, _ input: PackedSequence, _ states: [Tensor]?, sizes: [Int],
                         _ step: (_ suffix: String) -> Step) -> (output: PackedSequence, states: [Tensor]) {
        var results = composed(name, [input.data] + (states ?? []), outputs: 1 + sizes.count) { () throws(TensorError) in
            guard input.data.rank == 2, input.data.shape[1] == inputSize else {
                throw TensorError("takes packed sequences of \(inputSize) features, not data of shape \(input.data.shape)")
            }
            var initial = try initialStates(states, sizes: sizes, batch: input.batchSize, dtype: input.data.dtype)
            if let order = input.sortedIndices { initial = initial.map { $0.indexSelect(1, Tensor(order)) } }
            let (rows, last) = run(input.data, batchSizes: input.batchSizes, initial, step)
            guard let order = input.unsortedIndices else { return [rows] + last }
            return [rows] + last.map { $0.indexSelect(1, Tensor(order)) }
        }
        let rows = results.removeFirst()
        return (rows.isInert ? .inert : input.map { hooked([$0], rows) }, results)
    }

    /// Checked initial states (layers · directions, batch, size), zeros where none are given; `batch` nil: given without that dimension.
    private func initialStates(_ states: [Tensor]?, sizes: [Int], batch: Int?, dtype: DType) throws(TensorError) -> [Tensor] {
        let count = layers * directions.count
        var initial: [Tensor] = []
        for (i, size) in sizes.enumerated() {
            guard let state = states?[i] else { initial.append(.zeros([count, batch ?? 1, size], dtype: dtype)); continue }
            let expected = batch.map { [count, $0, size] } ?? [count, size]
            guard state.shape == expected else {
                throw TensorError("initial state \(i) has shape \(state.shape), expected \(expected)")
            }
            initial.append(batch == nil ? state.unsqueeze(1) : state)
        }
        return initial
    }

    /// All layers over rows that lie time step after time step: `batchSizes[t]` of them belong to step t, and those never rise.
    private func run(_ input: Tensor, batchSizes: [Int], _ initial: [Tensor],
                     _ step: (_ suffix: String) -> Step) -> (rows: Tensor, states: [Tensor]) {
        var rows = input
        var last = [[Tensor]](repeating: [], count: initial.count)
        for layer in 0..<layers {
            var outputs: [Tensor] = []
            for (d, direction) in directions.enumerated() {
                let suffix = "_l\(layer)\(direction)", start = initial.map { $0[layer * directions.count + d] }
                let (sequence, finals) = sequence(of: rows, batchSizes, start, suffix, reverse: d == 1, step)
                for (k, value) in finals.enumerated() { last[k].append(value) }
                outputs.append(sequence)
            }
            rows = outputs.count == 1 ? outputs[0] : cat(outputs, dim: -1)
            if layer < layers - 1 { rows = dropout(rows, p: dropoutRate, training: isTraining && dropoutRate > 0) }
        }
        return (rows, last.map { stack($0) })
    }

    /// One direction of one layer. The input's part of all steps is one product.
    private func sequence(of rows: Tensor, _ batchSizes: [Int], _ start: [Tensor], _ suffix: String, reverse: Bool,
                          _ step: (_ suffix: String) -> Step) -> (rows: Tensor, finals: [Tensor]) {
        let inputWeight = weight("weight_ih", suffix), inputBias = bias("bias_ih", suffix)
        if let kind, rows.dtype == .float32 || rows.dtype == .float64, hiddenSize > 0, rows.shape[0] > 0 {
            // A GRU's reset gate multiplies the state's bias, too.
            let stateBias = bias("bias_hh", suffix), isJoined = kind != .gru
            let joined = isJoined ? inputBias.flatMap { x in stateBias.map { x + $0 } } : inputBias
            let parts = linear(rows, inputWeight, bias: joined)
            let result = recurrence(kind, parts, weight: weight("weight_hh", suffix), bias: isJoined ? nil : stateBias, hidden: start[0],
                                    cell: start.count > 1 ? start[1] : nil, batchSizes: batchSizes, reverse: reverse)
            return (result.output, [result.hidden] + (result.cell.map { [$0] } ?? []))
        }
        let parts = linear(rows, inputWeight, bias: inputBias).split(batchSizes)
        let (sequence, finals) = reverse ? Self.backward(parts, batchSizes, start, step(suffix)) : Self.forward(parts, batchSizes, start, step(suffix))
        return (cat(sequence), finals)
    }

    /// From the first time step to the last; sequences leave where they end.
    private static func forward(_ parts: [Tensor], _ batchSizes: [Int], _ start: [Tensor], _ step: Step) -> (sequence: [Tensor], finals: [Tensor]) {
        var state = start, sequence: [Tensor] = []
        var finished = [[Tensor]](repeating: [], count: start.count)
        var running = batchSizes.first ?? 0
        for (part, size) in zip(parts, batchSizes) {
            if size < running {
                for k in state.indices {
                    finished[k].append(state[k].narrow(0, start: size, count: running - size))
                    state[k] = state[k].narrow(0, start: 0, count: size)
                }
                running = size
            }
            state = step(part, state)
            sequence.append(state[0])
        }
        return (sequence, zip(state, finished).map { $1.isEmpty ? $0 : cat([$0] + $1.reversed()) })
    }

    /// From the last time step to the first; sequences join where they end.
    private static func backward(_ parts: [Tensor], _ batchSizes: [Int], _ start: [Tensor], _ step: Step) -> (sequence: [Tensor], finals: [Tensor]) {
        var running = batchSizes.last ?? 0
        var state = start.map { running == $0.shape[0] ? $0 : $0.narrow(0, start: 0, count: running) }
        var sequence: [Tensor] = []
        for (part, size) in zip(parts, batchSizes).reversed() {
            if size > running {
                for k in state.indices { state[k] = cat([state[k], start[k].narrow(0, start: running, count: size - running)]) }
                running = size
            }
            state = step(part, state)
            sequence.append(state[0])
        }
        return (sequence.reversed(), state)
    }
}

/// Plain recurrence over sequences (time, batch, inputSize), or (batch, time, inputSize) with `batchFirst` (Elman, 1990).
/// PyTorch: `torch.nn.RNN`.
public final class RNN: RecurrentLayer {
    public let nonlinearity: RecurrentNonlinearity

    override fileprivate var kind: RecurrenceKind? { nonlinearity == .tanh ? .tanh : .relu }

    public init(_ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, nonlinearity: RecurrentNonlinearity = .tanh, bias: Bool = true,
                batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false, dtype: DType? = nil) {
        self.nonlinearity = nonlinearity
        super.init(gates: 1, inputSize, hiddenSize, layers, bias, batchFirst, dropout, bidirectional, dtype)
    }

    /// - Parameter hidden: (layers · directions, batch, hiddenSize), zeros unless given.
    /// - Returns: the last layer's states at all times (time, batch, directions · hiddenSize), and all layers' states at the end.
    public func callAsFunction(_ input: Tensor, _ hidden: Tensor? = nil) -> (output: Tensor, hidden: Tensor) {
        let results = run("RNN", input, hidden.map { [$0] }, sizes: [hiddenSize], step)
        return (hooked([input], results[0]), results[1])
    }

    /// The same for sequences of different lengths.
    public func callAsFunction(_ input: PackedSequence, _ hidden: Tensor? = nil) -> (output: PackedSequence, hidden: Tensor) {
        let results = run("RNN", input, hidden.map { [$0] }, sizes: [hiddenSize], step)
        return (results.output, results.states[0])
    }

    private func step(_ suffix: String) -> Step {
        let weight = weight("weight_hh", suffix), bias = bias("bias_hh", suffix)
        return { [nonlinearity] x, states in [RecurrentStep.plain(x, states[0], weight, bias, nonlinearity)] }
    }
}

/// Long short-term memory over sequences (time, batch, inputSize), or (batch, time, inputSize) with `batchFirst`. PyTorch: `torch.nn.LSTM`.
public final class LSTM: RecurrentLayer {
    override fileprivate var kind: RecurrenceKind? { projectionSize == 0 ? .lstm : nil }

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
        let results = run("LSTM", input, state.map { [$0.hidden, $0.cell] }, sizes: stateSizes, step)
        return (hooked([input], results[0]), results[1], results[2])
    }

    /// The same for sequences of different lengths.
    public func callAsFunction(_ input: PackedSequence, _ state: (hidden: Tensor, cell: Tensor)? = nil)
        -> (output: PackedSequence, hidden: Tensor, cell: Tensor) {
        let results = run("LSTM", input, state.map { [$0.hidden, $0.cell] }, sizes: stateSizes, step)
        return (results.output, results.states[0], results.states[1])
    }

    private var stateSizes: [Int] { [projectionSize > 0 ? projectionSize : hiddenSize, hiddenSize] }

    private func step(_ suffix: String) -> Step {
        let weight = weight("weight_hh", suffix), bias = bias("bias_hh", suffix)
        let projection = projectionSize > 0 ? self.weight("weight_hr", suffix) : nil
        return { x, states in
            let next = RecurrentStep.lstm(x, states[0], states[1], weight, bias, projection: projection)
            return [next.hidden, next.cell]
        }
    }
}

/// Gated recurrent units over sequences (time, batch, inputSize), or (batch, time, inputSize) with `batchFirst`. PyTorch: `torch.nn.GRU`.
public final class GRU: RecurrentLayer {
    override fileprivate var kind: RecurrenceKind? { .gru }

    public init(_ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
                bidirectional: Bool = false, dtype: DType? = nil) {
        super.init(gates: 3, inputSize, hiddenSize, layers, bias, batchFirst, dropout, bidirectional, dtype)
    }

    /// - Parameter hidden: (layers · directions, batch, hiddenSize), zeros unless given.
    /// - Returns: the last layer's states at all times (time, batch, directions · hiddenSize), and all layers' states at the end.
    public func callAsFunction(_ input: Tensor, _ hidden: Tensor? = nil) -> (output: Tensor, hidden: Tensor) {
        let results = run("GRU", input, hidden.map { [$0] }, sizes: [hiddenSize], step)
        return (hooked([input], results[0]), results[1])
    }

    /// The same for sequences of different lengths.
    public func callAsFunction(_ input: PackedSequence, _ hidden: Tensor? = nil) -> (output: PackedSequence, hidden: Tensor) {
        let results = run("GRU", input, hidden.map { [$0] }, sizes: [hiddenSize], step)
        return (results.output, results.states[0])
    }

    private func step(_ suffix: String) -> Step {
        let weight = weight("weight_hh", suffix), bias = bias("bias_hh", suffix)
        return { x, states in [RecurrentStep.gru(x, states[0], weight, bias)] }
    }
}
