/// A matrix as shades of colour, with a bar that says what they mean.
public struct HeatMapChart: Plot {
    public var title: String
    public var xLabel: String
    public var yLabel: String
    /// Rows from the top, all of the same length.
    public var values: [[Double]]
    public var colors = ColorScale.viridis
    /// The values at the ends of the colour scale; nil takes the least and the greatest finite value.
    public var range: ClosedRange<Double>?
    /// Logical pixels for one value; nil chooses so that the longer side is about 480.
    public var cellSize: Double?

    public init(title: String = "", xLabel: String = "", yLabel: String = "", values: [[Double]]) {
        precondition(
            !values.isEmpty && values.allSatisfy { $0.count == values[0].count && !$0.isEmpty },
            "a heat map needs rows of equal length")
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.values = values
    }

    public func drawing() -> Drawing {
        let (rows, columns) = (values.count, values[0].count)
        let cell = cellSize ?? max(0.25, 480 / Double(max(rows, columns)))
        let (mapWidth, mapHeight) = (cell * Double(columns), cell * Double(rows))
        let finite = values.joined().filter(\.isFinite)
        let low = range?.lowerBound ?? finite.min() ?? 0
        let high = range?.upperBound ?? finite.max() ?? 1
        let scale = Axis(values: [low, high], tickCount: mapHeight > 150 ? 6 : 3, padding: 0)
        let tickWidth = scale.ticks.map { Drawing.textWidth($0.label, size: PlotArea.tickSize) }.max() ?? 0
        let left = yLabel.isEmpty ? 24.0 : 44
        let top = title.isEmpty ? 20.0 : 50
        let barX = left + mapWidth + 20
        var drawing = Drawing(
            width: max(barX + 14 + 10 + tickWidth + 18, left + Drawing.textWidth(title, size: PlotArea.titleSize) + 24),
            height: top + max(mapHeight, 60) + (xLabel.isEmpty ? 22 : 46))
        drawing.title(title, x: left)

        var pixels: [UInt8] = []
        pixels.reserveCapacity(rows * columns * 3)
        for value in values.joined() {
            let color = colors(high > low ? (value - low) / (high - low) : value.isNaN ? .nan : 0.5)
            pixels += [color.red, color.green, color.blue].map { UInt8(($0 * 255).rounded()) }
        }
        let picture = Image(width: columns, height: rows, channels: 3, pixels: pixels)
        drawing.image(picture, x: left, y: top, width: mapWidth, height: mapHeight)
        drawBar(scale, x: barX, y: top, height: max(mapHeight, 60), &drawing)
        if !xLabel.isEmpty {
            drawing.text(
                xLabel, at: Point(left + mapWidth / 2, top + mapHeight + 26), size: PlotArea.labelSize, color: .mutedInk,
                anchor: .middle)
        }
        if !yLabel.isEmpty {
            drawing.text(
                yLabel, at: Point(26, top + mapHeight / 2), size: PlotArea.labelSize, color: .mutedInk, anchor: .middle,
                isVertical: true)
        }
        return drawing
    }

    private func drawBar(_ scale: Axis, x: Double, y: Double, height: Double, _ drawing: inout Drawing) {
        let steps = 256
        let pixels = (0 ..< steps).flatMap { index in
            let color = colors(1 - Double(index) / Double(steps - 1))
            return [color.red, color.green, color.blue].map { UInt8(($0 * 255).rounded()) }
        }
        let bar = Image(width: 1, height: steps, channels: 3, pixels: pixels)
        drawing.image(bar, x: x, y: y, width: 14, height: height)
        for tick in scale.ticks {
            guard let fraction = scale.fraction(tick.value) else { continue }
            let place = y + (1 - fraction) * height
            drawing.rectangle(x: x + 14, y: place - 0.5, width: 4, height: 1, color: .mutedInk)
            drawing.text(
                tick.label, at: Point(x + 23, place + PlotArea.tickSize * 0.36), size: PlotArea.tickSize, color: .mutedInk)
        }
    }
}
