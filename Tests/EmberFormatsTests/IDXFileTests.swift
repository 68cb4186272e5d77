import EmberFormats
import EmberTensor
import Testing

/// An IDX file of this type code, shape and content.
private func idx(_ code: UInt8, _ shape: [Int], _ content: [UInt8]) -> [UInt8] {
    [0, 0, code, UInt8(shape.count)] + shape.flatMap { size in withUnsafeBytes(of: UInt32(size).bigEndian) { [UInt8]($0) } } + content
}

@Suite struct IDXFileTests {
    @Test func readsEveryType() throws {
        #expect(try IDXFile(bytes: idx(8, [2, 2], [1, 2, 3, 255])).tensor.array(of: Int.self) == [1, 2, 3, 255])
        #expect(try IDXFile(bytes: idx(9, [2], [1, 255])).tensor.array(of: Int.self) == [1, -1])
        #expect(try IDXFile(bytes: idx(0x0B, [2], [1, 0, 0xff, 0xff])).tensor.array(of: Int.self) == [256, -1])
        #expect(try IDXFile(bytes: idx(0x0C, [1], [0, 0, 1, 2])).tensor.array(of: Int.self) == [258])
        #expect(try IDXFile(bytes: idx(0x0D, [1], [0x3f, 0x80, 0, 0])).tensor.item() == 1)
        #expect(try IDXFile(bytes: idx(0x0E, [1], [0xbf, 0xf0, 0, 0, 0, 0, 0, 0])).tensor.item() == -1)
        #expect(try IDXFile(bytes: idx(8, [0, 28, 28], [])).tensor.shape == [0, 28, 28])
    }

    @Test func readsPackedFiles() throws {
        let packed = try Gzip.compress(idx(8, [3], [7, 8, 9]))
        #expect(try IDXFile(bytes: packed).tensor.array(of: Int.self) == [7, 8, 9])
    }

    @Test func hostileFilesAreErrors() throws {
        func kind(_ bytes: [UInt8], _ limit: Int = 1 << 20) -> FormatError.Kind? {
            do throws(FormatError) {
                _ = try IDXFile(bytes: bytes, maximumBytes: limit)
                return nil
            } catch { return error.kind }
        }
        #expect(kind([]) == .truncated)
        #expect(kind([0, 0, 8]) == .truncated)
        #expect(kind([1, 0, 8, 1]) == .malformed)
        #expect(kind([0, 0, 7, 1, 0, 0, 0, 0]) == .malformed)
        #expect(kind([0, 0, 8, 0]) == .unsupported)
        #expect(kind([0, 0, 8, 255]) == .unsupported)
        #expect(kind([0, 0, 8, 3, 0, 0]) == .truncated)
        #expect(kind(idx(8, [2, 2], [1, 2, 3])) == .truncated)
        #expect(kind(idx(8, [2, 2], [1, 2, 3, 4, 5])) == .malformed)
        #expect(kind(idx(8, [0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [])) == .malformed)
        #expect(kind(idx(8, [0xffff_ffff, 0xffff], [1])) == .truncated)
        #expect(kind(idx(8, [200], [UInt8](repeating: 0, count: 200)), 100) == .tooLarge)
        let bomb = try Gzip.compress(idx(8, [1 << 20], [UInt8](repeating: 0, count: 1 << 20)))
        #expect(kind(bomb, 1 << 16) == .tooLarge)
        #expect(kind(Array(bomb.dropLast(20)), 1 << 22) == .truncated)
        #expect(kind([0x1f, 0x8b, 8, 0, 1, 2, 3]) != nil)
    }

    @Test func everyPrefixOfAFileIsAnError() throws {
        let bytes = idx(0x0B, [3, 2], [UInt8](0 ..< 12))
        for length in 0 ..< bytes.count {
            #expect(throws: FormatError.self) { try IDXFile(bytes: Array(bytes.prefix(length))) }
        }
    }

    @Test func sizesBesideAZeroDoNotOverflow() {
        let huge = 0xffff_ffff
        #expect(throws: FormatError.self) { try IDXFile(bytes: idx(8, [0, huge, huge, huge], [])) }
        #expect(throws: FormatError.self) { try IDXFile(bytes: idx(0x0E, [huge, huge, 0], [])) }
    }

    @Test func isATensorArchive() throws {
        let folder = try TemporaryFolder()
        try writeFile(idx(0x0B, [2, 1], [1, 0, 0, 2]), to: folder.file("a"))
        let file = try TensorFile.open(folder.file("a"))
        #expect(file.format == .idx && file.entries.map(\.shape) == [[2, 1]] && file.entries[0].storedType == "int16")
        #expect(try file.load(file.entries[0].name).array(of: Int.self) == [256, 2])
        try writeFile(try Gzip.compress(idx(8, [3], [7, 8, 9])), to: folder.file("b"))
        #expect(try TensorFile.open(folder.file("b")).format == .idx)
    }

    @Test func survivesEveryDamage() {
        forEveryDamage(idx(0x0B, [3, 2], [UInt8](0 ..< 12))) { _ = try? IDXFile(bytes: $0, maximumBytes: 1 << 20) }
    }
}
