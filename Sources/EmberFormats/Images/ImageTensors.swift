import EmberTensor

extension Tensor {
    /// The picture as float32 of shape (channels, height, width), 0 to 1. PyTorch: `torchvision.transforms.functional.to_tensor`.
    public init(_ image: Image) {
        let (channels, area) = (image.channels, image.width * image.height)
        var values = [Float](repeating: 0, count: channels * area)
        for channel in 0 ..< channels {
            for place in 0 ..< area {
                values[channel * area + place] = Float(image.pixels[place * channels + channel]) / 255
            }
        }
        self.init(values, shape: [channels, image.height, image.width])
    }
}

extension Image {
    /// A tensor of shape (height, width) or (1 or 3 or 4 channels, height, width) as a picture: uint8 as it is, other types
    /// times 255, clamped and rounded. Nil when the shape is not one of these.
    /// PyTorch: `torchvision.transforms.functional.to_pil_image`.
    public init?(_ tensor: Tensor) {
        let shape = tensor.rank == 2 ? [1] + tensor.shape : tensor.shape
        guard shape.count == 3, [1, 3, 4].contains(shape[0]), shape[1] > 0, shape[2] > 0 else { return nil }
        let area = shape[1] * shape[2]
        let planes: [UInt8]
        if tensor.dtype == .uint8 {
            planes = tensor.array()
        } else {
            // NaN has no colour; it becomes black.
            planes = tensor.array(of: Float.self).map { $0.isNaN ? 0 : UInt8((max(0, min(1, $0)) * 255).rounded()) }
        }
        var pixels = [UInt8](repeating: 0, count: planes.count)
        for channel in 0 ..< shape[0] {
            for place in 0 ..< area { pixels[place * shape[0] + channel] = planes[channel * area + place] }
        }
        self.init(width: shape[2], height: shape[1], channels: shape[0], pixels: pixels)
    }
}
