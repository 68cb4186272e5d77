import EmberFormats
import EmberTensor
import FuzzTargets
import Testing

/// Zip files as NumPy's archives have them, whose reader is the same for PyTorch's.
@Suite struct ZipTests {
    static let array: [UInt8] = NumPyTests.file("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", 3)

    private func kind(_ entries: [StoredZip.Entry]) -> FormatError.Kind? { kind(StoredZip.file(entries)) }

    private func kind(_ bytes: [UInt8]) -> FormatError.Kind? {
        do throws(FormatError) {
            for entry in try NumPyArchive(bytes: bytes).entries { _ = try NumPyArchive(bytes: bytes).load(entry.name) }
            return nil
        } catch { return error.kind }
    }

    @Test func readsStoredEntries() throws {
        #expect(kind([.init(name: "a.npy", data: Self.array), .init(name: "../../b.npy", data: Self.array)]) == nil)
        // A name is only a name: nothing is extracted.
        let file = try NumPyArchive(bytes: StoredZip.file([.init(name: "/etc/passwd.npy", data: Self.array)]))
        #expect(try file.load("/etc/passwd").array(of: Int.self) == [0, 0, 0])
        #expect(try NumPyArchive(bytes: StoredZip.file([])).entries.isEmpty)
    }

    @Test func refusesWhatCannotBe() {
        #expect(kind([.init(name: "a.npy", data: Self.array), .init(name: "a.npy", data: Self.array)]) == .malformed)
        #expect(kind([.init(name: "a.npy", data: Self.array), .init(name: "b.npy", data: Self.array, offset: 0)]) == .malformed)
        #expect(kind([.init(name: "a.npy", data: Self.array, size: 4_000_000_000)]) == .malformed)
        #expect(kind([.init(name: "a.npy", data: Self.array, method: 8)]) == .malformed)
        #expect(kind([.init(name: "a.npy", data: Self.array, method: 8, size: 4_000_000_000)]) == .malformed)
        #expect(kind([.init(name: "a.npy", data: Self.array, method: 12)]) != nil)
        #expect(kind([.init(name: "a.npy", data: Self.array, flags: 1)]) == .unsupported)
        #expect(kind([.init(name: "a.npy", data: Self.array, offset: 0xFFFF_FFF0)]) == .malformed)
    }

    /// One packed entry that several names share, as in D. Fifield's bombs: each would unpack to the whole.
    @Test func refusesEntriesThatShareTheirData() {
        let entries = (0 ..< 100).map { StoredZip.Entry(name: "a.npy\($0)", data: Self.array, offset: 0) }
        #expect(kind(entries) == .malformed)
    }

    @Test func refusesDamagedData() throws {
        var bytes = StoredZip.file([.init(name: "a.npy", data: Self.array)])
        let last = 30 + "a.npy".utf8.count + Self.array.count - 1
        bytes[last] ^= 1
        let error = #expect(throws: FormatError.self) { try NumPyArchive(bytes: bytes, description: "a.npz").load("a") }
        #expect(error?.description == "a.npz: “a.npy” is damaged: its checksum is not that of the directory")
    }

    @Test func survivesEveryDamage() {
        let bytes = StoredZip.file([.init(name: "a.npy", data: Self.array), .init(name: "b.npy", data: Self.array)])
        for count in bytes.indices { #expect(kind(Array(bytes[..<count])) != nil) }
        forEveryDamage(bytes) { _ = kind($0) }
    }

    @Test func packedArraysAreLimited() throws {
        let folder = try TemporaryFolder()
        try NumPyArchive.write([NamedTensor("zeros", Tensor.zeros([1_000_000], dtype: .uint8))], to: folder.file("a.npz"), compressed: true)
        #expect(try folder.bytes("a.npz").count < 2000)
        let file = try NumPyArchive(path: folder.file("a.npz"), maximumArrayBytes: 1_000_000)
        let error = #expect(throws: FormatError.self) { try file.load("zeros") }
        #expect(error?.kind == .tooLarge)
        #expect(try NumPyArchive(path: folder.file("a.npz")).load("zeros").count == 1_000_000)
    }

    @Test func wideArchivesAreRead() throws {
        // PyTorch always writes the zip64 records.
        #expect(try PyTorchFile(path: Peer.fixture("types.pt")).entries.count == 17)
    }
}
