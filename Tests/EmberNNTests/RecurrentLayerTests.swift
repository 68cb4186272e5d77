import Ember
import Testing

/// Recurrent layers of whole sequences: sizes that fill no register and no tile, against PyTorch's numbers, single cells and differences.
@Suite struct RecurrentLayerTests {
    private func everyNinth(_ x: Tensor) -> Tensor { x[.slice(by: 9)] }

    private func matches(_ output: Tensor, _ states: [Tensor], _ layer: RecurrentLayer, _ x: Tensor, output expected: [Double], last: [Double],
                         x ofInput: [Double], weight: [Double], stateBias: [Double]) {
        #expect(isClose(everyNinth(output[2, 6]), expected, tolerance: 1e-8))
        #expect(states.last.map { isClose(everyNinth($0[0, 1]), last, tolerance: 1e-8) } == true)
        states.reduce((output * wave(output.shape)).sum()) { $0 + ($1 * wave($1.shape, phase: 0.9)).sum() }.backward()
        #expect(x.grad.map { isClose($0[0, 6], ofInput, tolerance: 1e-8) } == true)
        #expect(layer.weights["weight_hh_l0"]?.gradient.map { isClose(everyNinth($0[-1]), weight, tolerance: 1e-8) } == true)
        #expect(layer.weights["bias_hh_l0"]?.gradient.map {
            isClose($0[.slice(by: 29)], stateBias, tolerance: 1e-8)
        } == true)
    }

    @Test func valuesOfPyTorch() {
        let x = wave(3, 7, 5).requiringGrad(), y = wave(3, 7, 5).requiringGrad(), z = wave(3, 7, 5).requiringGrad()
        let lstm = LSTM(5, 37).filledWithWaves(), memory = lstm(x)
        matches(memory.output, [memory.hidden, memory.cell], lstm, x,
                output: [-0.3038852917, -0.2812464345, -0.1772162789, -0.01190704603, 0.05512691961],
                last: [-0.5016505145, -0.4798222995, -0.4189315524, -0.03379483074, 0.6007960045],
                x: [0.3389869871, 0.07294714507, -0.2274008791, -0.4207987166, -0.4162883425],
                weight: [0.002116943673, 0.001974533404, 0.001266867795, 0.000728123661, 0.0007302186014],
                stateBias: [-0.300626244, -0.04237657128, -0.01898301266, -0.4073202397, -0.2465247402, -0.05085446495])
        let gru = GRU(5, 37).filledWithWaves(), gated = gru(y)
        matches(gated.output, [gated.hidden], gru, y,
                output: [-0.1413159094, -0.0442583923, 0.05571210788, 0.3145150167, 0.3142367634],
                last: [-0.3591438006, -0.3089428118, -0.1357096325, 0.5821836843, 0.4754268755],
                x: [0.1761733603, -0.4935163519, -0.9310976124, -0.930769117, -0.4926853621],
                weight: [-0.1322786795, -0.1391947709, -0.1386875637, -0.1613798924, -0.187753732],
                stateBias: [-0.1854616191, 0.1355582939, 0.01777131919, -0.6912676018])
        let rnn = RNN(5, 37).filledWithWaves(), plain = rnn(z)
        matches(plain.output, [plain.hidden], rnn, z,
                output: [0.9999999975, 0.9999999765, 0.9998765912, -0.7561157986, -0.9999913498],
                last: [0.9999999849, 0.9999998004, 0.9988910704, -0.9607239626, -0.9999979717],
                x: [0.3387639677, -0.36763796, -0.9011340106, -1.010812655, -0.645090314],
                weight: [-0.000391069003, -0.0006858084211, -0.0009606601986, -0.001212606068, -0.001439510026],
                stateBias: [1.983425388, 0.1708987684])
    }

    /// In float32, with several blocks of units and rows: the layer is its cell, step by step.
    @Test func layersAreTheirCells() {
        let lstm = LSTM(20, 70), gru = GRU(20, 70), memory = LSTMCell(20, 70), gated = GRUCell(20, 70)
        for (layer, cell) in [(lstm as RecurrentLayer, memory as RecurrentCell), (gru, gated)] {
            for (parameter, own) in zip(layer.parameters(), cell.parameters()) { own.value = parameter.value }
        }
        let x = Tensor.randn([5, 23, 20])
        var state = (hidden: Tensor.zeros([23, 70]), cell: Tensor.zeros([23, 70])), hidden = Tensor.zeros([23, 70])
        for step in 0..<5 {
            state = memory(x[step], state)
            hidden = gated(x[step], hidden)
        }
        let last = lstm(x)
        #expect((last.hidden[0] - state.hidden).abs().max().item() < 1e-6 && (last.cell[0] - state.cell).abs().max().item() < 1e-6)
        #expect((gru(x).hidden[0] - hidden).abs().max().item() < 1e-6)
        func weightGradient(_ objective: Tensor, _ module: Module) -> [Tensor] {
            gradients(of: [objective], with: module.parameters().map(\.value), cotangents: [.ones([])]).compactMap { $0 }
        }
        for (a, b) in zip(weightGradient(last.hidden.square().sum() + last.cell.sum(), lstm),
                          weightGradient(state.hidden.square().sum() + state.cell.sum(), memory)) {
            #expect((a - b).abs().max().item() < 1e-4)
        }
    }

    @Test func gradientsToSecondOrder() throws {
        func check(_ states: Int, _ run: (PackedSequence, [Tensor]) -> [Tensor]) throws {
            let inputs = [wave(3, 2, 2)] + (0..<states).map { wave(2, 2, 2, phase: 1.1 + Double($0)) }
            func outputs(_ x: [Tensor]) -> [Tensor] { run(packPaddedSequence(x[0], lengths: [3, 2]), Array(x[1...])) }
            try gradcheck(inputs, outputs)
            try gradgradcheck(inputs, outputs)
        }
        let lstm = LSTM(2, 2, bidirectional: true).filledWithWaves(), gru = GRU(2, 2, bidirectional: true).filledWithWaves()
        try check(2) { x, states in
            let result = lstm(x, (states[0], states[1]))
            return [result.output.data, result.hidden, result.cell]
        }
        try check(1) { x, states in
            let result = gru(x, states[0])
            return [result.output.data, result.hidden]
        }
        for nonlinearity in [RecurrentNonlinearity.tanh, .relu] {
            let rnn = RNN(2, 2, nonlinearity: nonlinearity, bidirectional: true).filledWithWaves()
            try check(1) { x, states in
                let result = rnn(x, states[0])
                return [result.output.data, result.hidden]
            }
        }
    }

    /// A penalty on gradients has the weights' gradients that single cells give.
    @Test func gradientsOfGradientsReachTheWeights() {
        func penalty(_ module: Module, _ output: Tensor) -> [Tensor] {
            let weights = module.parameters().map(\.value)
            let first = gradients(of: [(output * wave(output.shape)).sum()], with: weights, createGraph: true).compactMap { $0 }
            let objective = first.enumerated().reduce(Tensor.zeros([], dtype: .float64)) { $0 + ($1.element * wave($1.element.shape, phase: 2)).sum() }
            return gradients(of: [objective], with: weights).compactMap { $0 }
        }
        let x = wave(3, 2, 2), lstm = LSTM(2, 3).filledWithWaves(), memory = LSTMCell(2, 3).filledWithWaves()
        var state = (hidden: Tensor.zeros([2, 3], dtype: .float64), cell: Tensor.zeros([2, 3], dtype: .float64))
        let gru = GRU(2, 3).filledWithWaves(), gated = GRUCell(2, 3).filledWithWaves()
        var hidden = state.hidden
        for step in 0..<3 {
            state = memory(x[step], state)
            hidden = gated(x[step], hidden)
        }
        for (own, cells) in [(penalty(lstm, lstm(x).output[2]), penalty(memory, state.hidden)), (penalty(gru, gru(x).output[2]), penalty(gated, hidden))] {
            #expect(own.count == 4 && cells.count == 4)
            for (a, b) in zip(own, cells) { #expect((a - b).abs().max().item() < 1e-10) }
        }
    }

    /// NaN stays NaN and reaches no other sequence; infinite sums saturate.
    @Test func extremeValues() {
        let rnn = RNN(1, 1, bias: false)
        for name in ["weight_ih_l0", "weight_hh_l0"] { rnn.weights[name]?.value = .ones([1, 1]) }
        let output = rnn(Tensor([[Float.nan], [.infinity], [-.infinity], [1e-6]]).reshape([1, 4, 1])).output.array(of: Float.self)
        #expect(output[0].isNaN && output[1] == 1 && output[2] == -1 && output[3] == 1e-6)
    }
}
