#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A sans-serif font of single strokes, drawn with a round pen: it needs no font files and is sharp at every size.
///
/// A glyph is a path in units of which capitals are 14 high and small letters 10, y up from the base line:
/// `M x y` begins a stroke, `L x y` is a line, `Q cx cy x y` a quadratic Bézier curve, and `A cx cy rx ry from to` an arc of an
/// ellipse between two angles in degrees (counter-clockwise when they rise), joined to the stroke if one was begun.
enum StrokeFont {
    private struct Glyph {
        let strokes: [[Point]]
        let width: Double
    }

    private static let spacing = 3.3
    /// Units of a font of size 1: capitals take 0.72 of the size.
    private static let unit = 0.72 / 14

    static func penWidth(size: Double) -> Double { 1.5 * unit * size }

    static func width(of text: String, size: Double) -> Double {
        let units = text.reduce(0) { $0 + glyph($1).width + spacing } - (text.isEmpty ? 0 : spacing)
        return units * unit * size
    }

    /// The strokes of a text that begins at the origin, y down.
    static func strokes(of text: String, size: Double) -> [[Point]] {
        let scale = unit * size
        var x = 0.0
        var result: [[Point]] = []
        for character in text {
            let glyph = glyph(character)
            for stroke in glyph.strokes { result.append(stroke.map { Point((x + $0.x) * scale, -$0.y * scale) }) }
            x += glyph.width + spacing
        }
        return result
    }

    private static func glyph(_ character: Character) -> Glyph { glyphs[character] ?? missing }

    private static let missing = Glyph(
        strokes: [[Point(0, 0), Point(0, 14), Point(8, 14), Point(8, 0), Point(0, 0)]], width: 8)

    private static let glyphs: [Character: Glyph] = StrokeFontPaths.all.mapValues { entry in
        Glyph(strokes: parse(entry.path), width: entry.width)
    }

    private static func parse(_ path: String) -> [[Point]] {
        var strokes: [[Point]] = []
        var current: [Point] = []
        var rest = Substring(path)
        while let command = rest.popFirst() {
            let end = rest.firstIndex(where: { $0.isLetter }) ?? rest.endIndex
            let n = rest[..<end].split(separator: " ").compactMap { Double($0) }
            rest = rest[end...]
            switch (command, n.count) {
            case ("M", 2):
                if !current.isEmpty { strokes.append(current) }
                current = [Point(n[0], n[1])]
            case ("L", 2):
                current.append(Point(n[0], n[1]))
            case ("Q", 4):
                guard let start = current.last else { continue }
                for step in 1 ... 12 {
                    let t = Double(step) / 12
                    let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
                    current.append(Point(a * start.x + b * n[0] + c * n[2], a * start.y + b * n[1] + c * n[3]))
                }
            case ("A", 6):
                let steps = max(6, Int(abs(n[5] - n[4]) / 9))
                for step in 0 ... steps {
                    let angle = (n[4] + (n[5] - n[4]) * Double(step) / Double(steps)) * .pi / 180
                    current.append(Point(n[0] + n[2] * cos(angle), n[1] + n[3] * sin(angle)))
                }
            case ("Z", 0):
                // Ends a stroke, so that an arc can begin a new one.
                if !current.isEmpty { strokes.append(current) }
                current = []
            default:
                assertionFailure("glyph path \(path)")
            }
        }
        if !current.isEmpty { strokes.append(current) }
        return strokes
    }
}
