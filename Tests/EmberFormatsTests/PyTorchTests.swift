import EmberFormats
import EmberTensor
import Foundation
import FuzzTargets
import Testing

@Suite struct PyTorchTests {
    @Test(arguments: ["checkpoint.pt", "types.pt", "legacy.pt", "protocol4.pt", "script.pt"])
    func readsWhatPyTorchWrote(name: String) throws {
        let file = try TensorFile.open(Peer.fixture(name))
        #expect(file.format == (name == "script.pt" ? .torchScript : .pytorch))
        try Peer.expect(file, has: Peer.content(of: name))
        // And from memory, where nothing is mapped.
        try Peer.expect(PyTorchFile(bytes: Peer.bytes(name)), has: Peer.content(of: name))
    }

    @Test(arguments: ["checkpoint.pt", "legacy.pt", "protocol4.pt"]) func readsWhateverIsBesideTensors(name: String) throws {
        let value = try PyTorchFile(path: Peer.fixture(name)).value
        #expect(value["epoch"]?.integerValue == 3 && value["loss"]?.doubleValue == 0.25 && value["name"]?.stringValue == "tést")
        #expect(value["none"]?.isNone == true && value["flags"]?[1]?.booleanValue == false && value["pair"]?[1]?.integerValue == -2)
        #expect(value["wide"]?.integerValue == -1 << 40 && value["set"]?.elements?.count == 1)
        guard case .bytes([0, 255, 97, 98])? = value["bytes"], case .bytes([])? = value["empty bytes"],
            case .bytes([120, 121, 122])? = value["array"], case .dtype(.float16)? = value["dtype"],
            case .device("cuda:1")? = value["device"], case .size([2, 3])? = value["size"],
            case .complex(real: 1, imaginary: -2)? = value["complex"],
            case .largeInteger([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])? = value["big"]
        else {
            Issue.record("a value is not what was saved: \(value)")
            return
        }
        #expect(value[5]?.tensorValue?.shape == [])
        let state = try #require(value["model"]?.stateDict)
        #expect(state.map(\.name) == ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"])
        #expect(value["optimizer"]?["param_groups"]?[0]?["lr"]?.doubleValue == 0.125)
        #expect(try value["optimizer"]?["state"]?[0]?["step"]?.tensorValue?.load().item() == 1)
        let parameter = try #require(value["parameter"]?.tensorValue)
        #expect(parameter.isParameter && parameter.requiresGrad)
        #expect(parameter.storage === state[0].tensor.storage)
        #expect(value["views"]?["transposed"]?.tensorValue?.strides == [1, 4])
        let metadata = try PyTorchFile(path: Peer.fixture(name)).metadata
        #expect(metadata["epoch"] == 3 && metadata["optimizer.param_groups.0.lr"] == 0.125 && metadata["flags"] == [true, false])
    }

    @Test func attributesOfScriptedModules() throws {
        let file = try PyTorchFile(path: Peer.fixture("script.pt"))
        guard case .object(let name, _) = file.value else {
            Issue.record("no object")
            return
        }
        #expect(name.hasSuffix(".Scripted"))
        #expect(file.value["sizes"]?[1]?.integerValue == 2 && file.value["training"]?.booleanValue == true)
    }

    @Test func readsWhatItWrites() throws {
        let folder = try TemporaryFolder()
        for name in ["checkpoint.pt", "legacy.pt"] {
            let original = try PyTorchFile(path: Peer.fixture(name))
            try PyTorchFile.write(original.value, to: folder.file("copy.pt"))
            let copy = try PyTorchFile(path: folder.file("copy.pt"))
            try Peer.expect(copy, has: Peer.content(of: name))
            #expect(copy.metadata == original.metadata)
            #expect(copy.value["parameter"]?.tensorValue?.storage === copy.value["model"]?["0.weight"]?.tensorValue?.storage)
        }
        try TensorFile.write(Peer.samples(), to: folder.file("samples.pt"))
        let copy = try TensorFile.open(folder.file("samples.pt"))
        #expect(copy.entries.map(\.name) == Peer.samples().map(\.name))
        for named in Peer.samples() { #expect(try copy.load(named.name).bytes() == named.tensor.bytes()) }
    }

    @Test func tiedWeightsAreWrittenOnce() throws {
        let folder = try TemporaryFolder()
        let weight = Tensor.zeros([1000])
        try PyTorchFile.write([NamedTensor("a", weight), NamedTensor("b", weight)], to: folder.file("a.pt"))
        #expect(try folder.bytes("a.pt").count < 6000)
        let file = try PyTorchFile(path: folder.file("a.pt"))
        #expect(file.value["a"]?.tensorValue?.storage === file.value["b"]?.tensorValue?.storage)
    }

    @Test func elementsLieAligned() throws {
        let folder = try TemporaryFolder()
        let pattern = [UInt8](0 ..< 200)
        for length in [1, 3, 63, 64, 65, 200] {
            try PyTorchFile.write([NamedTensor("x", Tensor(Array(pattern[..<length])))], to: folder.file("a.pt"))
            let bytes = try folder.bytes("a.pt")
            let place = try #require(bytes.indices.first { bytes[$0...].starts(with: pattern[..<length]) && $0 % 64 == 0 })
            #expect(place > 0)
        }
    }

    // MARK: Hostile files

    /// A file of `torch.save` with this pickle and a storage “0” of 16 bytes.
    static func file(_ pickle: [UInt8]) -> [UInt8] {
        StoredZip.file([
            .init(name: "a/data.pkl", data: pickle), .init(name: "a/byteorder", data: Array("little".utf8)),
            .init(name: "a/data/0", data: [UInt8](repeating: 1, count: 16)), .init(name: "a/version", data: Array("3\n".utf8)),
        ])
    }

    static func kind(_ pickle: [UInt8]) -> FormatError.Kind? {
        do throws(FormatError) {
            let file = try PyTorchFile(bytes: file(pickle))
            for entry in file.entries where entry.dtype != nil { _ = try file.load(entry.name) }
            return nil
        } catch { return error.kind }
    }

    /// The pickle of one float32 tensor on the storage of 16 bytes.
    static func tensor(count: Int = 4, offset: Int = 0, shape: [Int], strides: [Int], key: String = "0") -> [UInt8] {
        func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + StoredZip.little(value) }
        func string(_ text: String) -> [UInt8] { [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) }
        func tuple(_ values: [Int]) -> [UInt8] { Array("(".utf8) + values.flatMap(integer) + Array("t".utf8) }
        return [0x80, 2] + Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8) + string("storage") + Array("ctorch\nFloatStorage\n".utf8)
            + string(key) + string("cpu") + integer(count) + Array("tQ".utf8) + integer(offset) + tuple(shape) + tuple(strides)
            + [0x89] + Array("}tR.".utf8)
    }

    @Test func tensorsMustLieWithinTheirStorage() {
        #expect(Self.kind(Self.tensor(shape: [2, 2], strides: [2, 1])) == nil)
        #expect(Self.kind(Self.tensor(shape: [2, 2], strides: [1, 2])) == nil)
        #expect(Self.kind(Self.tensor(shape: [1000, 2], strides: [0, 1])) == nil)
        #expect(Self.kind(Self.tensor(shape: [0, 9], strides: [9, 1])) == nil)
        for (shape, strides, offset, count) in [
            ([5], [1], 0, 4), ([4], [1], 1, 4), ([2], [4], 0, 4), ([-1], [1], 0, 4), ([2], [-1], 1, 4), ([1], [1], -1, 4), ([1], [1], 0, 5),
            ([2, 2], [1], 0, 4), ([1 << 62, 4], [0, 0], 0, 4), ([Int.max], [Int.max], 0, 4), ([1], [1], Int.max, 4), ([1], [1], 0, Int.max),
            ([0, 1 << 62, 4], [0, 0, 0], 0, 4), ([1 << 40], [0], 0, 4), ([1], [1], 0, -1),
        ] {
            #expect(Self.kind(Self.tensor(count: count, offset: offset, shape: shape, strides: strides)) != nil, "\(shape) \(strides) \(offset)")
        }
        #expect(Self.kind(Self.tensor(shape: [1], strides: [1], key: "1")) == .malformed)
        #expect(Self.kind(Self.tensor(shape: [1], strides: [1], key: "../0")) == .malformed)
    }

    @Test(arguments: [
        "cos\nsystem\n(S'echo'\ntR.", "c__builtin__\neval\n.", "cposix\nsystem\n.", "csubprocess\nPopen\n.", "c__main__\nNet\n)\u{81}.",
        "ccollections\nOrderedDict\n.", "ctorch.nn.modules.linear\nLinear\n.", "ctorch\nload\n.", "cbuiltins\ngetattr\n.",
        "(S'os'\nios\nsystem\n.", "ctorch._utils\n_rebuild_tensor_v2\n)R.", "ccollections\nOrderedDict\nK\u{1}R.", "K\u{1}K\u{2}\u{86}K\u{3}\u{85}R.",
    ])
    func runsNothing(pickle: String) {
        #expect(Self.kind(Array(pickle.unicodeScalars.map { UInt8($0.value) })) != nil)
    }

    @Test func refusedNamesAreNamed() {
        let error = #expect(throws: FormatError.self) {
            try PyTorchFile(bytes: Self.file(Array("cos\nsystem\n(S'echo'\ntR.".utf8)), description: "evil.pt")
        }
        #expect(error?.description == "evil.pt: data.pkl: in the pickle before byte 11: it needs “os.system”, which is code and not data, "
            + "so it is not read; in Python, save a state_dict instead of the object")
    }

    @Test func bombsAreSmall() {
        // Lists of ten times the list before: 10^60 elements in a hundred bytes.
        var laughs: [UInt8] = Array("]q\u{0}".utf8)
        for level in 1 ... 60 as ClosedRange<UInt8> {
            laughs += Array("](".utf8) + (0 ..< 10).flatMap { _ in [UInt8(ascii: "h"), level - 1] } + Array("eq".utf8) + [level]
        }
        #expect(Self.kind(laughs + Array("t.".utf8)) != nil)
        var nested: [UInt8] = [UInt8(ascii: ")"), UInt8(ascii: "q"), 0]
        for _ in 0 ..< 60 { nested += [UInt8(ascii: "2"), 0x86] }
        #expect(Self.kind(nested + Array(".".utf8)) == .tooLarge)
        // A list within itself.
        #expect(Self.kind(Array("]q\u{0}h\u{0}a.".utf8)) == .unsupported)
        // Deeper than any stack.
        let depth = 200_000
        #expect(Self.kind([UInt8](repeating: UInt8(ascii: "]"), count: depth) + [UInt8](repeating: UInt8(ascii: "a"), count: depth - 1)
            + Array(".".utf8)) == .tooLarge)
        #expect(Self.kind([UInt8(ascii: "N")] + [UInt8](repeating: 0x85, count: depth) + Array(".".utf8)) == .tooLarge)
        #expect(Self.kind([UInt8](repeating: UInt8(ascii: "("), count: 4_200_000)) == .tooLarge)
        #expect(Self.kind([UInt8](repeating: UInt8(ascii: "N"), count: 4_200_000)) == .tooLarge)
        // The same long text made into bytes again and again.
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        var copies: [UInt8] = Array("X".utf8) + StoredZip.little(UInt32(text.count)) + text + Array("q\u{0}X\u{6}\0\0\0latin1q\u{1}c_codecs\nencode\nq\u{2}".utf8)
        for _ in 0 ..< 100 { copies += Array("h\u{2}h\u{0}h\u{1}".utf8) + [0x86, UInt8(ascii: "R")] }
        #expect(Self.kind(copies + Array("t.".utf8)) == .tooLarge)
    }

    @Test(arguments: [
        [UInt8(ascii: "X"), 255, 255, 255, 255], [0x8D, 255, 255, 255, 255, 255, 255, 255, 127], [0x8D, 255, 255, 255, 255, 255, 255, 255, 255],
        [0x8E, 0, 0, 0, 0, 0, 0, 0, 128], [UInt8(ascii: "B"), 0, 0, 0, 255], [0x8B, 255, 255, 255, 127], [0x8B, 255, 255, 255, 255],
        [UInt8(ascii: "T"), 255, 255, 255, 255], [0x95, 255, 255, 255, 255, 0, 0, 0, 0], [UInt8(ascii: "R")], [UInt8(ascii: "t")],
        [UInt8(ascii: "h"), 0], [UInt8(ascii: "a")], [UInt8(ascii: ".")], [], [0x80, 6], [0x82, 1], [UInt8(ascii: "P"), 0x0A], [UInt8(ascii: "I")],
    ] as [[UInt8]])
    func refuses(pickle: [UInt8]) {
        #expect(Self.kind(pickle + [UInt8(ascii: ".")]) != nil)
    }

    @Test func readsTheInstructionsOfOldProtocols() throws {
        let pickle = "(lp0\nI1\naL-5L\naI01\naF2.5\naVtext\\u00e9\np1\naS'it\\'s'\na(I1\nI2\nta(dp2\nS'k'\nI3\nsag1\na."
        let value = try PyTorchFile(bytes: Self.file(Array(pickle.utf8))).value
        #expect(value.elements?.count == 9)
        #expect(value[0]?.integerValue == 1 && value[1]?.integerValue == -5 && value[2]?.booleanValue == true && value[3]?.doubleValue == 2.5)
        #expect(value[4]?.stringValue == "texté" && value[5]?.stringValue == "it's" && value[6]?[1]?.integerValue == 2)
        #expect(value[7]?["k"]?.integerValue == 3 && value[8]?.stringValue == "texté")
    }

    @Test func survivesEveryDamage() throws {
        let folder = try TemporaryFolder()
        var dictionary = PickleDictionary(isOrdered: true)
        dictionary.set("w", .tensor(try PyTorchTensor(Tensor([1, 2] as [Float]))))
        dictionary.set("n", [1, 2.5, "three"])
        try PyTorchFile.write(.dictionary(dictionary), to: folder.file("a.pt"))
        let bytes = try folder.bytes("a.pt"), legacy = try Peer.bytes("legacy.pt")
        for count in bytes.indices { #expect(throws: FormatError.self) { try PyTorchFile(bytes: Array(bytes[..<count])) } }
        for count in legacy.indices { #expect(throws: FormatError.self) { try PyTorchFile(bytes: Array(legacy[..<count])) } }
        forEveryDamage(bytes) { damaged in
            guard let file = try? PyTorchFile(bytes: damaged) else { return }
            for entry in file.entries where entry.byteCount < 1 << 16 { _ = try? file.load(entry.name).bytes() }
        }
    }

    // MARK: Exchange

    @Test(.enabled(if: Peer.isAvailable), arguments: ["pytorch", "typed pytorch", "legacy pytorch", "protocol 4", "TorchScript"])
    func readsPyTorchsFiles(kind: String) throws {
        let folder = try TemporaryFolder()
        let content = try Peer.run("write", kind, folder.file("a.pt"))
        try Peer.expect(TensorFile.open(folder.file("a.pt")), has: content)
    }

    /// `torch.load(weights_only=True)` reads a state dict and everything that values can be nested of.
    @Test(.enabled(if: Peer.isAvailable)) func pyTorchReadsWhatEmberWrites() throws {
        let folder = try TemporaryFolder()
        try TensorFile.write(Peer.samples(), to: folder.file("samples.pt"))
        Peer.expect(try Peer.run("read", "pytorch", folder.file("samples.pt")), equals: Peer.samples())
        for name in ["checkpoint.pt", "types.pt"] {
            try PyTorchFile.write(PyTorchFile(path: Peer.fixture(name)).value, to: folder.file(name))
            let read = try Peer.run("read", "pytorch", folder.file(name)), expected = try Peer.content(of: name)
            #expect(Set(read.keys) == Set(expected.keys))
            for (key, value) in expected { #expect(read[key]?.bytes == value.bytes && read[key]?.dtype == value.dtype, "\(key)") }
        }
    }
}
