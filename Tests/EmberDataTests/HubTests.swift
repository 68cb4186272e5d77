import EmberData
import EmberFormats
import EmberTensor
import Foundation
import Testing

@Suite struct HubTests {
    private let content = (0 ..< 200_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 7) }

    private let checksum = "3547a49c6c96ae1fda5aa06556b2887d9967a4daefca65129d8d80b1ffeb2272"

    private func hub(_ folder: TemporaryFolder, _ environment: [String: String] = [:]) -> Hub {
        let base = ["EMBER_HOME": folder.file("cache"), "HF_HUB_CACHE": folder.file("hf")]
        return Hub(settings: DownloadSettings(environment: base.merging(environment) { $1 }))
    }

    private func read(_ path: String) throws -> [UInt8] { try MappedFile(path: path).byteArray }

    @Test func settingsFollowTheEnvironment() {
        let home = NSHomeDirectory()
        #expect(DownloadSettings(environment: [:]).cacheFolder == home + "/.cache/ember")
        #expect(DownloadSettings(environment: ["XDG_CACHE_HOME": "/c"]).cacheFolder == "/c/ember")
        #expect(DownloadSettings(environment: ["XDG_CACHE_HOME": "/c", "EMBER_HOME": "/e"]).cacheFolder == "/e")
        #expect(DownloadSettings(environment: ["XDG_CACHE_HOME": "/c"]).huggingFaceCache == "/c/huggingface/hub")
        #expect(DownloadSettings(environment: ["HF_HOME": "/h"]).huggingFaceCache == "/h/hub")
        #expect(DownloadSettings(environment: ["EMBER_OFFLINE": "1"]).isOffline)
        #expect(!DownloadSettings(environment: ["EMBER_OFFLINE": "0"]).isOffline)
        let mirrors = DownloadSettings(environment: ["EMBER_MIRRORS": "https://a/=http://m/a/, https://b=http://m/b,none"]).mirrors
        #expect(mirrors.map(\.prefix) == ["https://a/", "https://b"] && mirrors.map(\.replacement) == ["http://m/a/", "http://m/b"])
    }

    @Test func filesAreKept() throws {
        let folder = try TemporaryFolder(), server = try LoopbackServer(.init(content: content))
        let address = "http://127.0.0.1:\(server.port)/some/weights.bin?v=1"
        let first = try hub(folder).file(address)
        #expect(first.hasPrefix(folder.file("cache/files/127.0.0.1/")) && first.hasSuffix("/weights.bin"))
        #expect(try read(first) == content)
        server.stop()
        #expect(try hub(folder, ["EMBER_OFFLINE": "1"]).file(address) == first)
        #expect(throws: DataError.self) { try hub(folder, ["EMBER_OFFLINE": "1"]).file(address + "2") }
        #expect(throws: DataError.self) { try hub(folder).file("ftp://127.0.0.1/a") }
        #expect(throws: DataError.self) { try hub(folder).file("weights.bin") }
    }

    @Test func unknownFilesAreContinuedOnlyInTheSameVersion() throws {
        let folder = try TemporaryFolder()
        let server = try LoopbackServer(.init(content: content, headers: ["ETag: \"v1\""], cutsAfter: 80_000))
        defer { server.stop() }
        let address = "http://127.0.0.1:\(server.port)/a"
        #expect(throws: DataError.self) { try hub(folder).file(address) }
        server.change(.init(content: content, headers: ["ETag: \"v1\""]))
        #expect(try read(try hub(folder).file(address)) == content)
        #expect(server.ranges.last != "")

        server.change(.init(content: content, headers: ["ETag: \"v1\""], cutsAfter: 80_000))
        #expect(throws: DataError.self) { try hub(folder).file(address + "b") }
        let changed = content.map { $0 ^ 1 }
        server.change(.init(content: changed, headers: ["ETag: \"v2\""]))
        let path = try hub(folder).file(address + "b")
        #expect(try read(path) == changed)
        #expect(try FileManager.default.contentsOfDirectory(atPath: (path as NSString).deletingLastPathComponent) == ["ab"])
    }

    @Test func checksumsOfTheServerAreVerified() throws {
        let folder = try TemporaryFolder()
        let wrong = String(repeating: "0", count: 64)
        let server = try LoopbackServer(.init(content: content, headers: ["X-Linked-ETag: \"\(wrong)\""]))
        defer { server.stop() }
        let address = "http://127.0.0.1:\(server.port)/a"
        #expect(throws: DataError.self) { try hub(folder).file(address) }
        server.change(.init(content: content, headers: ["X-Linked-ETag: \"\(checksum)\""]))
        #expect(try read(try hub(folder).file(address)) == content)
        #expect(throws: DataError.self) { try hub(folder).file(address + "b", sha256: wrong) }
    }

    @Test func mirrorsComeFirst() throws {
        let folder = try TemporaryFolder(), mirror = try LoopbackServer(.init(content: content))
        defer { mirror.stop() }
        let mirrors = ["EMBER_MIRRORS": "http://nowhere.invalid/=http://127.0.0.1:\(mirror.port)/copy/"]
        #expect(try read(try hub(folder, mirrors).file("http://nowhere.invalid/x/y")) == content)
        #expect(mirror.paths == ["/copy/x/y"])
    }

    private func writeModel(_ folder: String, isSharded: Bool) throws -> [NamedTensor] {
        try createDirectories(at: folder)
        try writeFile(Array(#"{"hidden_size": 4}"#.utf8), to: folder + "/config.json")
        let tensors = [NamedTensor("a", Tensor.ones([4])), NamedTensor("b", Tensor.zeros([2, 2]))]
        try ShardedSafeTensors.write(tensors, folder: folder, maximumShardBytes: isSharded ? 16 : 1000)
        return tensors
    }

    private func expect(_ model: HubModel, has tensors: [NamedTensor]) throws {
        #expect(try model.configuration()["hidden_size"]?.integerValue == 4)
        let weights = try model.weights()
        #expect(weights.entries.map(\.name).sorted() == tensors.map(\.name))
        for tensor in tensors { #expect(try weights.load(tensor.name).bytes() == tensor.tensor.bytes()) }
        #expect(throws: DataError.self) { try model.path("nothing.json") }
        #expect(throws: DataError.self) { try model.path("../config.json") }
    }

    @Test(arguments: [false, true]) func modelsInFoldersAndCaches(isSharded: Bool) throws {
        let folder = try TemporaryFolder()
        let local = folder.file("local")
        let written = try writeModel(local, isSharded: isSharded)
        try expect(try hub(folder).model(local), has: written)
        let cached = folder.file("hf/models--org--name")
        let tensors = try writeModel(cached + "/snapshots/abc123", isSharded: isSharded)
        try createDirectories(at: cached + "/refs")
        try writeFile(Array("abc123\n".utf8), to: cached + "/refs/main")
        try expect(try hub(folder, ["EMBER_OFFLINE": "1"]).model("org/name"), has: tensors)
        try expect(try hub(folder).model("org/name", revision: "abc123"), has: tensors)
        for name in ["", "a/b/c", "../x", "org/..", "org/na me"] {
            #expect(throws: DataError.self) { try hub(folder).model(name) }
        }
    }

    @Test func modelsComeFromTheNetwork() throws {
        let folder = try TemporaryFolder()
        let tensors = try writeModel(folder.file("source"), isSharded: true)
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("source")) {
            files["/org/name/resolve/v2/\(name)"] = try read(folder.file("source/\(name)"))
        }
        let server = try LoopbackServer(.init(content: [], files: files))
        let endpoint = ["HF_ENDPOINT": "http://127.0.0.1:\(server.port)"]
        let model = try hub(folder, endpoint).model("org/name", revision: "v2")
        try expect(model, has: tensors)
        server.stop()
        // Everything that there is, is in the cache now.
        let offline = try hub(folder, endpoint.merging(["EMBER_OFFLINE": "1"]) { $1 }).model("org/name", revision: "v2")
        try expect(offline, has: tensors)
    }
}
