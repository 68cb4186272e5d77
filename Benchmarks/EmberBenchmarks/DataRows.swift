import Ember

/// Pictures that are cropped, flipped and normalised one by one. Offsets follow from the picture's number, so that both sides do the same.
private struct AugmentedPictures: Dataset {
    let pictures: Tensor
    let mean = Tensor([0.49, 0.48, 0.45]).reshape(3, 1, 1)
    let scale = 1.0 / Tensor([0.25, 0.24, 0.26]).reshape(3, 1, 1)

    var count: Int { pictures.shape[0] }

    subscript(i: Int) -> Tensor {
        let top = i * 7 % 9, left = i * 5 % 9
        var x = pad(pictures[i], [4, 4, 4, 4])[.all, top..<top + 32, left..<left + 32]
        if i % 2 == 1 { x = x.flip([2]) }
        return (x.to(.float32) / 255.0 - mean) * scale
    }
}

/// Loading of data.
let dataRows: [Row] = [
    Row("DataLoader crop, flip, normalise 10000 of 3x32², b128", .items(10_000, unit: "pictures/s")) {
        let data = AugmentedPictures(pictures: Tensor.randint(0, 256, [10_000, 3, 32, 32]).to(.uint8))
        let loader = DataLoader(data, batchSize: 128, workers: threadCount)
        return {
            // What a training loop does with a batch: it looks at it.
            loader.reduce(Tensor(0.0)) { $0 + $1.mean() }
        }
    },
]
