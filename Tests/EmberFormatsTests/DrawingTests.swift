import EmberFormats
import Testing

@Suite struct DrawingTests {
    /// The mean darkness of a picture, times its size: the area that black shapes cover.
    static func area(_ drawing: Drawing, scale: Double = 1) -> Double {
        let image = drawing.rendered(scale: scale).converted(toChannels: 1)
        return image.pixels.reduce(0.0) { $0 + (255 - Double($1)) / 255 } / (scale * scale)
    }

    @Test func polygonsCoverTheirArea() {
        var rectangle = Drawing(width: 40, height: 30)
        rectangle.rectangle(x: 3.25, y: 4.5, width: 10.5, height: 7.75, color: .black)
        #expect(abs(Self.area(rectangle) - 10.5 * 7.75) < 0.1)
        #expect(abs(Self.area(rectangle, scale: 2) - 10.5 * 7.75) < 0.1)
        var triangle = Drawing(width: 40, height: 30)
        triangle.polygon([Point(2, 3), Point(33, 11.5), Point(8.5, 27)], color: .black)
        #expect(abs(Self.area(triangle) - 0.5 * abs(31 * 24 - 6.5 * 8.5)) < 0.5)
    }

    @Test func shapesBeyondTheEdgesAreCut() {
        var drawing = Drawing(width: 20, height: 10)
        drawing.rectangle(x: -5, y: -5, width: 15, height: 100, color: .black)
        #expect(abs(Self.area(drawing) - 100) < 0.01)
        drawing.polygon([Point(-1e9, -1e9), Point(1e9, -1e9), Point(0, 1e9)], color: .black)
        drawing.line([Point(-1e12, 5), Point(1e12, 6)], color: .black, width: 3)
        drawing.line([Point(.nan, 0), Point(1, .infinity)], color: .black)
        drawing.rectangle(x: 100, y: 100, width: 5, height: 5, color: .black)
        #expect(Self.area(drawing) <= 200)
    }

    @Test func linesCoverTheirArea() {
        var drawing = Drawing(width: 60, height: 60)
        drawing.line([Point(10, 12), Point(45, 40)], color: .black, width: 4)
        let length = (35.0 * 35 + 28 * 28).squareRoot()
        #expect(abs(Self.area(drawing) - (4 * length + .pi * 4)) < 2)
    }

    @Test func transparencyBlendsOnceAStroke() {
        var drawing = Drawing(width: 20, height: 20)
        drawing.line([Point(2, 10), Point(18, 10), Point(2, 10)], color: Color.black.withAlpha(0.5), width: 6)
        #expect(drawing.rendered(scale: 1)[10, 10, 0] == 128)
    }

    @Test func textHasTheWidthItAnnounces() {
        for text in ["Hamburg", "0123456789", "µ × ° – é", ""] {
            var drawing = Drawing(width: 300, height: 40)
            drawing.text(text, at: Point(10, 30), size: 20)
            let image = drawing.rendered(scale: 1).converted(toChannels: 1)
            let inked = (0 ..< 300).filter { x in (0 ..< 40).contains { image[x, $0, 0] < 128 } }
            guard let first = inked.first, let last = inked.last else {
                #expect(text.isEmpty)
                continue
            }
            #expect(abs(Double(last - first) - Drawing.textWidth(text, size: 20)) < 4)
            #expect(first >= 8 && first <= 12)
        }
        let digits = (0 ... 9).map { Drawing.textWidth("\($0)", size: 12) }
        #expect(Set(digits).count == 1)
    }

    @Test func everyPrintableCharacterHasAGlyph() {
        var box = Drawing(width: 20, height: 24)
        box.text("\u{E000}", at: Point(3, 18), size: 14)
        let boxImage = box.rendered()
        for code in UInt8(33) ... 126 {
            let text = String(Character(Unicode.Scalar(code)))
            var drawing = Drawing(width: 20, height: 24)
            drawing.text(text, at: Point(3, 18), size: 14)
            let image = drawing.rendered()
            #expect(image != boxImage && image.pixels.contains { $0 < 128 }, "\(text)")
        }
    }

    @Test func writesSVG() throws {
        let folder = try TemporaryFolder()
        var drawing = Drawing(width: 20, height: 10)
        drawing.line([Point(1, 2.5), Point(3, -4.125)], color: Color(0xFF8000, alpha: 0.5), width: 2)
        drawing.image(Image(width: 1, height: 1, fill: [7]), x: 0, y: 0, width: 5, height: 5)
        try drawing.write(to: folder.file("a.svg"))
        let text = String(decoding: try folder.bytes("a.svg"), as: UTF8.self)
        #expect(text.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" height=\"10\""))
        #expect(text.contains("d=\"M1 2.5L3 -4.13\" fill=\"none\" stroke=\"#ff8000\" stroke-width=\"2\""))
        #expect(text.contains("stroke-opacity=\"0.5\"") && text.contains("data:image/png;base64,iVBORw0KGgo"))
        try drawing.write(to: folder.file("a.png"), scale: 3)
        #expect(try Image(path: folder.file("a.png")).width == 60)
    }
}

@Suite struct ChartTests {
    /// Charts of values that are hard to show must still be pictures.
    static let difficult: [[Double]] = [
        [], [1], [.nan], [.infinity, 1], [0, 0, 0], [1e300, -1e300], [.leastNonzeroMagnitude, 1], [1, 2, .nan, 3], [-5, -4], [1e15, 1e15 + 1],
    ]

    @Test(arguments: difficult) func lineCharts(values: [Double]) {
        for scale in [AxisScale.linear, .logarithmic] {
            var chart = LineChart(title: "t", xLabel: "x", yLabel: "y", series: [.init("a", values)])
            chart.yScale = scale
            chart.xScale = scale
            let image = chart.drawing().rendered(scale: 1)
            #expect(image.width == 720 && image.pixels.contains { $0 < 128 })
        }
    }

    @Test(arguments: difficult) func histograms(values: [Double]) {
        let chart = HistogramChart(values: values)
        #expect(chart.bins.counts.reduce(0, +) == values.filter(\.isFinite).count)
        #expect(chart.bins.limits.count == chart.bins.counts.count + 1)
        #expect(chart.drawing().rendered(scale: 1).width == 720)
    }

    @Test(arguments: difficult) func heatMaps(values: [Double]) {
        let chart = HeatMapChart(title: "t", xLabel: "x", yLabel: "y", values: [values + [0]])
        #expect(chart.drawing().rendered(scale: 1).height > 0)
    }

    @Test func confusionMatrices() {
        for classes in [1, 2, 10, 100] {
            let counts = (0 ..< classes).map { row in (0 ..< classes).map { row == $0 ? 9 : 0 } }
            let chart = ConfusionMatrixChart(classNames: (0 ..< classes).map { "class \($0)" }, counts: counts)
            #expect(chart.drawing().rendered(scale: 1).pixels.contains { $0 < 128 })
        }
    }

    @Test func imageGrids() {
        let cell = ImageGridChart.Cell(Image(width: 3, height: 5, fill: [0]), caption: ["a → b", "99%"])
        for count in [0, 1, 8, 9] {
            let drawing = ImageGridChart(title: "t", cells: Array(repeating: cell, count: count)).drawing()
            #expect(drawing.rendered(scale: 1).width > 0)
        }
    }

    @Test func oneCurveOfWholeStepsHasATickAtEachOfThem() throws {
        // The ticks are strokes: the same drawing with one epoch less has as many fewer.
        func shapes(_ epochs: Int) -> Int {
            let curve = LineChart.Series("", (0 ..< epochs).map { _ in 1.0 })
            return LineChart(series: [curve]).drawing().svg.split(separator: "\n").count
        }
        #expect(shapes(5) - shapes(4) == 2)
    }
}
