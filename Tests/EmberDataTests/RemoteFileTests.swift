import EmberData
import EmberFormats
import Foundation
import Synchronization
import Testing

@Suite struct RemoteFileTests {
    private let content = (0 ..< 300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    private let checksum = "d08928a168952dcd1f23061570816ee3b9d5c5c01ec65e00adbda68d328f4dbb"

    private func remote(_ server: LoopbackServer, checksum: String? = nil) throws -> RemoteFile {
        let location = try #require(URL(string: "http://127.0.0.1:\(server.port)/file"))
        return RemoteFile(locations: [location], sha256: checksum ?? self.checksum, byteCount: content.count)
    }

    private func read(_ path: String) throws -> [UInt8] { try MappedFile(path: path).byteArray }

    @Test func loadsWithProgress() throws {
        let folder = try TemporaryFolder(), server = try LoopbackServer(.init(content: content))
        defer { server.stop() }
        let last = Mutex((0, 0))
        try remote(server).download(to: folder.file("a")) { received, total in last.withLock { $0 = (received, total) } }
        #expect(try read(folder.file("a")) == content)
        #expect(last.withLock { $0 } == (content.count, content.count))
        #expect(!FileManager.default.fileExists(atPath: folder.file("a.partial")))
        // What is there and right is not loaded again.
        try remote(server).download(to: folder.file("a"))
        #expect(server.ranges.count == 1)
    }

    @Test(arguments: [true, false]) func continuesAfterAnInterruption(honoursRanges: Bool) throws {
        let folder = try TemporaryFolder()
        let server = try LoopbackServer(.init(content: content, honoursRanges: honoursRanges, cutsAfter: 100_000))
        defer { server.stop() }
        #expect(throws: DataError.self) { try remote(server).download(to: folder.file("a")) }
        #expect(!FileManager.default.fileExists(atPath: folder.file("a")))
        let kept = try read(folder.file("a.partial")).count
        #expect(kept > 0 && kept <= 100_000)
        server.change(.init(content: content, honoursRanges: honoursRanges))
        try remote(server).download(to: folder.file("a"))
        #expect(try read(folder.file("a")) == content)
        #expect(server.ranges == ["", "\(kept)-"])
    }

    @Test func wrongContentIsNotKept() throws {
        let folder = try TemporaryFolder()
        var wrong = content
        wrong[5] ^= 1
        let server = try LoopbackServer(.init(content: wrong))
        defer { server.stop() }
        #expect(throws: DataError.self) { try remote(server).download(to: folder.file("a")) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        server.change(.init(content: content + [0]))
        #expect(throws: DataError.self) { try remote(server).download(to: folder.file("a")) }
        server.change(.init(content: content, status: 404))
        #expect(throws: DataError.self) { try remote(server).download(to: folder.file("a")) }
        #expect(!FileManager.default.fileExists(atPath: folder.file("a")))
    }

    @Test func triesTheNextLocation() throws {
        let folder = try TemporaryFolder()
        let broken = try LoopbackServer(.init(content: [], status: 500)), server = try LoopbackServer(.init(content: content))
        defer { broken.stop(); server.stop() }
        let locations = try [broken, server].map { try #require(URL(string: "http://127.0.0.1:\($0.port)/file")) }
        try RemoteFile(locations: locations, sha256: checksum, byteCount: content.count).download(to: folder.file("a"))
        #expect(try read(folder.file("a")) == content)
    }

    @Test func unwritablePlacesAreErrors() throws {
        let server = try LoopbackServer(.init(content: content))
        defer { server.stop() }
        #expect(throws: FormatError.self) { try remote(server).download(to: "/nonexistent/a") }
    }
}
