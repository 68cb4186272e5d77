import ArgumentParser
import Ember

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compares the tensors of two files.",
        discussion: """
            The files may be of different formats. Tensors are compared by name: those that only one file has, other shapes, other types, \
            other elements. NaN equals NaN. The exit status is 0 when nothing differs, 1 when something does, 2 when a file cannot be read.

              ember diff before.safetensors after.safetensors
              ember diff a.safetensors b.safetensors --rtol 1e-5
            """)

    @Argument(help: ArgumentHelp("A file of tensors.", valueName: "a"))
    var first: String

    @Argument(help: ArgumentHelp("Another.", valueName: "b"))
    var second: String

    @Option(help: "Elements count as equal when |a - b| ≤ atol + rtol · |b|.")
    var atol = 0.0

    @Option(help: "See --atol.")
    var rtol = 0.0

    @Flag(help: "Write nothing, the exit status says it all.")
    var quiet = false

    func validate() throws {
        guard atol >= 0, rtol >= 0 else { throw ValidationError("--atol and --rtol must not be negative") }
    }

    func run() throws {
        let differences: [TensorDifference], count: Int
        do {
            let a = try TensorFile.open(first), b = try TensorFile.open(second)
            let (ours, theirs) = (Dictionary(a.entries.map { ($0.name, $0) }) { old, _ in old }, Set(b.entries.map(\.name)))
            differences = try a.entries.map(\.name).filter { !theirs.contains($0) }.map { TensorDifference($0, .onlyIn(first)) }
                + b.entries.compactMap { entry in
                    guard let our = ours[entry.name] else { return TensorDifference(entry.name, .onlyIn(second)) }
                    return try TensorDifference(our, a, entry, b, atol: atol, rtol: rtol)
                }
            count = theirs.union(ours.keys).count
        } catch {
            Terminal.error("Error: \(error)")
            throw ExitCode(2)
        }
        if !quiet { report(differences, of: count) }
        if !differences.isEmpty { throw ExitCode(1) }
    }

    private func report(_ differences: [TensorDifference], of count: Int) {
        if differences.isEmpty {
            Terminal.line("no difference in \(NumberText.counted(count, "tensor"))")
            return
        }
        var table = TextTable([
            ("tensor", .left), ("difference", .left), ("elements", .right), ("largest", .right), ("largest relative", .right),
        ])
        for difference in differences { table.add([difference.name] + difference.cells) }
        for line in table.lines(limit: Terminal.isInteractive ? Terminal.columns : nil) { Terminal.line(line) }
        Terminal.line("")
        Terminal.line("\(differences.count) of \(NumberText.counted(count, "tensor")) differ")
    }
}
