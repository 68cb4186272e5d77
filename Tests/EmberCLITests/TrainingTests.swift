import Ember
import Foundation
import Testing

@Suite(.serialized) struct TrainingTests {
    private static func options(_ data: SmallData, epochs: Int, seed: Int = 3) -> [String] {
        ["train", "--data-folder", data.data, "--epochs", "\(epochs)", "--batch-size", "20", "--seed", "\(seed)"]
    }

    /// Everything of a checkpoint that decides how training goes on.
    private static func content(_ path: String) throws -> (tensors: [String: [UInt8]], state: JSONObject) {
        let checkpoint = try Checkpoint(path: path)
        return (checkpoint.tensors.reduce(into: [:]) { $0[$1.name] = $1.bytes.byteArray }, checkpoint.state)
    }

    private static func withoutSeconds(_ csv: String) -> [String] {
        csv.split(separator: "\n").map { line in line.split(separator: ",").dropLast().joined(separator: ",") }
    }

    @Test func aRunLeavesEverythingBehind() throws {
        let data = try SmallData()
        let result = try Program.run(Self.options(data, epochs: 3) + ["--run-folder", data.file("run")])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.isEmpty)
        #expect(result.output.contains("seed 3"))
        #expect(result.output.contains("epoch  train loss  train acc.  test loss  test acc.  seconds"))
        #expect(result.output.contains("step 15/30"))

        let metrics = try data.text("run/metrics.csv").split(separator: "\n").map { $0.split(separator: ",") }
        #expect(metrics[0] == ["epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds"])
        #expect(metrics.map(\.first) == ["epoch", "1", "2", "3"])
        #expect(try #require(Double(metrics[3][4])) > 0.9)

        for picture in ["loss", "accuracy", "confusion-matrix", "wrong-predictions", "feature-maps"] {
            let image = try Image(path: data.file("run/\(picture).png"))
            #expect(image.width > 100 && image.height > 50, "\(picture)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: data.file("run"))
        let eventFile = try #require(names.first { $0.hasPrefix("events.out.tfevents.") })
        let tags = Set(try EventFile(path: data.file("run/\(eventFile)")).events.map(\.tag))
        let expected = [
            "loss/train", "loss/test", "accuracy/train", "accuracy/test", "loss/step", "learning_rate", "weights/conv1.weight",
            "weights/output.bias", "images/training", "images/wrong predictions", "images/feature maps",
        ]
        #expect(tags.isSuperset(of: expected), "\(tags.sorted())")
        #expect(!names.contains { $0.hasSuffix(".partial") })

        // The run can be used: from its folder, and as the newest one.
        let evaluation = try Program.run(["evaluate", "--run", data.file("run"), "--data-folder", data.data])
        #expect(evaluation.status == 0 && evaluation.output.contains("accuracy"), "\(evaluation.errors)")
        try createDirectories(at: data.file("runs"))
        try FileManager.default.moveItem(atPath: data.file("run"), toPath: data.file("runs/a"))
        for label in [0, 7] {
            let picture = Image(width: 28, height: 28, channels: 1, pixels: SmallData.picture(label, Generator(seed: 77)))
            try picture.enlarged(by: 3).writePNG(to: data.file("picture.png"))
            let prediction = try Program.run(["predict", "picture.png"], in: data.path)
            #expect(prediction.status == 0, "\(prediction.errors)")
            #expect(prediction.output.hasPrefix(MNISTCollection.fashion.classNames[label]), "\(prediction.output)")
        }

        // A second run does not go over the first.
        let before = try data.bytes("runs/a/checkpoint.safetensors")
        let again = try Program.run(Self.options(data, epochs: 1) + ["--run-folder", data.file("runs/a")])
        #expect(again.status == 1 && again.messages.count == 1 && again.errors.contains("holds a run already"))
        let finished = try Program.run(["train", "--resume", data.file("runs/a"), "--data-folder", data.data])
        #expect(finished.status == 1 && finished.messages.count == 1)
        #expect(try data.bytes("runs/a/checkpoint.safetensors") == before)
    }

    @Test func interruptedAndResumedEqualsUninterrupted() throws {
        let data = try SmallData()
        let whole = try Program.run(Self.options(data, epochs: 3) + ["--run-folder", data.file("whole")])
        #expect(whole.status == 0, "\(whole.errors)")

        let first = try Program.run(
            Self.options(data, epochs: 3) + ["--run-folder", data.file("parts")], interruptAfter: "epoch 2/3  step 9/30")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.contains("--resume"))
        let saved = try Self.content(data.file("parts/checkpoint.safetensors"))
        #expect(saved.state["values"]?["partialEpoch"] != nil, "the interruption came too late")
        #expect(try data.text("parts/metrics.csv").split(separator: "\n").count == 2)

        // Once more within an epoch.
        let second = try Program.run(
            ["train", "--resume", data.file("parts"), "--data-folder", data.data], interruptAfter: "epoch 3/3  step 6/30")
        #expect(second.status == 0, "\(second.errors)")
        let third = try Program.run(["train", "--resume", data.file("parts"), "--data-folder", data.data])
        #expect(third.status == 0, "\(third.errors)")

        let expected = try Self.content(data.file("whole/checkpoint.safetensors"))
        let got = try Self.content(data.file("parts/checkpoint.safetensors"))
        #expect(Set(got.tensors.keys) == Set(expected.tensors.keys))
        // Names only: the bytes of a whole tensor are no message.
        #expect(expected.tensors.filter { got.tensors[$0.key] != $0.value }.keys.sorted() == [])
        #expect(got.state["optimizer"] == expected.state["optimizer"])
        #expect(got.state["step"] == expected.state["step"])
        #expect(Self.withoutSeconds(try data.text("parts/metrics.csv")) == Self.withoutSeconds(try data.text("whole/metrics.csv")))
    }
}
