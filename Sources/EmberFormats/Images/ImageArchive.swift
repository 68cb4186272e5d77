import EmberTensor

/// A PNG or JPEG file as a tensor file of one tensor, `image`, of shape (channels, height, width): uint8, or uint16 of files with 16 bits.
///
/// PyTorch: `torchvision.io.decode_image`.
public struct ImageArchive: TensorArchive {
    /// The name under which the picture is listed.
    public static let name = "image"

    public let path: String
    public let format: TensorFormat
    public let metadata: JSONObject
    private let tensor: Tensor

    /// Reads a picture.
    public init(path: String, maximumPixels: Int = Image.defaultMaximumPixels) throws(FormatError) {
        let file = try MappedFile(path: path)
        self.path = path
        // The depth of a PNG file is the byte after its width and height.
        let isPNG = file.withUnsafeBytes { $0.starts(with: EncodedImage.pngSignature) }
        let depth = isPNG && file.byteCount > 24 ? file.withUnsafeBytes { Int($0[24]) } : 8
        format = isPNG ? .png : .jpeg
        metadata = ["bits": .integer(depth), "orientation": .integer(Int(ImageOrientation(encoded: file).rawValue))]
        if depth == 16 {
            let image = try Image16(encoded: file, description: path, maximumPixels: maximumPixels)
            tensor = ImageArchive.planes(image.pixels, image.width, image.height, image.channels)
        } else {
            let image = try Image(encoded: file, description: path, maximumPixels: maximumPixels)
            tensor = ImageArchive.planes(image.pixels, image.width, image.height, image.channels)
        }
    }

    private static func planes<Value: TensorElement>(_ pixels: [Value], _ width: Int, _ height: Int, _ channels: Int) -> Tensor {
        Tensor(pixels, shape: [height, width, channels]).permute(2, 0, 1).contiguous()
    }

    public var entries: [TensorEntry] {
        [TensorEntry(
            name: ImageArchive.name, shape: tensor.shape, storedType: tensor.dtype.name, dtype: tensor.dtype,
            byteCount: tensor.count * tensor.dtype.size)]
    }

    public func load(_ name: String) throws(FormatError) -> Tensor {
        guard name == ImageArchive.name else { throw missing(name) }
        return tensor
    }

    /// Writes the one tensor as a picture, as `Image.init(_:)` understands it; uint16 as a PNG file of 16 bits.
    static func write(_ tensors: [NamedTensor], to path: String, as format: TensorFormat) throws(FormatError) {
        if let only = tensors.first, tensors.count == 1, only.tensor.dtype == .uint16, format == .png, let image = Image16(only.tensor) {
            return try image.writePNG(to: path)
        }
        guard let only = tensors.first, tensors.count == 1, only.tensor.dtype != .uint16, let image = Image(only.tensor) else {
            let shapes = tensors.map { "\($0.tensor.shape)" }.joined(separator: ", ")
            throw FormatError(
                .unsupported, file: path, "a picture is one tensor of shape (height, width) or (1, 3 or 4, height, width), not \(shapes); PNG alone can have 16 bits")
        }
        try format == .png ? image.writePNG(to: path) : image.writeJPEG(to: path)
    }
}
