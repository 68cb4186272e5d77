/// A table in the terminal: columns as wide as they must be, the first one shortened when the line would be too long.
struct TextTable {
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []
    private let gap = 2

    init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    /// Adds a row with as many cells as there are columns.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
        rows.append(cells)
    }

    /// How wide the table is when its first column takes at most so many characters.
    func width(firstColumn: Int) -> Int {
        let widths = naturalWidths
        return widths.reduce(0, +) - max(widths[0] - firstColumn, 0) + gap * (widths.count - 1)
    }

    private var naturalWidths: [Int] {
        columns.indices.map { column in ([columns[column].title] + rows.map { $0[column] }).map(\.count).max() ?? 0 }
    }

    /// The table, at most `limit` characters wide where that leaves the first column at least 12; nil sets no limit.
    func lines(limit: Int?) -> [String] {
        var widths = naturalWidths
        let width = widths.reduce(0, +) + gap * (widths.count - 1)
        if let limit, width > limit { widths[0] = min(widths[0], max(12, widths[0] - (width - limit))) }
        let lines = ([columns.map(\.title)] + rows).map { line($0, widths) }
        let rule = String(repeating: "─", count: widths.reduce(0, +) + gap * (widths.count - 1))
        return [lines[0], rule] + lines.dropFirst()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            let fitting = TextTable.shortened(cell, to: widths[column])
            text += columns[column].alignment == .left
                ? NumberText.left(fitting, widths[column]) : NumberText.right(fitting, widths[column])
            if column < cells.count - 1 { text += String(repeating: " ", count: gap) }
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// A name keeps its beginning and its end, which says more than its middle.
    static func shortened(_ text: String, to width: Int) -> String {
        guard text.count > width, width > 1 else { return text }
        let tail = (width - 1) * 2 / 3
        return text.prefix(width - 1 - tail) + "…" + text.suffix(tail)
    }
}
