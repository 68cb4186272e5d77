/// Small pictures side by side, each with a caption.
public struct ImageGridChart: Plot {
    public struct Cell: Sendable {
        public var image: Image
        /// Lines below the picture.
        public var caption: [String]
        public var captionColor: Color

        public init(_ image: Image, caption: [String] = [], captionColor: Color = .ink) {
            self.image = image
            self.caption = caption
            self.captionColor = captionColor
        }
    }

    public var title: String
    public var cells: [Cell]
    public var columns: Int
    /// The longer side of every picture, in logical pixels; pixels of enlarged pictures stay visible.
    public var imageSize = 84.0

    public init(title: String = "", cells: [Cell], columns: Int = 8) {
        precondition(columns >= 1, "a grid needs at least one column, not \(columns)")
        self.title = title
        self.cells = cells
        self.columns = columns
    }

    public func drawing() -> Drawing {
        let captionSize = 11.0
        let lineHeight = 15.0
        let gap = 14.0
        let margin = 24.0
        let shown = max(1, min(columns, cells.count))
        let rows = (cells.count + columns - 1) / columns
        let lines = cells.map(\.caption.count).max() ?? 0
        let cellHeight = imageSize + (lines > 0 ? 5 + Double(lines) * lineHeight : 0) + gap
        let top = title.isEmpty ? margin : 52
        let titleWidth = margin * 2 + Drawing.textWidth(title, size: PlotArea.titleSize)
        var drawing = Drawing(
            width: max(titleWidth, 2 * margin + Double(shown) * (imageSize + gap) - gap),
            height: top + Double(rows) * cellHeight - gap + margin)
        drawing.title(title, x: margin)
        for (index, cell) in cells.enumerated() {
            let x = margin + Double(index % columns) * (imageSize + gap)
            let y = top + Double(index / columns) * cellHeight
            let longer = Double(max(cell.image.width, cell.image.height))
            let (w, h) = (Double(cell.image.width) / longer * imageSize, Double(cell.image.height) / longer * imageSize)
            drawing.image(cell.image, x: x + (imageSize - w) / 2, y: y + (imageSize - h) / 2, width: w, height: h)
            for (line, text) in cell.caption.enumerated() {
                let fitting = Drawing.shortened(text, size: captionSize, toFit: imageSize + gap - 8)
                drawing.text(
                    fitting, at: Point(x + imageSize / 2, y + imageSize + 5 + Double(line + 1) * lineHeight - 3),
                    size: captionSize, color: cell.captionColor, anchor: .middle)
            }
        }
        return drawing
    }
}
