import EmberFormats
import Foundation

/// The files of a published model, in Hugging Face's layout: `config.json`, `model.safetensors` (or several files with
/// `model.safetensors.index.json`), `tokenizer.json`….
public struct HubModel: Sendable {
    enum Source: Sendable {
        case folder(String)
        case network(Hub, repository: String, revision: String)
    }

    public let name: String
    let source: Source

    /// The local path of one of the files; downloaded when it is not on this machine.
    /// - Throws: ``DataError`` when the model has no such file, or it cannot be had.
    public func path(_ file: String) throws -> String {
        guard let path = try find(file) else { throw DataError("\(name): there is no \(file)") }
        return path
    }

    /// The same; nil when the model has no such file.
    public func find(_ file: String) throws -> String? {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw DataError("“\(file)” is no name of a file below the model's folder")
        }
        switch source {
        case .folder: return local(file)
        case .network(let hub, let repository, let revision):
            return try hub.fetch(file, repository: repository, revision: revision)
        }
    }

    /// `config.json`.
    public func configuration() throws -> JSON { try json("config.json") }

    /// One of the JSON files.
    /// - Throws: `FormatError` when it is no JSON.
    public func json(_ file: String) throws -> JSON {
        let path = try path(file)
        let content = try MappedFile(path: path)
        do throws(JSONError) {
            return try JSON(parsing: content)
        } catch {
            throw FormatError(.malformed, file: path, "\(error)")
        }
    }

    /// The weights: of one file or of several with an index.
    /// - Throws: ``DataError`` when there are none, `FormatError` when they are damaged.
    public func weights() throws -> any TensorArchive {
        let single = "model.safetensors", indexFile = "model.safetensors.index.json"
        // What is on this machine needs no question to the server.
        if local(indexFile) == nil, let path = try local(single) ?? find(single) { return try TensorFile.open(path) }
        guard let index = try find(indexFile) else { throw DataError("\(name): there is neither \(single) nor \(indexFile)") }
        // All the files that the index names must lie beside it.
        let files = Set(try json(indexFile)["weight_map"]?.objectValue?.compactMap(\.value.stringValue) ?? [])
        for file in files.sorted() { _ = try path(file) }
        return try TensorFile.open(index)
    }

    /// The path of a file that need not be downloaded.
    private func local(_ file: String) -> String? {
        let path = switch source {
            case .folder(let folder): "\(folder)/\(file)"
            case .network(let hub, let repository, let revision): "\(hub.folder(repository, revision))/\(file)"
        }
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}
