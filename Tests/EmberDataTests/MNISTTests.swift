import EmberData
import EmberFormats
import EmberTensor
import Foundation
import Testing

/// An IDX file of this type code, shape and content.
private func idx(_ code: UInt8, _ shape: [Int], _ content: [UInt8]) -> [UInt8] {
    [0, 0, code, UInt8(shape.count)] + shape.flatMap { size in withUnsafeBytes(of: UInt32(size).bigEndian) { [UInt8]($0) } } + content
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
