import EmberFormats
import Foundation

/// A file on the network.
public struct RemoteFile: Sendable {
    /// Where it can be had, tried in order.
    public let locations: [URL]
    /// 64 hexadecimal digits; nil when the content is not known beforehand. Then the checksum that the server names is verified
    /// (`X-Linked-ETag`, as Hugging Face sends it), where it names one.
    public let sha256: String?
    /// Nil when the size is not known beforehand.
    public let byteCount: Int?

    public init(locations: [URL], sha256: String? = nil, byteCount: Int? = nil) {
        self.locations = locations
        self.sha256 = sha256?.lowercased()
        self.byteCount = byteCount
    }

    /// Called while a file comes in, from one thread at a time, with the bytes that are there and those of the whole (0 when the server
    /// does not say).
    public typealias Progress = @Sendable (_ received: Int, _ total: Int) -> Void

    /// Loads the file to `path`, whose folder must exist, unless it is there already. What an interrupted attempt left (`path` +
    /// `.partial`) is continued. The file gets its name only when its checksum is right. Blocks the calling thread.
    /// - Throws: ``DataError`` when no location gives the file, one gives other content, or the settings forbid to use the network;
    ///   `FormatError` when it cannot be written.
    public func download(to path: String, settings: DownloadSettings = DownloadSettings(), progress: Progress? = nil) throws {
        guard try downloadIfThere(to: path, settings: settings, progress: progress) else {
            throw DataError("\(locations.map(\.absoluteString).joined(separator: ", ")): the server answered 404, there is no such file")
        }
    }

    /// The same; false when every location answers that there is no such file.
    func downloadIfThere(to path: String, settings: DownloadSettings, progress: Progress?) throws -> Bool {
        if FileManager.default.fileExists(atPath: path), try sha256 == nil || RemoteFile.checksum(ofFile: path) == sha256 { return true }
        guard !settings.isOffline else {
            throw DataError("\(path) is not on this machine, and EMBER_OFFLINE forbids to download it")
        }
        var problems: [String] = []
        for location in locations.flatMap(settings.locations) {
            do {
                try fetch(location, to: path, progress: progress)
                return true
            } catch is FileTransfer.NotFound {
                continue
            } catch let error as DataError {
                problems.append(error.description)
            }
        }
        if problems.isEmpty { return false }
        throw DataError(problems.joined(separator: "\n"))
    }

    private func fetch(_ location: URL, to path: String, progress: Progress?) throws {
        let partial = path + ".partial"
        let transfer = try FileTransfer(partial: partial, byteCount: byteCount, isKnown: sha256 != nil, progress: progress)
        try transfer.run(location)
        if let expected = sha256 ?? transfer.announcedChecksum {
            guard try RemoteFile.checksum(ofFile: partial) == expected else {
                try? FileManager.default.removeItem(atPath: partial)
                throw DataError("\(location.absoluteString): the content has a wrong checksum; nothing was kept")
            }
        }
        guard rename(partial, path) == 0 else {
            throw FormatError(.system, file: path, "cannot write: \(String(cString: strerror(errno)))")
        }
        transfer.forgetVersion()
    }

    static func checksum(ofFile path: String) throws -> String {
        var hash = SHA256()
        let file = try MappedFile(path: path)
        for start in stride(from: 0, to: file.byteCount, by: 1 << 20) {
            file.withUnsafeBytes { hash.update($0[start ..< min(start + 1 << 20, $0.count)]) }
        }
        return hash.hexadecimal()
    }
}
