/// Names of series with their colours, in rows above a plot.
struct Legend {
    enum Mark { case line(width: Double), dot, box }

    struct Entry {
        let name: String
        let color: Color
        let mark: Mark
    }

    private static let gap = 24.0, markLength = 24.0, rowHeight = 22.0
    private var rows: [[Entry]] = []

    /// No rows when no entry has a name.
    /// - Parameter width: that of the whole drawing.
    init(_ entries: [Entry], width: Double) {
        guard entries.contains(where: { !$0.name.isEmpty }) else { return }
        rows = [[]]
        var used = 0.0
        for entry in entries {
            let needed = Legend.width(of: entry) + Legend.gap
            if used + needed > width - 110, used > 0 {
                rows.append([])
                used = 0
            }
            rows[rows.count - 1].append(entry)
            used += needed
        }
    }

    /// The room it needs above the plot.
    var height: Double { Double(rows.count) * Legend.rowHeight }

    private static func markLength(_ mark: Mark) -> Double {
        switch mark {
        case .line: markLength
        case .dot, .box: 12
        }
    }

    private static func width(of entry: Entry) -> Double {
        markLength(entry.mark) + 8 + Drawing.textWidth(entry.name, size: PlotArea.labelSize)
    }

    func draw(above area: PlotArea, _ drawing: inout Drawing) {
        for (row, entries) in rows.enumerated() {
            let y = area.top - 14 - Double(rows.count - 1 - row) * Legend.rowHeight
            var x = area.left
            for entry in entries {
                let length = Legend.markLength(entry.mark)
                switch entry.mark {
                case .line(let width):
                    drawing.line([Point(x + 1, y - 4.5), Point(x + length, y - 4.5)], color: entry.color, width: max(2.5, width))
                case .dot: drawing.circle(center: Point(x + length / 2, y - 4.5), radius: 4.5, color: entry.color)
                case .box: drawing.rectangle(x: x, y: y - 10, width: length, height: 11, color: entry.color)
                }
                drawing.text(entry.name, at: Point(x + length + 8, y), size: PlotArea.labelSize)
                x += Legend.width(of: entry) + Legend.gap
            }
        }
    }
}
