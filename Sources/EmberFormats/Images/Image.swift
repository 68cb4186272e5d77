/// A picture of 8-bit pixels: rows from the top, pixels from the left, channels side by side.
///
/// One channel is grey, three are red, green, blue, four have an alpha that the colours are not multiplied with.
public struct Image: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// 1, 3 or 4.
    public let channels: Int
    /// `height` × `width` × `channels` values.
    public var pixels: [UInt8] {
        didSet { precondition(pixels.count == oldValue.count, "an image keeps its number of pixels") }
    }

    /// A picture of given pixels, of which there must be `height` × `width` × `channels`.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
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

    /// A picture of one colour, whose channels `fill` has.
    public init(width: Int, height: Int, fill: [UInt8]) {
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * fill.count) { buffer, count in
            while count < width * height * fill.count {
                for value in fill {
                    buffer.initializeElement(at: count, to: value)
                    count += 1
                }
            }
        }
        self.init(width: width, height: height, channels: fill.count, pixels: pixels)
    }

    /// One value; the place must lie inside.
    public subscript(x: Int, y: Int, channel: Int) -> UInt8 {
        get { pixels[offset(x, y) + channel] }
        set { pixels[offset(x, y) + channel] = newValue }
    }

    private func offset(_ x: Int, _ y: Int) -> Int {
        precondition(x >= 0 && x < width && y >= 0 && y < height, "(\(x), \(y)) is outside of \(width) × \(height)")
        return (y * width + x) * channels
    }

    /// The same picture with 1, 3 or 4 channels.
    ///
    /// Grey is ITU-R 601's luma, 0.299 R + 0.587 G + 0.114 B, in 16-bit fixed point (Pillow's `convert("L")`). Alpha is
    /// dropped or, when it is new, opaque.
    public func converted(toChannels target: Int) -> Image {
        precondition([1, 3, 4].contains(target), "an image has 1, 3 or 4 channels, not \(target)")
        guard target != channels else { return self }
        var result = [UInt8]()
        result.reserveCapacity(width * height * target)
        for pixel in 0 ..< width * height {
            let base = pixel * channels
            let red = pixels[base]
            let green = channels == 1 ? red : pixels[base + 1]
            let blue = channels == 1 ? red : pixels[base + 2]
            if target == 1 {
                let luma = 19595 * UInt32(red) + 38470 * UInt32(green) + 7471 * UInt32(blue)
                result.append(UInt8((luma + 0x8000) >> 16))
            } else {
                result.append(red)
                result.append(green)
                result.append(blue)
                if target == 4 { result.append(255) }
            }
        }
        return Image(width: width, height: height, channels: target, pixels: result)
    }

    /// Every pixel repeated `factor` × `factor` times, so that single pixels can be seen.
    public func enlarged(by factor: Int) -> Image {
        precondition(factor >= 1, "the factor must be at least 1, not \(factor)")
        var result = [UInt8]()
        result.reserveCapacity(pixels.count * factor * factor)
        for y in 0 ..< height {
            let start = result.count
            for x in 0 ..< width {
                let base = (y * width + x) * channels
                for _ in 0 ..< factor { result.append(contentsOf: pixels[base ..< base + channels]) }
            }
            let row = Array(result[start...])
            for _ in 1 ..< factor { result.append(contentsOf: row) }
        }
        return Image(width: width * factor, height: height * factor, channels: channels, pixels: result)
    }

    /// The picture at another size: each axis by a triangle filter that is widened when shrinking, so that nothing aliases
    /// (the definition of Pillow's `Image.BILINEAR` and torchvision's `antialias=True`; here with one rounding at the end).
    public func resized(width newWidth: Int, height newHeight: Int) -> Image {
        precondition(newWidth > 0 && newHeight > 0, "an image needs at least one pixel, not \(newWidth) × \(newHeight)")
        let columns = TriangleFilter(from: width, to: newWidth)
        let rows = TriangleFilter(from: height, to: newHeight)
        var narrow = [Float](repeating: 0, count: newWidth * height * channels)
        for y in 0 ..< height {
            for x in 0 ..< newWidth {
                for channel in 0 ..< channels {
                    var sum: Float = 0
                    for (index, weight) in columns.weights[x].enumerated() {
                        sum += weight * Float(pixels[(y * width + columns.first[x] + index) * channels + channel])
                    }
                    narrow[(y * newWidth + x) * channels + channel] = sum
                }
            }
        }
        var result = [UInt8](repeating: 0, count: newWidth * newHeight * channels)
        let rowLength = newWidth * channels
        for y in 0 ..< newHeight {
            for x in 0 ..< rowLength {
                var sum: Float = 0
                for (index, weight) in rows.weights[y].enumerated() {
                    sum += weight * narrow[(rows.first[y] + index) * rowLength + x]
                }
                result[y * rowLength + x] = UInt8(max(0, min(255, sum.rounded())))
            }
        }
        return Image(width: newWidth, height: newHeight, channels: channels, pixels: result)
    }
}

/// Which samples of the source make up a sample of the target, and with what weights.
private struct TriangleFilter {
    var first: [Int] = []
    var weights: [[Float]] = []

    init(from source: Int, to target: Int) {
        let scale = Double(source) / Double(target)
        let radius = max(scale, 1)
        for position in 0 ..< target {
            let center = (Double(position) + 0.5) * scale
            let low = max(0, Int((center - radius + 0.5).rounded(.down)))
            let high = min(source, Int((center + radius + 0.5).rounded(.down)))
            let raw = (low ..< max(high, low + 1)).map { max(0, 1 - abs((Double($0) + 0.5 - center) / radius)) }
            let sum = raw.reduce(0, +)
            first.append(low)
            weights.append(raw.map { Float($0 / sum) })
        }
    }
}
