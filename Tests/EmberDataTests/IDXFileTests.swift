import EmberData
import EmberFormats
import EmberTensor
import Foundation
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
}

@Suite struct MNISTTests {
    /// A folder with a collection of three training and two test pictures.
    private func folder(labels: [UInt8] = [3, 1, 9]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let pixels = (0 ..< 3 * 784).map { UInt8($0 % 256) }
        try writeFile(idx(8, [3, 28, 28], pixels), to: folder.file("train-images-idx3-ubyte"))
        try writeFile(try Gzip.compress(idx(8, [labels.count], labels)), to: folder.file("train-labels-idx1-ubyte.gz"))
        try writeFile(idx(8, [2, 28, 28], Array(pixels.prefix(2 * 784))), to: folder.file("t10k-images-idx3-ubyte"))
        try writeFile(idx(8, [2], [0, 1]), to: folder.file("t10k-labels-idx1-ubyte"))
        return folder
    }

    @Test func readsAFolder() throws {
        let folder = try folder()
        #expect(MNISTCollection.fashion.isComplete(in: folder.path))
        let images = try MNISTCollection.fashion.load(.train, from: folder.path)
        #expect(images.count == 3 && images.labels == [3, 1, 9])
        let (image, label) = images[1]
        #expect(image.shape == [1, 28, 28] && image.dtype == .float32)
        #expect(label.shape == [] && label.dtype == .int64 && label.item(as: Int.self) == 1)
        #expect(image[0, 0, 0].item(as: Float.self) == (Float(784 % 256) / 255 - 0.2860) / 0.3530)
        let batch = try #require(try images.batch(at: [2, 1]))
        #expect(batch.0.shape == [2, 1, 28, 28] && batch.1.array(of: Int.self) == [9, 1])
        #expect(batch.0[1].bytes() == image.bytes())
        #expect(try MNISTCollection.digits.load(.test, from: folder.path).count == 2)
    }

    @Test func wrongFoldersAreErrors() throws {
        #expect(throws: DataError.self) { try MNISTCollection.digits.load(.train, from: "/nonexistent") }
        #expect(throws: DataError.self) { try MNISTCollection.digits.load(.train, from: folder(labels: [1, 2]).path) }
        #expect(throws: DataError.self) { try MNISTCollection.digits.load(.train, from: folder(labels: [1, 2, 10]).path) }
        let swapped = try folder()
        try writeFile(idx(8, [3], [1, 2, 3]), to: swapped.file("train-images-idx3-ubyte"))
        #expect(throws: DataError.self) { try MNISTCollection.digits.load(.train, from: swapped.path) }
    }
}
