import Foundation
import Testing

/// `docs/FromPyTorch.md`: every piece of Swift in it is type-checked against the library, as the reader would compile it.
@Suite struct FromPyTorchTests {
    /// A piece of Swift and the line of the page where it begins.
    struct Snippet {
        var code: String
        let line: Int
    }

    /// The Swift of a page: fenced blocks, and the code in the second column of tables whose head is `| PyTorch | Ember |`.
    static func snippets(in page: String) -> [Snippet] {
        var snippets: [Snippet] = []
        var block: Snippet?
        var isComparison = false
        for (index, line) in page.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if let finished = block { snippets.append(finished) }
                block = block == nil && line == "```swift" ? Snippet(code: "", line: index + 2) : nil
            } else if block != nil {
                block?.code += line + "\n"
            } else if line == "| PyTorch | Ember |" {
                isComparison = true
            } else if !line.hasPrefix("|") {
                isComparison = false
            } else if isComparison, !line.hasPrefix("|---") {
                let cells = line.replacingOccurrences(of: "\\|", with: "\u{0}").split(separator: "|")
                guard cells.count > 1 else { continue }
                let pieces = cells[1].replacingOccurrences(of: "\u{0}", with: "|").split(separator: "`", omittingEmptySubsequences: false)
                for code in stride(from: 1, to: pieces.count, by: 2).map({ String(pieces[$0]) }) {
                    snippets.append(Snippet(code: code + "\n", line: index + 1))
                }
            }
        }
        return snippets
    }

    /// The compiler's complaints about the snippets, with lines of the page. The first snippet is what the others share.
    static func complaints(about snippets: [Snippet], page: String) throws -> [String] {
        guard let shared = snippets.first else { return ["there is no Swift in \(page)"] }
        var source = "import Ember\nimport Foundation\n"
        for (number, snippet) in snippets.enumerated() {
            source += "func snippet\(number)() async throws {\n"
            source += "#sourceLocation(file: \"\(page)\", line: \(shared.line))\n\(shared.code)"
            if number > 0 { source += "do {\n#sourceLocation(file: \"\(page)\", line: \(snippet.line))\n\(snippet.code)}\n" }
            source += "}\n#sourceLocation()\n"
        }
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("Snippets.swift")
        try source.write(to: file, atomically: true, encoding: .utf8)
        let (status, messages) = try BuiltLibrary.run(
            ["swiftc", "-typecheck", "-swift-version", "6", "-suppress-warnings", "-diagnostic-style=llvm"]
                + BuiltLibrary.searchArguments() + [file.path])
        let errors = messages.split(separator: "\n").map(String.init).filter { $0.contains(": error: ") }
        return status == 0 ? [] : errors.isEmpty ? [messages] : errors
    }

    @Test func everySnippetCompiles() throws {
        let page = try String(contentsOf: BuiltLibrary.package.appendingPathComponent("docs/FromPyTorch.md"), encoding: .utf8)
        let snippets = Self.snippets(in: page)
        #expect(snippets.count > 150)
        #expect(try Self.complaints(about: snippets, page: "docs/FromPyTorch.md") == [])
    }

    /// The check can fail: in a block, in a table, for a name, a label and a type, each with its line.
    @Test func mistakesAreFound() throws {
        let page = """
            ```swift
            var x = Tensor.zeros([2])
            ```
            ```python
            x.nonsense()
            ```
            ```swift
            let y = x.exp()
            let z = y.expp()
            ```

            | PyTorch | Ember |
            |---|---|
            | `x.nonsense()` | right: `x += 1`, `x \\| x`; wrong: `x.sum(along: 1)` |

            | Other | Table |
            |---|---|
            | `a` | `nonsense` |

            ```swift
            let text: String = x
            ```
            """
        let snippets = Self.snippets(in: page)
        #expect(snippets.map(\.line) == [2, 8, 14, 14, 14, 21])
        let complaints = try Self.complaints(about: snippets, page: "page.md")
        #expect(complaints.count == 3)
        for (complaint, place) in zip(complaints, ["page.md:9:", "page.md:14:", "page.md:21:"]) {
            #expect(complaint.hasPrefix(place), "\(complaint)")
        }
    }
}
