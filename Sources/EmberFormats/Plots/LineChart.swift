/// Curves over a common axis.
///
/// ```swift
/// var chart = LineChart(title: "Loss", xLabel: "epoch", yLabel: "cross entropy")
/// chart.series = [.init("train", trainLosses), .init("test", testLosses, hasMarkers: true)]
/// try chart.write(to: "loss.png")
/// ```
public struct LineChart: Plot {
    public struct Series: Sendable {
        public var name: String
        public var x: [Double]
        public var y: [Double]
        /// Nil: the next of `Color.series`.
        public var color: Color?
        /// Dots at the values. Curves of a single value always have one.
        public var hasMarkers: Bool
        public var width: Double

        /// A curve through (x, y). NaN and infinities leave a gap.
        public init(
            _ name: String, x: [Double], y: [Double], color: Color? = nil, hasMarkers: Bool = false, width: Double = 2
        ) {
            precondition(x.count == y.count, "“\(name)”: \(x.count) x do not go with \(y.count) y")
            self.name = name
            self.x = x
            self.y = y
            self.color = color
            self.hasMarkers = hasMarkers
            self.width = width
        }

        /// A curve of values at 1, 2, 3….
        public init(_ name: String, _ y: [Double], color: Color? = nil, hasMarkers: Bool = false, width: Double = 2) {
            self.init(name, x: y.indices.map { Double($0 + 1) }, y: y, color: color, hasMarkers: hasMarkers, width: width)
        }
    }

    public var title: String
    public var xLabel: String
    public var yLabel: String
    public var series: [Series]
    public var xScale: AxisScale = .linear
    public var yScale: AxisScale = .linear
    /// Whether the y axis begins at zero.
    public var includesZero = false
    /// Logical pixels.
    public var width = 720.0
    public var height = 420.0

    public init(title: String = "", xLabel: String = "", yLabel: String = "", series: [Series] = []) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
    }

    public func drawing() -> Drawing {
        var drawing = Drawing(width: width, height: height)
        let xs = series.flatMap(\.x).filter(\.isFinite)
        let isCounted = xScale == .linear && xs.allSatisfy { $0 == $0.rounded() }
        let span = (xs.max() ?? 1) - (xs.min() ?? 0)
        // Epochs and steps are whole: no ticks between them.
        let xTicks = isCounted ? max(1, min(8, Int(min(span, 8)))) : 8
        let legend = Legend(
            series.enumerated().map { .init(name: $1.name, color: color($0), mark: .line(width: $1.width)) }, width: width)
        let area = PlotArea(
            &drawing, title: title, xLabel: xLabel, yLabel: yLabel,
            x: Axis(values: xs, scale: xScale, tickCount: xTicks, padding: 0.02),
            y: Axis(values: series.flatMap(\.y), scale: yScale, includesZero: includesZero),
            headroom: legend.height, hasVerticalGrid: false)
        for (index, curve) in series.enumerated() { draw(curve, color(index), area, &drawing) }
        legend.draw(above: area, &drawing)
        return drawing
    }

    private func color(_ index: Int) -> Color { series[index].color ?? Color.series[index % Color.series.count] }

    private func draw(_ curve: Series, _ color: Color, _ area: PlotArea, _ drawing: inout Drawing) {
        let places = zip(curve.x, curve.y).map { area.place($0, $1) }
        var points: [Point] = []
        for place in places + [nil] {
            if let place {
                points.append(place)
                continue
            }
            if points.count > 1 || !curve.hasMarkers {
                // A lone value between gaps is a dot.
                drawing.line(points, color: color, width: points.count == 1 ? 3 * curve.width : curve.width)
            }
            points = []
        }
        guard curve.hasMarkers else { return }
        for case let place? in places {
            drawing.circle(center: place, radius: curve.width + 2.2, color: .white)
            drawing.circle(center: place, radius: curve.width + 1, color: color)
        }
    }
}
