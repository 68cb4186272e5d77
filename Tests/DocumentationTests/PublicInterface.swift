import Foundation

/// Every public symbol of the library, as the compiler reads them from the built modules (`swift symbolgraph-extract`).
///
/// Symbols are named as a reader would: `crossEntropy`, `Linear`, `Tensor.matmul`, `Tensor.+=`, `DType.float32`, `Tensor.init`; with argument
/// labels where one of several is meant: `Tensor.split(_:dim:)`. A member may be named through any type that has it: `Conv2d.weight`, although
/// its superclass declares it.
struct PublicInterface {
    /// Full paths with and without argument labels.
    private var paths: Set<String> = []
    /// For a type, its superclass and protocols.
    private var ancestors: [String: Set<String>] = [:]

    static let shared = Result { try PublicInterface() }

    private init() throws {
        let folder = try TemporaryFolder()
        for module in try BuiltLibrary.modules() {
            let (status, messages) = try BuiltLibrary.run(
                ["swift", "symbolgraph-extract", "-module-name", module, "-target", Self.target, "-minimum-access-level", "public",
                 "-skip-synthesized-members", "-output-dir", folder.url.path] + BuiltLibrary.searchArguments())
            guard status == 0 else { throw Failure(description: "symbolgraph-extract of \(module) failed:\n\(messages)") }
        }
        var names: [String: String] = [:], relations: [SymbolGraph.Relationship] = []
        for file in try FileManager.default.contentsOfDirectory(at: folder.url, includingPropertiesForKeys: nil) {
            let graph = try JSONDecoder().decode(SymbolGraph.self, from: Data(contentsOf: file))
            for symbol in graph.symbols {
                let path = symbol.pathComponents.joined(separator: ".")
                names[symbol.identifier.precise] = path
                paths.insert(path)
                paths.insert(Self.withoutLabels(symbol.pathComponents))
            }
            relations += graph.relationships
        }
        for relation in relations where relation.kind == "inheritsFrom" || relation.kind == "conformsTo" {
            guard let type = names[relation.source], let ancestor = names[relation.target] else { continue }
            ancestors[type, default: []].insert(ancestor)
        }
    }

    /// Whether there is such a public symbol.
    func contains(_ symbol: String) -> Bool {
        if paths.contains(symbol) { return true }
        // An operator's name may contain dots, a type's path has none at its end: the member begins after the first dot that ends a known type.
        for dot in symbol.indices where symbol[dot] == "." {
            let type = String(symbol[..<dot]), member = symbol[dot...]
            if ancestors[type, default: []].contains(where: { contains($0 + member) }) { return true }
        }
        return false
    }

    private static func withoutLabels(_ components: [String]) -> String {
        guard let last = components.last, let parenthesis = last.dropFirst().firstIndex(of: "(") else { return components.joined(separator: ".") }
        return (components.dropLast() + [String(last[..<parenthesis])]).joined(separator: ".")
    }

    private static var target: String {
        #if arch(arm64)
        let architecture = "aarch64"
        #else
        let architecture = "x86_64"
        #endif
        return "\(architecture)-unknown-linux-gnu"
    }

    struct Failure: Error, CustomStringConvertible { let description: String }
}

/// The part of the compiler's file that is read here.
private struct SymbolGraph: Decodable {
    struct Symbol: Decodable {
        struct Identifier: Decodable { let precise: String }
        let identifier: Identifier
        let pathComponents: [String]
    }
    struct Relationship: Decodable {
        let kind: String
        let source: String
        let target: String
    }
    let symbols: [Symbol]
    let relationships: [Relationship]
}
