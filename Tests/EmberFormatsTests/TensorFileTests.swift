import EmberFormats
import EmberNN
import EmberTensor
import Testing

@Suite struct TensorFileTests {
    @Test func refusesWhatItDoesNotKnow() throws {
        let folder = try TemporaryFolder()
        try writeFile([0, 1, 2, 3] as [UInt8], to: folder.file("a"))
        let error = #expect(throws: FormatError.self) { try TensorFile.open(folder.file("a")) }
        #expect(error?.description.hasPrefix("\(folder.file("a")): not a tensor file of a known format") == true)
        #expect(throws: FormatError.self) { try TensorFile.open(folder.file("missing")) }
        #expect(throws: FormatError.self) { try TensorFile.write([], to: folder.file("a.unknown")) }
    }

    /// Too little is left of these files to recognise them by, but their names say what they were meant to be.
    @Test(arguments: [
        ("a.safetensors", [4, 0, 0]), ("a.safetensors", [0, 0, 0, 0, 0, 0, 0, 0x80, 0x7B, 0x7D]), ("a.pt", []), ("a.npy", [0x93]),
        ("a.npz", [0x50]), ("a.gguf", [0x47, 0x47]), ("a.png", [0x89]), ("a.jpg", [0xFF]), ("a.csv", [0xFF, 0xFE]), ("a.csv", []),
        ("model.safetensors.index.json", [0x5B]),
    ] as [(String, [UInt8])]) func aDamagedBeginningIsToldInTheWordsOfItsFormat(name: String, bytes: [UInt8]) throws {
        let folder = try TemporaryFolder()
        try writeFile(bytes, to: folder.file(name))
        let error = #expect(throws: FormatError.self) { try TensorFile.open(folder.file(name)) }
        #expect(error?.description.contains(name) == true && error?.problem.contains("known format") == false, "\(String(describing: error))")
    }

    @Test func aFolderStandsForTheFileInIt() throws {
        let folder = try TemporaryFolder()
        func write(_ name: String) throws { try TensorFile.write([NamedTensor(name, Tensor(1.0))], to: folder.file(name), as: .safetensors) }
        func opened() throws -> String? { try TensorFile.open(folder.path).entries.first?.name }
        let nothing = #expect(throws: FormatError.self) { try TensorFile.open(folder.path) }
        #expect(nothing?.problem.contains("no file of tensors") == true && nothing?.problem.contains("checkpoint.safetensors") == true)
        try writeFile(Array("{}".utf8), to: folder.file("config.json"))
        try write("one.safetensors")
        #expect(try opened() == "one.safetensors")
        try write("other.safetensors")
        let several = #expect(throws: FormatError.self) { try TensorFile.open(folder.path) }
        #expect(several?.problem.contains("2 files of tensors") == true)
        // From the weakest claim to the strongest.
        for name in ["step-0000000009.safetensors", "step-0000000010.safetensors", "checkpoint.safetensors", "model.safetensors"] {
            try write(name)
            #expect(try opened() == name)
        }
        try ShardedSafeTensors.write(ShardedSafeTensorsTests.tensors, folder: folder.path, maximumShardBytes: 100)
        #expect(try TensorFile.open(folder.path + "/").path == folder.path + "/model.safetensors.index.json")
    }

    @Test func whatAFormatCannotHoldIsToldByName() throws {
        let folder = try TemporaryFolder()
        let complex = NamedTensor("z", Tensor.zeros([2], dtype: .complex128)), brief = NamedTensor("b", Tensor.zeros([2], dtype: .bfloat16))
        for (tensor, name) in [
            (complex, "a.safetensors"), (complex, "a.safetensors.index.json"), (complex, "a.csv"), (brief, "a.npz"),
        ] {
            let error = #expect(throws: FormatError.self) { try TensorFile.write([tensor], to: folder.file(name)) }
            #expect(error?.problem.contains("“\(tensor.name)”") == true && error?.problem.contains(tensor.typeName) == true, "\(String(describing: error))")
            #expect(error?.file.hasPrefix(folder.path) == true, "\(String(describing: error))")
        }
    }

    @Test(arguments: ["a.safetensors", "a.pt", "a.npz"]) func stateDictsAreWrittenAndRead(name: String) throws {
        let folder = try TemporaryFolder()
        let net = Linear(3, 2), other = Linear(3, 2)
        try net.stateDict().write(to: folder.file(name))
        try other.loadStateDict(StateDict(file: folder.file(name)))
        #expect(other.weight.bytes() == net.weight.bytes())
        #expect(throws: FormatError.self) { try net.stateDict().write(to: folder.file("a.unknown")) }
    }

    @Test func aStateDictHasTheNumbersOfEightBitFloats() throws {
        let folder = try TemporaryFolder()
        let bytes = NamedTensor("w", Tensor([0x38, 0x40] as [UInt8], shape: [2]), float8: .e4m3fn)
        try TensorFile.write([bytes], to: folder.file("a.safetensors"))
        #expect(try StateDict(file: folder.file("a.safetensors"))["w"]?.array(of: Float.self) == [1, 2])
    }

    @Test func namesDoNotDecideHowAFileIsRead() throws {
        let folder = try TemporaryFolder()
        try TensorFile.write(Peer.samples(without: .complex128), metadata: ["a": "b", "n": 1], to: folder.file("a.npy"), as: .safetensors)
        let file = try TensorFile.open(folder.file("a.npy"))
        #expect(file.format == .safetensors)
        #expect(file.metadata == ["a": "b", "n": "1"])
        for named in Peer.samples(without: .complex128) { #expect(try file.load(named.name).bytes() == named.tensor.bytes()) }
        let error = #expect(throws: FormatError.self) { try file.load("none") }
        #expect(error?.problem == "there is no tensor “none”")
    }
}
