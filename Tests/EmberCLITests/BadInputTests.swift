import Ember
import Foundation
import Testing

@Suite(.serialized) struct BadInputTests {
    /// Expects one line on the error output that says `words`, and status 1.
    private static func expectFailure(
        _ result: Program.Result, _ words: String..., at location: SourceLocation = #_sourceLocation
    ) {
        #expect(result.status == 1, sourceLocation: location)
        #expect(result.messages.count == 1, "\(result.errors)", sourceLocation: location)
        for word in words { #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: location) }
    }

    private static func train(_ data: SmallData, _ more: [String] = [], fileSizeLimit: Int? = nil) throws -> Program.Result {
        try Program.run(
            ["train", "--data-folder", data.data, "--epochs", "1", "--batch-size", "50", "--run-folder", data.file("run")] + more,
            fileSizeLimit: fileSizeLimit)
    }

    @Test func wrongDataFiles() throws {
        let data = try SmallData(train: 50, test: 20)
        let images = data.data + "/train-images-idx3-ubyte", labels = data.data + "/train-labels-idx1-ubyte.gz"
        let goodImages = try MappedFile(path: images).byteArray, goodLabels = try MappedFile(path: labels).byteArray

        try writeFile(Array(goodImages.dropLast(100)), to: images)
        Self.expectFailure(try Self.train(data), "train-images-idx3-ubyte", "takes 39200 bytes")
        try writeFile(Array("this is no IDX file".utf8), to: images)
        Self.expectFailure(try Self.train(data), "train-images-idx3-ubyte", "not an IDX file")
        try writeFile([UInt8](), to: images)
        Self.expectFailure(try Self.train(data), "train-images-idx3-ubyte", "too few")
        try writeFile(goodImages, to: images)
        try writeFile(Array(goodLabels.dropLast(10)), to: labels)
        Self.expectFailure(try Self.train(data), "train-labels-idx1-ubyte.gz")
        try FileManager.default.removeItem(atPath: labels)
        Self.expectFailure(try Self.train(data), "there is no train-labels-idx1-ubyte")
        Self.expectFailure(try Program.run(["train", "--data-folder", "/nonexistent"]), "/nonexistent")
        #expect(!data.exists("run"), "a run that cannot begin leaves no folder")
    }

    @Test func unwritableRunFolders() throws {
        let data = try SmallData(train: 50, test: 20)
        try writeFile(Array("a file".utf8), to: data.file("run"))
        Self.expectFailure(try Self.train(data), data.file("run"))
        #expect(try data.text("run") == "a file")
        Self.expectFailure(
            try Program.run(["train", "--data-folder", data.data, "--epochs", "1", "--run-folder", "/proc/nothing"]), "/proc/nothing")
    }

    @Test func aFullDiskKeepsTheOldCheckpoint() throws {
        let data = try SmallData()
        Self.expectFailure(try Self.train(data, fileSizeLimit: 16), data.file("run"))
        #expect(!data.exists("run/checkpoint.safetensors"))
        try FileManager.default.removeItem(atPath: data.file("run"))

        let options = ["train", "--data-folder", data.data, "--epochs", "2", "--batch-size", "20", "--run-folder", data.file("run")]
        let interrupted = try Program.run(options, interruptAfter: "epoch 1/2  step 9/30")
        #expect(interrupted.status == 0, "\(interrupted.errors)")
        let before = try data.bytes("run/checkpoint.safetensors")
        Self.expectFailure(
            try Program.run(["train", "--resume", data.file("run"), "--data-folder", data.data], fileSizeLimit: 500),
            data.file("run/checkpoint.safetensors"))
        #expect(try data.bytes("run/checkpoint.safetensors") == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: data.file("run")).allSatisfy { !$0.hasSuffix(".partial") })
    }

    @Test func wrongCheckpoints() throws {
        let data = try SmallData(train: 50, test: 20)
        #expect(try Self.train(data).status == 0)
        let place = data.file("run/checkpoint.safetensors"), good = try data.bytes("run/checkpoint.safetensors")
        func evaluate() throws -> Program.Result {
            try Program.run(["evaluate", "--run", data.file("run"), "--data-folder", data.data])
        }
        try writeFile(Array(good.dropLast(1000)), to: place)
        Self.expectFailure(try evaluate(), "checkpoint.safetensors")
        try writeFile(Array("no checkpoint".utf8), to: place)
        Self.expectFailure(try evaluate(), "checkpoint.safetensors", "not a safetensors file")
        try SafeTensorsFile.write([try TensorRecord(name: "weight", Tensor.zeros([3]))], to: place)
        Self.expectFailure(try evaluate(), "not a checkpoint")
        try Checkpoint(tensors: [], state: ["epoch": 1]).write(to: place)
        Self.expectFailure(try evaluate(), "no whole number “step”")
        try RunSnapshot(model: Linear(2, 2), step: 0).write(to: place)
        Self.expectFailure(try evaluate(), "not one of ember train")
        // A single bit that the disk got wrong.
        var damaged = good
        damaged[good.count - 1000] ^= 4
        try writeFile(damaged, to: place)
        Self.expectFailure(try evaluate(), "damaged", "checksum")

        // Another architecture by its name, and one by its shapes.
        try writeFile(good, to: place)
        let checkpoint = try Checkpoint(path: place)
        var renamed = checkpoint.state
        var values = try #require(renamed["values"]?.objectValue)
        var settings = try #require(values["settings"]?.objectValue)
        settings["model"] = "transformer"
        values["settings"] = .object(settings)
        renamed["values"] = .object(values)
        try Checkpoint(tensors: checkpoint.tensors, state: renamed).write(to: data.file("other.safetensors"))
        Self.expectFailure(
            try Program.run(["evaluate", "--run", data.file("other.safetensors"), "--data-folder", data.data]),
            "another model", "transformer")
        let reshaped = try checkpoint.tensors.map { $0.name == "model.conv1.weight" ? try TensorRecord(name: $0.name, Tensor.zeros([16, 1, 3, 3])) : $0 }
        try Checkpoint(tensors: reshaped, state: checkpoint.state).write(to: data.file("other.safetensors"))
        let result = try Program.run(["evaluate", "--run", data.file("other.safetensors"), "--data-folder", data.data])
        #expect(result.status == 1 && result.errors.contains("does not fit the model") && result.errors.contains("conv1.weight"), "\(result.errors)")
        Self.expectFailure(try Program.run(["evaluate", "--run", data.file("nothing")]), data.file("nothing"))
        Self.expectFailure(try Program.run(["evaluate"], in: data.data), "no trained model")
    }

    @Test func wrongPictures() throws {
        let data = try SmallData(train: 50, test: 20)
        #expect(try Self.train(data).status == 0)
        func predict() throws -> Program.Result { try Program.run(["predict", data.file("p.png"), "--run", data.file("run")]) }
        Self.expectFailure(try predict(), "p.png")
        try writeFile(Array("no picture".utf8), to: data.file("p.png"))
        Self.expectFailure(try predict(), "p.png")
        let good = try Image(width: 40, height: 30, fill: [9, 9, 9]).encodedPNG()
        try writeFile(Array(good.prefix(60)), to: data.file("p.png"))
        Self.expectFailure(try predict(), "p.png")
        try writeFile(good, to: data.file("p.png"))
        #expect(try predict().status == 0)
    }

    @Test func info() throws {
        let result = try Program.run(["info"])
        #expect(result.status == 0)
        for word in ["Ember", "threads", "oneDNN", "libpng", "zlib", "cpu"] { #expect(result.output.contains(word)) }
    }

    @Test func wrongOptionsAreExplained() throws {
        for arguments in [["train", "--epochs", "0"], ["train", "--data", "cats"], ["train", "--resume", "a", "--seed", "1"], ["fly"]] {
            let result = try Program.run(arguments)
            #expect(result.status != 0 && !result.errors.isEmpty)
        }
    }
}
