import Ember
import Foundation

/// A network from a checkpoint, with what is needed to use it.
struct TrainedModel {
    let model: ImageClassifier
    let settings: TrainingSettings
    /// The file it was read from.
    let path: String

    /// - Parameter place: a run folder or a checkpoint; nil takes the newest run in `runs`.
    init(_ place: String?) throws {
        path = try RunFolder.checkpointPath(place)
        let checkpoint = try TrainingCheckpoint(path: path)
        settings = checkpoint.settings
        model = ImageClassifier(classes: settings.collection.classNames.count)
        try checkpoint.loadWeights(into: model)
        model.eval()
    }
}
