import Ember
import Foundation
import Testing

@Suite(.serialized) struct RunSnapshotTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "ember-run-" + UUID().uuidString
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func isEqual(_ a: StateDict, _ b: StateDict) -> Bool {
        a.dictionary.mapValues { $0.bytes() } == b.dictionary.mapValues { $0.bytes() }
    }

    @Test func everythingComesBack() throws {
        let folder = Folder()
        try createDirectories(at: folder.path)
        let path = folder.path + "/a.safetensors"
        manualSeed(3)
        let net = Sequential(Linear(4, 8), ReLU(), Linear(8, 2))
        let optimizer = Adam(net.parameters(), learningRate: 0.1)
        // Its best is infinite before the first step, which JSON cannot say.
        let schedule = PlateauSchedule(optimizer)
        let loader = DataLoader(try TensorDataset(Tensor.randn([20, 4]), Tensor.zeros([20])), batchSize: 4, shuffle: true)
        var batches = loader.makeIterator()
        func train() {
            guard let (x, _) = batches.next() else { return }
            optimizer.zeroGrad()
            net(x).square().mean().backward()
            optimizer.step()
        }
        train()
        train()
        let snapshot = RunSnapshot(
            model: net, optimizer: optimizer, schedule: schedule, loader: loader, step: 2, values: ["name": "test"],
            tensors: ["average": Tensor([1.5, 2.5] as [Float], shape: [2])])
        // What happens afterwards is not in the snapshot.
        train()
        schedule.step(0.5)
        try snapshot.write(to: path)
        let after = net.stateDict()
        train()
        let end = net.stateDict()

        let saved = try RunSnapshot(path: path)
        #expect(saved.step == 2 && saved.values == ["name": "test"])
        #expect(saved.tensors["average"]?.array() == [1.5, 2.5] as [Float])
        #expect(!Self.isEqual(saved.model, after))
        manualSeed(99)
        try saved.restore(model: net, optimizer: optimizer, schedule: schedule, loader: loader)
        #expect(schedule.stateDict()["best"] == .infinity)
        batches = loader.makeIterator()
        train()
        #expect(Self.isEqual(net.stateDict(), after))
        train()
        #expect(Self.isEqual(net.stateDict(), end))
        #expect(throws: FormatError.self) { try saved.restore(model: Linear(4, 8)) }
        #expect(throws: FormatError.self) { try RunSnapshot(model: net, step: 0).restore(model: net, optimizer: optimizer) }
    }

    @Test func theLastAndTheBestAreKept() throws {
        let folder = Folder()
        let net = Linear(2, 2)
        let checkpoints = try CheckpointFolder(folder.path, keepLast: 2, keepBest: 2, direction: .lowest)
        #expect(try checkpoints.latest() == nil && checkpoints.best() == nil)
        for (step, loss) in [5, 1, 4, 0.5, 3, 2, .nan].enumerated() {
            try checkpoints.save(RunSnapshot(model: net, step: step), score: loss)
        }
        try checkpoints.finish()
        #expect(try checkpoints.files().map { $0.suffix(14) } == ["01.safetensors", "03.safetensors", "05.safetensors", "06.safetensors"])
        #expect(try checkpoints.latest()?.step == 6)
        #expect(try checkpoints.best()?.step == 3)

        // A damaged one is passed over; what a killed process left is removed.
        let newest = try #require(try checkpoints.files().last)
        var bytes = try MappedFile(path: newest).byteArray
        bytes[bytes.count - 3] ^= 1
        try writeFile(bytes, to: newest)
        try writeFile([1, 2, 3] as [UInt8], to: folder.path + "/step-0000000009.safetensors.77.5.partial")
        let again = try CheckpointFolder(folder.path)
        #expect(try again.latest()?.step == 5)
        #expect(try !FileManager.default.contentsOfDirectory(atPath: folder.path).contains { $0.hasSuffix(".partial") })
    }

    @Test func failuresInTheBackgroundAreThrown() throws {
        let folder = Folder()
        let checkpoints = try CheckpointFolder(folder.path)
        try FileManager.default.removeItem(atPath: folder.path)
        try checkpoints.save(RunSnapshot(model: Linear(2, 2), step: 1))
        #expect(throws: (any Error).self) { try checkpoints.finish() }
    }

    /// SIGKILL at random moments, and the run goes on to the very same weights. `Scripts/kill-test` is the long form.
    @Test func aKilledRunEndsLikeOneThatWasNot() throws {
        let folder = Folder()
        try createDirectories(at: folder.path)
        let start = ContinuousClock.now
        let expected = try run(in: folder.path + "/whole", killAfter: nil)
        let duration = ContinuousClock.now - start
        #expect(expected?.contains("step 300") == true)
        var generator = SystemRandomNumberGenerator()
        var kills = 0
        while kills < 4 {
            let run = folder.path + "/\(kills)"
            var output: String?
            while output == nil {
                let delay = duration * Double.random(in: 0.05 ... 0.8, using: &generator)
                output = try self.run(in: run, killAfter: kills < 4 ? delay : nil)
                if output == nil { kills += 1 }
            }
            #expect(output == expected, "after \(kills) kills")
        }
    }

    /// What the program printed; nil when it was killed.
    private func run(in folder: String, killAfter delay: Duration?) throws -> String? {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: Program.path).deletingLastPathComponent().appendingPathComponent("KilledProgram")
        process.arguments = [folder, "25"]
        process.standardOutput = output
        try process.run()
        if let delay {
            Thread.sleep(forTimeInterval: Double(delay.components.seconds) + Double(delay.components.attoseconds) * 1e-18)
            kill(process.processIdentifier, SIGKILL)
        }
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationReason == .exit else { return nil }
        #expect(process.terminationStatus == 0)
        return String(decoding: printed, as: UTF8.self)
    }
}
