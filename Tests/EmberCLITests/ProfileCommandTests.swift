import Ember
import Testing

@Suite(.serialized) struct ProfileCommandTests {
    @Test func tableAndTraceOfTrainingSteps() throws {
        let data = try SmallData(train: 100, test: 20)
        // More steps than an epoch has batches.
        let result = try Program.run([
            "profile", "--data-folder", data.data, "--batch-size", "20", "--steps", "6", "--warm-up", "2", "--top", "100", "--trace", data.file("trace.json"),
        ])
        #expect(result.status == 0, "\(result.errors)")
        for name in ["forward", "backward", "Adam.step", "DataLoader.nextBatch", "convolution", "gradient of linear", "6 steps of 20 images"] {
            #expect(result.output.contains(name), "\(name)")
        }
        let events = try #require(try JSON(parsing: try data.text("trace.json"))["traceEvents"]?.arrayValue)
        func count(_ name: String) -> Int { events.filter { $0["name"]?.stringValue == name && $0["ph"]?.stringValue == "X" }.count }
        #expect(count("Adam.step") == 6)
        #expect(count("convolution") == 3 * 6)
    }

    @Test(arguments: [["--steps", "0"], ["--warm-up", "-1"], ["--top", "0"]])
    func numbersOutOfRangeAreRefused(options: [String]) throws {
        #expect(try Program.run(["profile"] + options).status == 64)
    }
}
