import Ember

private func reduction(_ arguments: Arguments) throws -> Reduction {
    try arguments.choice(nil, "reduction", default: .mean)
}

/// A loss of two tensors.
private func loss<Loss: Module>(
    _ build: @escaping @Sendable (Arguments) throws -> Loss,
    _ call: @escaping @Sendable (Loss, Tensor, Tensor) -> Tensor
) -> ModuleCall {
    { construction in
        let module = try build(construction)
        return BuiltModule(module: module) {
            .tensor(call(module, try $0.tensor(0, "input"), try $0.tensor(1, "target")))
        }
    }
}

/// A loss of three tensors.
private func ternaryLoss<Loss: Module>(
    _ build: @escaping @Sendable (Arguments) throws -> Loss,
    _ call: @escaping @Sendable (Loss, Tensor, Tensor, Tensor) -> Tensor
) -> ModuleCall {
    { construction in
        let module = try build(construction)
        return BuiltModule(module: module) {
            .tensor(call(module, try $0.tensor(0, "input1"), try $0.tensor(1, "input2"), try $0.tensor(2, "target")))
        }
    }
}

/// The lengths of sequences: numbers or a tensor of them.
private func lengths(_ arguments: Arguments, _ position: Int, _ name: String) throws -> [Int] {
    if case .tensor(let tensor) = arguments.value(position, name) { return tensor.array() }
    return try arguments.ints(position, name)
}

/// Losses as modules.
let lossModules: [String: ModuleCall] = [
    "MSELoss": loss({ MSELoss(reduction: try reduction($0)) }, { $0($1, $2) }),
    "L1Loss": loss({ L1Loss(reduction: try reduction($0)) }, { $0($1, $2) }),
    "SmoothL1Loss": loss(
        { SmoothL1Loss(reduction: try reduction($0), beta: try $0.double(nil, "beta", default: 1)) }, { $0($1, $2) }),
    "HuberLoss": loss(
        { HuberLoss(reduction: try reduction($0), delta: try $0.double(nil, "delta", default: 1)) }, { $0($1, $2) }),
    "PoissonNLLLoss": loss(
        {
            PoissonNLLLoss(
                logInput: try $0.bool(0, "log_input", default: true), full: try $0.bool(1, "full", default: false),
                eps: try $0.double(nil, "eps", default: 1e-8), reduction: try reduction($0))
        }, { $0($1, $2) }),
    "GaussianNLLLoss": ternaryLoss(
        {
            GaussianNLLLoss(
                full: try $0.bool(nil, "full", default: false), eps: try $0.double(nil, "eps", default: 1e-6),
                reduction: try reduction($0))
        }, { $0($1, $2, $3) }),
    "BCELoss": loss(
        { BCELoss(weight: try $0.optionalTensor(0, "weight"), reduction: try reduction($0)) }, { $0($1, $2) }),
    "BCEWithLogitsLoss": loss(
        {
            BCEWithLogitsLoss(
                weight: try $0.optionalTensor(0, "weight"), posWeight: try $0.optionalTensor(nil, "pos_weight"),
                reduction: try reduction($0))
        }, { $0($1, $2) }),
    "KLDivLoss": loss(
        { (arguments: Arguments) throws -> KLDivLoss in
            let text = try arguments.string(nil, "reduction", default: "mean")
            guard let reduction = KLDivergenceReduction(rawValue: text == "batchmean" ? "batchMean" : text) else {
                throw IllTyped("KLDivLoss: no reduction \(text)")
            }
            return KLDivLoss(reduction: reduction, logTarget: try arguments.bool(nil, "log_target", default: false))
        }, { $0($1, $2) }),
    "SoftMarginLoss": loss({ SoftMarginLoss(reduction: try reduction($0)) }, { $0($1, $2) }),
    "MultiLabelMarginLoss": loss({ MultiLabelMarginLoss(reduction: try reduction($0)) }, { $0($1, $2) }),
    "MultiLabelSoftMarginLoss": loss(
        { MultiLabelSoftMarginLoss(weight: try $0.optionalTensor(0, "weight"), reduction: try reduction($0)) },
        { $0($1, $2) }),
    "MultiMarginLoss": loss(
        {
            MultiMarginLoss(
                p: try $0.int(0, "p", default: 1), margin: try $0.double(1, "margin", default: 1),
                weight: try $0.optionalTensor(2, "weight"), reduction: try reduction($0))
        }, { $0($1, $2) }),
    "HingeEmbeddingLoss": loss(
        { HingeEmbeddingLoss(margin: try $0.double(0, "margin", default: 1), reduction: try reduction($0)) },
        { $0($1, $2) }),
    "CosineEmbeddingLoss": ternaryLoss(
        { CosineEmbeddingLoss(margin: try $0.double(0, "margin", default: 0), reduction: try reduction($0)) },
        { $0($1, $2, $3) }),
    "MarginRankingLoss": ternaryLoss(
        { MarginRankingLoss(margin: try $0.double(0, "margin", default: 0), reduction: try reduction($0)) },
        { $0($1, $2, $3) }),
    "TripletMarginLoss": ternaryLoss(
        {
            TripletMarginLoss(
                margin: try $0.double(0, "margin", default: 1), p: try $0.double(1, "p", default: 2),
                eps: try $0.double(2, "eps", default: 1e-6),
                swap: try $0.bool(3, "swap", default: false), reduction: try reduction($0))
        }, { $0($1, $2, $3) }),
    "CrossEntropyLoss": loss(
        {
            CrossEntropyLoss(
                weight: try $0.optionalTensor(0, "weight"), ignoreIndex: try $0.int(nil, "ignore_index", default: -100),
                reduction: try reduction($0),
                labelSmoothing: try $0.double(nil, "label_smoothing", default: 0))
        }, { $0($1, $2) }),
    "CTCLoss": { construction in
        let module = CTCLoss(
            blank: try construction.int(0, "blank", default: 0),
            reduction: try construction.choice(1, "reduction", default: .mean),
            zeroInfinity: try construction.bool(2, "zero_infinity", default: false))
        return BuiltModule(module: module) {
            .tensor(
                module(
                    try $0.tensor(0, "log_probs"), try $0.tensor(1, "targets"),
                    inputLengths: try lengths($0, 2, "input_lengths"),
                    targetLengths: try lengths($0, 3, "target_lengths")))
        }
    },
    "NLLLoss": loss(
        {
            NLLLoss(
                weight: try $0.optionalTensor(0, "weight"), ignoreIndex: try $0.int(nil, "ignore_index", default: -100),
                reduction: try reduction($0))
        }, { $0($1, $2) }),
    "LinearCrossEntropyLoss": loss(
        { (arguments: Arguments) throws -> LinearCrossEntropyLoss in
            // How the computation is cut into chunks does not change it.
            arguments.ignore("options")
            return LinearCrossEntropyLoss(
                try arguments.int(0, "in_features"), try arguments.int(1, "num_classes"),
                outFeatures: try arguments.ints(2, "out_features", default: []),
                bias: try arguments.bool(nil, "bias", default: false),
                weight: try arguments.optionalTensor(nil, "weight"),
                ignoreIndex: try arguments.optionalInt(nil, "ignore_index"), reduction: try reduction(arguments),
                labelSmoothing: try arguments.double(nil, "label_smoothing", default: 0),
                dtype: try arguments.optionalDType(nil, "dtype"))
        }, { $0($1, $2) }),
]
