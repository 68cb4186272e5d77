import Foundation

/// The modules that the build of this test made, for the compiler's own tools to look at.
enum BuiltLibrary {
    /// The folder of the package.
    static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Where the build put its products: beside the executable of the tests.
    private static let products = (Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])).deletingLastPathComponent()

    /// The modules that `import Ember` gives, as its source lists them.
    static func modules() throws -> [String] {
        let source = try String(contentsOf: package.appendingPathComponent("Sources/Ember/Ember.swift"), encoding: .utf8)
        return source.split(separator: "\n").compactMap { line in
            line.hasPrefix("@_exported import ") ? String(line.dropFirst("@_exported import ".count)) : nil
        }
    }

    /// What tells a tool where the modules are: Swift's in one folder, the module maps of C targets that SwiftPM wrote, and those of system libraries.
    static func searchArguments() throws -> [String] {
        let files = FileManager.default
        let generated = try files.contentsOfDirectory(at: products, includingPropertiesForKeys: nil)
        let written = try files.contentsOfDirectory(at: package.appendingPathComponent("Sources"), includingPropertiesForKeys: nil)
        let maps = (generated + written).map { $0.appendingPathComponent("module.modulemap").path }.filter(files.fileExists)
        return ["-I", products.appendingPathComponent("Modules").path] + maps.sorted().flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
    }

    /// Runs a tool of the Swift compiler that is on the path, and gives what it wrote to its error output.
    @discardableResult
    static func run(_ tool: [String]) throws -> (status: Int32, messages: String) {
        let process = Process(), errors = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = tool
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let messages = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, messages)
    }
}

/// A folder that is gone when the last who holds it is.
final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("ember-documentation-\(UUID().uuidString)")
    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
}
