import Ember

/// Activations as layers. `inplace` changes nothing where tensors are values.
let activationModules: [String: ModuleCall] = [
    "ReLU": simple { ReLU() }, "ReLU6": simple { ReLU6() }, "SELU": simple { SELU() }, "SiLU": simple { SiLU() },
    "Mish": simple { Mish() },
    "Sigmoid": simple { Sigmoid() }, "Tanh": simple { Tanh() }, "LogSigmoid": simple { LogSigmoid() },
    "Softsign": simple { Softsign() },
    "Tanhshrink": simple { Tanhshrink() }, "Hardsigmoid": simple { Hardsigmoid() }, "Hardswish": simple { Hardswish() },
    "Softmax2d": simple { Softmax2d() },
    "LeakyReLU": layer {
        $0.ignore("inplace"); return LeakyReLU(try $0.double(0, "negative_slope", default: 0.01))
    },
    "ELU": layer {
        $0.ignore("inplace"); return ELU(alpha: try $0.double(0, "alpha", default: 1))
    },
    "CELU": layer {
        $0.ignore("inplace"); return CELU(alpha: try $0.double(0, "alpha", default: 1))
    },
    "PReLU": layer {
        PReLU(try $0.int(0, "num_parameters", default: 1), initial: try $0.double(1, "init", default: 0.25))
    },
    "RReLU": layer {
        $0.ignore("inplace");
        return RReLU(try $0.double(0, "lower", default: 1.0 / 8), try $0.double(1, "upper", default: 1.0 / 3))
    },
    "GELU": layer { GELU(approximate: try $0.choice(0, "approximate", default: GELUApproximation.none)) },
    "GLU": layer { GLU(dim: try $0.int(0, "dim", default: -1)) },
    "Softplus": layer {
        Softplus(beta: try $0.double(0, "beta", default: 1), threshold: try $0.double(1, "threshold", default: 20))
    },
    "Softshrink": layer { Softshrink(try $0.double(0, "lambd", default: 0.5)) },
    "Hardshrink": layer { Hardshrink(try $0.double(0, "lambd", default: 0.5)) },
    "Hardtanh": layer {
        $0.ignore("inplace");
        return Hardtanh(min: try $0.double(0, "min_val", default: -1), max: try $0.double(1, "max_val", default: 1))
    },
    "Threshold": layer {
        $0.ignore("inplace"); return Threshold(try $0.double(0, "threshold"), try $0.double(1, "value"))
    },
    "Softmax": layer { Softmax(dim: try $0.int(0, "dim")) }, "Softmin": layer { Softmin(dim: try $0.int(0, "dim")) },
    "LogSoftmax": layer { LogSoftmax(dim: try $0.int(0, "dim")) },
]

private func simple(_ build: @escaping @Sendable () -> any Layer) -> ModuleCall {
    layer { construction in
        construction.ignore("inplace")
        return build()
    }
}
