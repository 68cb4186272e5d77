/// Which class was taken for which: rows are true classes, columns predicted ones.
public struct ConfusionMatrixChart: Plot {
    public var title: String
    public var classNames: [String]
    /// `counts[truth][prediction]`
    public var counts: [[Int]]

    /// There must be as many rows and columns as classes.
    public init(title: String = "Confusion matrix", classNames: [String], counts: [[Int]]) {
        precondition(
            counts.count == classNames.count && counts.allSatisfy { $0.count == classNames.count },
            "the confusion matrix of \(classNames.count) classes needs \(classNames.count) × \(classNames.count) counts")
        self.title = title
        self.classNames = classNames
        self.counts = counts
    }

    /// Each field shows the count and its share of the row; the shade follows the share.
    public func drawing() -> Drawing {
        let classes = classNames.count
        // With many classes the fields are too small for numbers, and shades alone are shown.
        let cell = classes <= 12 ? 56.0 : max(8, 640 / Double(classes))
        let hasNumbers = classes <= 12
        let names = classNames.map { Drawing.shortened($0, size: 12, toFit: 120) }
        let nameWidth = names.map { Drawing.textWidth($0, size: 12) }.max() ?? 0
        let isSlanted = (names.map { Drawing.textWidth($0, size: 12) }.max() ?? 0) > cell - 6
        let left = 46 + nameWidth + 12
        let top = 62.0
        let side = cell * Double(classes)
        let bottomRoom = 44 + (isSlanted ? nameWidth : 14)
        let minimum = 46 + Drawing.textWidth(title, size: PlotArea.titleSize) * 1.02
        var drawing = Drawing(width: max(left + side + 28, minimum + 20), height: top + side + bottomRoom)
        drawing.title(title, x: left)
        for truth in 0 ..< classes {
            let total = counts[truth].reduce(0, +)
            let y = top + Double(truth) * cell
            for prediction in 0 ..< classes {
                let share = total > 0 ? Double(counts[truth][prediction]) / Double(total) : 0
                let color = ColorScale.blues(share.squareRoot())
                let x = left + Double(prediction) * cell
                let gap = cell > 20 ? 1.0 : 0
                drawing.rectangle(x: x + gap, y: y + gap, width: cell - 2 * gap, height: cell - 2 * gap, color: color)
                guard hasNumbers, counts[truth][prediction] > 0 else { continue }
                let ink = color.luminance > 0.4 ? Color.ink : .white
                let middle = Point(x + cell / 2, y + cell / 2)
                drawing.text(
                    String(counts[truth][prediction]), at: Point(middle.x, middle.y - 1), size: 14, color: ink,
                    anchor: .middle, weight: prediction == truth ? 1.3 : 1)
                drawing.text(
                    Axis.fixed(share * 100, decimals: 1) + "%", at: Point(middle.x, middle.y + 15), size: 10.5,
                    color: ink.withAlpha(0.85), anchor: .middle)
            }
            if cell >= 13 {
                drawing.text(names[truth], at: Point(left - 10, y + cell / 2 + 4.5), size: 12, anchor: .end)
                let x = left + (Double(truth) + 0.5) * cell
                if isSlanted {
                    drawing.text(
                        names[truth], at: Point(x + 4.5, top + side + 10), size: 12, anchor: .end, isVertical: true)
                } else {
                    drawing.text(names[truth], at: Point(x, top + side + 20), size: 12, anchor: .middle)
                }
            }
        }
        drawing.text(
            "predicted class", at: Point(left + side / 2, drawing.height - 14), size: PlotArea.labelSize, color: .mutedInk,
            anchor: .middle)
        drawing.text(
            "true class", at: Point(26, top + side / 2), size: PlotArea.labelSize, color: .mutedInk, anchor: .middle,
            isVertical: true)
        return drawing
    }
}
