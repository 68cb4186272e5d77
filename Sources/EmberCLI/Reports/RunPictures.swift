import Ember

/// The pictures of a run: PNG files in its folder, some of them in TensorBoard too.
struct RunPictures {
    let folder: RunFolder
    let classNames: [String]

    private static let curves = "loss", accuracies = "accuracy"

    /// Loss and accuracy over the epochs.
    func drawCurves(_ history: [EpochStatistics]) throws {
        var loss = LineChart(title: "Loss", xLabel: "epoch", yLabel: "cross entropy")
        loss.series = [
            .init("train", history.map(\.train.loss), hasMarkers: true), .init("test", history.map(\.test.loss), hasMarkers: true),
        ]
        try loss.write(to: folder.picture(Self.curves))
        var accuracy = LineChart(title: "Accuracy", xLabel: "epoch", yLabel: "%")
        accuracy.series = [
            .init("train", history.map { $0.train.accuracy * 100 }, hasMarkers: true),
            .init("test", history.map { $0.test.accuracy * 100 }, hasMarkers: true),
        ]
        try accuracy.write(to: folder.picture(Self.accuracies))
    }

    /// A few training pictures, as the network will see them.
    func logSamples(of data: Subset<LabeledImages>, to events: SummaryWriter) {
        let cells = (0 ..< min(32, data.count)).map { i in
            ImageGridChart.Cell(Self.picture(data, i), caption: [classNames[Self.label(data, i)]])
        }
        let grid = ImageGridChart(title: "Training images", cells: cells, columns: 8)
        events.addImage("images/training", grid.drawing().rendered(scale: 1), step: 0)
    }

    /// What the finished network gets right and wrong, and what it sees.
    func drawResults(
        _ evaluation: Evaluation, model: ImageClassifier, data: Subset<LabeledImages>, step: Int, events: SummaryWriter
    ) throws {
        let confusion = ConfusionMatrixChart(classNames: classNames, counts: evaluation.confusion).drawing()
        try confusion.write(to: folder.picture("confusion-matrix"))
        events.addImage("images/confusion matrix", confusion.rendered(scale: 1), step: step)
        let mistakes = mistakes(evaluation, data)
        try mistakes.write(to: folder.picture("wrong-predictions"))
        events.addImage("images/wrong predictions", mistakes.rendered(scale: 1), step: step)
        let maps = try featureMaps(model, data, sample: 0)
        try maps.write(to: folder.picture("feature-maps"))
        events.addImage("images/feature maps", maps.rendered(scale: 1), step: step)
    }

    /// The mistakes the network was surest of.
    private func mistakes(_ evaluation: Evaluation, _ data: Subset<LabeledImages>) -> Drawing {
        let wrong = evaluation.predictions.enumerated().filter { $0.element.label != $0.element.predicted }
        let surest = wrong.sorted { ($1.element.confidence, $0.offset) < ($0.element.confidence, $1.offset) }.prefix(40)
        let cells = surest.map { i, prediction in
            ImageGridChart.Cell(
                Self.picture(data, i),
                caption: [
                    "is " + classNames[prediction.label],
                    "not " + classNames[prediction.predicted],
                ], captionColor: .ink)
        }
        let share = Double(wrong.count) / Double(max(evaluation.predictions.count, 1))
        let title = "Surest of \(wrong.count) wrong predictions (\(NumberText.percent(share, 1)) of \(evaluation.predictions.count))"
        return ImageGridChart(title: title, cells: cells, columns: 10).drawing()
    }

    /// One picture and the first channels of every convolution's result for it.
    private func featureMaps(_ model: ImageClassifier, _ data: Subset<LabeledImages>, sample: Int) throws -> Drawing {
        let perLayer = 15
        let image = try data[sample].0.unsqueeze(0)
        let layers = noGrad { model.eval().featureMaps(image) }
        var cells: [ImageGridChart.Cell] = []
        for (name, maps) in layers {
            // Each row begins with the picture that it comes from.
            cells.append(.init(Self.picture(data, sample), caption: [name]))
            for channel in 0 ..< min(perLayer, maps.shape[1]) {
                cells.append(.init(Self.shaded(maps[0, channel]), caption: ["\(channel)"]))
            }
        }
        let title = "Feature maps: what three convolutions see in one \(classNames[Self.label(data, sample)].lowercased())"
        var grid = ImageGridChart(title: title, cells: cells, columns: perLayer + 1)
        grid.imageSize = 56
        return grid.drawing()
    }

    // MARK: Pixels

    private static func label(_ data: Subset<LabeledImages>, _ i: Int) -> Int { data.base.labels[data.indices[i]] }

    private static func picture(_ data: Subset<LabeledImages>, _ i: Int) -> Image {
        let pixels = data.base.pixels[data.indices[i]]
        return Image(width: pixels.shape[1], height: pixels.shape[0], channels: 1, pixels: pixels.array())
    }

    /// A map [H, W] in colours, from its least value to its greatest.
    private static func shaded(_ map: Tensor) -> Image {
        let values = map.array(of: Float.self)
        let least = values.min() ?? 0, range = max((values.max() ?? 1) - least, .leastNormalMagnitude)
        let pixels = values.flatMap { value -> [UInt8] in
            let color = ColorScale.viridis(Double((value - least) / range))
            return [color.red, color.green, color.blue].map { UInt8(($0 * 255).rounded()) }
        }
        return Image(width: map.shape[1], height: map.shape[0], channels: 3, pixels: pixels)
    }
}
