import Ember
import Testing

/// Whether all elements are within `tolerance` of the numbers that PyTorch gives.
func isClose(_ tensor: Tensor, _ expected: [Double], tolerance: Double = 1e-5) -> Bool {
    let values = tensor.array(of: Double.self)
    return values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}

private final class Net: Module {
    let conv = Conv2d(1, 4, kernelSize: 3, padding: 1)
    let out = Linear(4 * 4 * 4, 3)
    func callAsFunction(_ x: Tensor) -> Tensor {
        out(maxPool2d(relu(conv(x)), 2).flatten(from: 1))
    }
}

/// One test at a time: they seed the one generator.
@Suite(.serialized) struct LayerTests {
    @Test func aPlainClassIsAModel() {
        manualSeed(0)
        let net = Net()
        #expect(net.stateDict().keys == ["conv.weight", "conv.bias", "out.weight", "out.bias"])
        let optimizer = Adam(net.parameters(), learningRate: 0.01)
        let x = Tensor.randn([6, 1, 8, 8]), target = Tensor([0, 1, 2, 0, 1, 2])
        var losses: [Double] = []
        for _ in 0..<20 {
            let loss = crossEntropy(net(x), target)
            optimizer.zeroGrad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        }
        #expect(losses[19] < 0.5 * losses[0])
    }

    @Test func seedsGivePyTorchsWeights() {
        manualSeed(0)
        let linear = Linear(3, 2)
        #expect(isClose(linear.weight, [-0.004322518, 0.3097158, -0.4751853, -0.4248946, -0.222369, 0.1548207]))
        #expect(linear.bias.map { isClose($0, [-0.01143914, 0.4577749]) } == true)
        manualSeed(0)
        let conv = Conv2d(1, 2, kernelSize: 2)
        #expect(isClose(conv.weight, [-0.00374341, 0.2682218, -0.4115226, -0.3679695, -0.1925772, 0.1340787, -0.00990659, 0.3964447]))
        #expect(conv.bias.map { isClose($0, [-0.04437202, 0.1323063]) } == true)
        manualSeed(0)
        let transposed = ConvTranspose1d(2, 1, kernelSize: 2)
        #expect(isClose(transposed.weight, [-0.005293981, 0.3793229, -0.5819808, -0.5203875]))
        manualSeed(4)
        let table = Embedding(4, 2, paddingIdx: 1)
        #expect(isClose(table.weight, [-1.605276, 0.2324857, 0, 0, 1.200644, -0.4015503, -1.42602, 0.9039317]))
    }

    @Test func recurrentLayers() {
        let x = Tensor.linspace(-1, 1, count: 12).reshape([3, 2, 2])
        manualSeed(1)
        let lstm = LSTM(2, 2, layers: 2, bidirectional: true)
        #expect(lstm.stateDict().keys.prefix(5) == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_ih_l0_reverse"])
        let (output, hidden, cell) = lstm(x)
        #expect(isClose(output.sum(0), [0.0531796, 0.2504381, -0.9179235, 0.7100587, 0.0687378, 0.2473662, -0.9160172, 0.706737]))
        #expect(isClose(hidden.sum(0), [-0.08978418, 0.309334, -0.106554, 0.3402098]))
        #expect(isClose(cell.sum(0), [-0.1764936, 0.3886872, -0.2611862, 0.6096154]))
        manualSeed(1)
        let gru = GRU(2, 3, batchFirst: true)(x)
        #expect(isClose(gru.output.sum(0), [-0.9792733, 0.6305736, 0.05991681, -1.5183, 1.059406, -0.006631304]))
        manualSeed(1)
        let rnn = RNN(2, 3, nonlinearity: .relu)(x)
        #expect(isClose(rnn.hidden, [0.4573685, 0.3997678, 0, 0.4886769, 0.4660598, 0]))
    }

    @Test func attentionAndTransformers() {
        let x = Tensor.linspace(-1, 1, count: 24).reshape([2, 3, 4])
        manualSeed(2)
        let attention = MultiheadAttention(4, heads: 2, addBiasKV: true, batchFirst: true)
        let mask = Tensor([[false, true, true], [false, false, true], [false, false, false]])
        let (output, weights) = attention(x, x, x, attentionMask: mask)
        #expect(isClose(output.sum(0), [-0.07918825, -0.04438152, -0.04273931, -0.01933569, -0.06250723, -0.003426787, -0.06290115,
                                        0.001965515, -0.05382009, 0.04283125, -0.1240402, 0.07158395]))
        #expect(weights.map { isClose($0[0], [0.5689204, 0, 0, 0.4310796, 0.3488216, 0.3600686, 0, 0.2911097, 0.2552541, 0.2553076,
                                              0.255458, 0.2339803]) } == true)
        manualSeed(3)
        let transformer = Transformer(4, heads: 2, encoderLayers: 2, decoderLayers: 2, feedForward: 8, dropout: 0, batchFirst: true)
        let y = transformer(x, Tensor.linspace(1, -1, count: 16).reshape([2, 2, 4]))
        #expect(isClose(y[0], [0.8034772, 0.3697072, -1.711208, 0.5380233, 0.8058499, 0.3589106, -1.710081, 0.5453202], tolerance: 1e-4))
        manualSeed(3)
        let encoder = TransformerEncoder(2) { TransformerEncoderLayer(4, heads: 2, feedForward: 8, dropout: 0) }
        #expect(isClose(encoder(x)[0], [-1.497863, 0.06417241, 0.1149618, 1.318728, -1.087513, -0.3169121, -0.2280154, 1.63244, -0.6813936,
                                        -0.7674748, -0.2494858, 1.698354], tolerance: 1e-4))
        // Building further copies of a layer draws nothing.
        #expect(isClose(Tensor.rand([2]), [0.328419, 0.4269588]))
    }

    @Test func batchNormKeepsStatistics() {
        let norm = BatchNorm1d(2)
        let x = Tensor([[1.0, 2.0], [3.0, 6.0], [5.0, 4.0]])
        #expect(isClose(norm(x), [-1.224743, -1.224743, 0, 1.224743, 1.224742, 0]))
        #expect(norm.runningMean.map { isClose($0, [0.3, 0.4]) } == true)
        #expect(norm.runningVar.map { isClose($0, [1.3, 1.3]) } == true)
        #expect(norm.stateDict().keys == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"])
        norm.eval()
        #expect(isClose(norm(Tensor([[0.3, 0.4]])), [0, 0]))
    }

    @Test func initialisers() {
        manualSeed(5)
        #expect(isClose(Initializer.orthogonal([3, 4]), [
            -0.4176236, -0.5180364, -0.4788073, 0.5726888, -0.2000996, 0.6536472, -0.7139558, -0.1515666, 0.8778724, -0.170392, -0.4290667,
            0.127313,
        ]))
        manualSeed(5)
        #expect(isClose(Initializer.truncatedNormal([6], from: -0.5, to: 0.5), [
            -0.4867808, -0.08381212, 0.2389462, 0.4698884, -0.1974151, 0.2115711,
        ]))
        manualSeed(5)
        #expect(isClose(Initializer.xavierNormal([2, 3]), [-0.3078672, -0.3818903, -0.352971, 0.4221794, -0.1248563, 1.228724]))
    }

    @Test func misuseIsAnError() {
        #expect(throws: TensorError.self) { try checked { Conv2d(3, 4, kernelSize: 1, groups: 2) } }
        #expect(throws: TensorError.self) { try checked { BatchNorm2d(3)(.zeros([2, 4, 1, 1])) } }
        #expect(throws: TensorError.self) { try checked { LSTM(3, 4)(.zeros([2, 2, 2])).output } }
        #expect(throws: TensorError.self) { try checked { MultiheadAttention(4, heads: 3) } }
    }
}
