/// The parts that all charts with two axes share: title, axes with labels and grid, and the mapping from values to places.
struct PlotArea {
    let left: Double
    let top: Double
    let width: Double
    let height: Double
    let x: Axis
    let y: Axis

    static let titleSize = 17.0
    static let labelSize = 13.0
    static let tickSize = 12.0

    /// Lays out the area in the drawing and draws everything but the data.
    init(
        _ drawing: inout Drawing, title: String, xLabel: String, yLabel: String, x: Axis, y: Axis, headroom: Double = 0,
        footroom: Double = 0, hasVerticalGrid: Bool = true
    ) {
        let widest = y.ticks.map { Drawing.textWidth($0.label, size: PlotArea.tickSize) }.max() ?? 0
        left = 22 + widest + (yLabel.isEmpty ? 0 : 24)
        top = (title.isEmpty ? 18 : 50) + headroom
        width = max(1, drawing.width - left - 24)
        height = max(1, drawing.height - top - footroom - (xLabel.isEmpty ? 36 : 60))
        (self.x, self.y) = (x, y)
        drawGrid(&drawing, hasVerticalGrid)
        drawing.title(title, x: left)
        if !xLabel.isEmpty {
            drawing.text(
                xLabel, at: Point(left + width / 2, drawing.height - 16), size: PlotArea.labelSize, color: .mutedInk,
                anchor: .middle)
        }
        if !yLabel.isEmpty {
            drawing.text(
                yLabel, at: Point(24, top + height / 2), size: PlotArea.labelSize, color: .mutedInk, anchor: .middle,
                isVertical: true)
        }
    }

    private func drawGrid(_ drawing: inout Drawing, _ hasVerticalGrid: Bool) {
        let bottom = top + height
        for tick in y.ticks {
            guard let place = self.place(y: tick.value) else { continue }
            drawing.rectangle(x: left, y: place - 0.5, width: width, height: 1, color: .gridLine)
            drawing.text(
                tick.label, at: Point(left - 9, place + PlotArea.tickSize * 0.36), size: PlotArea.tickSize, color: .mutedInk,
                anchor: .end)
        }
        for tick in x.ticks {
            guard let place = self.place(x: tick.value) else { continue }
            if hasVerticalGrid { drawing.rectangle(x: place - 0.5, y: top, width: 1, height: height, color: .gridLine) }
            drawing.rectangle(x: place - 0.5, y: bottom, width: 1, height: 5, color: .mutedInk)
            drawing.text(
                tick.label, at: Point(place, bottom + 19), size: PlotArea.tickSize, color: .mutedInk, anchor: .middle)
        }
        drawing.rectangle(x: left, y: bottom - 0.5, width: width, height: 1, color: .mutedInk)
    }

    /// Values go to whole and half pixels only where ticks are drawn; data keeps its exact place.
    func place(x value: Double) -> Double? { x.fraction(value).map { left + $0 * width } }
    func place(y value: Double) -> Double? { y.fraction(value).map { top + (1 - $0) * height } }

    func place(_ xValue: Double, _ yValue: Double) -> Point? {
        guard let px = place(x: xValue), let py = place(y: yValue) else { return nil }
        return Point(px, py)
    }
}

extension Drawing {
    /// A chart's title, at the top.
    mutating func title(_ title: String, x: Double) {
        let fitting = Drawing.shortened(title, size: PlotArea.titleSize, toFit: width - x - 16)
        text(fitting, at: Point(x, 31), size: PlotArea.titleSize, weight: 1.35)
    }
}
