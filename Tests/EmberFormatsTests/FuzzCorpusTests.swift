import Foundation
import FuzzTargets
import Testing

/// The seeds of the fuzzer, among them every input that once broke a reader.
@Suite struct FuzzCorpusTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzz/corpus")

    @Test(arguments: FuzzTarget.allCases) func everySeedIsReadOrRefused(target: FuzzTarget) throws {
        let folder = Self.folder.appending(path: target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            target.read(bytes)
            // Other readers must refuse it as harmlessly.
            for other in FuzzTarget.allCases where other != target { other.read(bytes) }
        }
    }

    @Test(arguments: FuzzTarget.allCases) func everyDamagedSeedIsReadOrRefused(target: FuzzTarget) throws {
        let folder = Self.folder.appending(path: target.rawValue)
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let bytes = [UInt8](try Data(contentsOf: file))
            for count in bytes.indices { target.read(Array(bytes[..<count])) }
            var random = SplitMix64(seed: UInt64(bytes.count))
            for _ in 0 ..< 200 where !bytes.isEmpty {
                var damaged = bytes
                for _ in 0 ... random.next() % 4 { damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
                target.read(damaged)
            }
        }
    }

    /// S. Vigna's splitmix64, so that a failure can be repeated.
    private struct SplitMix64 {
        var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
