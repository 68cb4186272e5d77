import EmberTensor

/// Pictures of 8-bit pixels with a class each, kept as bytes and converted when they are read: `(image, label)` with a float32 image
/// [C, H, W] and a 0-d int64 label.
public struct LabeledImages: Dataset {
    /// uint8, [N, H, W] or [N, C, H, W].
    public let pixels: Tensor
    /// The class of each picture, 0 ..< `classNames.count`.
    public let labels: [Int]
    public let classNames: [String]
    /// What a pixel value p becomes: (p / 255 - mean) / deviation.
    public let normalization: (mean: Float, deviation: Float)
    /// The 256 values that pixels become.
    private let levels: [Float]
    private let imageShape: Shape

    /// - Throws: ``DataError`` when pixels and labels do not belong together.
    public init(
        pixels: Tensor, labels: Tensor, classNames: [String], normalization: (mean: Float, deviation: Float) = (0, 1)
    ) throws {
        guard pixels.dtype == .uint8, pixels.rank == 3 || pixels.rank == 4 else {
            throw DataError("pictures are uint8 [N, H, W] or [N, C, H, W], not \(pixels.dtype.name) \(pixels.shape)")
        }
        guard labels.dtype.isInteger, labels.shape == [pixels.shape[0]] else {
            throw DataError("\(pixels.shape[0]) pictures do not go with labels of type \(labels.dtype.name) and shape \(labels.shape)")
        }
        guard normalization.deviation > 0 else { throw DataError("the deviation of pixels must be above 0") }
        self.pixels = pixels.contiguous()
        self.labels = labels.array(of: Int.self)
        if let i = self.labels.firstIndex(where: { $0 < 0 || $0 >= classNames.count }) {
            throw DataError("picture \(i) has the label \(self.labels[i]), but there are \(classNames.count) classes")
        }
        self.classNames = classNames
        self.normalization = normalization
        levels = (0 ..< 256).map { (Float($0) / 255 - normalization.mean) / normalization.deviation }
        imageShape = pixels.rank == 3 ? [1] + pixels.shape.dropFirst() : Array(pixels.shape.dropFirst())
    }

    public var count: Int { labels.count }

    /// Channels, height and width of every picture.
    public var sampleShape: Shape { imageShape }

    public subscript(i: Int) -> (Tensor, Tensor) { (images(at: [i])[0], Tensor(.int(labels[i]))) }

    public func batch(at indices: [Int]) throws -> (Tensor, Tensor)? { (images(at: indices), Tensor(indices.map { labels[$0] })) }

    /// The converted pictures at `indices`, [indices.count, C, H, W].
    public func images(at indices: [Int]) -> Tensor {
        let size = imageShape.reduce(1, *)
        let values = pixels.withUnsafeBuffer(as: UInt8.self) { pixels in
            levels.withUnsafeBufferPointer { levels in
                [Float](unsafeUninitializedCapacity: indices.count * size) { values, filled in
                    for (position, i) in indices.enumerated() {
                        precondition(i >= 0 && i < count, "picture \(i) of \(count)")
                        for k in 0 ..< size { values[position * size + k] = levels[Int(pixels[i * size + k])] }
                    }
                    filled = indices.count * size
                }
            }
        }
        return Tensor(values, shape: [indices.count] + imageShape)
    }
}
