import CEmber

extension Image {
    /// The largest number of pixels that a file may have unless the caller says otherwise: 2²⁷.
    ///
    /// A file of a few bytes can announce terabytes.
    public static let defaultMaximumPixels = 1 << 27

    /// Reads a PNG or JPEG file; which one it is is seen from its first bytes, not from its name.
    ///
    /// Of PNG every kind is read (palettes and transparent colours are resolved, fewer than 8 bits a channel widened, 16
    /// rounded to 8; ``Image16`` keeps them); of JPEG baseline and progressive files in grey, YCbCr, RGB, CMYK and YCCK (the last two become RGB).
    /// Colour profiles are not applied.
    /// - Parameter applyingOrientation: whether to turn the picture upright as its EXIF orientation says. Off unless asked for.
    ///
    /// PyTorch: `torchvision.io.decode_image(path, apply_exif_orientation=False)`.
    public init(
        path: String, maximumPixels: Int = defaultMaximumPixels, applyingOrientation: Bool = false
    ) throws(FormatError) {
        try self.init(
            encoded: try MappedFile(path: path), description: path, maximumPixels: maximumPixels, applyingOrientation: applyingOrientation)
    }

    /// Reads a PNG or JPEG file that lies in memory. `description` stands for the path in errors.
    public init(
        encoded file: some ByteSource, description: String = "bytes in memory", maximumPixels: Int = defaultMaximumPixels,
        applyingOrientation: Bool = false
    ) throws(FormatError) {
        let decoded = try EncodedImage.decode(file, bits: 8, maximumPixels: maximumPixels, file: description) { values, width, height, channels in
            Image(width: width, height: height, channels: channels, pixels: [UInt8](values))
        }
        self = applyingOrientation ? decoded.oriented(ImageOrientation(encoded: file)) : decoded
    }

    /// The picture as a PNG file. `level` is zlib's: 0 (stored) to 9 (smallest).
    public func encodedPNG(level: Int = 6) throws(FormatError) -> [UInt8] {
        precondition((0 ... 9).contains(level), "the level of compression is 0 to 9, not \(level)")
        try checkSize(limit: Int(Int32.max), format: "PNG")
        var file = ember_image_file()
        let status = pixels.withUnsafeBufferPointer {
            ember_png_encode($0.baseAddress, Int32(width), Int32(height), Int32(channels), 8, Int32(level), &file)
        }
        return try EncodedImage.collect(status, &file)
    }

    /// The picture as a JPEG file, without its alpha. `quality` is libjpeg's: 1 to 100.
    public func encodedJPEG(quality: Int = 90) throws(FormatError) -> [UInt8] {
        precondition((1 ... 100).contains(quality), "the quality is 1 to 100, not \(quality)")
        try checkSize(limit: 65500, format: "JPEG")
        let opaque = channels == 4 ? converted(toChannels: 3) : self
        var file = ember_image_file()
        let status = opaque.pixels.withUnsafeBufferPointer {
            ember_jpeg_encode($0.baseAddress, Int32(width), Int32(height), Int32(opaque.channels), Int32(quality), &file)
        }
        return try EncodedImage.collect(status, &file)
    }

    /// Writes a PNG file, which appears under its name only when it is complete.
    public func writePNG(to path: String, level: Int = 6) throws(FormatError) {
        try writeFile(try encodedPNG(level: level), to: path)
    }

    /// Writes a JPEG file, which appears under its name only when it is complete.
    public func writeJPEG(to path: String, quality: Int = 90) throws(FormatError) {
        try writeFile(try encodedJPEG(quality: quality), to: path)
    }

    private func checkSize(limit: Int, format: String) throws(FormatError) {
        try EncodedImage.checkSize(width: width, height: height, limit: limit, format: format)
    }
}

/// What reading and writing of pictures of 8 and of 16 bits share.
enum EncodedImage {
    static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47]
    static let jpegSignature: [UInt8] = [0xFF, 0xD8]

    /// Decodes a PNG or, at 8 bits, a JPEG file, and gives `make` its values, width, height and channels.
    static func decode<Result>(
        _ source: some ByteSource, bits: Int, maximumPixels: Int, file: String,
        _ make: (_ values: UnsafeRawBufferPointer, _ width: Int, _ height: Int, _ channels: Int) -> Result
    ) throws(FormatError) -> Result {
        try source.reading { bytes throws(FormatError) in
            let buffer = bytes.bindMemory(to: UInt8.self)
            guard let start = buffer.baseAddress else { throw FormatError(.truncated, file: file, "the file is empty") }
            var decoded = ember_image()
            let status: ember_image_status
            if buffer.starts(with: pngSignature) {
                status = ember_png_decode(start, buffer.count, Int64(maximumPixels), Int32(bits), &decoded)
            } else if buffer.starts(with: jpegSignature), bits == 8 {
                status = ember_jpeg_decode(start, buffer.count, Int64(maximumPixels), &decoded)
            } else {
                throw FormatError(.malformed, file: file, bits == 8 ? "neither a PNG nor a JPEG file" : "not a PNG file, which alone can have 16 bits")
            }
            defer { ember_image_free(decoded.pixels) }
            guard status == EMBER_IMAGE_OK, let pixels = decoded.pixels else {
                throw imageError(status, text(decoded.message), "read the picture", file: file)
            }
            let (width, height, channels) = (Int(decoded.width), Int(decoded.height), Int(decoded.channels))
            let values = UnsafeRawBufferPointer(start: pixels, count: width * height * channels * bits / 8)
            return make(values, width, height, channels)
        }
    }

    static func checkSize(width: Int, height: Int, limit: Int, format: String) throws(FormatError) {
        guard width <= limit && height <= limit else {
            throw FormatError(
                .tooLarge, file: "\(format) picture", "\(width) × \(height) is more than the \(limit) pixels a side can have")
        }
    }

    static func collect(_ status: ember_image_status, _ file: inout ember_image_file) throws(FormatError) -> [UInt8] {
        defer { ember_image_free(file.bytes) }
        guard status == EMBER_IMAGE_OK, let bytes = file.bytes else {
            throw imageError(status, text(file.message), "encode the picture", file: "picture")
        }
        return Array(UnsafeBufferPointer(start: bytes, count: file.count))
    }
}

/// The text in a C array, which Swift sees as a tuple.
private func text<Characters>(_ message: Characters) -> String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

private func imageError(
    _ status: ember_image_status, _ message: String, _ action: String, file: String
) -> FormatError {
    let kind: FormatError.Kind =
        switch status {
        case EMBER_IMAGE_UNSUPPORTED: .unsupported
        case EMBER_IMAGE_TOO_LARGE: .tooLarge
        case EMBER_IMAGE_OUT_OF_MEMORY: .system
        default: .malformed
        }
    return FormatError(kind, file: file, "cannot \(action): \(message)")
}
