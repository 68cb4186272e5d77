import ArgumentParser
import Ember

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Says what a picture shows.",
        discussion: """
            The picture (PNG or JPEG) is made grey and scaled to 28 × 28. The network knows light things on black; a picture with a light \
            background is inverted first.
            """)

    @Argument(help: ArgumentHelp("A PNG or JPEG file.", valueName: "picture"))
    var file: String

    @Option(
        name: .customLong("run"), help: ArgumentHelp("A run folder or a checkpoint (default: the newest run).", valueName: "place"))
    var place: String?

    @Option(help: "How many classes to list.")
    var top = 3

    func run() throws {
        let picture = try Image(path: file)
        let trained = try TrainedModel(place)
        let collection = trained.settings.collection
        let image = PictureInput(picture, size: 28)
        let tensor = (Tensor(image.pixels.map { Float($0) / 255 }, shape: [1, 1, 28, 28]) - Double(collection.normalization.mean))
            / Double(collection.normalization.deviation)
        let probabilities: [Float] = noGrad { softmax(trained.model(tensor), 1).array() }
        let ranked = probabilities.enumerated().sorted { $0.element > $1.element }.prefix(max(top, 1))
        let width = collection.classNames.map(\.count).max() ?? 0
        for (label, probability) in ranked {
            let bar = String(repeating: "█", count: Int((probability * 30).rounded()))
            let share = NumberText.right(NumberText.percent(Double(probability), 1), 8)
            Terminal.line(NumberText.left(collection.classNames[label], width) + share + "  " + bar)
        }
    }
}

/// A picture as the networks here want it: grey, square, light on black.
struct PictureInput {
    /// `size` × `size` values.
    let pixels: [UInt8]

    init(_ picture: Image, size: Int) {
        var grey = picture.converted(toChannels: 1)
        let edge = PictureInput.edge(of: grey)
        // What the border mostly is, is the background.
        if edge.reduce(0, { $0 + Int($1) }) > edge.count * 128 { grey.pixels = grey.pixels.map { 255 - $0 } }
        // A picture that is not square gets black borders rather than being stretched.
        let side = max(grey.width, grey.height)
        var square = Image(width: side, height: side, fill: [0])
        let (left, top) = ((side - grey.width) / 2, (side - grey.height) / 2)
        var values = square.pixels
        for y in 0 ..< grey.height {
            for x in 0 ..< grey.width { values[(top + y) * side + left + x] = grey.pixels[y * grey.width + x] }
        }
        square.pixels = values
        pixels = side == size ? square.pixels : square.resized(width: size, height: size).pixels
    }

    private static func edge(of grey: Image) -> [UInt8] {
        let (w, h) = (grey.width, grey.height)
        var edge = Array(grey.pixels.prefix(w)) + Array(grey.pixels.suffix(w))
        for y in 0 ..< h { edge += [grey.pixels[y * w], grey.pixels[y * w + w - 1]] }
        return edge
    }
}
