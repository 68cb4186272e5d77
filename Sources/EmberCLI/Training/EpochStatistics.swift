import Ember

/// Sums over the samples seen so far, from which means come.
struct RunningStatistics: Equatable {
    var lossSum = 0.0
    var correct = 0
    var samples = 0

    var loss: Double { samples == 0 ? .nan : lossSum / Double(samples) }
    var accuracy: Double { samples == 0 ? .nan : Double(correct) / Double(samples) }

    /// Adds a batch: its mean loss and its scores against the labels.
    mutating func add(loss: Tensor, scores: Tensor, labels: Tensor) {
        let count = labels.count
        lossSum += loss.item() * Double(count)
        correct += (scores.detach().argmax(1) .== labels).sum().item(as: Int.self)
        samples += count
    }
}

/// One row of the table and of `metrics.csv`.
struct EpochStatistics: Equatable {
    var epoch: Int
    var train: (loss: Double, accuracy: Double)
    var test: (loss: Double, accuracy: Double)
    /// Training and testing, without what happened between interruption and resumption.
    var seconds: Double

    static let columns = ["epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds"]

    static func == (a: EpochStatistics, b: EpochStatistics) -> Bool {
        a.epoch == b.epoch && a.train == b.train && a.test == b.test && a.seconds == b.seconds
    }

    var fields: [CSVWriter.Field] {
        [
            .integer(epoch), .decimal(train.loss, places: 6), .decimal(train.accuracy, places: 6), .decimal(test.loss, places: 6),
            .decimal(test.accuracy, places: 6), .decimal(seconds, places: 3),
        ]
    }

    var json: JSONObject {
        [
            "epoch": .integer(epoch), "trainLoss": .number(train.loss), "trainAccuracy": .number(train.accuracy),
            "testLoss": .number(test.loss), "testAccuracy": .number(test.accuracy), "seconds": .number(seconds),
        ]
    }

    init(epoch: Int, train: RunningStatistics, test: RunningStatistics, seconds: Double) {
        self.epoch = epoch
        self.train = (train.loss, train.accuracy)
        self.test = (test.loss, test.accuracy)
        self.seconds = seconds
    }

    init(_ json: StateReader) throws {
        epoch = try json.integer("epoch", in: 1 ... .max)
        train = (try json.number("trainLoss"), try json.number("trainAccuracy"))
        test = (try json.number("testLoss"), try json.number("testAccuracy"))
        seconds = try json.number("seconds")
    }
}
