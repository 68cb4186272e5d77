import Foundation

/// Where downloads are kept, and how the network may be used: what the environment of the process says.
///
/// | variable | |
/// |---|---|
/// | `EMBER_HOME` | the folder of the cache; else `$XDG_CACHE_HOME/ember`, else `~/.cache/ember` |
/// | `EMBER_OFFLINE` | when 1, nothing is downloaded |
/// | `EMBER_MIRRORS` | `PREFIX=REPLACEMENT, …`: addresses that begin with a prefix are first tried with its replacement |
/// | `HF_ENDPOINT` | the server of Hugging Face's names; `https://huggingface.co` unless set |
/// | `HF_HUB_CACHE`, `HF_HOME` | where Hugging Face's own programs keep their models; `~/.cache/huggingface/hub` unless set |
public struct DownloadSettings: Sendable {
    public var cacheFolder: String
    public var isOffline: Bool
    /// Replacements for the beginnings of addresses, tried in this order before the address itself.
    public var mirrors: [(prefix: String, replacement: String)]
    public var huggingFaceEndpoint: String
    public var huggingFaceCache: String

    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        func path(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let home = NSHomeDirectory()
        let caches = path("XDG_CACHE_HOME") ?? home + "/.cache"
        cacheFolder = path("EMBER_HOME") ?? caches + "/ember"
        isOffline = !["", "0", "false", "no"].contains((environment["EMBER_OFFLINE"] ?? "").lowercased())
        mirrors = (environment["EMBER_MIRRORS"] ?? "").split(separator: ",").compactMap { entry in
            let parts = entry.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty ? (parts[0], parts[1]) : nil
        }
        huggingFaceEndpoint = environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 } ?? "https://huggingface.co"
        huggingFaceCache = path("HF_HUB_CACHE") ?? (path("HF_HOME") ?? caches + "/huggingface") + "/hub"
    }

    /// Where a file can be had: the mirrors of its address, then the address.
    func locations(_ location: URL) -> [URL] {
        let address = location.absoluteString
        let mirrored = mirrors.filter { address.hasPrefix($0.prefix) }
            .compactMap { URL(string: $0.replacement + address.dropFirst($0.prefix.count)) }
        return mirrored + [location]
    }
}
