import Ember

/// What decides the course of a training run: a run with the same settings gives the same numbers.
struct TrainingSettings: Equatable {
    var data = DataChoice.fashionMNIST
    var epochs = 6
    var batchSize = 128
    var learningRate = 2e-3
    var seed = 0
    /// Only the first samples of each half, for a quick try; nil takes all.
    var sampleLimit: Int?

    var collection: MNISTCollection { data.collection }

    var json: JSONObject {
        [
            "model": .string(ImageClassifier.name), "data": .string(data.rawValue), "epochs": .integer(epochs),
            "batchSize": .integer(batchSize), "learningRate": .number(learningRate), "seed": .integer(seed),
            "sampleLimit": sampleLimit.map(JSON.integer) ?? .null,
        ]
    }

    init() {}

    init(_ json: StateReader) throws {
        let model = try json.string("model")
        guard model == ImageClassifier.name else {
            throw json.error("is a checkpoint of another model: “\(model)”; expected “\(ImageClassifier.name)”")
        }
        let data = try json.string("data")
        guard let choice = DataChoice(rawValue: data) else { throw json.error("was trained on unknown data: “\(data)”") }
        self.data = choice
        epochs = try json.integer("epochs", in: 1 ... 1_000_000)
        batchSize = try json.integer("batchSize", in: 1 ... 1_000_000)
        learningRate = try json.number("learningRate")
        seed = try json.integer("seed", in: .min ... .max)
        sampleLimit = json.isNull("sampleLimit") ? nil : try json.integer("sampleLimit", in: 1 ... .max)
    }
}

/// The data sets the program knows.
enum DataChoice: String, CaseIterable {
    case fashionMNIST = "fashion-mnist"
    case mnist

    var collection: MNISTCollection {
        switch self {
        case .fashionMNIST: .fashion
        case .mnist: .digits
        }
    }
}
