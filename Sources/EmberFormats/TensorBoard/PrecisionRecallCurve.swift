import EmberTensor

/// How precision and recall of a yes-or-no classifier change with the threshold above which it says yes.
public struct PrecisionRecallCurve: Sendable, Equatable {
    /// At threshold i / (count - 1): yes and right, yes and wrong, no and right, no and wrong.
    public var truePositives: [Double]
    public var falsePositives: [Double]
    public var trueNegatives: [Double]
    public var falseNegatives: [Double]
    public var precision: [Double]
    public var recall: [Double]

    /// A curve that was computed elsewhere; all lists have one length.
    public init(
        truePositives: [Double], falsePositives: [Double], trueNegatives: [Double], falseNegatives: [Double], precision: [Double],
        recall: [Double]
    ) {
        self.truePositives = truePositives
        self.falsePositives = falsePositives
        self.trueNegatives = trueNegatives
        self.falseNegatives = falseNegatives
        self.precision = precision
        self.recall = recall
    }

    /// The curve of predictions.
    /// - Parameters:
    ///   - labels: whether each sample is positive: 0 or 1.
    ///   - predictions: the probability given to that, 0 to 1. Others are left out, as NumPy's histogram does for PyTorch.
    ///   - weights: how much each sample counts; 1 unless given.
    ///   - thresholds: at least 2.
    public init(labels: [Double], predictions: [Double], weights: [Double]? = nil, thresholds: Int = 127) {
        precondition(thresholds >= 2, "a curve needs at least two thresholds, not \(thresholds)")
        precondition(
            labels.count == predictions.count && (weights?.count ?? labels.count) == labels.count,
            "\(labels.count) labels, \(predictions.count) predictions and \(weights?.count ?? labels.count) weights do not go together")
        var positives = [Double](repeating: 0, count: thresholds), negatives = positives
        for (i, prediction) in predictions.enumerated() {
            let position = (prediction * Double(thresholds - 1)).rounded(.down)
            guard position >= 0, position <= Double(thresholds - 1) else { continue }
            let weight = weights?[i] ?? 1
            positives[Int(position)] += labels[i] * weight
            negatives[Int(position)] += (1 - labels[i]) * weight
        }
        // What lies at or above a threshold is a yes.
        for i in (0 ..< thresholds - 1).reversed() {
            positives[i] += positives[i + 1]
            negatives[i] += negatives[i + 1]
        }
        let (allPositive, allNegative) = (positives[0], negatives[0])
        self.init(
            truePositives: positives, falsePositives: negatives, trueNegatives: negatives.map { allNegative - $0 },
            falseNegatives: positives.map { allPositive - $0 },
            precision: zip(positives, negatives).map { $0 / max(1e-7, $0 + $1) },
            recall: positives.map { $0 / max(1e-7, $0 + (allPositive - $0)) })
    }
}

extension SummaryWriter {
    /// Logs how precision and recall change with the threshold. PyTorch: `SummaryWriter.add_pr_curve`.
    /// - Parameters:
    ///   - labels: whether each sample is positive: 0 or 1 (or booleans).
    ///   - predictions: the probability given to that; as many as labels.
    public func addPRCurve(
        _ tag: String, labels: Tensor, predictions: Tensor, step: Int, thresholds: Int = 127, weights: Tensor? = nil,
        wallTime: Double? = nil
    ) {
        guard labels.count == predictions.count, (weights?.count ?? labels.count) == labels.count, thresholds >= 2 else {
            TensorError("needs as many labels as predictions and weights, and at least two thresholds (\(thresholds) given)")
                .report(in: "SummaryWriter.addPRCurve", operands: [labels, predictions] + (weights.map { [$0] } ?? []))
            return
        }
        let curve = PrecisionRecallCurve(
            labels: labels.array(), predictions: predictions.array(), weights: weights?.array(), thresholds: thresholds)
        addPRCurve(tag, curve, step: step, wallTime: wallTime)
    }

    /// Logs a curve that is there already. PyTorch: `SummaryWriter.add_pr_curve_raw`.
    public func addPRCurve(_ tag: String, _ curve: PrecisionRecallCurve, step: Int, wallTime: Double? = nil) {
        let rows = [
            curve.truePositives, curve.falsePositives, curve.trueNegatives, curve.falseNegatives, curve.precision, curve.recall,
        ]
        let thresholds = curve.truePositives.count
        precondition(rows.allSatisfy { $0.count == thresholds }, "the six lists of a precision-recall curve have one length")
        // PrCurvePluginData of tensorboard/plugins/pr_curve/plugin_data.proto; the version, 0, is left out.
        var data = ProtobufWriter()
        data.integer(2, thresholds)
        let content = PluginSummary.Content.numbers(rows.joined().map(Float.init), shape: [rows.count, thresholds])
        add(tag, .plugin(PluginSummary("pr_curves", data: data.bytes, content: content)), step, wallTime)
    }
}
