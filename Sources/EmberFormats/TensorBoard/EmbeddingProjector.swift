import EmberTensor

/// One embedding in the projector's configuration.
struct EmbeddingEntry: Sendable {
    let name: String
    /// Paths relative to the writer's folder.
    let tensorPath: String
    let metadataPath: String?
    let sprite: (path: String, width: Int, height: Int)?

    /// A message `EmbeddingInfo` of tensorboard/plugins/projector/projector_config.proto, as text.
    var text: String {
        func quoted(_ text: String) -> String {
            "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
        }
        var lines = ["embeddings {", "  tensor_name: \(quoted(name))"]
        if let metadataPath { lines.append("  metadata_path: \(quoted(metadataPath))") }
        if let sprite {
            lines += [
                "  sprite {", "    image_path: \(quoted(sprite.path))", "    single_image_dim: \(sprite.width)",
                "    single_image_dim: \(sprite.height)", "  }",
            ]
        }
        lines += ["  tensor_path: \(quoted(tensorPath))", "}"]
        return lines.joined(separator: "\n") + "\n"
    }
}

extension SummaryWriter {
    /// Logs points of a space with many dimensions, which TensorBoard's projector shows in two or three. PyTorch:
    /// `SummaryWriter.add_embedding`.
    ///
    /// The files lie in the folder `STEP/TAG` below this writer's.
    /// - Parameters:
    ///   - points: shape (points, dimensions).
    ///   - metadata: a label for every point.
    ///   - images: shape (points, channels, height, width): a picture for every point; uint8, or other types from 0 to 1.
    public func addEmbedding(
        _ points: Tensor, metadata: [String]? = nil, images: Tensor? = nil, step: Int = 0, tag: String = "default"
    ) {
        addEmbedding(points, table: metadata?.map { [$0] }, header: nil, images: images, step: step, tag: tag)
    }

    /// Logs points with several labels each, one for every column of `metadataHeader`.
    public func addEmbedding(
        _ points: Tensor, metadata: [[String]], metadataHeader: [String], images: Tensor? = nil, step: Int = 0, tag: String = "default"
    ) {
        addEmbedding(points, table: metadata, header: metadataHeader, images: images, step: step, tag: tag)
    }

    private func addEmbedding(_ points: Tensor, table: [[String]]?, header: [String]?, images: Tensor?, step: Int, tag: String) {
        do {
            guard points.rank == 2, points.count > 0 else {
                throw TensorError("points have shape [points, dimensions], not \(points.shape)")
            }
            let count = points.shape[0]
            guard table?.count ?? count == count else { throw TensorError("\(table?.count ?? 0) labels do not go with \(count) points") }
            if let header, let row = table?.first(where: { $0.count != header.count }) {
                throw TensorError("a row of \(row.count) labels does not go with a header of \(header.count)")
            }
            if let images, images.rank != 4 || images.shape[0] != count {
                throw TensorError("pictures of shape \(images.shape) do not go with \(count) points")
            }
            let digits = String(step.magnitude)
            let number = (step < 0 ? "-" : "") + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
            let folder = "\(number)/\(SummaryWriter.fileName(tag))"
            try createDirectories(at: "\(directory)/\(folder)")
            let rows = points.array(of: Float.self)
            let dimensions = points.shape[1]
            var text = ""
            for row in 0 ..< count {
                text += rows[row * dimensions ..< (row + 1) * dimensions].map { "\($0)" }.joined(separator: "\t") + "\n"
            }
            try writeFile(Array(text.utf8), to: "\(directory)/\(folder)/tensors.tsv")
            if let table { try write(table, header: header, to: "\(directory)/\(folder)/metadata.tsv") }
            if let images { try SummaryWriter.sprite(images).writePNG(to: "\(directory)/\(folder)/sprite.png") }
            let entries = list(EmbeddingEntry(
                name: "\(tag):\(number)", tensorPath: folder + "/tensors.tsv", metadataPath: table.map { _ in folder + "/metadata.tsv" },
                sprite: images.map { (folder + "/sprite.png", $0.shape[3], $0.shape[2]) }))
            try writeFile(Array(entries.map(\.text).joined().utf8), to: "\(directory)/projector_config.pbtxt")
        } catch let error as TensorError {
            error.report(in: "SummaryWriter.addEmbedding", operands: [points] + (images.map { [$0] } ?? []))
        } catch let error as FormatError {
            keep(error)
        } catch {
            keep(FormatError(.unsupported, file: directory, "cannot write the embedding: \(error)"))
        }
    }

    /// A table with tabs between columns; those within a label become spaces.
    private func write(_ table: [[String]], header: [String]?, to path: String) throws(FormatError) {
        func line(_ cells: [String]) -> String {
            cells.map { String($0.map { $0 == "\t" || $0.isNewline ? " " : $0 }) }.joined(separator: "\t") + "\n"
        }
        try writeFile(Array(((header.map { [$0] } ?? []) + table).map(line).joined().utf8), to: path)
    }

    /// All pictures in a square, row by row.
    private static func sprite(_ images: Tensor) throws -> Image {
        let columns = Int(Double(images.shape[0]).squareRoot().rounded(.up))
        let grid = try Image(images, layout: .nchw, columns: columns).converted(toChannels: 3)
        // The projector expects as many rows of pictures as columns.
        let missing = columns * images.shape[2] - grid.height
        let black = [UInt8](repeating: 0, count: max(0, missing) * grid.width * 3)
        return Image(width: grid.width, height: grid.height + max(0, missing), channels: 3, pixels: grid.pixels + black)
    }

    /// A tag as the name of a folder, PyTorch's way.
    private static func fileName(_ tag: String) -> String {
        tag.map { character in
            switch character {
            case "%": "%25"
            case "/": "%2f"
            case "\\": "%5c"
            default: String(character)
            }
        }.joined()
    }
}
