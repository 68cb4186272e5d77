/// A bar for every category; with several series, bars beside each other.
///
/// ```swift
/// try BarChart(title: "Accuracy", yLabel: "%", categories: ["cat", "dog"], series: [.init("", [91.5, 88.2])]).write(to: "bars.svg")
/// ```
public struct BarChart: Plot {
    public struct Series: Sendable {
        public var name: String
        /// One for every category; NaN and infinities have no bar.
        public var values: [Double]
        /// Nil: the next of `Color.series`.
        public var color: Color?

        public init(_ name: String, _ values: [Double], color: Color? = nil) {
            self.name = name
            self.values = values
            self.color = color
        }
    }

    public var title: String
    public var yLabel: String
    public var categories: [String]
    public var series: [Series]
    /// Logical pixels.
    public var width = 720.0
    public var height = 420.0

    /// Every series has as many values as there are categories.
    public init(title: String = "", yLabel: String = "", categories: [String], series: [Series]) {
        for one in series {
            precondition(
                one.values.count == categories.count, "“\(one.name)”: \(one.values.count) values for \(categories.count) categories")
        }
        self.title = title
        self.yLabel = yLabel
        self.categories = categories
        self.series = series
    }

    public func drawing() -> Drawing {
        let longest = categories.map { Drawing.textWidth($0, size: PlotArea.tickSize) }.max() ?? 0
        let isVertical = longest > (width - 110) / Double(max(1, categories.count)) - 6
        let nameRoom = isVertical ? min(longest, 110) : 0
        var drawing = Drawing(width: width, height: height + nameRoom)
        let legend = Legend(series.enumerated().map { .init(name: $1.name, color: color($0), mark: .box) }, width: width)
        let area = PlotArea(
            &drawing, title: title, xLabel: "", yLabel: yLabel, x: Axis(categories: categories.count),
            y: Axis(values: series.flatMap(\.values), includesZero: true), headroom: legend.height, footroom: nameRoom,
            hasVerticalGrid: false)
        let slot = area.width / Double(max(1, categories.count))
        let barWidth = slot * 0.76 / Double(max(1, series.count))
        for (index, one) in series.enumerated() {
            for (category, value) in one.values.enumerated() {
                guard let top = area.place(y: value), let zero = area.place(y: 0) else { continue }
                let x = area.left + (Double(category) + 0.12) * slot + Double(index) * barWidth
                let gap = min(2, barWidth * 0.1)
                drawing.rectangle(
                    x: x + gap / 2, y: min(top, zero), width: barWidth - gap, height: abs(top - zero), color: color(index).withAlpha(0.9))
            }
        }
        for (category, name) in categories.enumerated() {
            let x = area.left + (Double(category) + 0.5) * slot, y = area.top + area.height
            if isVertical {
                let fitting = Drawing.shortened(name, size: PlotArea.tickSize, toFit: nameRoom)
                drawing.text(
                    fitting, at: Point(x + 4.5, y + 10), size: PlotArea.tickSize, color: .mutedInk, anchor: .end, isVertical: true)
            } else {
                drawing.text(name, at: Point(x, y + 19), size: PlotArea.tickSize, color: .mutedInk, anchor: .middle)
            }
        }
        if let zero = area.place(y: 0) {
            drawing.rectangle(x: area.left, y: zero - 0.5, width: area.width, height: 1, color: .mutedInk)
        }
        legend.draw(above: area, &drawing)
        return drawing
    }

    private func color(_ index: Int) -> Color { series[index].color ?? Color.series[index % Color.series.count] }
}
