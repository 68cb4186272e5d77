import EmberFormats
import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One request that appends what comes in to a file.
///
/// A file whose content is known is continued wherever it ends. Of another one the server's version (its `ETag`) is kept beside it, and
/// only the same version is continued.
///
/// `@unchecked Sendable`: after `run` has started the request, the variables are used only on the session's delegate queue, which is
/// serial, until `finished` is signalled; `run` and its caller read them after that.
final class FileTransfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    /// The server has no such file.
    struct NotFound: Error {}

    private let path: String
    private let progress: RemoteFile.Progress?
    private let file: FileHandle
    private let isKnown: Bool
    private var byteCount: Int?
    private var received: Int
    private var failure: (any Error)?
    private let finished = DispatchSemaphore(value: 0)
    /// The SHA-256 that the server named.
    private(set) var announcedChecksum: String?

    private var versionPath: String { path + ".version" }

    init(partial path: String, byteCount: Int?, isKnown: Bool, progress: RemoteFile.Progress?) throws {
        self.path = path
        self.byteCount = byteCount
        self.isKnown = isKnown
        self.progress = progress
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw FormatError(.system, file: path, "cannot write: \(String(cString: strerror(errno)))")
        }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        received = Int(try file.seekToEnd())
        super.init()
        if let byteCount, received >= byteCount { try restart() }
    }

    func run(_ location: URL) throws {
        var request = URLRequest(url: location, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 60)
        // Compressed transfer would make the ranges mean something else.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        let version = try? String(contentsOfFile: versionPath, encoding: .utf8)
        if received > 0, !isKnown, version == nil { try restart() }
        if received > 0 {
            request.setValue("bytes=\(received)-", forHTTPHeaderField: "Range")
            if !isKnown, let version { request.setValue(version, forHTTPHeaderField: "If-Range") }
        }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
        session.dataTask(with: request).resume()
        finished.wait()
        session.invalidateAndCancel()
        try file.close()
        if let failure {
            if failure is DataError || failure is FormatError { throw failure }
            if failure is NotFound {
                // What is no file leaves none.
                if received == 0 { try? FileManager.default.removeItem(atPath: path) }
                throw failure
            }
            throw DataError("\(location.absoluteString): \(failure.localizedDescription)")
        }
        if let byteCount, received != byteCount {
            throw DataError("\(location.absoluteString): ended after \(received) of \(byteCount) bytes; a new attempt will continue there")
        }
    }

    /// Removes what was kept for a continuation.
    func forgetVersion() { try? FileManager.default.removeItem(atPath: versionPath) }

    private func restart() throws {
        received = 0
        try file.truncate(atOffset: 0)
        forgetVersion()
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        // The server of the names knows the checksum; the one of the contents, to which it sends us, does not.
        note(response)
        completionHandler(request)
    }

    private func note(_ response: HTTPURLResponse) {
        guard let tag = response.value(forHTTPHeaderField: "X-Linked-ETag")?.trimmingCharacters(in: ["\""]).lowercased(),
            tag.utf8.count == 64, tag.allSatisfy(\.isHexDigit)
        else { return }
        announcedChecksum = tag
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        do {
            guard let response = response as? HTTPURLResponse else { throw DataError("the answer is none of HTTP") }
            note(response)
            switch response.statusCode {
            case 206: break
            // The server ignored the range, or has another version, and sends everything.
            case 200: try restart()
            case 404, 410: throw NotFound()
            default:
                throw DataError("\(dataTask.originalRequest?.url?.absoluteString ?? ""): the server answered \(response.statusCode)")
            }
            if byteCount == nil, response.expectedContentLength >= 0 { byteCount = received + Int(response.expectedContentLength) }
            if !isKnown, received == 0, let tag = response.value(forHTTPHeaderField: "ETag"), !tag.hasPrefix("W/") {
                try tag.write(toFile: versionPath, atomically: true, encoding: .utf8)
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
            if let byteCount, received + data.count > byteCount {
                try restart()
                let address = dataTask.originalRequest?.url?.absoluteString ?? ""
                throw DataError("\(address): sends more than the \(byteCount) bytes of the file")
            }
            try file.write(contentsOf: data)
            received += data.count
            progress?(received, byteCount ?? 0)
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
