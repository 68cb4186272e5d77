// `ember-benchmarks --list` names the rows, `ember-benchmarks ROW` times one; `./Benchmarks/compare` runs both sides.
// `ember-benchmarks --losses N FILE` writes the initial weights of the Fashion-MNIST network to FILE and prints the first N
// losses; `./Benchmarks/parity` compares both with PyTorch's. `ember-benchmarks --accuracy` prints the table of docs/Accuracy.md.
import Ember
import Foundation

let rows = operatorRows + trainingRows
let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "--list" {
    for row in rows { print(row.name) }
} else if arguments.first == "--losses", arguments.count == 3, let count = Int(arguments[2]) {
    let training = try FashionTraining()
    let weights = try training.network.namedParameters().map { try TensorRecord(name: $0.path, $0.parameter.value) }
    try SafeTensorsFile.write(weights, metadata: [:], to: arguments[3])
    for loss in training.epoch(batches: count) { print(loss) }
} else if arguments.first == "--accuracy" {
    Accuracy.printTable()
} else if let row = rows.first(where: { $0.name == arguments.first }) {
    row.run()
} else {
    FileHandle.standardError.write(Data("usage: ember-benchmarks --list | ROW | --losses N FILE | --accuracy\n".utf8))
    exit(2)
}
