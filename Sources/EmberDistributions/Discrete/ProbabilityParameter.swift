import EmberTensor

/// The probabilities of a discrete family, given as such or as logits: log-odds of an event, or unnormalised log-probabilities of
/// categories.
struct ProbabilityParameter: Sendable {
    enum Given: Sendable {
        case probs(Tensor)
        case logits(Tensor)
    }

    private let source: Given
    /// Whether the last dimension lists categories.
    private let isCategorical: Bool

    static func probs(_ value: Tensor, categorical: Bool = false) -> ProbabilityParameter {
        .init(source: .probs(value), isCategorical: categorical)
    }
    static func logits(_ value: Tensor, categorical: Bool = false) -> ProbabilityParameter {
        .init(source: .logits(value), isCategorical: categorical)
    }

    /// The tensor that was given.
    var given: Tensor {
        switch source {
        case .probs(let value), .logits(let value): value
        }
    }

    /// Probabilities.
    var probs: Tensor {
        switch source {
        case .probs(let value): value
        case .logits(let value): isCategorical ? value.softmax(-1) : value.sigmoid()
        }
    }

    /// 1 - ``probs`` of an event, exact where it is small.
    var complement: Tensor {
        switch source {
        case .probs(let value): 1 - value
        case .logits(let value): (-value).sigmoid()
        }
    }

    /// Log-odds, or normalised log-probabilities of categories. Probabilities of 0 and 1 count as one step from there.
    var logits: Tensor {
        switch source {
        case .logits(let value): return value
        case .probs(let value):
            let inside = value.clampedToOpenUnitInterval()
            return isCategorical ? inside.log() : inside.log() - (-inside).log1p()
        }
    }

    /// The same with another tensor in place of the given one.
    func map(_ transform: (Tensor) -> Tensor) -> ProbabilityParameter {
        switch source {
        case .probs(let value): .init(source: .probs(transform(value)), isCategorical: isCategorical)
        case .logits(let value): .init(source: .logits(transform(value)), isCategorical: isCategorical)
        }
    }
}
