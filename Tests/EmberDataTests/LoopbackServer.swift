import Foundation
import Synchronization

/// An HTTP server on this machine's loopback interface, for tests of downloads.
final class LoopbackServer: Sendable {
    struct Behaviour: Sendable {
        /// What every path gives, unless `files` is there.
        var content: [UInt8]
        /// Contents by path; others are not found.
        var files: [String: [UInt8]]?
        /// Lines of the answer's header.
        var headers: [String] = []
        var honoursRanges = true
        var status = 200
        /// Closes the connection after so many bytes of the body.
        var cutsAfter: Int?
    }

    private let socketDescriptor: Int32
    let port: Int
    private let behaviour: Mutex<Behaviour>
    /// The `Range` header of every request, "" where there was none.
    private let requestedRanges = Mutex<[String]>([])
    private let requestedPaths = Mutex<[String]>([])

    init(_ behaviour: Behaviour) throws {
        self.behaviour = Mutex(behaviour)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        guard descriptor >= 0, bound else { throw POSIXError(.EADDRNOTAVAIL) }
        socketDescriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 { break }
                answer(connection)
                close(connection)
            }
        }.start()
    }

    func stop() {
        shutdown(socketDescriptor, Int32(SHUT_RDWR))
        close(socketDescriptor)
    }

    func change(_ new: Behaviour) { behaviour.withLock { $0 = new } }

    var ranges: [String] { requestedRanges.withLock { $0 } }
    var paths: [String] { requestedPaths.withLock { $0 } }

    private func answer(_ connection: Int32) {
        var request = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !request.contains("\r\n\r\n") {
            let count = read(connection, &buffer, buffer.count)
            if count <= 0 { return }
            request += String(decoding: buffer[..<count], as: UTF8.self)
        }
        let lines = request.split(separator: "\r\n")
        let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }.map { String($0.dropFirst(13)) } ?? ""
        requestedRanges.withLock { $0.append(range) }
        let path = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
        requestedPaths.withLock { $0.append(path) }
        var behaviour = behaviour.withLock { $0 }
        if let files = behaviour.files {
            behaviour.content = files[path] ?? []
            if files[path] == nil { behaviour.status = 404 }
        }
        // Another version than the one that is to be continued is sent whole.
        let version = lines.first { $0.lowercased().hasPrefix("if-range: ") }.map { String($0.dropFirst(10)) }
        if let version, !behaviour.headers.contains("ETag: \(version)") { behaviour.honoursRanges = false }
        var start = 0
        var status = "\(behaviour.status) Status"
        if behaviour.honoursRanges, behaviour.status == 200, let first = Int(range.dropLast()) {
            start = min(first, behaviour.content.count)
            status = "206 Partial Content\r\nContent-Range: bytes \(start)-\(behaviour.content.count - 1)/\(behaviour.content.count)"
        }
        let body = Array(behaviour.content[start...])
        let more = behaviour.headers.map { $0 + "\r\n" }.joined()
        let header = "HTTP/1.1 \(status)\r\n\(more)Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        var rest = Array(header.utf8) + body.prefix(behaviour.cutsAfter ?? body.count)
        while !rest.isEmpty {
            let written = send(connection, rest, rest.count, Int32(MSG_NOSIGNAL))
            if written <= 0 { return }
            rest.removeFirst(written)
        }
    }
}
