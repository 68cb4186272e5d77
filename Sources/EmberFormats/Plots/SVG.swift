extension Drawing {
    /// The drawing as an SVG document. Text is drawn as strokes, so that it looks the same everywhere.
    public var svg: String {
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(SVG.number(width))" height="\(SVG.number(height))" \
            viewBox="0 0 \(SVG.number(width)) \(SVG.number(height))">

            """
        for shape in shapes {
            switch shape {
            case .strokes(let strokes, let color, let width):
                text += "<path d=\"\(strokes.map { SVG.path($0, isClosed: false) }.joined())\" fill=\"none\" "
                text += "stroke=\"\(SVG.color(color))\" stroke-width=\"\(SVG.number(width))\" "
                text += "stroke-linecap=\"round\" stroke-linejoin=\"round\"\(SVG.opacity(color, "stroke"))/>\n"
            case .polygon(let points, let color):
                text += "<path d=\"\(SVG.path(points, isClosed: true))\" fill=\"\(SVG.color(color))\""
                text += "\(SVG.opacity(color, "fill"))/>\n"
            case .picture(let image, let x, let y, let width, let height):
                // The encoder refuses only pictures of more than 2³¹ pixels a side.
                guard let encoded = try? image.encodedPNG() else { continue }
                text += "<image x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\" width=\"\(SVG.number(width))\" "
                text += "height=\"\(SVG.number(height))\" preserveAspectRatio=\"none\" image-rendering=\"pixelated\" "
                text += "href=\"data:image/png;base64,\(SVG.base64(encoded))\"/>\n"
            }
        }
        return text + "</svg>\n"
    }
}

private enum SVG {
    /// At most two decimals.
    static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let sign = hundredths < 0 ? "-" : ""
        let (whole, fraction) = (abs(hundredths) / 100, abs(hundredths) % 100)
        if fraction == 0 { return "\(sign)\(whole)" }
        return fraction % 10 == 0 ? "\(sign)\(whole).\(fraction / 10)" : "\(sign)\(whole).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    static func path(_ points: [Point], isClosed: Bool) -> String {
        var text = ""
        for (index, point) in points.enumerated() {
            text += "\(index == 0 ? "M" : "L")\(number(point.x)) \(number(point.y))"
        }
        // A path of one point is drawn only if it has a segment.
        if points.count == 1 { text += "h0" }
        return isClosed ? text + "Z" : text
    }

    static func color(_ color: Color) -> String {
        let digits = Array("0123456789abcdef")
        return [color.red, color.green, color.blue].reduce("#") { text, component in
            let value = Int((max(0, min(1, component)) * 255).rounded())
            return text + String([digits[value / 16], digits[value % 16]])
        }
    }

    static func opacity(_ color: Color, _ kind: String) -> String {
        color.alpha < 1 ? " \(kind)-opacity=\"\(number(color.alpha))\"" : ""
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start ..< min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0 ..< 4 {
                text.append(index <= group.count ? digits[bits >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
