/// Writes pictures as one GIF file that shows them one after the other, for ever (CompuServe, "Graphics Interchange Format", version 89a).
enum AnimatedGIF {
    /// - Parameter frames: at least one, all of one size; alpha is dropped. Each gets a palette of its own: its very colours when they
    ///   are at most 256, else 256 that stand for them (``ColorPalette``).
    static func encode(_ frames: [Image], framesPerSecond: Double) throws(FormatError) -> [UInt8] {
        guard let first = frames.first else { throw FormatError(.unsupported, file: "GIF", "a film needs at least one frame") }
        guard first.width <= 65535, first.height <= 65535 else {
            throw FormatError(.tooLarge, file: "GIF", "\(first.width) × \(first.height) is more than the 65535 pixels a side can have")
        }
        guard frames.allSatisfy({ ($0.width, $0.height) == (first.width, first.height) }) else {
            throw FormatError(.unsupported, file: "GIF", "the frames of a film have one size")
        }
        let delay = Int((100 / framesPerSecond).rounded())
        var bytes = Array("GIF89a".utf8)
        func short(_ value: Int) { bytes += [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }
        short(first.width)
        short(first.height)
        bytes += [0x70, 0, 0]  // no common palette, 8 bits a colour
        bytes += [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]  // repeats without end
        for frame in frames {
            let (palette, indices) = ColorPalette.reduced(frame.converted(toChannels: 3))
            bytes += [0x21, 0xF9, 4, 0]
            short(delay)
            bytes += [0, 0, 0x2C, 0, 0, 0, 0]
            short(first.width)
            short(first.height)
            bytes += [0x87]  // a palette of 256 colours follows
            for color in palette { bytes += [color.red, color.green, color.blue] }
            bytes += [UInt8](repeating: 0, count: (256 - palette.count) * 3)
            bytes.append(8)
            let data = LZWEncoder.encode(indices)
            for start in stride(from: 0, to: data.count, by: 255) {
                let block = data[start ..< min(start + 255, data.count)]
                bytes.append(UInt8(block.count))
                bytes += block
            }
            bytes.append(0)
        }
        bytes.append(0x3B)
        return bytes
    }
}

/// GIF's variant of the Lempel-Ziv-Welch compression (appendix F of its specification) for bytes: codes of 9 to 12 bits, lowest bit first.
private struct LZWEncoder {
    private static let clear = 256, end = 257, limit = 4096, slots = 8192

    private var bytes: [UInt8] = []
    private var pending = 0
    private var pendingBits = 0
    private var width = 9
    private var next = LZWEncoder.end + 1
    /// A hash table from (prefix code, byte) + 1 to the code of the sequence.
    private var keys = [UInt32](repeating: 0, count: LZWEncoder.slots)
    private var codes = [UInt16](repeating: 0, count: LZWEncoder.slots)

    static func encode(_ indices: [UInt8]) -> [UInt8] {
        var encoder = LZWEncoder()
        encoder.write(clear)
        guard var prefix = indices.first.map(Int.init) else { return encoder.finished() }
        for index in indices.dropFirst() {
            let key = UInt32(prefix << 8 | Int(index)) + 1
            var slot = Int((key &* 2_654_435_761) >> 19)
            while encoder.keys[slot] != 0, encoder.keys[slot] != key { slot = (slot + 1) & (slots - 1) }
            if encoder.keys[slot] == key {
                prefix = Int(encoder.codes[slot])
                continue
            }
            encoder.write(prefix)
            encoder.keys[slot] = key
            encoder.codes[slot] = UInt16(encoder.next)
            encoder.didAddCode()
            prefix = Int(index)
        }
        encoder.write(prefix)
        encoder.didAddCode()  // the reader adds one here too, and its codes may grow wider
        return encoder.finished()
    }

    private mutating func didAddCode() {
        next += 1
        if next > 1 << width {
            if width < 12 {
                width += 1
            } else {
                write(LZWEncoder.clear)
                restart()
            }
        }
    }

    private mutating func restart() {
        width = 9
        next = LZWEncoder.end + 1
        for slot in keys.indices { keys[slot] = 0 }
    }

    private mutating func write(_ code: Int) {
        pending |= code << pendingBits
        pendingBits += width
        while pendingBits >= 8 {
            bytes.append(UInt8(pending & 0xFF))
            pending >>= 8
            pendingBits -= 8
        }
    }

    private consuming func finished() -> [UInt8] {
        write(LZWEncoder.end)
        if pendingBits > 0 { bytes.append(UInt8(pending & 0xFF)) }
        return bytes
    }
}
