import CEmber
import Foundation

/// Where a call came from: return addresses, taken cheaply, and given file and line only when somebody reads them.
///
/// Operators such as `+` cannot take `#fileID` and `#line` as default arguments, and recording a position for every call would cost
/// every call. A failing call, and each forward operator under anomaly detection, walks the stack instead.
struct CallStack: Sendable {
    private let addresses: [UInt]

    static func capture() -> CallStack {
        var frames = [UnsafeMutableRawPointer?](repeating: nil, count: 64)
        let count = ember_call_stack(&frames, Int32(frames.count))
        return CallStack(addresses: frames.prefix(Int(count)).map { UInt(bitPattern: $0) })
    }

    /// `file:line` of the innermost frame whose source is not Ember's own library.
    var userLocation: String? {
        var file = [CChar](repeating: 0, count: 1024)
        for address in addresses {
            var depth: Int32 = 0
            var line: Int32 = 0
            while ember_source_location(address, depth, &file, Int32(file.count), &line) {
                let path = String(decoding: file.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if line > 0 && path.hasPrefix("/") && !Self.isLibrary(path) { return "\(path):\(line)" }
                depth += 1
            }
        }
        return nil
    }

    /// The folder of the package's sources, from this file's own path: …/Sources/EmberTensor/Errors/CallStack.swift.
    private static let sources = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private static let libraryTargets = [
        "CEmber", "EmberTensor", "EmberNN", "EmberData", "EmberFormats", "EmberGraph", "EmberVision", "EmberText", "EmberAudio",
        "EmberDistributed", "Ember",
    ]

    private static func isLibrary(_ path: String) -> Bool {
        path.hasSuffix("<compiler-generated>") || libraryTargets.contains { path.hasPrefix("\(sources)/\($0)/") }
    }
}
