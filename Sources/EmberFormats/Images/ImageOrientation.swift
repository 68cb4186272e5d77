/// How a camera was held: what must be done to the stored picture so that it stands upright. Raw values are those of EXIF's tag 274.
public enum ImageOrientation: UInt16, Sendable, CaseIterable {
    case upright = 1
    case mirrored = 2
    case halfTurn = 3
    case upsideDown = 4
    case transposed = 5
    /// The stored picture must be turned clockwise.
    case quarterTurn = 6
    case transversed = 7
    /// The stored picture must be turned counter-clockwise.
    case threeQuarterTurn = 8

    /// What a JPEG file's EXIF segment or a PNG file's eXIf chunk says; upright when there is none, or none that can be read.
    public init(encoded file: some ByteSource) {
        self = file.withUnsafeBytes { bytes in
            let place = bytes.starts(with: EncodedImage.jpegSignature) ? ImageOrientation.jpegEXIF(bytes) : ImageOrientation.pngEXIF(bytes)
            guard let place else { return .upright }
            return ImageOrientation.read(UnsafeRawBufferPointer(rebasing: bytes[place])) ?? .upright
        }
    }

    private static func big16(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Int { Int(bytes[place]) << 8 | Int(bytes[place + 1]) }

    private static func big32(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Int { big16(bytes, place) << 16 | big16(bytes, place + 2) }

    /// The content of the first segment APP1 that has EXIF data, before the picture begins.
    private static func jpegEXIF(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        let mark = Array("Exif".utf8) + [0, 0]
        var place = 2
        while place + 4 <= bytes.count, bytes[place] == 0xFF {
            let marker = bytes[place + 1]
            if marker == 0xFF {
                place += 1
                continue
            }
            if marker == 0xDA || marker == 0xD9 { return nil }
            let length = big16(bytes, place + 2), end = place + 2 + length
            guard length >= 2, end <= bytes.count else { return nil }
            if marker == 0xE1, bytes[(place + 4) ..< end].starts(with: mark) { return place + 4 + mark.count ..< end }
            place = end
        }
        return nil
    }

    /// The content of the chunk eXIf.
    private static func pngEXIF(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        var place = 8
        while place + 12 <= bytes.count {
            let length = big32(bytes, place)
            guard length <= bytes.count - place - 12 else { return nil }
            let kind = bytes[place + 4 ..< place + 8]
            if kind.elementsEqual("eXIf".utf8) { return place + 8 ..< place + 8 + length }
            if kind.elementsEqual("IEND".utf8) { return nil }
            place += 12 + length
        }
        return nil
    }

    /// The orientation in the first directory of a TIFF structure (TIFF 6.0, section 2).
    private static func read(_ bytes: UnsafeRawBufferPointer) -> ImageOrientation? {
        guard bytes.count >= 8 else { return nil }
        let isLittleEndian = bytes.starts(with: Array("II".utf8))
        func short(_ place: Int) -> UInt16 {
            let value = bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self)
            return isLittleEndian ? UInt16(littleEndian: value) : UInt16(bigEndian: value)
        }
        func long(_ place: Int) -> Int {
            let value = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
            return Int(isLittleEndian ? UInt32(littleEndian: value) : UInt32(bigEndian: value))
        }
        guard isLittleEndian || bytes.starts(with: Array("MM".utf8)), short(2) == 42 else { return nil }
        let directory = long(4)
        guard directory <= bytes.count - 2 else { return nil }
        let count = Int(short(directory))
        for index in 0 ..< count {
            let entry = directory + 2 + 12 * index
            guard entry + 12 <= bytes.count else { return nil }
            if short(entry) == 274, short(entry + 2) == 3 { return ImageOrientation(rawValue: short(entry + 8)) }
        }
        return nil
    }
}

extension Image {
    /// The picture turned and mirrored so that one that was stored in this orientation stands upright. Pillow: `ImageOps.exif_transpose`.
    public func oriented(_ orientation: ImageOrientation) -> Image {
        guard orientation != .upright else { return self }
        let swaps = orientation.rawValue >= 5
        let (newWidth, newHeight) = swaps ? (height, width) : (width, height)
        var result = [UInt8]()
        result.reserveCapacity(pixels.count)
        for y in 0 ..< newHeight {
            for x in 0 ..< newWidth {
                let (right, bottom) = (width - 1, height - 1)
                let (sourceX, sourceY) =
                    switch orientation {
                    case .upright: (x, y)
                    case .mirrored: (right - x, y)
                    case .halfTurn: (right - x, bottom - y)
                    case .upsideDown: (x, bottom - y)
                    case .transposed: (y, x)
                    case .quarterTurn: (y, bottom - x)
                    case .transversed: (right - y, bottom - x)
                    case .threeQuarterTurn: (right - y, x)
                    }
                let place = (sourceY * width + sourceX) * channels
                result.append(contentsOf: pixels[place ..< place + channels])
            }
        }
        return Image(width: newWidth, height: newHeight, channels: channels, pixels: result)
    }
}
