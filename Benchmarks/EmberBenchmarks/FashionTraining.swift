import Ember
import Foundation

/// The network of `./run`, by PyTorch's names in Benchmarks/peers/training_rows.py.
final class FashionNetwork: Module {
    let conv1 = Conv2d(1, 32, kernelSize: 3, padding: 1)
    let conv2 = Conv2d(32, 64, kernelSize: 3, padding: 1)
    let conv3 = Conv2d(64, 128, kernelSize: 3, padding: 1)
    let output = Linear(128 * 3 * 3, 10)

    func callAsFunction(_ images: Tensor) -> Tensor {
        var x = images
        for convolution in [conv1, conv2, conv3] { x = maxPool2d(relu(convolution(x)), 2) }
        return output(x.flatten(from: 1))
    }
}

/// Fashion-MNIST in batches of 128, shuffled by the default generator, with Adam.
final class FashionTraining {
    let network: FashionNetwork
    private let optimizer: Adam
    private let images: Tensor
    private let labels: Tensor

    /// Seeds the generator with 0 and draws the initial weights.
    init() throws {
        guard let folder = MNISTCollection.fashion.localFolder else { throw MissingData() }
        let data = try MNISTCollection.fashion.load(.train, from: folder)
        images = data.pixels.reshape([-1, 1, 28, 28]).to(.float32) / 255.0
        labels = Tensor(data.labels)
        manualSeed(0)
        network = FashionNetwork()
        optimizer = Adam(network.parameters(), learningRate: 1e-3)
    }

    struct MissingData: Error, CustomStringConvertible {
        var description: String { "Fashion-MNIST is not here: install the Debian package dataset-fashion-mnist" }
    }

    /// Trains for an epoch, or for so many batches, and returns the loss of each batch.
    func epoch(batches limit: Int = .max) -> [Double] {
        let order = Tensor.randperm(images.shape[0])
        var losses: [Double] = []
        var start = 0
        while start < images.shape[0] && losses.count < limit {
            let chosen = order[start..<min(start + 128, images.shape[0])]
            let loss = crossEntropy(network(images.indexSelect(0, chosen)), labels.indexSelect(0, chosen))
            optimizer.zeroGrad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            start += 128
        }
        return losses
    }
}
