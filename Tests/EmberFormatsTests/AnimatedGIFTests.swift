import EmberFormats
import EmberTensor
import Testing

/// Films, read back by a decoder of their own.
@Suite struct AnimatedGIFTests {
    /// A GIF's frames as red, green and blue bytes; nil when the file breaks the format.
    private struct Decoder {
        private let bytes: [UInt8]
        private var position = 0
        private(set) var width = 0
        private(set) var frames: [[UInt8]] = []
        private(set) var delays: [Int] = []

        init?(_ bytes: [UInt8]) {
            self.bytes = bytes
            guard bytes.starts(with: Array("GIF89a".utf8)) else { return nil }
            position = 6
            width = short()
            position += 5
            while let kind = next(), kind != 0x3B {
                if kind == 0x21 {
                    if next() == 0xF9 { delays.append(Int(bytes[position + 2]) | Int(bytes[position + 3]) << 8) }
                    _ = blocks()
                } else if kind == 0x2C {
                    position += 4
                    let count = short() * short()
                    position += 1
                    let palette = Array(bytes[position ..< position + 768])
                    position += 768 + 1
                    guard let indices = Decoder.decompress(blocks()), indices.count == count else { return nil }
                    frames.append(indices.flatMap { palette[Int($0) * 3 ..< Int($0) * 3 + 3] })
                } else {
                    return nil
                }
            }
            guard position == bytes.count else { return nil }
        }

        private mutating func next() -> UInt8? {
            defer { position += 1 }
            return position < bytes.count ? bytes[position] : nil
        }

        private mutating func short() -> Int {
            defer { position += 2 }
            return Int(bytes[position]) | Int(bytes[position + 1]) << 8
        }

        private mutating func blocks() -> [UInt8] {
            var data: [UInt8] = []
            while let length = next(), length > 0 {
                data += bytes[position ..< position + Int(length)]
                position += Int(length)
            }
            return data
        }

        private static func decompress(_ data: [UInt8]) -> [UInt8]? {
            var table: [[UInt8]] = [], previous: [UInt8] = [], result: [UInt8] = []
            var width = 9, bit = 0
            func reset() { (table, width, previous) = ((0 ..< 256).map { [UInt8($0)] } + [[], []], 9, []) }
            reset()
            while bit + width <= data.count * 8 {
                let code = (0 ..< width).reduce(0) { $0 | Int(data[(bit + $1) / 8] >> ((bit + $1) % 8) & 1) << $1 }
                bit += width
                if code == 256 {
                    reset()
                    continue
                }
                if code == 257 { return result }
                guard let first = code < table.count ? table[code].first : previous.first else { return nil }
                let entry = code < table.count ? table[code] : previous + [first]
                if !previous.isEmpty, table.count < 4096 { table.append(previous + [first]) }
                result += entry
                previous = entry
                if table.count == 1 << width, width < 12 { width += 1 }
            }
            return nil
        }
    }

    private func film(_ tensor: Tensor, framesPerSecond: Double = 4) throws -> Decoder {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.path)
        writer.addVideo("film", tensor, step: 0, framesPerSecond: framesPerSecond)
        try writer.close()
        guard case .image(_, _, _, let encoded)? = try EventFile(path: writer.path).events.first?.value else { throw CancellationError() }
        return try #require(Decoder(encoded))
    }

    @Test func fewColorsAreExact() throws {
        // More than 4096 codes, so that the table is cleared.
        let tensor = (Tensor.rand([1, 2, 1, 96, 96], generator: Generator(seed: 1)) * 255).to(.uint8)
        let film = try film(tensor, framesPerSecond: 10)
        #expect(film.width == 96 && film.delays == [10, 10])
        for frame in 0 ..< 2 {
            let grey: [UInt8] = tensor[0, frame, 0].array()
            #expect(film.frames[frame] == grey.flatMap { [$0, $0, $0] })
        }
        let constant = try self.film(Tensor.full([1, 1, 3, 50, 70], .int(9), dtype: .uint8))
        #expect(constant.frames == [[UInt8](repeating: 9, count: 50 * 70 * 3)])
    }

    @Test func manyColorsAreNearlyRight() throws {
        let ramp = Tensor.arange(0, 64, dtype: .float32) / 64
        let frame = stack([
            ramp.unsqueeze(0).expand([64, 64]), ramp.unsqueeze(1).expand([64, 64]), (ramp.unsqueeze(0) * ramp.unsqueeze(1)),
        ])
        let film = try film(frame.unsqueeze(0).unsqueeze(0))
        let wanted = (frame * 255).permute(1, 2, 0).array(of: Float.self).map { UInt8($0) }
        let errors = zip(film.frames[0], wanted).map { abs(Int($0) - Int($1)) }
        #expect(Double(errors.reduce(0, +)) / Double(errors.count) < 5)
        #expect(try #require(errors.max()) < 40)
    }
}
