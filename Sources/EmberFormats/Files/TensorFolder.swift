#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Folders that stand for the tensors of one file in them.
enum TensorFolder {
    /// The names under which models and training runs have their tensors, in the order in which they are looked for.
    private static let knownNames = [
        "model.safetensors.index.json", "model.safetensors", "adapter_model.safetensors", "pytorch_model.bin", "checkpoint.safetensors",
    ]

    static func isFolder(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// The file to open for a folder: a model's weights, the checkpoint of a training run, the newest of several checkpoints, the only index of
    /// a sharded model, or the only tensor file there is.
    /// - Throws: `FormatError` when the folder cannot be read or has none of these.
    static func file(in folder: String) throws(FormatError) -> String {
        let names = try fileNames(in: folder)
        func path(_ name: String) -> String { folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)" }
        if let known = knownNames.first(where: names.contains) { return path(known) }
        // Steps have ten digits, so that the newest is the last by name too.
        if let newest = names.last(where: { $0.hasPrefix("step-") && $0.hasSuffix(".safetensors") }) { return path(newest) }
        let indices = names.filter { $0.hasSuffix(".safetensors.index.json") }
        if let only = indices.first, indices.count == 1 { return path(only) }
        let files = names.filter { TensorFormat(fileName: $0) != nil }
        if let only = files.first, files.count == 1 { return path(only) }
        let found = files.isEmpty ? "no file of tensors" : "\(files.count) files of tensors, such as \(files[0]): name one of them"
        throw FormatError(
            files.isEmpty ? .malformed : .unsupported, file: folder,
            "the folder has \(found). A folder may be a model (model.safetensors, or its parts and model.safetensors.index.json), a training run "
                + "(checkpoint.safetensors), a folder of checkpoints (step-….safetensors), or have one file of tensors")
    }

    /// Sorted.
    private static func fileNames(in folder: String) throws(FormatError) -> [String] {
        guard let directory = opendir(folder) else { throw .system("open the folder", file: folder) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
