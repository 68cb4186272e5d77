import Ember

/// Activations and losses of classification.
let activationCalls: [String: OperatorCall] = [
    "F.relu": plain { relu($0) }, "F.relu6": plain { relu6($0) }, "F.selu": plain { selu($0) },
    "F.silu": plain { silu($0) }, "F.mish": plain { mish($0) },
    "F.logsigmoid": plain { logSigmoid($0) }, "F.softsign": plain { softsign($0) },
    "F.tanhshrink": plain { tanhshrink($0) },
    "F.hardsigmoid": plain { hardsigmoid($0) }, "F.hardswish": plain { hardswish($0) },
    "F.leaky_relu": { arguments in
        arguments.ignore("inplace")
        return .tensor(
            leakyReLU(
                try arguments.tensor(0, "input"),
                negativeSlope: try arguments.double(1, "negative_slope", default: 0.01)))
    },
    "F.elu": { arguments in
        arguments.ignore("inplace")
        return .tensor(elu(try arguments.tensor(0, "input"), alpha: try arguments.double(1, "alpha", default: 1)))
    },
    "F.celu": { arguments in
        arguments.ignore("inplace")
        return .tensor(celu(try arguments.tensor(0, "input"), alpha: try arguments.double(1, "alpha", default: 1)))
    },
    "F.gelu": {
        .tensor(
            gelu(
                try $0.tensor(0, "input"),
                approximate: try $0.choice(nil, "approximate", default: GELUApproximation.none)))
    },
    "F.softplus": {
        .tensor(
            softplus(
                try $0.tensor(0, "input"), beta: try $0.double(1, "beta", default: 1),
                threshold: try $0.double(2, "threshold", default: 20)))
    },
    "F.softshrink": { .tensor(softshrink(try $0.tensor(0, "input"), lambda: try $0.double(1, "lambd", default: 0.5))) },
    "F.hardshrink": { .tensor(hardshrink(try $0.tensor(0, "input"), lambda: try $0.double(1, "lambd", default: 0.5))) },
    "F.hardtanh": { arguments in
        arguments.ignore("inplace")
        return .tensor(
            hardtanh(
                try arguments.tensor(0, "input"), min: try arguments.double(1, "min_val", default: -1),
                max: try arguments.double(2, "max_val", default: 1)))
    },
    "F.threshold": { arguments in
        arguments.ignore("inplace")
        return .tensor(
            threshold(
                try arguments.tensor(0, "input"), try arguments.double(1, "threshold"), try arguments.double(2, "value")
            ))
    },
    "F.prelu": { .tensor(prelu(try $0.tensor(0, "input"), try $0.tensor(1, "weight"))) },
    "F.rrelu": { arguments in
        arguments.ignore("inplace")
        return .tensor(
            rrelu(
                try arguments.tensor(0, "input"), lower: try arguments.double(1, "lower", default: 1.0 / 8),
                upper: try arguments.double(2, "upper", default: 1.0 / 3),
                training: try arguments.bool(3, "training", default: false)))
    },
    "F.glu": { .tensor(glu(try $0.tensor(0, "input"), dim: try $0.int(1, "dim", default: -1))) },
    "F.cross_entropy": { arguments in
        .tensor(
            crossEntropy(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                weight: try arguments.optionalTensor(2, "weight"),
                ignoreIndex: try arguments.int(nil, "ignore_index", default: -100),
                reduction: try arguments.choice(nil, "reduction", default: Reduction.mean),
                labelSmoothing: try arguments.double(nil, "label_smoothing", default: 0)))
    },
    "F.nll_loss": { arguments in
        .tensor(
            nllLoss(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "target"),
                weight: try arguments.optionalTensor(2, "weight"),
                ignoreIndex: try arguments.int(nil, "ignore_index", default: -100),
                reduction: try arguments.choice(nil, "reduction", default: Reduction.mean)))
    },
]

/// A function of one tensor; `inplace` changes nothing where tensors are values.
private func plain(_ function: @escaping @Sendable (Tensor) -> Tensor) -> OperatorCall {
    { arguments in
        arguments.ignore("inplace")
        return .tensor(function(try arguments.tensor(0, "input")))
    }
}
