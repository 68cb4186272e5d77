// A small training run that saves itself all the time, to be killed at any moment and started again: KilledProgram FOLDER EPOCHS
// It goes on where the newest checkpoint in the folder stands, and prints the checksum of the final weights.
import Ember
import Foundation

final class Net: Module, Layer {
    let hidden = Linear(8, 32)
    let norm = BatchNorm1d(32)
    let dropout = Dropout(0.3)
    let output = Linear(32, 3)

    func forward(_ x: Tensor) -> Tensor { output(dropout(relu(norm(hidden(x))))) }
}

@main
enum KilledProgram {
    static func main() throws {
        guard CommandLine.arguments.count == 3, let epochs = Int(CommandLine.arguments[2]) else {
            FileHandle.standardError.write(Data("usage: KilledProgram FOLDER EPOCHS\n".utf8))
            exit(2)
        }
        let folder = CommandLine.arguments[1]
        setThreadCount(1)
        manualSeed(5)
        let inputs = Tensor.randn([120, 8])
        let data = try TensorDataset(inputs, inputs.narrow(1, start: 0, count: 3).argmax(1))
        let net = Net()
        let optimizer = AdamW(net.parameters(), learningRate: 1e-2)
        let loader = DataLoader(data, batchSize: 10, shuffle: true, workers: 1)
        let schedule = OneCycleSchedule(optimizer, highest: 1e-2, totalSteps: epochs * loader.count)
        let checkpoints = try CheckpointFolder(folder, keepLast: 2, keepBest: 1, direction: .lowest)

        var (step, epoch) = (0, 0)
        if let saved = try checkpoints.latest() {
            try saved.restore(model: net, optimizer: optimizer, schedule: schedule, loader: loader)
            step = saved.step
            epoch = saved.values["epoch"]?.integerValue ?? 0
        }
        while epoch < epochs {
            for (x, y) in loader {
                let loss = crossEntropy(net(x), y)
                optimizer.zeroGrad()
                loss.backward()
                optimizer.step()
                schedule.step()
                step += 1
                if step % 3 == 0 {
                    let snapshot = RunSnapshot(
                        model: net, optimizer: optimizer, schedule: schedule, loader: loader, step: step,
                        values: ["epoch": .integer(epoch)])
                    try checkpoints.save(snapshot, score: loss.item())
                }
            }
            epoch += 1
        }
        try checkpoints.finish()
        print("step \(step)")
        for (path, tensor) in net.stateDict() { print(path, checksum(tensor.bytes())) }
    }
    /// FNV-1a of 64 bits (Fowler, Noll, Vo).
    private static func checksum(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    }
}
