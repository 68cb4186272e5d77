import Ember

/// The default network: three convolutions of 3 × 3 with 32, 64 and 128 channels, each followed by pooling, and one linear layer.
/// Pictures [N, 1, 28, 28] become scores [N, classes].
final class ImageClassifier: Module, Layer {
    let conv1 = Conv2d(1, 32, kernelSize: 3, padding: 1)
    let conv2 = Conv2d(32, 64, kernelSize: 3, padding: 1)
    let conv3 = Conv2d(64, 128, kernelSize: 3, padding: 1)
    let dropout = Dropout(0.25)
    let output: Linear

    /// How checkpoints name this architecture.
    static let name = "cnn-32-64-128"

    init(classes: Int) { output = Linear(128 * 3 * 3, classes) }

    func forward(_ images: Tensor) -> Tensor { classify(stages(images).last ?? images) }

    private func classify(_ features: Tensor) -> Tensor { output(dropout(features.flatten(from: 1))) }

    /// The pictures, and what each stage of convolution, ReLU and pooling makes of them.
    private func stages(_ images: Tensor) -> [Tensor] {
        var maps = [images]
        for convolution in [conv1, conv2, conv3] { maps.append(maxPool2d(relu(convolution(maps[maps.count - 1])), 2)) }
        return maps
    }

    /// The results of the convolutions, by name, before pooling.
    func featureMaps(_ images: Tensor) -> [(name: String, maps: Tensor)] {
        let inputs = stages(images)
        return zip([("conv1", conv1), ("conv2", conv2), ("conv3", conv3)], inputs).map { layer, input in
            (layer.0, relu(layer.1(input)))
        }
    }
}
