/// Points over two axes.
///
/// ```swift
/// let chart = ScatterChart(title: "Predictions", xLabel: "true", yLabel: "predicted", series: [.init("test", x: truths, y: guesses)])
/// try chart.write(to: "predictions.png")
/// ```
public struct ScatterChart: Plot {
    public struct Series: Sendable {
        public var name: String
        public var x: [Double]
        public var y: [Double]
        /// Nil: the next of `Color.series`.
        public var color: Color?
        /// In logical pixels.
        public var radius: Double

        /// Points (x, y). Those with NaN or an infinity are left out.
        public init(_ name: String = "", x: [Double], y: [Double], color: Color? = nil, radius: Double = 3.5) {
            precondition(x.count == y.count, "“\(name)”: \(x.count) x do not go with \(y.count) y")
            self.name = name
            self.x = x
            self.y = y
            self.color = color
            self.radius = radius
        }
    }

    public var title: String
    public var xLabel: String
    public var yLabel: String
    public var series: [Series]
    public var xScale: AxisScale = .linear
    public var yScale: AxisScale = .linear
    /// Logical pixels.
    public var width = 720.0
    public var height = 480.0

    public init(title: String = "", xLabel: String = "", yLabel: String = "", series: [Series] = []) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
    }

    public func drawing() -> Drawing {
        var drawing = Drawing(width: width, height: height)
        let entries = series.enumerated().map { Legend.Entry(name: $1.name, color: color($0), mark: .dot) }
        let legend = Legend(entries, width: width)
        let area = PlotArea(
            &drawing, title: title, xLabel: xLabel, yLabel: yLabel, x: Axis(values: series.flatMap(\.x), scale: xScale, tickCount: 8),
            y: Axis(values: series.flatMap(\.y), scale: yScale), headroom: legend.height)
        for (index, points) in series.enumerated() {
            // Where points lie over each other it gets darker.
            let shade = color(index).withAlpha(points.x.count > 60 ? 0.55 : 0.85)
            for case let place? in zip(points.x, points.y).map({ area.place($0, $1) }) {
                drawing.circle(center: place, radius: points.radius, color: shade)
            }
        }
        legend.draw(above: area, &drawing)
        return drawing
    }

    private func color(_ index: Int) -> Color { series[index].color ?? Color.series[index % Color.series.count] }
}
