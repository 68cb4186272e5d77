import EmberFormats
import Foundation

/// Finds files and models by name: on this machine, in a cache, or on the network.
///
/// ```swift
/// let model = try Hub().model("sentence-transformers/all-MiniLM-L6-v2")
/// let weights = try model.weights()
/// ```
/// The environment decides about the cache, mirrors and whether the network is used at all (``DownloadSettings``). Downloads continue
/// where an interruption left them, and get their name only when they are complete and their checksum is right.
/// PyTorch: `torch.hub`, `huggingface_hub.hf_hub_download`.
public struct Hub: Sendable {
    public var settings: DownloadSettings
    /// Called while a file comes in.
    public var progress: (@Sendable (_ file: String, _ received: Int, _ total: Int) -> Void)?

    public init(
        settings: DownloadSettings = DownloadSettings(),
        progress: (@Sendable (_ file: String, _ received: Int, _ total: Int) -> Void)? = nil
    ) {
        self.settings = settings
        self.progress = progress
    }

    /// The local file with the content of an address, downloaded unless the cache has it. PyTorch: `torch.hub.load_state_dict_from_url`.
    /// - Parameter sha256: 64 hexadecimal digits that the content must have. Without it the checksum that the server names is verified,
    ///   where it names one.
    /// - Throws: ``DataError`` when it cannot be had, `FormatError` when it cannot be written.
    public func file(_ address: String, sha256: String? = nil) throws -> String {
        guard let location = URL(string: address), let host = location.host, ["http", "https"].contains(location.scheme ?? "") else {
            throw DataError("“\(address)” is no address of the form https://host/path")
        }
        // Where two addresses could give one name, the checksum of the address keeps them apart.
        let digest = SHA256.hexadecimal(of: Array(address.utf8)).prefix(12)
        let name = location.lastPathComponent.isEmpty || location.lastPathComponent == "/" ? "index" : location.lastPathComponent
        let folder = "\(settings.cacheFolder)/files/\(host)/\(digest)"
        guard let path = try fetch(location, to: folder, name: name, sha256: sha256) else {
            throw DataError("\(address): the server has no such file")
        }
        return path
    }

    /// The files of a model: a folder on this machine, else a model in Hugging Face's cache, else one of that server.
    /// - Parameters:
    ///   - name: a path, or a name like `sentence-transformers/all-MiniLM-L6-v2`.
    ///   - revision: a branch, tag or commit, for names.
    /// - Throws: ``DataError`` when the name is neither.
    public func model(_ name: String, revision: String = "main") throws -> HubModel {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: name, isDirectory: &isFolder), isFolder.boolValue {
            return HubModel(name: name, source: .folder(name))
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard (1 ... 2).contains(parts.count), parts.allSatisfy(Hub.isPlain), Hub.isPlain(Substring(revision)) else {
            throw DataError("“\(name)” is neither a folder nor the name of a model, such as organisation/model")
        }
        if let folder = snapshot(parts.joined(separator: "--"), revision) { return HubModel(name: name, source: .folder(folder)) }
        return HubModel(name: name, source: .network(self, repository: name, revision: revision))
    }

    /// Letters, digits, `.`, `-`, `_`; not a way up.
    private static func isPlain(_ part: Substring) -> Bool {
        !part.isEmpty && !part.hasPrefix(".") && part.utf8.allSatisfy { byte in
            (0x30 ... 0x39).contains(byte) || (0x41 ... 0x5A).contains(byte) || (0x61 ... 0x7A).contains(byte)
                || [0x2D, 0x2E, 0x5F].contains(byte)
        }
    }

    /// The folder in Hugging Face's cache: `models--ORGANISATION--NAME/snapshots/COMMIT`, where `refs/REVISION` names the commit.
    private func snapshot(_ name: String, _ revision: String) -> String? {
        let folder = "\(settings.huggingFaceCache)/models--\(name)"
        let reference = (try? String(contentsOfFile: "\(folder)/refs/\(revision)", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
        for commit in [reference, revision].compactMap(\.self) where Hub.isPlain(Substring(commit)) {
            let snapshot = "\(folder)/snapshots/\(commit)"
            if FileManager.default.fileExists(atPath: snapshot) { return snapshot }
        }
        return nil
    }

    /// Where Ember's cache keeps a model.
    func folder(_ repository: String, _ revision: String) -> String { "\(settings.cacheFolder)/models/\(repository)/\(revision)" }

    /// The file of a model in Ember's cache, downloaded unless it is there; nil when the server has none of this name.
    func fetch(_ file: String, repository: String, revision: String) throws -> String? {
        guard let location = URL(string: "\(settings.huggingFaceEndpoint)/\(repository)/resolve/\(revision)/\(file)") else {
            throw DataError("“\(file)” is no name of a file")
        }
        return try fetch(location, to: folder(repository, revision), name: file, sha256: nil)
    }

    private func fetch(_ location: URL, to folder: String, name: String, sha256: String?) throws -> String? {
        let path = "\(folder)/\(name)"
        let remote = RemoteFile(locations: [location], sha256: sha256)
        let progress = progress
        try createDirectories(at: (path as NSString).deletingLastPathComponent)
        let isThere = try remote.downloadIfThere(to: path, settings: settings) { received, total in progress?(name, received, total) }
        return isThere ? path : nil
    }
}
