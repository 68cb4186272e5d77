import ArgumentParser
import Ember

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Lists what a tensor file holds.",
        discussion: """
            The file may be of any of these formats, which is seen from its content: \
            \(TensorFormat.allCases.map(\.rawValue).joined(separator: ", ")). Only its header is read, unless --stats asks for the elements. \
            A folder stands for the weights of the model, the checkpoint of the training run, or the newest of the checkpoints in it.

              ember inspect model.safetensors
              ember inspect model.safetensors --stats --filter attention
              ember inspect model.safetensors --json
              ember inspect runs/first
            """)

    @Argument(help: ArgumentHelp("A file of tensors, or a folder with one.", valueName: "file"))
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
        let tensor = try archive.load(entry.name)
        return TensorStatistics(entry.float8?.decoded(tensor) ?? tensor)
    }

    // MARK: For people

    private func printTable(_ archive: any TensorArchive, _ entries: [TensorEntry]) throws {
        let layout = [("type", TextTable.Alignment.left), ("shape", .left), ("bytes", .right)]
        let figures = stats ? ["min", "max", "mean", "std", "zeros", "NaN, ∞"].map { ($0, TextTable.Alignment.right) } : []
        var whole = TextTable([("tensor", .left)] + layout + figures)
        var parts = [TextTable([("tensor", .left)] + layout), TextTable([("tensor", .left)] + figures)]
        for entry in entries {
            let size = [entry.storedType, TensorText.shape(entry.shape), NumberText.grouped(entry.byteCount)]
            let found = stats ? try statisticsCells(entry, archive) : []
            whole.add([entry.name] + size + found)
            parts[0].add([entry.name] + size)
            parts[1].add([entry.name] + found)
        }
        let limit = Terminal.isInteractive ? Terminal.columns : nil
        // Where one line does not hold all of it and a readable name, the statistics are a table of their own.
        if stats, let limit, whole.width(firstColumn: 24) > limit {
            for line in parts[0].lines(limit: limit) + [""] + parts[1].lines(limit: limit) { Terminal.line(line) }
        } else {
            for line in whole.lines(limit: limit) { Terminal.line(line) }
        }
        let elements = entries.reduce(0) { $0 + $1.shape.reduce(1, *) }, bytes = entries.reduce(0) { $0 + $1.byteCount }
        Terminal.line("")
        if archive.path != file { Terminal.line(archive.path) }
        Terminal.line(
            "\(archive.format.rawValue): \(NumberText.counted(entries.count, "tensor")), \(NumberText.counted(elements, "element")), "
                + NumberText.counted(bytes, "byte"))
        for (name, value) in archive.metadata {
            let text = value.stringValue ?? value.encoded
            Terminal.line("\(name): \(TextTable.shortened(text, to: max(20, (limit ?? 200) - name.count - 2)))")
        }
    }

    private func statisticsCells(_ entry: TensorEntry, _ archive: any TensorArchive) throws -> [String] {
        let found = try statistics(entry, archive)
        return [found?.least, found?.greatest, found?.mean, found?.deviation].map { $0.map(TensorText.number) ?? "" }
            + [found?.zeros, found?.nonFinite].map { $0.map { $0 == 0 ? "" : NumberText.grouped($0) } ?? "" }
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
            "file": .string(archive.path), "format": .string(archive.format.rawValue), "metadata": .object(archive.metadata),
            "tensors": .array(tensors),
        ]
    }
}
