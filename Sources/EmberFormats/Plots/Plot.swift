/// Anything that can be drawn: a chart, or a drawing itself.
///
/// ```swift
/// try LineChart(title: "Loss", series: [.init("train", losses)]).write(to: "loss.svg")
/// ```
public protocol Plot: Sendable {
    /// The picture as shapes.
    func drawing() -> Drawing
}

extension Plot {
    /// Writes a PNG or an SVG file, as the path ends; it appears under its name only when it is complete.
    /// - Parameter scale: pixels of a PNG file for a logical one.
    /// - Throws: `FormatError` when the path ends in something else, or the system refuses.
    public func write(to path: String, scale: Double = 2) throws(FormatError) {
        let drawing = drawing()
        switch path.split(separator: ".").last?.lowercased() {
        case "svg": try writeFile(Array(drawing.svg.utf8), to: path)
        case "png": try drawing.rendered(scale: scale).writePNG(to: path)
        default: throw FormatError(.unsupported, file: path, "cannot draw: a plot becomes a .png or an .svg file")
        }
    }
}

extension Drawing: Plot {
    public func drawing() -> Drawing { self }
}
