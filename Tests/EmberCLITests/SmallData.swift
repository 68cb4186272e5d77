import Ember
import Foundation

/// A folder for one test, with a small data set in it that is easy to learn: class k is a bright square at the k-th of ten places.
final class SmallData: Sendable {
    let path: String

    init(train: Int = 600, test: Int = 100) throws {
        path = NSTemporaryDirectory() + "ember-cli-" + UUID().uuidString
        try createDirectories(at: data)
        let generator = Generator(seed: 1)
        try write("train", train, generator)
        try write("t10k", test, generator)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var data: String { path + "/data" }
    func file(_ name: String) -> String { path + "/" + name }
    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }
    func bytes(_ name: String) throws -> [UInt8] { try MappedFile(path: file(name)).byteArray }
    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    static func picture(_ label: Int, _ generator: Generator) -> [UInt8] {
        var pixels = (0 ..< 784).map { _ in UInt8(generator.next() % 160) }
        let (top, left) = (2 + label / 5 * 14, 1 + label % 5 * 5)
        for y in top ..< top + 10 { for x in left ..< left + 5 { pixels[y * 28 + x] = UInt8(100 + generator.next() % 150) } }
        return pixels
    }

    private func write(_ prefix: String, _ count: Int, _ generator: Generator) throws {
        var pixels: [UInt8] = [], labels: [UInt8] = []
        for _ in 0 ..< count {
            let label = Int(generator.next() % 10)
            labels.append(UInt8(label))
            pixels += Self.picture(label, generator)
        }
        let size = withUnsafeBytes(of: UInt32(count).bigEndian) { [UInt8]($0) }
        try writeFile([0, 0, 8, 3] + size + [0, 0, 0, 28, 0, 0, 0, 28] + pixels, to: data + "/\(prefix)-images-idx3-ubyte")
        try writeFile(try Gzip.compress([0, 0, 8, 1] + size + labels), to: data + "/\(prefix)-labels-idx1-ubyte.gz")
    }
}
