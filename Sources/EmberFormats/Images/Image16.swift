import CEmber
import EmberTensor

/// A picture of 16-bit pixels, as cameras and microscopes give them: rows from the top, pixels from the left, channels side by side.
public struct Image16: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// 1, 3 or 4: grey; red, green, blue; and with an alpha that the colours are not multiplied with.
    public let channels: Int
    /// `height` × `width` × `channels` values.
    public let pixels: [UInt16]

    /// A picture of given pixels, of which there must be `height` × `width` × `channels`.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt16]) {
        precondition(width > 0 && height > 0, "an image needs at least one pixel, not \(width) × \(height)")
        precondition([1, 3, 4].contains(channels), "an image has 1, 3 or 4 channels, not \(channels)")
        precondition(
            pixels.count == width * height * channels,
            "\(width) × \(height) × \(channels) values are needed, not \(pixels.count)")
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// Reads a PNG file; fewer bits are widened so that the largest value stays the largest.
    public init(path: String, maximumPixels: Int = Image.defaultMaximumPixels) throws(FormatError) {
        try self.init(encoded: try MappedFile(path: path), description: path, maximumPixels: maximumPixels)
    }

    /// Reads a PNG file that lies in memory. `description` stands for the path in errors.
    public init(
        encoded file: some ByteSource, description: String = "bytes in memory", maximumPixels: Int = Image.defaultMaximumPixels
    ) throws(FormatError) {
        self = try EncodedImage.decode(file, bits: 16, maximumPixels: maximumPixels, file: description) { values, width, height, channels in
            Image16(width: width, height: height, channels: channels, pixels: [UInt16](values.bindMemory(to: UInt16.self)))
        }
    }

    /// The picture as a PNG file of 16 bits a channel. `level` is zlib's: 0 (stored) to 9 (smallest).
    public func encodedPNG(level: Int = 6) throws(FormatError) -> [UInt8] {
        precondition((0 ... 9).contains(level), "the level of compression is 0 to 9, not \(level)")
        try EncodedImage.checkSize(width: width, height: height, limit: Int(Int32.max), format: "PNG")
        var file = ember_image_file()
        let status = pixels.withUnsafeBufferPointer {
            ember_png_encode($0.baseAddress, Int32(width), Int32(height), Int32(channels), 16, Int32(level), &file)
        }
        return try EncodedImage.collect(status, &file)
    }

    /// Writes a PNG file, which appears under its name only when it is complete.
    public func writePNG(to path: String, level: Int = 6) throws(FormatError) {
        try writeFile(try encodedPNG(level: level), to: path)
    }
}

extension Tensor {
    /// The picture as float32 of shape (channels, height, width), 0 to 1.
    public init(_ image: Image16) {
        let area = image.width * image.height
        var values = [Float](repeating: 0, count: image.channels * area)
        for channel in 0 ..< image.channels {
            for place in 0 ..< area {
                values[channel * area + place] = Float(image.pixels[place * image.channels + channel]) / 65535
            }
        }
        self.init(values, shape: [image.channels, image.height, image.width])
    }
}

extension Image16 {
    /// A uint16 tensor of shape (height, width) or (1 or 3 or 4 channels, height, width) as a picture. Nil when it is not one of these.
    public init?(_ tensor: Tensor) {
        let shape = tensor.rank == 2 ? [1] + tensor.shape : tensor.shape
        guard tensor.dtype == .uint16, shape.count == 3, [1, 3, 4].contains(shape[0]), shape[1] > 0, shape[2] > 0 else { return nil }
        let pixels = tensor.reshape(shape).permute(1, 2, 0).array(of: UInt16.self)
        self.init(width: shape[2], height: shape[1], channels: shape[0], pixels: pixels)
    }
}
