import EmberFormats
import EmberTensor
import FuzzTargets
import Testing

@Suite struct GGUFTests {
    @Test func readsWhatTheReferenceWrote() throws {
        let file = try TensorFile.open(Peer.fixture("types.gguf"))
        #expect(file.format == .gguf)
        try Peer.expect(file, has: Peer.content(of: "types.gguf"))
        #expect(file.entries.first { $0.name == "Q4_1" }?.storedType == "Q4_1")
        let error = #expect(throws: FormatError.self) { try file.load("Q4_1") }
        #expect(error?.problem == "“Q4_1” is quantised as Q4_1, which is not loaded; Q8_0 and Q4_0 are")
    }

    @Test func readsMetadataOfEveryType() throws {
        let file = try GGUFFile(path: Peer.fixture("types.gguf"))
        #expect(file.version == 3 && file.alignment == 32)
        #expect(file["general.architecture"] == .string("test"))
        #expect(file["test.uint8"] == .uint8(255) && file["test.int8"] == .int8(-1))
        #expect(file["test.uint16"] == .uint16(65535) && file["test.int16"] == .int16(-2))
        #expect(file["test.uint32"] == .uint32(.max) && file["test.int32"] == .int32(-3))
        #expect(file["test.uint64"] == .uint64(.max) && file["test.int64"] == .int64(-4))
        #expect(file["test.float32"] == .float32(0.5) && file["test.float64"] == .float64(0.1))
        #expect(file["test.bool"] == .boolean(true) && file["test.string"] == .string("tést"))
        #expect(file["test.numbers"] == .array([.int32(1), .int32(2), .int32(3)]))
        #expect(file["test.words"] == .array([.string("a"), .string("bc"), .string("")]))
        #expect(file["missing"] == nil)
        #expect(file.metadata["test.floats"] == [0.5, 1.5])
    }

    // MARK: Files made by hand

    static func string(_ text: String) -> [UInt8] { StoredZip.little(UInt64(text.utf8.count)) + Array(text.utf8) }

    static func value(_ key: String, _ kind: UInt32, _ content: [UInt8]) -> [UInt8] { string(key) + StoredZip.little(kind) + content }

    static func tensor(_ name: String, _ shape: [UInt64], _ type: UInt32, _ offset: UInt64) -> [UInt8] {
        string(name) + StoredZip.little(UInt32(shape.count)) + shape.flatMap { StoredZip.little($0) } + StoredZip.little(type)
            + StoredZip.little(offset)
    }

    static func file(version: UInt32 = 3, values: [[UInt8]] = [], tensors: [[UInt8]] = [], alignment: Int = 32, data: Int = 0) -> [UInt8] {
        var bytes = Array("GGUF".utf8) + StoredZip.little(version) + StoredZip.little(UInt64(tensors.count))
            + StoredZip.little(UInt64(values.count)) + values.flatMap { $0 } + tensors.flatMap { $0 }
        bytes += [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
        return bytes + [UInt8](repeating: 1, count: data)
    }

    static func kind(_ bytes: [UInt8]) -> FormatError.Kind? {
        do throws(FormatError) {
            let file = try GGUFFile(bytes: bytes)
            for entry in file.entries where entry.dtype != nil { _ = try file.load(entry.name) }
            return nil
        } catch { return error.kind }
    }

    @Test func alignmentAndShapes() throws {
        let alignment = Self.value("general.alignment", 4, StoredZip.little(64 as UInt32))
        let bytes = Self.file(values: [alignment], tensors: [Self.tensor("a", [2, 3], 24, 0), Self.tensor("b", [], 24, 64)], alignment: 64, data: 65)
        let file = try GGUFFile(bytes: bytes)
        #expect(file.alignment == 64 && file.entries.map(\.shape) == [[3, 2], []])
        #expect(try file.load("b").item() == 1)
        #expect(Self.kind(Self.file(version: 2, tensors: [Self.tensor("a", [0, 3], 0, 0)])) == nil)
    }

    @Test func refusesWhatCannotBe() {
        #expect(Self.kind(Self.file(version: 1)) == .unsupported)
        #expect(Self.kind(Self.file(version: 0x0300_0000)) == .unsupported)
        let tensors: [[[UInt8]]] = [
            [Self.tensor("a", [8], 24, 0), Self.tensor("a", [8], 24, 32)], [Self.tensor("a", [33], 24, 0), Self.tensor("b", [1], 24, 32)],
            [Self.tensor("a", [8], 24, 1)], [Self.tensor("a", [65], 24, 0)], [Self.tensor("a", [1], 24, 64)], [Self.tensor("a", [1], 24, 1 << 63)],
            [Self.tensor("a", [.max], 24, 0)], [Self.tensor("a", [1 << 62, 4], 24, 0)], [Self.tensor("a", [0, 1 << 62, 4], 24, 0)],
            [Self.tensor("a", [33], 8, 0)], [Self.tensor("a", [8], 1000, 0)], [Self.tensor("a", [UInt64](repeating: 1, count: 9), 24, 0)],
        ]
        for tensors in tensors { #expect(Self.kind(Self.file(tensors: tensors, data: 64)) != nil) }
        let values: [[[UInt8]]] = [
            [Self.value("a", 13, [])], [Self.value("a", 7, [2])], [Self.value("a", 8, StoredZip.little(UInt64.max))],
            [Self.value("a", 8, StoredZip.little(UInt64(1) << 62))], [Self.value("a", 0, [1]), Self.value("a", 0, [1])],
            [Self.value("a", 9, StoredZip.little(0 as UInt32) + StoredZip.little(UInt64.max))],
            [Self.value("a", 9, StoredZip.little(0 as UInt32) + StoredZip.little(UInt64(1) << 40))],
            [Self.value("general.alignment", 4, StoredZip.little(0 as UInt32))], [Self.value("general.alignment", 4, StoredZip.little(9 as UInt32))],
            [Self.value("a", 9, (0 ..< 20).flatMap { _ in StoredZip.little(9 as UInt32) + StoredZip.little(UInt64(1)) })],
        ]
        for values in values { #expect(Self.kind(Self.file(values: values)) != nil) }
        // Counts that no file has.
        #expect(Self.kind(Array("GGUF".utf8) + StoredZip.little(3 as UInt32) + StoredZip.little(UInt64.max) + StoredZip.little(UInt64(0))) != nil)
        #expect(Self.kind(Array("GGUF".utf8) + StoredZip.little(3 as UInt32) + StoredZip.little(UInt64(0)) + StoredZip.little(UInt64.max)) != nil)
    }

    @Test func survivesEveryDamage() {
        let bytes = Self.file(
            values: [Self.value("k", 8, Self.string("v")), Self.value("l", 9, StoredZip.little(5 as UInt32) + StoredZip.little(UInt64(1)) + [1, 0, 0, 0])],
            tensors: [Self.tensor("a", [2, 2], 0, 0), Self.tensor("b", [32], 8, 32)], data: 66)
        #expect(Self.kind(bytes) == nil)
        for count in bytes.indices { #expect(Self.kind(Array(bytes[..<count])) != nil) }
        forEveryDamage(bytes) { _ = Self.kind($0) }
    }

    @Test(.enabled(if: Peer.isAvailable)) func readsTheReferencesFiles() throws {
        let folder = try TemporaryFolder()
        let content = try Peer.run("write", "GGUF", folder.file("a.gguf"))
        try Peer.expect(TensorFile.open(folder.file("a.gguf")), has: content)
    }
}
