import Ember

/// What the elements of a tensor are like.
struct TensorStatistics {
    let least: Double
    let greatest: Double
    let mean: Double
    /// The standard deviation, divided by the count.
    let deviation: Double
    let zeros: Int
    /// NaN and infinities, which the numbers above leave out.
    let nonFinite: Int

    /// Nil for a tensor without finite elements.
    init?(_ tensor: Tensor) {
        let values = tensor.to(.float64).flatten()
        let isFinite = values.isFinite()
        nonFinite = values.count - isFinite.sum().item(as: Int.self)
        let finite = nonFinite == 0 ? values : values.maskedSelect(isFinite)
        guard finite.count > 0 else { return nil }
        least = finite.min().item()
        greatest = finite.max().item()
        mean = finite.mean().item()
        deviation = (finite - mean).square().mean().sqrt().item()
        zeros = (finite .== 0).sum().item(as: Int.self)
    }

    var json: JSONObject {
        [
            "min": .number(least), "max": .number(greatest), "mean": .number(mean), "std": .number(deviation), "zeros": .integer(zeros),
            "nonFinite": .integer(nonFinite),
        ]
    }
}
