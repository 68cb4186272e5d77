import CEmber

/// The recurrences with a kernel that takes a whole sequence; raw values are CEmber's `ember_recurrence_kind`.
package enum RecurrenceKind: Int, Sendable {
    case tanh = 0, relu, lstm, gru

    /// How many numbers a unit computes of the input and the state before it.
    var gates: Int { self == .lstm ? 4 : self == .gru ? 3 : 1 }
}

/// One layer and direction over a sequence as backends are given it. Rows over time lie step after step: `batchSizes[t]` of them belong to
/// step t, and those never rise. Everything is contiguous and of one type.
struct RecurrenceProblem {
    let kind: RecurrenceKind
    let batchSizes: [Int]
    let isReversed: Bool
    /// [gates · hidden, hidden]
    let weight: Tensor
    /// [gates · hidden], added to the product of state and weight.
    let bias: Tensor?

    var hiddenSize: Int { weight.shape[1] }
    var rows: Int { batchSizes.reduce(0, +) }

    init(_ inputs: [Tensor], _ attributes: Attributes) {
        kind = RecurrenceKind(attributes)
        batchSizes = attributes.ints("batchSizes")
        isReversed = attributes.bool("reverse")
        weight = inputs[1].detach().contiguous()
        bias = attributes.bool("bias") ? inputs[inputs.count - 1].detach().contiguous() : nil
    }
}

/// What a recurrence computes for its gradient. Those of a kind that keeps none are empty.
struct RecurrenceMemory {
    /// [rows, 4 · hidden]: an LSTM's gates; a GRU's and the new gate's product.
    let gates: Tensor
    /// [rows, hidden]: an LSTM's cell states.
    let cells: Tensor
}

/// The gradients of a recurrence. `hidden` and `cell` are those of the last states before the backward pass, of the first ones after it.
struct RecurrenceGradient {
    let output: Tensor
    let hidden: Tensor
    let cell: Tensor?
    let input: Tensor
    /// Of the product of state and weight: another one than the input's for a GRU.
    let product: Tensor
    /// The hidden state before each row.
    let previous: Tensor
}

extension RecurrenceKind {
    fileprivate init(_ attributes: Attributes) {
        guard let kind = RecurrenceKind(rawValue: attributes.int("kind")) else { preconditionFailure("no such kind of recurrence") }
        self = kind
    }
}

/// The states after a step from the gates' part of the input and the states before, over the steps of a sequence, in one call.
///
/// Inputs: the input's part of the gates [rows, gates · hidden], weight [gates · hidden, hidden], hidden state [batch, hidden], an LSTM's cell state,
/// perhaps a bias. Outputs: hidden states [rows, hidden], last hidden and cell state, and what the gradient reads.
private let recurrenceOperator = Operator("recurrence", saving: [.inputs, .outputs], outputs: 5, forward: {
    inputs, attributes throws(TensorError) in
    try MatrixProductRule.check(types: inputs)
    let input = inputs[0].detach().contiguous(), problem = RecurrenceProblem(inputs, attributes), backend = input.device.backend
    let rows = problem.rows, size = problem.hiddenSize, isLSTM = problem.kind == .lstm
    func empty(_ shape: Shape) -> Tensor { Tensor.empty(shape, input.dtype, device: input.device) }
    func copied(_ state: Tensor) -> Tensor {
        let copy = empty(state.shape)
        backend.copy(from: state, to: copy)
        return copy
    }
    let isRecorded = isGradEnabled && inputs.contains(where: \.requiresGrad)
    let hidden = copied(inputs[2]), cell = isLSTM ? copied(inputs[3]) : empty([0]), output = empty([rows, size])
    let memory = RecurrenceMemory(gates: empty(isRecorded && problem.kind.gates > 1 ? [rows, 4 * size] : [0]),
                                  cells: empty(isRecorded && isLSTM ? [rows, size] : [0]))
    backend.recur(problem, input: input, hidden: hidden, cell: isLSTM ? cell : nil, into: output, keeping: isRecorded ? memory : nil)
    return [output, hidden, cell, memory.gates, memory.cells]
}, backward: { call in
    isGradEnabled ? recordedRecurrenceGradient(call) : fusedRecurrenceGradient(call)
}, flops: { inputs, outputs, _ in 2 * inputs[0].count * outputs[0].shape[1] })

/// Backward through the steps in the kernel, then one product for the weight.
private func fusedRecurrenceGradient(_ call: BackwardCall) -> [Tensor?] {
    let problem = RecurrenceProblem((0..<call.inputCount).map { call.input($0) }, call.attributes)
    let rows = problem.rows, size = problem.hiddenSize, type = problem.weight.dtype, device = problem.weight.device
    func empty(_ shape: Shape) -> Tensor { Tensor.empty(shape, type, device: device) }
    func ofLastState(_ output: Int) -> Tensor {
        let shape = call.shape(ofInput: 2)
        guard let cotangent = call.cotangents[output] else { return .zeros(shape, dtype: type) }
        let copy = empty(shape)
        device.backend.copy(from: cotangent, to: copy)
        return copy
    }
    let isLSTM = problem.kind == .lstm, ofInput = empty([rows, problem.kind.gates * size])
    let gradient = RecurrenceGradient(
        output: call.cotangent().detach().contiguous(), hidden: ofLastState(1), cell: isLSTM ? ofLastState(2) : nil, input: ofInput,
        product: problem.kind == .gru ? empty(ofInput.shape) : ofInput, previous: empty([rows, size]))
    device.backend.recurrenceGradient(
        problem, hidden: call.input(2).detach().contiguous(), cell: isLSTM ? call.input(3).detach().contiguous() : nil,
        output: call.output().detach(), memory: RecurrenceMemory(gates: call.output(3).detach(), cells: call.output(4).detach()), gradient)
    let ofWeight = call.needs(1) ? gradient.product.mT.matmul(gradient.previous) : nil
    let ofBias = problem.bias.map { _ in call.needs(call.inputCount - 1) ? gradient.product.sum(0) : nil }
    return [ofInput, ofWeight, gradient.hidden] + (isLSTM ? [gradient.cell] : []) + (ofBias.map { [$0] } ?? [])
}

/// The same in recorded operators, the states being computed once more with their history, so that the gradient can be differentiated.
private func recordedRecurrenceGradient(_ call: BackwardCall) -> [Tensor?] {
    let kind = RecurrenceKind(call.attributes), batchSizes = call.attributes.ints("batchSizes"), isLSTM = kind == .lstm
    let weight = call.input(1), bias = call.attributes.bool("bias") ? call.input(call.inputCount - 1) : nil
    let inputs = call.input(0).split(batchSizes), ofOutputs = call.cotangent().split(batchSizes)
    let order = call.attributes.bool("reverse") ? Array(batchSizes.indices.reversed()) : Array(batchSizes.indices)
    /// The first rows of a state replaced; the others' sequences do not run.
    func replacing(_ state: Tensor, _ rows: Tensor) -> Tensor {
        let n = rows.shape[0], all = state.shape[0]
        return n == all ? rows : cat([rows, state.narrow(0, start: n, count: all - n)])
    }
    var hidden = call.input(2), cell = isLSTM ? call.input(3) : nil
    var steps = [RecordedStep?](repeating: nil, count: batchSizes.count)
    for t in order {
        let step = RecordedStep(kind, inputs[t], hidden.narrow(0, start: 0, count: batchSizes[t]),
                                cell?.narrow(0, start: 0, count: batchSizes[t]), weight, bias)
        steps[t] = step
        hidden = replacing(hidden, step.hidden)
        if let state = cell, let next = step.cell { cell = replacing(state, next) }
    }
    var ofHidden = call.cotangent(1), ofCell = isLSTM ? call.cotangent(2) : nil
    var ofInputs = [Tensor](repeating: .inert, count: batchSizes.count), ofProducts = ofInputs
    for t in order.reversed() {
        guard let step = steps[t] else { continue }
        let n = batchSizes[t]
        let gradient = step.gradient(ofHidden: ofHidden.narrow(0, start: 0, count: n) + ofOutputs[t],
                                     ofCell: ofCell?.narrow(0, start: 0, count: n))
        ofInputs[t] = gradient.input
        ofProducts[t] = gradient.product
        let through = gradient.product.matmul(weight)
        ofHidden = replacing(ofHidden, gradient.direct.map { $0 + through } ?? through)
        if let state = ofCell, let next = gradient.previousCell { ofCell = replacing(state, next) }
    }
    let ofProduct = cat(ofProducts), previous = cat(steps.compactMap { $0?.previous })
    return [cat(ofInputs), ofProduct.mT.matmul(previous), ofHidden] + (ofCell.map { [$0] } ?? []) + (bias == nil ? [] : [ofProduct.sum(0)])
}

/// A step of a recurrence in recorded operators.
private struct RecordedStep {
    struct Gradient {
        let input: Tensor
        /// Of the product of state and weight.
        let product: Tensor
        /// The part of the state before that does not go through the product.
        var direct: Tensor?
        var previousCell: Tensor?
    }

    let kind: RecurrenceKind
    let previous: Tensor
    let previousCell: Tensor?
    let hidden: Tensor
    let cell: Tensor?
    /// After their functions; for a GRU the new gate's product behind them.
    let gates: [Tensor]

    init(_ kind: RecurrenceKind, _ input: Tensor, _ previous: Tensor, _ previousCell: Tensor?, _ weight: Tensor, _ bias: Tensor?) {
        self.kind = kind
        self.previous = previous
        self.previousCell = previousCell
        let product = linear(previous, weight, bias: bias)
        switch kind {
        case .tanh, .relu:
            let sum = input + product
            hidden = kind == .tanh ? sum.tanh() : sum.relu()
            cell = nil
            gates = []
        case .lstm:
            let sums = (input + product).chunk(4, dim: -1)
            let (enter, keep, new, leave) = (sums[0].sigmoid(), sums[1].sigmoid(), sums[2].tanh(), sums[3].sigmoid())
            let next = previousCell.map { keep * $0 + enter * new } ?? enter * new
            gates = [enter, keep, new, leave]
            cell = next
            hidden = leave * next.tanh()
        case .gru:
            let x = input.chunk(3, dim: -1), h = product.chunk(3, dim: -1)
            let reset = (x[0] + h[0]).sigmoid(), update = (x[1] + h[1]).sigmoid(), new = (x[2] + reset * h[2]).tanh()
            gates = [reset, update, new, h[2]]
            hidden = new + update * (previous - new)
            cell = nil
        }
    }

    func gradient(ofHidden: Tensor, ofCell: Tensor?) -> Gradient {
        func beforeSigmoid(_ gate: Int, _ cotangent: Tensor) -> Tensor { cotangent * gates[gate] * (1 - gates[gate]) }
        switch kind {
        case .tanh:
            let sum = ofHidden * (1 - hidden.square())
            return Gradient(input: sum, product: sum)
        case .relu:
            let sum = ofHidden.where(hidden .> 0, else: .zeros([], dtype: hidden.dtype))
            return Gradient(input: sum, product: sum)
        case .lstm:
            guard let cell, let previousCell else { return Gradient(input: .inert, product: .inert) }
            let squashed = cell.tanh(), through = ofHidden * gates[3] * (1 - squashed.square())
            let total = ofCell.map { $0 + through } ?? through
            let sums = cat([beforeSigmoid(0, total * gates[2]), beforeSigmoid(1, total * previousCell),
                            total * gates[0] * (1 - gates[2].square()), beforeSigmoid(3, ofHidden * squashed)], dim: -1)
            return Gradient(input: sums, product: sums, previousCell: total * gates[1])
        case .gru:
            let ofNew = ofHidden * (1 - gates[1]) * (1 - gates[2].square())
            let ofUpdate = beforeSigmoid(1, ofHidden * (previous - gates[2])), ofReset = beforeSigmoid(0, ofNew * gates[3])
            return Gradient(input: cat([ofReset, ofUpdate, ofNew], dim: -1), product: cat([ofReset, ofUpdate, ofNew * gates[0]], dim: -1),
                            direct: ofHidden * gates[1])
        }
    }
}

/// One layer and direction of a recurrent network over a whole sequence, whose rows lie step after step; `batchSizes[t]` of them belong to step t,
/// and those never rise.
///
/// - Parameters:
///   - input: the input's part of the gates with its bias, [rows, gates · hidden], float32 or float64 as all others.
///   - weight: [gates · hidden, hidden]; its product with the hidden state and `bias` are the other part.
///   - hidden: the first hidden states [batch, hidden], a row for each sequence of the first step.
///   - cell: the same of an LSTM's cell states.
///   - reverse: from the last step to the first.
/// - Returns: the hidden states [rows, hidden], and the last hidden and cell states.
package func recurrence(_ kind: RecurrenceKind, _ input: Tensor, weight: Tensor, bias: Tensor?, hidden: Tensor, cell: Tensor?, batchSizes: [Int],
                        reverse: Bool) -> (output: Tensor, hidden: Tensor, cell: Tensor?) {
    let results = recurrenceOperator([input, weight, hidden] + [cell, bias].compactMap { $0 }, [
        "kind": .int(kind.rawValue), "batchSizes": .ints(batchSizes), "reverse": .bool(reverse), "bias": .bool(bias != nil),
    ])
    return (results[0], results[1], cell == nil ? nil : results[2])
}
