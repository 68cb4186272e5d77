import Ember

/// Recurrent layers of two times 256 over 64 steps of 32 sequences, and single cells.
let recurrentRows: [Row] = [
    Row("LSTM 2x256, 64 steps b32") {
        let layer = LSTM(256, 256, layers: 2), x = Tensor.randn([64, 32, 256])
        return { noGrad { layer(x).output } }
    },
    Row("LSTM 2x256, 64 steps b32, forward+backward") {
        let layer = LSTM(256, 256, layers: 2), x = Tensor.randn([64, 32, 256]).requiringGrad(), cotangent = Tensor.randn([64, 32, 256])
        return { gradients(of: layer(x).output, with: [x] + layer.parameters().map(\.value), cotangent: cotangent)[0] ?? x }
    },
    Row("GRU 2x256, 64 steps b32") {
        let layer = GRU(256, 256, layers: 2), x = Tensor.randn([64, 32, 256])
        return { noGrad { layer(x).output } }
    },
    Row("RNN bidirectional 128, 64 steps b32") {
        let layer = RNN(128, 128, bidirectional: true), x = Tensor.randn([64, 32, 128])
        return { noGrad { layer(x).output } }
    },
    Row("LSTMCell 256 b32") {
        let cell = LSTMCell(256, 256), x = Tensor.randn([32, 256]), h = Tensor.randn([32, 256]), c = Tensor.randn([32, 256])
        return { noGrad { cell(x, (hidden: h, cell: c)).hidden } }
    },
    Row("GRUCell 256 b32") {
        let cell = GRUCell(256, 256), x = Tensor.randn([32, 256]), h = Tensor.randn([32, 256])
        return { noGrad { cell(x, h) } }
    },
]
