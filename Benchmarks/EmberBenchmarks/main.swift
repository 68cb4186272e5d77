// `ember-benchmarks --list` prints each row's family and name, and whether its memory is compared. `ember-benchmarks --serve SECONDS`
// reads names of rows, one a line, and answers each with a line of JSON, its time and a digest of its result; `./Benchmarks/compare`
// runs all sides so. `--peaks THREADS` prints what the machine does at best, `--first-result` the least that a program can compute.
// `--profile ROW` prints what some calls of a row spend on each operator.
// `--losses N FILE` writes the initial weights of the Fashion-MNIST network to FILE and prints the first N losses;
// `./Benchmarks/parity` compares both with PyTorch's. `--accuracy` prints the table of docs/Accuracy.md.
import Ember
import Foundation
import MachinePeak

let families = [
    RowFamily("point-wise", pointwiseRows), RowFamily("reductions and scans", reductionRows),
    RowFamily("sorting and searching", orderingRows), RowFamily("indexing", indexingRows), RowFamily("shaping", shapingRows),
    RowFamily("matrix products", matrixRows), RowFamily("convolutions", convolutionRows), RowFamily("pooling", poolingRows),
    RowFamily("normalisation", normalizationRows), RowFamily("losses", lossRows), RowFamily("linear algebra", linearAlgebraRows),
    RowFamily("Fourier transforms", fourierRows), RowFamily("interpolation", interpolationRows), RowFamily("random numbers", randomRows),
    RowFamily("special functions", specialFunctionRows), RowFamily("recurrent layers", recurrentRows),
    RowFamily("attention", attentionRows), RowFamily("optimisers", optimizerRows), RowFamily("distributions", distributionRows),
    RowFamily("sparse tensors", sparseRows), RowFamily("complex numbers", complexRows), RowFamily("training", trainingRows),
    RowFamily("whole networks", networkRows), RowFamily("data", dataRows),
]
let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "--list" {
    for family in families {
        for row in family.rows { print("\(family.name)\t\(row.name)\t\(row.reportsMemory ? "memory" : "")") }
    }
} else if arguments.first == "--serve", arguments.count == 2, let duration = Double(arguments[2]) {
    let rows = Dictionary(uniqueKeysWithValues: families.flatMap(\.rows).map { ($0.name, $0) })
    while let name = readLine() {
        guard let row = rows[name] else { fatalError("no row is named \(name)") }
        FileHandle.standardOutput.write(Data((Measurement(row, duration: duration).line + "\n").utf8))
    }
} else if arguments.first == "--profile", arguments.count == 2 {
    guard let row = families.flatMap(\.rows).first(where: { $0.name == arguments[2] }) else { fatalError("no row is named \(arguments[2])") }
    manualSeed(0)
    let call = row.prepare()
    for _ in 0..<3 { _ = call() }
    print(Profiler.measure { for _ in 0..<5 { _ = call() } }.table(width: 120))
} else if arguments.first == "--losses", arguments.count == 3, let count = Int(arguments[2]) {
    let training = try FashionTraining()
    let weights = try training.network.namedParameters().map { try TensorRecord(name: $0.path, $0.parameter.value) }
    try SafeTensorsFile.write(weights, metadata: [:], to: arguments[3])
    for loss in training.epoch(batches: count) { print(loss) }
} else if arguments.first == "--accuracy" {
    Accuracy.printTable()
} else if arguments.first == "--peaks", arguments.count == 2, let threads = Int32(arguments[2]), threads > 0 {
    print((["GFLOP/s": .number(machine_peak_flops(threads)), "GB/s": .number(machine_peak_bandwidth(threads))] as JSON).encoded)
} else if arguments.first == "--first-result" {
    print(Tensor.ones([1000]).sum().item())
} else {
    FileHandle.standardError.write(Data(
        "usage: ember-benchmarks --list | --serve SECONDS | --profile ROW | --losses N FILE | --accuracy | --peaks THREADS | --first-result\n".utf8))
    exit(2)
}
