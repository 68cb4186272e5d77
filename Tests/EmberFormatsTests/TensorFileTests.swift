import EmberFormats
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
