import Ember

/// A row of training steps: `prepare` returns the optimiser and the loss. One step comes before the first that counts, so that the loss
/// which the sides compare depends on all gradients.
private func training(_ name: String, flops: Double, prepare: @escaping @Sendable () -> (optimizer: Optimizer, loss: () -> Tensor)) -> Row {
    Row(name, .operations(flops), tolerance: 0.01, reportsMemory: true) {
        let (optimizer, loss) = prepare()
        let step = {
            let loss = loss()
            optimizer.zeroGrad()
            loss.backward()
            optimizer.step()
            return loss
        }
        _ = step()
        return step
    }
}

private func resNet50(batch: Int) -> Row {
    // 4.09 billion multiplications with addition for each picture.
    Row("ResNet-50 224² b\(batch), inference", .operations(2 * 4.09e9 * Double(batch)), reportsMemory: true) {
        let network = ResidualNetwork.resNet50(), x = Tensor.randn([batch, 3, 224, 224])
        network.eval()
        return { noGrad { network(x) } }
    }
}

/// Whole networks: steps of training, inference, tokens one after the other.
let networkRows: [Row] = [
    // 0.556 billion multiplications with addition for each picture, three times as many with both gradients.
    training("ResNet-18 32² b64, SGD step", flops: 6 * 0.556e9 * 64) {
        let network = ResidualNetwork.resNet18(), x = Tensor.randn([64, 3, 32, 32]), target = Tensor.randint(0, 10, [64])
        return (SGD(network.parameters(), learningRate: 0.01, momentum: 0.9), { crossEntropy(network(x), target) })
    },
    resNet50(batch: 1),
    resNet50(batch: 16),
    training("LSTM language model 2x256, 64 steps b32, Adam step", flops: 6 * 64 * 32 * Double(2 * 4 * 256 * 512 + 256 * 10_000)) {
        let model = RecurrentLanguageModel(words: 10_000, size: 256)
        let words = Tensor.randint(0, 10_000, [64, 32]), next = Tensor.randint(0, 10_000, [64 * 32])
        return (Adam(model.parameters()), { crossEntropy(model(words).reshape(64 * 32, 10_000), next) })
    },
    // Weights by tokens, and the two products of attention.
    training("Transformer encoder 6x512, 8 heads, 128 tokens b8, Adam step",
             flops: 6 * 6 * 8 * 128 * Double(4 * 512 * 512 + 2 * 512 * 2048 + 2 * 128 * 512)) {
        let encoder = TransformerEncoder(6) { TransformerEncoderLayer(512, heads: 8, dropout: 0, batchFirst: true) }
        let x = Tensor.randn([8, 128, 512]), target = Tensor.randn([8, 128, 512])
        return (Adam(encoder.parameters(), learningRate: 1e-4), { mseLoss(encoder(x), target) })
    },
    Row("decoder 6x512 with cache, 64 tokens after 64", .items(64, unit: "tokens/s"), reportsMemory: true) {
        let decoder = CachedDecoder(words: 10_000, size: 512, heads: 8, layers: 6, length: 256)
        let prompt = Tensor.randint(0, 10_000, [1, 64])
        decoder.eval()
        return { decoder.continuation(of: prompt, tokens: 64) }
    },
]
