import EmberTensor

/// The order of a picture tensor's dimensions: N pictures, C channels, H rows, W columns. PyTorch: `dataformats`.
public enum ImageLayout: String, Sendable, CaseIterable {
    case chw = "CHW"
    case hwc = "HWC"
    case hw = "HW"
    case nchw = "NCHW"
    case nhwc = "NHWC"

    /// The tensor as (N, H, W, C).
    fileprivate func normalized(_ tensor: Tensor) throws(TensorError) -> Tensor {
        guard tensor.rank == rawValue.count else {
            throw TensorError("a picture of layout \(rawValue) has \(rawValue.count) dimensions, not \(tensor.rank)")
        }
        let pictures = switch self {
            case .chw: tensor.permute(1, 2, 0).unsqueeze(0)
            case .hwc: tensor.unsqueeze(0)
            case .hw: tensor.unsqueeze(0).unsqueeze(-1)
            case .nchw: tensor.permute(0, 2, 3, 1)
            case .nhwc: tensor
        }
        guard [1, 3, 4].contains(pictures.shape[3]), !pictures.shape.contains(0) else {
            throw TensorError("pictures have 1, 3 or 4 channels and at least one pixel; as \(rawValue) these are \(tensor.shape)")
        }
        return pictures
    }
}

extension Image {
    /// A tensor of pictures as one picture, several of them side by side in rows of `columns`; what is left of the last row is black.
    ///
    /// uint8 is taken as it is, other types from 0 to 1; what lies outside is cut, and fractions of 1/255 are dropped, as PyTorch does
    /// here.
    init(_ tensor: Tensor, layout: ImageLayout, columns: Int = 8) throws(TensorError) {
        let pictures = try layout.normalized(tensor.detach())
        let (count, rows, width, channels) = (pictures.shape[0], pictures.shape[1], pictures.shape[2], pictures.shape[3])
        let values = Image.bytes(pictures)
        let across = min(count, columns), down = (count + across - 1) / across
        var pixels = [UInt8](repeating: 0, count: values.count / count * across * down)
        let rowBytes = width * channels
        for picture in 0 ..< count {
            for y in 0 ..< rows {
                let source = (picture * rows + y) * rowBytes
                let target = ((picture / across * rows + y) * across + picture % across) * rowBytes
                pixels[target ..< target + rowBytes] = values[source ..< source + rowBytes]
            }
        }
        self.init(width: across * width, height: down * rows, channels: channels, pixels: pixels)
    }

    private static func bytes(_ tensor: Tensor) -> [UInt8] {
        if tensor.dtype == .uint8 { return tensor.array() }
        // NaN has no colour; it becomes black.
        return tensor.array(of: Float.self).map { $0.isNaN ? 0 : UInt8(max(0, min(255, $0 * 255))) }
    }
}

extension SummaryWriter {
    /// Logs a picture.
    public func addImage(_ tag: String, _ image: Image, step: Int, wallTime: Double? = nil) {
        do throws(FormatError) {
            let encoded = try image.encodedPNG()
            let value = SummaryEvent.Value.image(
                width: image.width, height: image.height, channels: image.channels, encoded: encoded)
            add(tag, value, step, wallTime)
        } catch {
            keep(error)
        }
    }

    /// Logs a tensor as a picture: uint8, or other types from 0 to 1. PyTorch: `SummaryWriter.add_image`.
    public func addImage(_ tag: String, _ tensor: Tensor, step: Int, layout: ImageLayout = .chw, wallTime: Double? = nil) {
        do throws(TensorError) {
            addImage(tag, try Image(tensor, layout: layout), step: step, wallTime: wallTime)
        } catch {
            error.report(in: "SummaryWriter.addImage", operands: [tensor])
        }
    }

    /// Logs several pictures as one, in rows of eight. PyTorch: `SummaryWriter.add_images`.
    public func addImages(_ tag: String, _ tensor: Tensor, step: Int, layout: ImageLayout = .nchw, wallTime: Double? = nil) {
        addImage(tag, tensor, step: step, layout: layout, wallTime: wallTime)
    }

    /// Logs a picture with boxes drawn on it. PyTorch: `SummaryWriter.add_image_with_boxes`.
    /// - Parameters:
    ///   - boxes: shape (count, 4): left, top, right, bottom of each in pixels.
    ///   - labels: a text for each box; none unless given.
    ///   - scale: enlarges or shrinks the picture.
    public func addImageWithBoxes(
        _ tag: String, _ tensor: Tensor, boxes: Tensor, labels: [String] = [], step: Int, scale: Double = 1,
        layout: ImageLayout = .chw, wallTime: Double? = nil
    ) {
        do throws(TensorError) {
            guard boxes.rank == 2, boxes.shape[1] == 4 else { throw TensorError("boxes have shape [count, 4], not \(boxes.shape)") }
            guard labels.isEmpty || labels.count == boxes.shape[0] else {
                throw TensorError("\(labels.count) labels do not go with \(boxes.shape[0]) boxes")
            }
            guard scale > 0, scale.isFinite else { throw TensorError("the scale must be above 0, not \(scale)") }
            let image = try Image(tensor, layout: layout).drawing(boxes: boxes.array(), labels: labels).rendered(scale: scale)
            addImage(tag, image, step: step, wallTime: wallTime)
        } catch {
            error.report(in: "SummaryWriter.addImageWithBoxes", operands: [tensor, boxes])
        }
    }

    /// Logs a plot as a picture. PyTorch: `SummaryWriter.add_figure`.
    /// - Parameter scale: pixels of the picture for a logical pixel of the drawing.
    public func addFigure(_ tag: String, _ plot: some Plot, step: Int, scale: Double = 1.5, wallTime: Double? = nil) {
        addImage(tag, plot.drawing().rendered(scale: scale), step: step, wallTime: wallTime)
    }

    /// Logs a film, which TensorBoard shows as an animated GIF; several films run beside each other. PyTorch: `SummaryWriter.add_video`.
    /// - Parameters:
    ///   - tensor: shape (films, frames, channels, height, width); uint8, or other types from 0 to 1.
    ///   - framesPerSecond: up to 100.
    public func addVideo(_ tag: String, _ tensor: Tensor, step: Int, framesPerSecond: Double = 4, wallTime: Double? = nil) {
        do {
            guard tensor.rank == 5, !tensor.shape.contains(0) else {
                throw TensorError("films have shape [films, frames, channels, height, width], none of them 0, not \(tensor.shape)")
            }
            guard framesPerSecond > 0, framesPerSecond <= 100 else {
                throw TensorError("a film has up to 100 frames a second, not \(framesPerSecond)")
            }
            // About as many rows as columns, both powers of two: PyTorch's arrangement.
            let rows = 1 << ((tensor.shape[0].bitWidth - tensor.shape[0].leadingZeroBitCount - 1) / 2)
            let columns = (tensor.shape[0] + rows - 1) / rows
            var frames: [Image] = []
            for frame in 0 ..< tensor.shape[1] {
                frames.append(try Image(tensor.select(1, frame), layout: .nchw, columns: columns))
            }
            let encoded = try AnimatedGIF.encode(frames, framesPerSecond: framesPerSecond)
            let value = SummaryEvent.Value.image(
                width: frames[0].width, height: frames[0].height, channels: frames[0].channels, encoded: encoded)
            add(tag, value, step, wallTime)
        } catch let error as TensorError {
            error.report(in: "SummaryWriter.addVideo", operands: [tensor])
        } catch let error as FormatError {
            keep(error)
        } catch {
            keep(FormatError(.unsupported, file: path, "cannot write the film: \(error)"))
        }
    }
}

extension Image {
    /// The picture with red frames, and the labels below their upper edges' left ends.
    fileprivate func drawing(boxes: [Float], labels: [String]) -> Drawing {
        var drawing = Drawing(width: Double(width), height: Double(height))
        drawing.image(self, x: 0, y: 0, width: Double(width), height: Double(height))
        let red = Color(0xE02020)
        for box in 0 ..< boxes.count / 4 {
            let edges = boxes[box * 4 ..< box * 4 + 4].map(Double.init)
            let (left, top, right, bottom) = (edges[0], edges[1], edges[2], edges[3])
            drawing.frame(x: left, y: top, width: right - left, height: bottom - top, color: red, lineWidth: 2)
            guard box < labels.count, !labels[box].isEmpty else { continue }
            let size = 11.0
            let textWidth = Drawing.textWidth(labels[box], size: size)
            drawing.rectangle(x: left, y: top, width: textWidth + 8, height: size + 5, color: red)
            drawing.text(labels[box], at: Point(left + 4, top + size + 0.5), size: size, color: .white)
        }
        return drawing
    }
}
