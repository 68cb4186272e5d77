import EmberFormats
import EmberTensor
import Testing

@Suite struct ImageTests {
    @Test(arguments: ImageFixture.all) func readsAsPillowDoes(fixture: ImageFixture) throws {
        let image = try Image(encoded: fixture.bytes)
        #expect(image.width == fixture.image.width && image.height == fixture.image.height)
        #expect(image.channels == fixture.image.channels)
        // Decoders of JPEG may differ by the rounding of their cosine transform.
        let tolerance = fixture.isJPEG ? 2 : 0
        let difference = zip(image.pixels, fixture.image.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(difference <= tolerance)
    }

    @Test(arguments: ImageFixture.all) func refusesEveryPrefix(fixture: ImageFixture) {
        // A JPEG whose end marker alone is missing is complete as a picture; the coder may also have padded the last row.
        for count in 0 ..< fixture.bytes.count - (fixture.isJPEG ? 16 : 0) {
            #expect(throws: FormatError.self) { try Image(encoded: Array(fixture.bytes[..<count])) }
        }
    }

    @Test(arguments: ImageFixture.all) func survivesEveryChangedByte(fixture: ImageFixture) {
        for position in fixture.bytes.indices {
            for change in [0x01, 0x80, 0xFF] as [UInt8] {
                var bytes = fixture.bytes
                bytes[position] ^= change
                guard let image = try? Image(encoded: bytes, maximumPixels: 1 << 16) else { continue }
                #expect(image.pixels.count == image.width * image.height * image.channels)
            }
        }
    }

    static func gradient(_ channels: Int) -> Image {
        let pixels = (0 ..< 16 * 12 * channels).map { UInt8(truncatingIfNeeded: $0 * 5 / channels) }
        return Image(width: 16, height: 12, channels: channels, pixels: pixels)
    }

    @Test(arguments: [1, 3, 4]) func writesPNGWithoutLoss(channels: Int) throws {
        let folder = try TemporaryFolder()
        let image = Self.gradient(channels)
        try image.writePNG(to: folder.file("a.png"))
        #expect(try Image(path: folder.file("a.png")) == image)
        #expect(try Image(encoded: image.encodedPNG(level: 0)) == image)
        #expect(try folder.names == ["a.png"])
    }

    @Test(arguments: [1, 3, 4]) func writesJPEG(channels: Int) throws {
        let image = Image(width: 20, height: 10, fill: [UInt8](repeating: 99, count: channels))
        let read = try Image(encoded: image.encodedJPEG(quality: 95))
        #expect(read.width == 20 && read.height == 10 && read.channels == min(channels, 3))
        #expect(read.pixels.allSatisfy { abs(Int($0) - 99) <= 1 })
    }

    @Test func limitsTheNumberOfPixels() throws {
        let bytes = try Self.gradient(3).encodedPNG()
        let error = #expect(throws: FormatError.self) { try Image(encoded: bytes, description: "a.png", maximumPixels: 191) }
        #expect(error?.kind == .tooLarge)
        #expect(error?.description == "a.png: cannot read the picture: the picture has more pixels than allowed")
        let jpeg = try Self.gradient(3).encodedJPEG()
        #expect(#expect(throws: FormatError.self) { try Image(encoded: jpeg, maximumPixels: 191) }?.kind == .tooLarge)
        #expect(throws: Never.self) { try Image(encoded: bytes, maximumPixels: 192) }
    }

    @Test func errorsNameTheFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("text.png")
        try writeFile(Array("not an image".utf8), to: path)
        let error = #expect(throws: FormatError.self) { try Image(path: path) }
        #expect(error?.description == "\(path): neither a PNG nor a JPEG file")
        #expect(throws: FormatError.self) { try Image(path: folder.file("missing.png")) }
        #expect(throws: FormatError.self) { try Self.gradient(1).writePNG(to: folder.file("no/folder.png")) }
    }

    @Test func convertsChannels() {
        let image = Image(width: 2, height: 1, channels: 3, pixels: [255, 0, 0, 10, 20, 30])
        #expect(image.converted(toChannels: 1).pixels == [76, 18])
        #expect(image.converted(toChannels: 4).pixels == [255, 0, 0, 255, 10, 20, 30, 255])
        #expect(image.converted(toChannels: 1).converted(toChannels: 3).pixels == [76, 76, 76, 18, 18, 18])
    }

    @Test func enlarges() {
        let image = Image(width: 2, height: 1, channels: 1, pixels: [1, 2])
        #expect(image.enlarged(by: 2) == Image(width: 4, height: 2, channels: 1, pixels: [1, 1, 2, 2, 1, 1, 2, 2]))
    }

    /// The expected values are those of Pillow, which rounds once more between the two axes.
    @Test func resizesWithATriangleFilter() {
        let image = Image(width: 5, height: 7, channels: 1, pixels: [
            156, 32, 6, 136, 76, 119, 152, 91, 209, 165, 56, 172, 107, 199, 79, 146, 237, 222, 45, 65, 76, 8, 102, 82, 163, 214,
            49, 184, 249, 11, 36, 152, 66, 148, 33,
        ])
        let smaller: [UInt8] = [116, 84, 138, 134, 152, 120, 105, 126, 105, 109, 130, 97]
        let larger: [UInt8] = [
            156, 102, 30, 14, 47, 128, 102, 76, 131, 123, 109, 78, 101, 177, 157, 135, 91, 121, 157, 118, 132, 198, 161, 127, 76,
            125, 183, 149, 143, 163, 115, 76, 146, 186, 236, 227, 167, 56, 56, 65, 92, 77, 63, 107, 112, 77, 112, 141, 153, 99,
            38, 111, 156, 173, 121, 79, 155, 124, 87, 126, 167, 211, 104, 18, 36, 87, 147, 93, 92, 143, 83, 33,
        ]
        for (target, width, height) in [(smaller, 3, 4), (larger, 8, 9)] {
            let resized = image.resized(width: width, height: height)
            #expect(zip(resized.pixels, target).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        }
        #expect(image.resized(width: 5, height: 7) == image)
    }
}

@Suite struct DeepImageTests {
    @Test func readsAndWritesSixteenBits() throws {
        let folder = try TemporaryFolder()
        let image = try Image16(path: Peer.fixture("grey16.png"))
        #expect(image.width == 4 && image.height == 5 && image.channels == 1)
        #expect(image.pixels == (0 ..< 20).map { UInt16(truncatingIfNeeded: $0 * 3001) })
        for channels in [1, 3, 4] {
            let pixels = (0 ..< 7 * 3 * channels).map { UInt16(truncatingIfNeeded: $0 * 7919) }
            let deep = Image16(width: 7, height: 3, channels: channels, pixels: pixels)
            try deep.writePNG(to: folder.file("a.png"))
            #expect(try Image16(path: folder.file("a.png")) == deep)
            let shallow = try Image(path: folder.file("a.png"))
            #expect(zip(shallow.pixels, pixels).allSatisfy { abs(Double($0) - Double($1) / 257) <= 0.5 })
        }
        #expect(Tensor(image).shape == [1, 5, 4] && Tensor(image)[0, 0, 1].item(as: Float.self) == Float(3001) / 65535)
    }

    @Test func widensEightBits() throws {
        let image = ImageTests.gradient(3)
        #expect(try Image16(encoded: image.encodedPNG()).pixels == image.pixels.map { UInt16($0) * 257 })
        #expect(throws: FormatError.self) { try Image16(encoded: image.encodedJPEG()) }
        #expect(throws: FormatError.self) { try Image16(encoded: image.encodedPNG(), maximumPixels: 191) }
    }

    @Test func listsAndConvertsPictures() throws {
        let folder = try TemporaryFolder()
        let file = try TensorFile.open(Peer.fixture("grey16.png"))
        #expect(file.format == .png && file.metadata == ["bits": 16, "orientation": 1])
        let deep = try file.load("image")
        #expect(deep.dtype == .uint16 && deep.flatten().array(of: UInt16.self)[3] == 9003)
        try TensorFile.write([NamedTensor("picture", deep)], to: folder.file("deep.png"))
        #expect(try Image16(path: folder.file("deep.png")) == Image16(path: Peer.fixture("grey16.png")))
        #expect(throws: FormatError.self) { try TensorFile.write([NamedTensor("picture", deep)], to: folder.file("deep.jpg")) }
        try ImageTests.gradient(3).writePNG(to: folder.file("a.png"))
        let tensor = try TensorFile.open(folder.file("a.png")).load("image")
        #expect(tensor.dtype == .uint8 && tensor.shape == [3, 12, 16])
        try TensorFile.write([NamedTensor("picture", tensor)], to: folder.file("b.png"))
        #expect(try folder.bytes("a.png") == folder.bytes("b.png"))
        try TensorFile.write([NamedTensor("picture", tensor)], to: folder.file("b.jpg"))
        #expect(try TensorFile.open(folder.file("b.jpg")).format == .jpeg)
        #expect(throws: FormatError.self) { try TensorFile.write([NamedTensor("x", Tensor.zeros([2, 3, 4, 5]))], to: folder.file("c.png")) }
    }

    @Test(.enabled(if: Peer.isAvailable)) func exchangesSixteenBitsWithPillow() throws {
        let folder = try TemporaryFolder()
        let image = Image16(width: 3, height: 2, channels: 1, pixels: [0, 1, 256, 257, 65535, 12345])
        try image.writePNG(to: folder.file("a.png"))
        let read = try Peer.run("read", "16-bit PNG", folder.file("a.png"))["image"]
        #expect(read?.shape == [1, 2, 3])
        #expect(read?.bytes == Peer.hexadecimal(Tensor(image.pixels).bytes()))
    }
}

@Suite struct ImageOrientationTests {
    @Test(arguments: ImageOrientation.allCases) func turnsAsPillowDoes(orientation: ImageOrientation) throws {
        let name = "orientation\(orientation.rawValue).jpg"
        #expect(try ImageOrientation(encoded: Peer.bytes(name)) == orientation)
        let expected = try #require(Peer.content(of: name)["image"])
        let image = try Image(path: Peer.fixture(name), applyingOrientation: true)
        #expect([1, image.height, image.width] == expected.shape)
        // Decoders of JPEG may differ by the rounding of their cosine transform.
        let digits = Array(expected.bytes)
        let pixels = stride(from: 0, to: digits.count, by: 2).compactMap { Int(String(digits[$0 ... $0 + 1]), radix: 16) }
        #expect(zip(image.pixels, pixels).allSatisfy { abs(Int($0) - $1) <= 2 } && image.pixels.count == pixels.count)
        #expect(try Image(path: Peer.fixture(name)).width == 16)
    }

    @Test func everyTurnIsUndoneByAnother() {
        let image = ImageTests.gradient(3)
        for orientation in ImageOrientation.allCases {
            let inverse: ImageOrientation =
                switch orientation {
                case .quarterTurn: .threeQuarterTurn
                case .threeQuarterTurn: .quarterTurn
                default: orientation
                }
            #expect(image.oriented(orientation).oriented(inverse) == image)
        }
    }

    @Test func damagedTagsAreUpright() throws {
        forEveryDamage(Array(try Peer.bytes("orientation6.jpg").prefix(120))) { _ = ImageOrientation(encoded: $0) }
        #expect(ImageOrientation(encoded: [] as [UInt8]) == .upright)
    }
}
