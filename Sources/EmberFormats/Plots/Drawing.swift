/// A place on a drawing: x to the right, y down, in logical pixels.
public struct Point: Sendable, Equatable {
    public var x: Double
    public var y: Double

    public init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// A drawing as a list of shapes, which can be made into pixels or SVG.
///
/// ```swift
/// var drawing = Drawing(width: 200, height: 100)
/// drawing.line([Point(10, 90), Point(190, 10)], color: .series[0], width: 2)
/// drawing.text("slope", at: Point(100, 20), size: 14, anchor: .middle)
/// try drawing.write(to: "slope.png")
/// ```
public struct Drawing: Sendable {
    public enum Anchor: Sendable { case start, middle, end }

    enum Shape: Sendable {
        /// Strokes drawn with one round pen; where they overlap they are painted once.
        case strokes([[Point]], color: Color, width: Double)
        case polygon([Point], color: Color)
        case picture(Image, x: Double, y: Double, width: Double, height: Double)
    }

    public let width: Double
    public let height: Double
    private(set) var shapes: [Shape] = []

    /// An empty drawing. Sizes are logical pixels.
    public init(width: Double, height: Double, background: Color = .white) {
        precondition(width >= 1 && height >= 1, "a drawing needs a size, not \(width) × \(height)")
        self.width = width
        self.height = height
        rectangle(x: 0, y: 0, width: width, height: height, color: background)
    }

    /// A polyline with round ends and corners; a single point is a dot.
    public mutating func line(_ points: [Point], color: Color, width: Double = 1) {
        guard !points.isEmpty, points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return }
        shapes.append(.strokes([points], color: color, width: width))
    }

    /// A filled polygon whose edges do not cross each other.
    public mutating func polygon(_ points: [Point], color: Color) {
        guard points.count >= 3, points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return }
        shapes.append(.polygon(points, color: color))
    }

    public mutating func rectangle(x: Double, y: Double, width: Double, height: Double, color: Color) {
        polygon([Point(x, y), Point(x + width, y), Point(x + width, y + height), Point(x, y + height)], color: color)
    }

    /// The outline of a rectangle, inside of it.
    public mutating func frame(
        x: Double, y: Double, width: Double, height: Double, color: Color, lineWidth: Double = 1
    ) {
        let (w, inner) = (lineWidth, height - 2 * lineWidth)
        rectangle(x: x, y: y, width: width, height: w, color: color)
        rectangle(x: x, y: y + height - w, width: width, height: w, color: color)
        rectangle(x: x, y: y + w, width: w, height: inner, color: color)
        rectangle(x: x + width - w, y: y + w, width: w, height: inner, color: color)
    }

    public mutating func circle(center: Point, radius: Double, color: Color) {
        shapes.append(.strokes([[center]], color: color, width: 2 * radius))
    }

    /// A picture, scaled to the rectangle; its pixels stay visible as squares.
    public mutating func image(_ image: Image, x: Double, y: Double, width: Double, height: Double) {
        shapes.append(.picture(image, x: x, y: y, width: width, height: height))
    }

    /// Text on one line. `point` is on the base line, at the place that `anchor` says.
    /// - Parameters:
    ///   - size: the size of the font: capitals are 0.72 of it high.
    ///   - weight: the thickness of the strokes relative to normal text.
    ///   - isVertical: reads from bottom to top.
    public mutating func text(
        _ text: String, at point: Point, size: Double, color: Color = .ink, anchor: Anchor = .start, weight: Double = 1,
        isVertical: Bool = false
    ) {
        let length = StrokeFont.width(of: text, size: size)
        let shift = switch anchor {
            case .start: 0.0
            case .middle: -length / 2
            case .end: -length
        }
        let strokes = StrokeFont.strokes(of: text, size: size).map { stroke in
            stroke.map { p in
                isVertical ? Point(point.x + p.y, point.y - (p.x + shift)) : Point(point.x + p.x + shift, point.y + p.y)
            }
        }
        guard !strokes.isEmpty else { return }
        shapes.append(.strokes(strokes, color: color, width: StrokeFont.penWidth(size: size) * weight))
    }

    /// The length of a text in logical pixels.
    public static func textWidth(_ text: String, size: Double) -> Double { StrokeFont.width(of: text, size: size) }

    /// `text`, or its beginning with “…”, so that it is at most `width` long.
    static func shortened(_ text: String, size: Double, toFit width: Double) -> String {
        if textWidth(text, size: size) <= width { return text }
        var prefix = text
        while !prefix.isEmpty, textWidth(prefix + "…", size: size) > width { prefix.removeLast() }
        return prefix + "…"
    }
}
