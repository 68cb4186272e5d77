import EmberFormats
import EmberTensor
import Synchronization
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
            nil, [:], [key: "2"], [key: "9", "ember.state": "{}"], [key: "2", "ember.state": "{}"],
            [key: "2", "ember.state": "[]", "ember.checksums": "{}"], [key: "2", "ember.state": "{", "ember.checksums": "{}"],
            [key: "2", "ember.state": "{}", "ember.checksums": "{}"],
        ] as [[String: String]?] {
            try SafeTensorsFile.write([], metadata: metadata, to: path)
            #expect(throws: FormatError.self) { try Checkpoint(path: path) }
        }
    }

    @Test func noticesEveryChangedByte() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.safetensors")
        let records = [
            try TensorRecord(name: "a", Tensor([1, 2, 3] as [Float], shape: [3])),
            try TensorRecord(name: "b", Tensor([1, 2] as [UInt8], shape: [2])), try TensorRecord(name: "empty", Tensor.zeros([0])),
        ]
        try Checkpoint(tensors: records, state: ["epoch": 3, "best": 0.5]).write(to: path)
        let good = try folder.bytes("a.safetensors")
        for position in good.indices {
            for bit in [0, 5] {
                var damaged = good
                damaged[position] ^= 1 << bit
                try writeFile(damaged, to: path)
                #expect(throws: FormatError.self, "byte \(position), bit \(bit)") { try Checkpoint(path: path) }
            }
        }
        try writeFile(good, to: path)
        #expect(try Checkpoint(path: path).state == ["epoch": 3, "best": 0.5])
    }

    @Test func savesInTheBackground() throws {
        let saver = BackgroundSaver()
        let done = Mutex<[Int]>([])
        for number in 0 ..< 10 { try saver.save { done.withLock { $0.append(number) } } }
        try saver.finish()
        #expect(done.withLock { $0 } == Array(0 ..< 10))
        try saver.save { throw FormatError(.system, file: "x", "the disk is full") }
        #expect(throws: FormatError.self) { try saver.finish() }
        try saver.finish()
    }
}
