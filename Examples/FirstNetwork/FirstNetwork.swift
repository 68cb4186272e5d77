// Two interleaved spirals, told apart by a network of three linear layers.
import Ember
import Foundation

final class Net: Module, Layer {
    let hidden1 = Linear(2, 64)
    let hidden2 = Linear(64, 64)
    let output = Linear(64, 2)

    func forward(_ x: Tensor) -> Tensor { output(relu(hidden2(relu(hidden1(x))))) }
}

/// 400 points on two arms, with the number of the arm.
func spirals() throws -> TensorDataset {
    var points: [Float] = [], arms: [Int] = []
    for i in 0 ..< 400 {
        let arm = i % 2, t = Double(i) / 400
        let angle = 3 * .pi * t + .pi * Double(arm), radius = 0.2 + t
        points += [Float(radius * cos(angle)), Float(radius * sin(angle))]
        arms.append(arm)
    }
    return try TensorDataset(Tensor(points, shape: [400, 2]), Tensor(arms))
}

@main
enum FirstNetwork {
    static func main() throws {
        manualSeed(0)
        let data = try spirals()
        let net = Net()
        let optimizer = Adam(net.parameters(), learningRate: 1e-2)
        let loader = DataLoader(data, batchSize: 50, shuffle: true)
        for epoch in 1 ... 60 {
            var total = 0.0
            for (points, arms) in loader {
                let loss = crossEntropy(net(points), arms)
                optimizer.zeroGrad()
                loss.backward()
                optimizer.step()
                total += loss.item()
            }
            if epoch % 10 == 0 { print("epoch \(epoch)  loss \(total / Double(loader.count))") }
        }
        let accuracy = (net(data.inputs).argmax(1) .== data.targets).to(.float32).mean().item()
        print("accuracy \(accuracy)")
        // The examples are run by the tests: one that does not learn must be noticed.
        guard accuracy > 0.95 else { exit(1) }
    }
}
