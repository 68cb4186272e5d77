import EmberTensor

/// The largest value of windows at pseudo-random places of (batch, channels, H, W), as many as make `outputSize`, or `outputRatio` times the
/// input's size; give one of the two (Graham, arXiv:1412.6071). PyTorch: `torch.nn.FractionalMaxPool2d`.
public final class FractionalMaxPool2d: Module, Layer {
    public let kernelSize: any SpatialExtent
    public let outputSize: (any SpatialExtent)?
    public let outputRatio: (any SpatialScale)?
    /// Fixes the places, when given: (batch, channels, 2) numbers in 0..<1.
    public var randomSamples: Tensor?

    public init(_ kernelSize: any SpatialExtent, outputSize: (any SpatialExtent)? = nil, outputRatio: (any SpatialScale)? = nil,
                randomSamples: Tensor? = nil) {
        self.kernelSize = kernelSize
        self.outputSize = outputSize
        self.outputRatio = outputRatio
        self.randomSamples = randomSamples
    }

    public func forward(_ input: Tensor) -> Tensor {
        fractionalMaxPool2d(input, kernelSize, outputSize: outputSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// The largest values and their positions in the flattened input plane. PyTorch: `return_indices=True`.
    public func withIndices(_ input: Tensor) -> (output: Tensor, indices: Tensor) {
        fractionalMaxPool2dWithIndices(input, kernelSize, outputSize: outputSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }
}

/// The largest value of windows at pseudo-random places of (batch, channels, D, H, W), as many as make `outputSize`, or `outputRatio` times the
/// input's size; give one of the two (Graham, arXiv:1412.6071). PyTorch: `torch.nn.FractionalMaxPool3d`.
public final class FractionalMaxPool3d: Module, Layer {
    public let kernelSize: any SpatialExtent
    public let outputSize: (any SpatialExtent)?
    public let outputRatio: (any SpatialScale)?
    /// Fixes the places, when given: (batch, channels, 3) numbers in 0..<1.
    public var randomSamples: Tensor?

    public init(_ kernelSize: any SpatialExtent, outputSize: (any SpatialExtent)? = nil, outputRatio: (any SpatialScale)? = nil,
                randomSamples: Tensor? = nil) {
        self.kernelSize = kernelSize
        self.outputSize = outputSize
        self.outputRatio = outputRatio
        self.randomSamples = randomSamples
    }

    public func forward(_ input: Tensor) -> Tensor {
        fractionalMaxPool3d(input, kernelSize, outputSize: outputSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }

    /// The largest values and their positions in the flattened input plane. PyTorch: `return_indices=True`.
    public func withIndices(_ input: Tensor) -> (output: Tensor, indices: Tensor) {
        fractionalMaxPool3dWithIndices(input, kernelSize, outputSize: outputSize, outputRatio: outputRatio, randomSamples: randomSamples)
    }
}
