import ArgumentParser
import Ember

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Lists what a tensor file holds.",
        discussion: """
            The file may be of any of these formats, which is seen from its content: \
            \(TensorFormat.allCases.map(\.rawValue).joined(separator: ", ")). Only its header is read, unless --stats asks for the elements.

              ember inspect model.safetensors
              ember inspect model.safetensors --stats --filter attention
              ember inspect model.safetensors --json
            """)

    @Argument(help: ArgumentHelp("A file of tensors.", valueName: "file"))
    var file: String

    @Flag(help: "Read the elements too: least, greatest, mean and standard deviation of every tensor, zeros, NaN and infinities.")
    var stats = false

    @Option(help: ArgumentHelp("Only tensors whose names contain this text.", valueName: "text"))
    var filter: String?

    @Flag(help: "Write JSON, for programs.")
    var json = false

    func run() throws {
        let archive = try TensorFile.open(file)
        let entries = archive.entries.filter { filter == nil || $0.name.contains(filter ?? "") }
        if json {
            Terminal.write(try document(archive, entries).encodedForReading)
        } else {
            try printTable(archive, entries)
        }
    }

    private func statistics(_ entry: TensorEntry, _ archive: any TensorArchive) throws -> TensorStatistics? {
        guard stats, entry.dtype != nil else { return nil }
        return TensorStatistics(try archive.load(entry.name))
    }

    // MARK: For people

    private func printTable(_ archive: any TensorArchive, _ entries: [TensorEntry]) throws {
        var columns: [(title: String, alignment: TextTable.Alignment)] = [
            ("tensor", .left), ("type", .left), ("shape", .left), ("bytes", .right),
        ]
        if stats { columns += ["min", "max", "mean", "std", "zeros", "NaN, ∞"].map { ($0, .right) } }
        var table = TextTable(columns)
        for entry in entries {
            var cells = [entry.name, entry.storedType, TensorText.shape(entry.shape), NumberText.grouped(entry.byteCount)]
            if stats {
                let found = try statistics(entry, archive)
                cells += [found?.least, found?.greatest, found?.mean, found?.deviation].map { $0.map(TensorText.number) ?? "" }
                cells += [found?.zeros, found?.nonFinite].map { $0.map { $0 == 0 ? "" : NumberText.grouped($0) } ?? "" }
            }
            table.add(cells)
        }
        for line in table.lines(limit: Terminal.isInteractive ? Terminal.columns : nil) { Terminal.line(line) }
        let elements = entries.reduce(0) { $0 + $1.shape.reduce(1, *) }, bytes = entries.reduce(0) { $0 + $1.byteCount }
        Terminal.line("")
        Terminal.line(
            "\(archive.format.rawValue): \(NumberText.counted(entries.count, "tensor")), \(NumberText.grouped(elements)) elements, "
                + "\(NumberText.grouped(bytes)) bytes")
        for (name, value) in archive.metadata {
            let text = value.stringValue ?? value.encoded
            Terminal.line("\(name): \(TextTable.shortened(text, to: max(20, 200 - name.count)))")
        }
    }

    // MARK: For programs

    private func document(_ archive: any TensorArchive, _ entries: [TensorEntry]) throws -> JSON {
        let tensors = try entries.map { entry -> JSON in
            var tensor: JSONObject = [
                "name": .string(entry.name), "type": .string(entry.storedType), "shape": .array(entry.shape.map(JSON.integer)),
                "bytes": .integer(entry.byteCount),
            ]
            if let statistics = try statistics(entry, archive) { tensor["stats"] = .object(statistics.json) }
            return .object(tensor)
        }
        return [
            "file": .string(file), "format": .string(archive.format.rawValue), "metadata": .object(archive.metadata),
            "tensors": .array(tensors),
        ]
    }
}
