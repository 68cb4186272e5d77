import EmberFormats
import Testing

@Suite struct CheckpointTests {
    @Test func readsWhatItWrites() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("checkpoint.safetensors")
        let state: JSONObject = ["epoch": 3, "seed": .integer(.max), "rate": 0.1, "model": "cnn", "order": [1, 2]]
        try Checkpoint(tensors: SafeTensorsTests.records, state: state).write(to: path)
        let read = try Checkpoint(path: path)
        #expect(read.state == state)
        #expect(read.state.map(\.name) == ["epoch", "seed", "rate", "model", "order"])
        #expect(Set(read.tensors.map(\.name)) == Set(SafeTensorsTests.records.map(\.name)))
    }

    @Test func refusesOtherFiles() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.safetensors")
        let key = "ember.checkpoint"
        for metadata in [
            nil, [:], [key: "1"], [key: "2", "ember.state": "{}"], [key: "1", "ember.state": "[]"],
            [key: "1", "ember.state": "{"],
        ] as [[String: String]?] {
            try SafeTensorsFile.write([], metadata: metadata, to: path)
            #expect(throws: FormatError.self) { try Checkpoint(path: path) }
        }
    }
}
