import Foundation
import Testing

/// `docs/pytorch-1.1.tsv`: what of PyTorch 1.1's public interface Ember has, and under which name.
@Suite struct PyTorchTableTests {
    /// One line: `area`, `name`, and what Ember has for it.
    struct Row {
        let area: String
        let name: String
        let ember: Entry
    }

    enum Entry: Equatable {
        case missing
        case notApplicable(reason: String)
        case symbols([String])

        /// Symbols are listed with `, `; `(value)` after one says that it returns what PyTorch's method leaves in place.
        init(_ text: String) {
            if text.isEmpty {
                self = .missing
            } else if text.hasPrefix("not applicable: ") {
                self = .notApplicable(reason: String(text.dropFirst("not applicable: ".count)))
            } else {
                self = .symbols(text.components(separatedBy: ", ").map { $0.hasSuffix(" (value)") ? String($0.dropLast(" (value)".count)) : $0 })
            }
        }
    }

    static func rows() throws -> [Row] {
        let text = try String(contentsOf: BuiltLibrary.package.appendingPathComponent("docs/pytorch-1.1.tsv"), encoding: .utf8)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.first == "area\tname\tember")
        #expect(lines.last == "")
        lines.removeFirst()
        lines.removeLast()
        return lines.map { line in
            let fields = line.components(separatedBy: "\t")
            guard fields.count == 3 else {
                Issue.record("not three columns: \(line)")
                return Row(area: "", name: "", ember: .missing)
            }
            return Row(area: fields[0], name: fields[1], ember: Entry(fields[2]))
        }
    }

    /// The entries that no public symbol stands behind.
    static func unknownSymbols(in rows: [Row]) throws -> [String] {
        let interface = try PublicInterface.shared.get()
        return rows.flatMap { row -> [String] in
            guard case .symbols(let symbols) = row.ember else { return [] }
            return symbols.filter { !interface.contains($0) }.map { "\(row.area) \(row.name): there is no \($0)" }
        }
    }

    @Test func everySymbolExists() throws {
        #expect(try Self.unknownSymbols(in: Self.rows()) == [])
    }

    /// The check above can fail: for functions, types, members, operators, labels and enumeration cases that do not exist.
    @Test(arguments: [
        "crossEntropi", "Lineal", "Tensor.matmull", "Tensor.**=", "Tensor.split(_:along:)", "DType.float31", "Linear.wait", "Tensor.",
    ])
    func madeUpSymbolIsFound(symbol: String) throws {
        let row = Row(area: "torch", name: "x", ember: Entry("Tensor.matmul, \(symbol) (value)"))
        #expect(try Self.unknownSymbols(in: [row]) == ["torch x: there is no \(symbol)"])
    }

    @Test(arguments: [
        "crossEntropy", "Linear", "Tensor.matmul", "Tensor.+=", "Tensor..==", "Tensor.split(_:dim:)", "DType.float32", "Linear.weight", "Tensor.init",
        "Conv2d.weight", "Adam.zeroGrad", "TensorDataset.randomSplit",
    ])
    func symbolOfEveryKindIsFound(symbol: String) throws {
        #expect(try PublicInterface.shared.get().contains(symbol))
    }

    @Test func everyRowIsThereOnce() throws {
        let rows = try Self.rows()
        #expect(rows.count == 1957)
        #expect(Set(rows.map { "\($0.area)\t\($0.name)" }).count == rows.count)
        for row in rows {
            if case .notApplicable(let reason) = row.ember { #expect(!reason.isEmpty, "\(row.area) \(row.name) needs a reason") }
        }
    }
}
