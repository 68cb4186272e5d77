import EmberFormats
import EmberTensor
import Foundation
import Testing

@Suite struct NumPyTests {
    @Test(arguments: ["arrays.npz", "packed.npz", "fortran.npy"]) func readsWhatNumPyWrote(name: String) throws {
        try Peer.expect(TensorFile.open(Peer.fixture(name)), has: Peer.content(of: name))
    }

    @Test func writesTheBytesOfNumPy() throws {
        let folder = try TemporaryFolder()
        let cube = Tensor.arange(0, 24, dtype: .float32).reshape([2, 3, 4]).permute(2, 1, 0)
        try NumPyFile.write(cube, to: folder.file("a.npy"))
        #expect(try folder.bytes("a.npy") == Peer.bytes("fortran.npy"))
        #expect(try NumPyFile.serialized(cube) == Peer.bytes("fortran.npy"))
        // numpy.save(file, numpy.zeros((2, 3))), numpy.arange(3, dtype="i2") and numpy.array(True)
        func header(_ text: String) -> [UInt8] {
            let padded = text + String(repeating: " ", count: 117 - text.count) + "\n"
            return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(padded.utf8)
        }
        #expect(try NumPyFile.serialized(Tensor.zeros([2, 3], dtype: .float64))
            == header("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }") + [UInt8](repeating: 0, count: 48))
        #expect(try NumPyFile.serialized(Tensor.arange(3, dtype: .int16))
            == header("{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }") + [0, 0, 1, 0, 2, 0])
        #expect(try NumPyFile.serialized(Tensor(true)) == header("{'descr': '|b1', 'fortran_order': False, 'shape': (), }") + [1])
    }

    @Test func writesTheArchiveOfNumPy() throws {
        let folder = try TemporaryFolder()
        let file = try NumPyArchive(path: Peer.fixture("arrays.npz"))
        let names = ["float32", "int64", "bool", "scalar", "empty", "one"]
        try NumPyArchive.write(names.map { NamedTensor($0, try file.load($0)) }, to: folder.file("a.npz"))
        try NumPyArchive.write(names.map { NamedTensor($0, try file.load($0)) }, to: folder.file("b.npz"), compressed: true)
        for name in ["a.npz", "b.npz"] {
            let copy = try NumPyArchive(path: folder.file(name))
            #expect(copy.entries.map(\.name) == names)
            for name in names { #expect(try copy.load(name).bytes() == file.load(name).bytes()) }
        }
        #expect(throws: FormatError.self) {
            try NumPyArchive.write([NamedTensor("a", Tensor(1)), NamedTensor("a", Tensor(1))], to: folder.file("a.npz"))
        }
        let error = #expect(throws: FormatError.self) { try NumPyFile.write(Tensor(1.0, dtype: .bfloat16), to: folder.file("a.npy")) }
        #expect(error?.kind == .unsupported)
    }

    static func file(_ header: String, _ data: Int, version: UInt8 = 1) -> [UInt8] {
        let length = UInt16(header.utf8.count)
        let size = [UInt8(length & 255), UInt8(length >> 8)] + (version == 1 ? [] : [0, 0])
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + Array(header.utf8) + [UInt8](repeating: 0, count: data)
    }

    @Test(arguments: [1, 2, 3] as [UInt8]) func readsEveryVersion(version: UInt8) throws {
        let header = "{\"descr\": '>u1', 'shape': (2L, 3L), 'fortran_order': False}"
        #expect(try NumPyFile(bytes: Self.file(header, 6, version: version)).load().shape == [2, 3])
    }

    @Test(arguments: [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7), ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4), ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", 4),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", 0),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904, 4), }", 0),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,), }", 4), ("{'descr': '<f4', 'shape': (1,), }", 4),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1), }", 4), ("{'descr': '<f4', 'fortran_order': False, 'shape': [1], }", 4),
        ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 4), ("", 0), ("{", 0), ("{}", 0),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", 4), ("{'descr': [[[[", 0),
        ("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,), }", 4),
    ])
    func refuses(header: String, data: Int) {
        #expect(throws: FormatError.self) { try NumPyFile(bytes: Self.file(header, data)) }
    }

    @Test(arguments: [
        ("'|O'", "an array of Python objects"), ("[('a', '<f4'), ('b', '<i2', (2,))]", "a structured array"), ("'<U3'", "an array of strings"),
        ("'<M8[ns]'", "an array of times"), ("'<f16'", "a type that Ember has not"),
    ])
    func listsAndRefusesOtherArrays(descriptor: String, problem: String) throws {
        let sizes = ["'<U3'": 12, "'<f16'": 16]
        let header = "{'descr': \(descriptor), 'fortran_order': False, 'shape': (1,), }"
        let file = try NumPyFile(bytes: Self.file(header, sizes[descriptor] ?? 8), description: "a.npy")
        #expect(file.entries[0].dtype == nil && file.entries[0].shape == [1])
        let error = #expect(throws: FormatError.self) { try file.load() }
        #expect(error?.kind == .unsupported && error?.description.contains(problem) == true)
    }

    @Test func survivesEveryDamage() throws {
        let bytes = try Peer.bytes("fortran.npy")
        for count in bytes.indices { #expect(throws: FormatError.self) { try NumPyFile(bytes: Array(bytes[..<count])) } }
        forEveryDamage(bytes) { damaged in
            guard let file = try? NumPyFile(bytes: damaged), let tensor = try? file.load() else { return }
            #expect(tensor.bytes().count == file.entries[0].byteCount)
        }
        let small = try TemporaryFolder()
        try NumPyArchive.write([NamedTensor("a", Tensor([1, 2])), NamedTensor("b", Tensor(1.0))], to: small.file("a"), compressed: true)
        forEveryDamage(try small.bytes("a")) { damaged in
            guard let file = try? NumPyArchive(bytes: damaged) else { return }
            for entry in file.entries { _ = try? file.load(entry.name) }
        }
    }

    @Test(.enabled(if: Peer.isAvailable), arguments: ["npz", "packed npz", "npy"]) func exchangesWithNumPy(format: String) throws {
        let folder = try TemporaryFolder()
        let theirs = folder.file(format == "npy" ? "a.npy" : "a.npz"), ours = folder.file(format == "npy" ? "b.npy" : "b.npz")
        let content = try Peer.run("write", format, theirs)
        try Peer.expect(TensorFile.open(theirs), has: content)
        let samples = format == "npy" ? [NamedTensor("arr_0", Tensor.arange(6).reshape([2, 3]))]
            : Peer.samples(without: .bfloat16)
        if format == "packed npz" { try NumPyArchive.write(samples, to: ours, compressed: true) } else { try TensorFile.write(samples, to: ours) }
        Peer.expect(try Peer.run("read", format, ours), equals: samples)
    }

    /// Read and written again, an archive is the same file, byte for byte: the elements, their order in memory, and the zip around them.
    @Test func writesBackTheSameArchive() throws {
        let folder = try TemporaryFolder()
        let path = Peer.fixture("native.npz")
        let file = try NumPyArchive(path: path)
        try NumPyArchive.write(file.loadAll(), to: folder.file("native.npz"))
        #expect(try folder.bytes("native.npz") == Peer.bytes("native.npz"))
    }
}
