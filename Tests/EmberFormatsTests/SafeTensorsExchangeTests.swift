import EmberFormats
import EmberTensor
import Foundation
import Testing

@Suite struct SafeTensorsExchangeTests {
    @Test func readsEveryTypeOfTheReference() throws {
        let file = try SafeTensorsFile(path: Peer.fixture("types.safetensors"))
        try Peer.expect(file, has: Peer.content(of: "types.safetensors"))
        #expect(file.entries.first { $0.name == "float8_e5m2" }?.storedType == "F8_E5M2")
        #expect(file.entries.first { $0.name == "float8_e5m2" }?.dtype == .uint8)
    }

    @Test func writesBackTheBytesOfTheReference() throws {
        let reference = try Peer.bytes("types.safetensors")
        let file = try SafeTensorsFile(bytes: reference)
        #expect(try SafeTensorsFile.serialized(file.records.shuffled(), metadata: ["format": "pt"]) == reference)
    }

    @Test func tensorsOfAMappedFileOutliveItAndAreNeverWritten() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.safetensors")
        try TensorFile.write([NamedTensor("a", Tensor([1, 2, 3] as [Float]))], to: path)
        let before = try folder.bytes("a.safetensors")
        var tensor = try SafeTensorsFile(path: path).load("a")
        tensor += 1
        #expect(tensor.array(of: Float.self) == [2, 3, 4])
        #expect(try folder.bytes("a.safetensors") == before)
        #expect(try SafeTensorsFile(path: path).load("a").array(of: Float.self) == [1, 2, 3])
    }

    @Test func elementsThatLieUnalignedAreReadTheSame() throws {
        let folder = try TemporaryFolder()
        let header = #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#
        try writeFile(SafeTensorsTests.file(header, data: 1) + [0, 0, 0x80, 0x3F], to: folder.file("a"))
        #expect(try SafeTensorsFile(path: folder.file("a")).load("a").item() == 1)
    }

    @Test(.enabled(if: Peer.isAvailable)) func exchangesWithTheReference() throws {
        let folder = try TemporaryFolder()
        let content = try Peer.run("write", "safetensors", folder.file("a"))
        try Peer.expect(try SafeTensorsFile(path: folder.file("a")), has: content)
        try TensorFile.write(Peer.samples(without: .complex128), to: folder.file("b.safetensors"))
        Peer.expect(try Peer.run("read", "safetensors", folder.file("b.safetensors")), equals: Peer.samples(without: .complex128))
    }
}

@Suite struct ShardedSafeTensorsTests {
    static let tensors = (0 ..< 6).map { NamedTensor("layer.\($0).weight", Tensor.arange(0, .int(4 * ($0 + 1)), dtype: .float32)) }

    @Test func splitsAsHuggingFaceDoes() throws {
        let folder = try TemporaryFolder()
        let path = try ShardedSafeTensors.write(Self.tensors, folder: folder.path, maximumShardBytes: 100)
        #expect(path == folder.file("model.safetensors.index.json"))
        // 16 + 32 + 48 bytes fit; 64 would not; 80 alone; 96 alone.
        #expect(try folder.names == (1 ... 4).map { "model-0000\($0)-of-00004.safetensors" } + ["model.safetensors.index.json"])
        let file = try TensorFile.open(path)
        #expect(file.format == .shardedSafetensors)
        #expect(file.metadata == ["total_size": 336])
        #expect(file.entries.map(\.name) == Self.tensors.map(\.name))
        for named in Self.tensors { #expect(try file.load(named.name).bytes() == named.tensor.bytes()) }
        let text = try String(decoding: folder.bytes("model.safetensors.index.json"), as: UTF8.self)
        #expect(text.hasPrefix("""
            {
              "metadata": {
                "total_size": 336
              },
              "weight_map": {
                "layer.0.weight": "model-00001-of-00004.safetensors",
            """))
    }

    @Test func tensorsLargerThanAFileGetOneOfTheirOwn() throws {
        let folder = try TemporaryFolder()
        let path = try ShardedSafeTensors.write(Self.tensors, folder: folder.path, maximumShardBytes: 40)
        // In the order in which they are complete, as with Hugging Face: the last small one at the end.
        #expect(try ShardedSafeTensors(indexPath: path).shards.flatMap(\.names) == [0, 2, 3, 4, 5, 1].map { "layer.\($0).weight" })
    }

    @Test func smallModelsTakeOneFile() throws {
        let folder = try TemporaryFolder()
        let path = try ShardedSafeTensors.write(Self.tensors, folder: folder.path)
        #expect(try folder.names == ["model.safetensors"])
        #expect(try TensorFile.open(path).entries.count == 6)
    }

    @Test(arguments: [
        #"{"weight_map": {"a": "../a.safetensors"}}"#, #"{"weight_map": {"a": "/etc/passwd"}}"#, #"{"weight_map": {"a": 1}}"#,
        #"{"weight_map": {"a": ""}}"#, #"{"weight_map": {"a": ".."}}"#, #"{"weight_map": ["a"]}"#, "{}", #"{"weight_map": {"a""#,
        #"{"weight_map": {"a": "missing.safetensors"}}"#, #"{"weight_map": {"b": "a.safetensors"}}"#,
        #"{"weight_map": {"a": "a.safetensors", "b": "a.safetensors"}}"#,
    ])
    func refuses(index: String) throws {
        let folder = try TemporaryFolder()
        try TensorFile.write([NamedTensor("a", Tensor(1.0))], to: folder.file("a.safetensors"))
        try writeFile(Array(index.utf8), to: folder.file("index.json"))
        #expect(throws: FormatError.self) { try ShardedSafeTensors(indexPath: folder.file("index.json")) }
    }

    @Test(.enabled(if: Peer.isAvailable)) func exchangesWithHuggingFace() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("model.safetensors.index.json")
        let content = try Peer.run("write", "sharded", path)
        let names = try folder.names
        let files = try names.map { try folder.bytes($0) }
        let file = try ShardedSafeTensors(indexPath: path)
        try Peer.expect(file, has: content)
        // Written by Ember from the same tensors, the files are the same, byte for byte.
        let tensors = try (0 ..< 6).map { NamedTensor("layer.\($0).weight", try file.load("layer.\($0).weight").clone()) }
        let copy = try TemporaryFolder()
        try ShardedSafeTensors.write(tensors, folder: copy.path, maximumShardBytes: 128)
        #expect(try copy.names == names)
        for (name, bytes) in zip(names, files) { #expect(try copy.bytes(name) == bytes, "\(name)") }
        Peer.expect(try Peer.run("read", "sharded", copy.file("model.safetensors.index.json")), equals: tensors)
    }
}
