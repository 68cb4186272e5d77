extension Drawing {
    /// The drawing as an RGB picture, antialiased. `scale` is the number of real pixels for a logical one.
    public func rendered(scale: Double = 2) -> Image {
        precondition(scale > 0, "the scale must be positive, not \(scale)")
        var canvas = Rasterizer(width: Int((width * scale).rounded()), height: Int((height * scale).rounded()))
        func scaled(_ point: Point) -> Point { Point(point.x * scale, point.y * scale) }
        for shape in shapes {
            switch shape {
            case .strokes(let strokes, let color, let width):
                canvas.stroke(strokes.map { $0.map(scaled) }, color: color, width: width * scale)
            case .polygon(let points, let color):
                canvas.fill(points.map(scaled), color: color)
            case .picture(let image, let x, let y, let width, let height):
                canvas.paint(image, x: x * scale, y: y * scale, width: width * scale, height: height * scale)
            }
        }
        return Image(width: canvas.width, height: canvas.height, channels: 3, pixels: canvas.pixels)
    }
}

/// Paints shapes on opaque RGB pixels. Every shape first becomes a map of how much of each pixel it covers, which is then
/// blended with its colour once.
private struct Rasterizer {
    let width: Int
    let height: Int
    private(set) var pixels: [UInt8]
    private var coverage: [Float]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        pixels = [UInt8](repeating: 255, count: width * height * 3)
        // One more column than pixels, for what the area accumulation hands on beyond the right edge.
        coverage = [Float](repeating: 0, count: (width + 1) * height)
    }

    /// The pixels that a range of coordinates touches.
    private func span(_ low: Double, _ high: Double, _ limit: Int) -> Range<Int> {
        let first = max(0, min(Double(limit), low.rounded(.down)))
        let last = max(first, min(Double(limit), high.rounded(.up)))
        return Int(first) ..< Int(last)
    }

    // MARK: Strokes

    /// Coverage is estimated from the distance to the nearest segment: exact for straight edges up to the pixel's corners,
    /// and round ends and joins come by themselves.
    mutating func stroke(_ strokes: [[Point]], color: Color, width lineWidth: Double) {
        // Thinner than a pixel: draw a pixel wide and fainter.
        let radius = max(lineWidth, 1) / 2
        let strength = Float(min(lineWidth, 1))
        let reach = radius + 0.5
        var touched: (x: Range<Int>, y: Range<Int>) = (0 ..< 0, 0 ..< 0)
        for stroke in strokes {
            for index in 0 ..< max(1, stroke.count - 1) {
                let (a, b) = (stroke[index], stroke[min(index + 1, stroke.count - 1)])
                let columns = span(min(a.x, b.x) - reach, max(a.x, b.x) + reach, width)
                let rows = span(min(a.y, b.y) - reach, max(a.y, b.y) + reach, height)
                guard !columns.isEmpty, !rows.isEmpty else { continue }
                cover(a, b, radius: radius, columns: columns, rows: rows)
                touched = (union(touched.x, columns), union(touched.y, rows))
            }
        }
        blend(color, strength: strength, columns: touched.x, rows: touched.y)
    }

    private func union(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
        a.isEmpty ? b : min(a.lowerBound, b.lowerBound) ..< max(a.upperBound, b.upperBound)
    }

    private mutating func cover(_ a: Point, _ b: Point, radius: Double, columns: Range<Int>, rows: Range<Int>) {
        let (dx, dy) = (b.x - a.x, b.y - a.y)
        let squaredLength = dx * dx + dy * dy
        let inverse = squaredLength > 0 ? 1 / squaredLength : 0
        let reach = radius + 0.5
        for row in rows {
            let py = Double(row) + 0.5 - a.y
            // In steep or long lines most of the bounding box is far away: walk only where this row can be near.
            var near = columns
            if squaredLength > 64, abs(dy) > 1e-9 {
                let margin = reach * (squaredLength.squareRoot() / abs(dy))
                let center = a.x + dx * py / dy
                near = span(center - margin - 1, center + margin + 1, width).clamped(to: columns)
            }
            for column in near {
                let px = Double(column) + 0.5 - a.x
                let t = max(0, min(1, (px * dx + py * dy) * inverse))
                let (ex, ey) = (px - t * dx, py - t * dy)
                let distance = (ex * ex + ey * ey).squareRoot()
                let covered = Float(max(0, min(1, reach - distance)))
                let place = row * (width + 1) + column
                if covered > coverage[place] { coverage[place] = covered }
            }
        }
    }

    // MARK: Polygons

    /// Exact area coverage: every edge adds, to each pixel that it crosses, the signed area between itself and the pixel's
    /// right side, and its height to all pixels further right; a running sum along the row gives the coverage.
    mutating func fill(_ points: [Point], color: Color) {
        let columns = span(points.map(\.x).min() ?? 0, points.map(\.x).max() ?? 0, width)
        let rows = span(points.map(\.y).min() ?? 0, points.map(\.y).max() ?? 0, height)
        guard !columns.isEmpty, !rows.isEmpty else { return }
        for index in points.indices {
            accumulate(points[index], points[(index + 1) % points.count])
        }
        for row in rows {
            var sum: Float = 0
            for place in row * (width + 1) ..< row * (width + 1) + width {
                sum += coverage[place]
                coverage[place] = min(1, abs(sum))
            }
            coverage[row * (width + 1) + width] = 0
        }
        blend(color, strength: 1, columns: 0 ..< width, rows: rows)
    }

    private mutating func accumulate(_ start: Point, _ end: Point) {
        guard start.y != end.y else { return }
        let direction: Double = start.y < end.y ? 1 : -1
        let (top, bottom) = start.y < end.y ? (start, end) : (end, start)
        let slope = (bottom.x - top.x) / (bottom.y - top.y)
        for row in span(top.y, bottom.y, height) {
            let y0 = max(top.y, Double(row))
            let y1 = min(bottom.y, Double(row + 1))
            guard y1 > y0 else { continue }
            let x0 = top.x + (y0 - top.y) * slope
            let x1 = top.x + (y1 - top.y) * slope
            addRow(row, from: min(x0, x1), to: max(x0, x1), height: (y1 - y0) * direction)
        }
    }

    /// One edge within one row, with `height` of it spread evenly between two x.
    private mutating func addRow(_ row: Int, from low: Double, to high: Double, height: Double) {
        let base = row * (width + 1)
        let limit = Double(width)
        let (left, right) = (max(0, min(limit, low)), max(0, min(limit, high)))
        if right - left < 1e-9 {
            addPiece(base, x: left, next: left, height: height)
            return
        }
        // What lies left of the canvas acts from its edge on.
        let total = high - low
        if low < 0 { addPiece(base, x: 0, next: 0, height: height * (min(0, high) - low) / total) }
        var x = left
        while x < right {
            let next = min(right, x.rounded(.down) + 1)
            addPiece(base, x: x, next: next, height: height * (next - x) / total)
            x = next
        }
    }

    private mutating func addPiece(_ base: Int, x: Double, next: Double, height: Double) {
        let column = min(width, Int(x))
        let middle = (x + next) / 2 - Double(column)
        coverage[base + column] += Float(height * (1 - middle))
        if column < width { coverage[base + column + 1] += Float(height * middle) }
    }

    // MARK: Blending

    private mutating func blend(_ color: Color, strength: Float, columns: Range<Int>, rows: Range<Int>) {
        let (red, green, blue) = (Float(color.red * 255), Float(color.green * 255), Float(color.blue * 255))
        let opacity = Float(color.alpha) * strength
        for row in rows {
            for column in columns {
                let place = row * (width + 1) + column
                let covered = coverage[place]
                guard covered > 0 else { continue }
                coverage[place] = 0
                blend(red, green, blue, covered * opacity, at: (row * width + column) * 3)
            }
        }
    }

    private mutating func blend(_ red: Float, _ green: Float, _ blue: Float, _ alpha: Float, at place: Int) {
        func mix(_ old: UInt8, _ new: Float) -> UInt8 {
            UInt8(max(0, min(255, (Float(old) + (new - Float(old)) * alpha).rounded())))
        }
        pixels[place] = mix(pixels[place], red)
        pixels[place + 1] = mix(pixels[place + 1], green)
        pixels[place + 2] = mix(pixels[place + 2], blue)
    }

    // MARK: Pictures

    mutating func paint(_ image: Image, x: Double, y: Double, width targetWidth: Double, height targetHeight: Double) {
        let columns = max(0, Int(x.rounded())) ..< max(0, min(width, Int((x + targetWidth).rounded())))
        let rows = max(0, Int(y.rounded())) ..< max(0, min(height, Int((y + targetHeight).rounded())))
        for row in rows {
            let sourceY = min(image.height - 1, max(0, Int((Double(row) + 0.5 - y) / targetHeight * Double(image.height))))
            for column in columns {
                let sourceX = min(image.width - 1, max(0, Int((Double(column) + 0.5 - x) / targetWidth * Double(image.width))))
                let source = (sourceY * image.width + sourceX) * image.channels
                let second = image.channels == 1 ? 0 : 1
                blend(
                    Float(image.pixels[source]), Float(image.pixels[source + second]),
                    Float(image.pixels[source + 2 * second]),
                    image.channels == 4 ? Float(image.pixels[source + 3]) / 255 : 1, at: (row * width + column) * 3)
            }
        }
    }
}
