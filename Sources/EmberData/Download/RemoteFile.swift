import EmberFormats
import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A file on the network whose content is known by its checksum.
public struct RemoteFile: Sendable {
    /// Where it can be had, tried in order.
    public let locations: [URL]
    /// 64 hexadecimal digits.
    public let sha256: String
    public let byteCount: Int

    public init(locations: [URL], sha256: String, byteCount: Int) {
        self.locations = locations
        self.sha256 = sha256
        self.byteCount = byteCount
    }

    /// Called while a file comes in, from one thread at a time, with the bytes that are there and those of the whole.
    public typealias Progress = @Sendable (_ received: Int, _ total: Int) -> Void

    /// Loads the file to `path`, unless it is there already. What an interrupted attempt left (`path` + `.partial`) is continued. The file gets
    /// its name only when its checksum is right. Blocks the calling thread.
    /// - Throws: ``DataError`` when no location gives the file, or one gives other content; `FormatError` when it cannot be written.
    public func download(to path: String, progress: Progress? = nil) throws {
        if FileManager.default.fileExists(atPath: path), try RemoteFile.checksum(ofFile: path) == sha256 { return }
        var problems: [String] = []
        for location in locations {
            do {
                try fetch(location, to: path, progress: progress)
                return
            } catch let error as DataError {
                problems.append(error.description)
            }
        }
        throw DataError(problems.joined(separator: "\n"))
    }

    private func fetch(_ location: URL, to path: String, progress: Progress?) throws {
        let partial = path + ".partial"
        let transfer = try FileTransfer(partial: partial, byteCount: byteCount, progress: progress)
        try transfer.run(location)
        guard try RemoteFile.checksum(ofFile: partial) == sha256 else {
            try? FileManager.default.removeItem(atPath: partial)
            throw DataError("\(location.absoluteString): the content has a wrong checksum; nothing was kept")
        }
        guard rename(partial, path) == 0 else {
            throw FormatError(.system, file: path, "cannot write: \(String(cString: strerror(errno)))")
        }
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

/// One request that appends what comes in to a file.
///
/// `@unchecked Sendable`: after `run` has started the request, the variables are used only on the session's delegate queue, which is serial, until
/// `finished` is signalled; `run` reads them after it has waited for that.
private final class FileTransfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let path: String
    private let byteCount: Int
    private let progress: RemoteFile.Progress?
    private let file: FileHandle
    private var received: Int
    private var failure: (any Error)?
    private let finished = DispatchSemaphore(value: 0)

    init(partial path: String, byteCount: Int, progress: RemoteFile.Progress?) throws {
        self.path = path
        self.byteCount = byteCount
        self.progress = progress
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw FormatError(.system, file: path, "cannot write: \(String(cString: strerror(errno)))")
        }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        received = Int(try file.seekToEnd())
        super.init()
        if received >= byteCount { try restart() }
    }

    func run(_ location: URL) throws {
        var request = URLRequest(url: location, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 60)
        // Compressed transfer would make the ranges mean something else.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if received > 0 { request.setValue("bytes=\(received)-", forHTTPHeaderField: "Range") }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
        session.dataTask(with: request).resume()
        finished.wait()
        session.invalidateAndCancel()
        try file.close()
        if let failure {
            if failure is DataError || failure is FormatError { throw failure }
            throw DataError("\(location.absoluteString): \(failure.localizedDescription)")
        }
        guard received == byteCount else {
            throw DataError("\(location.absoluteString): ended after \(received) of \(byteCount) bytes; a new attempt will continue there")
        }
    }

    private func restart() throws {
        received = 0
        try file.truncate(atOffset: 0)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        do {
            switch status {
            case 206: break
            // The server ignored the range and sends everything.
            case 200: try restart()
            default:
                throw DataError("\(dataTask.originalRequest?.url?.absoluteString ?? ""): the server answered \(status)")
            }
            completionHandler(.allow)
        } catch {
            failure = error
            completionHandler(.cancel)
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard failure == nil else { return }
        do {
            guard received + data.count <= byteCount else {
                try restart()
                throw DataError("\(dataTask.originalRequest?.url?.absoluteString ?? ""): sends more than the \(byteCount) bytes of the file")
            }
            try file.write(contentsOf: data)
            received += data.count
            progress?(received, byteCount)
        } catch {
            failure = error is DataError ? error : FormatError(.system, file: path, "cannot write: \(error.localizedDescription)")
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if failure == nil { failure = error }
        finished.signal()
    }
}
