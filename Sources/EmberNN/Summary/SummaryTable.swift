import EmberTensor

extension ModelSummary {
    /// The rows as a table, and the totals.
    public var description: String {
        let header = ["layer", "input shape", "output shape", "parameters", "multiply-adds"]
        let cells = rows.map { row in
            let depth = row.path.isEmpty ? 0 : row.path.split(separator: ".").count
            let name = row.path.split(separator: ".").last.map { "\($0): \(row.kind)" } ?? row.kind
            let parameters = Self.grouped(row.ownParameterCount)
            return [
                String(repeating: "  ", count: depth) + name, row.inputShapes.map { "\($0)" }.joined(separator: " "),
                row.outputShape.map { "\($0)" } ?? "",
                // Frozen ones in brackets, as torchinfo shows them.
                row.ownParameterCount == 0 ? "" : row.isTrainable ? parameters : "(\(parameters))",
                row.multiplyAdds.map { $0 > 0 ? Self.grouped($0) : "" } ?? "",
            ]
        }
        let widths = header.indices.map { column in ([header] + cells).map { $0[column].count }.max() ?? 0 }
        func line(_ row: [String]) -> String {
            var text = ""
            for (i, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[i] - cell.count)
                text += (i < 3 ? cell + space : space + cell) + (i < row.count - 1 ? "  " : "")
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        let rule = String(repeating: "─", count: widths.reduce(2 * (widths.count - 1), +))
        let totals = [
            "\(Self.grouped(parameterCount)) parameters, \(Self.grouped(trainableParameterCount)) trainable; "
                + "\(Self.grouped(multiplyAdds)) multiply-adds",
            "input \(Self.size(inputByteCount)), parameters and buffers \(Self.size(byteCount)), "
                + "activations \(Self.size(activationByteCount)); about \(Self.size(trainingByteCount)) to train, without the optimiser",
        ]
        return ([line(header), rule] + cells.map(line) + [rule] + totals).joined(separator: "\n")
    }

    /// 1234567 → 1,234,567
    private static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.enumerated().reduce(into: "") { text, digit in
            if digit.offset > 0 && (digits.count - digit.offset) % 3 == 0 { text.append(",") }
            text.append(digit.element)
        }
    }

    /// 1536 → “1.5 KiB”.
    private static func size(_ bytes: Int) -> String {
        var value = Double(bytes), unit = 0
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        guard unit > 0 else { return "\(bytes) \(units[0])" }
        let tenths = Int((value * 10).rounded())
        return "\(grouped(tenths / 10)).\(tenths % 10) \(units[unit])"
    }
}
