import Ember

/// What all windows are given: the number of elements, symmetry and element type.
private func window(_ make: @escaping @Sendable (Arguments, Int, Bool, DType?) throws -> Tensor) -> OperatorCall {
    { arguments in
        let result = try make(
            arguments, try arguments.int(0, "M"), try arguments.bool(nil, "sym", default: true),
            try arguments.optionalDType(nil, "dtype"))
        return .tensor(
            try arguments.bool(nil, "requires_grad", default: false) ? result.requiringGrad() : result)
    }
}

/// Windows for spectra.
let windowCalls: [String: OperatorCall] = [
    "signal.windows.bartlett": window { SignalWindow.bartlett($1, symmetric: $2, dtype: $3) },
    "signal.windows.blackman": window { SignalWindow.blackman($1, symmetric: $2, dtype: $3) },
    "signal.windows.cosine": window { SignalWindow.cosine($1, symmetric: $2, dtype: $3) },
    "signal.windows.exponential": window {
        SignalWindow.exponential(
            $1, center: try $0.optionalDouble(nil, "center"), tau: try $0.double(nil, "tau", default: 1), symmetric: $2,
            dtype: $3)
    },
    "signal.windows.gaussian": window {
        SignalWindow.gaussian($1, std: try $0.double(nil, "std", default: 1), symmetric: $2, dtype: $3)
    },
    "signal.windows.general_cosine": window {
        SignalWindow.generalCosine($1, try $0.doubles(nil, "a"), symmetric: $2, dtype: $3)
    },
    "signal.windows.general_hamming": window {
        SignalWindow.generalHamming($1, alpha: try $0.double(nil, "alpha", default: 0.54), symmetric: $2, dtype: $3)
    },
    "signal.windows.hamming": window { SignalWindow.hamming($1, symmetric: $2, dtype: $3) },
    "signal.windows.hann": window { SignalWindow.hann($1, symmetric: $2, dtype: $3) },
    "signal.windows.kaiser": window {
        SignalWindow.kaiser($1, beta: try $0.double(nil, "beta", default: 12), symmetric: $2, dtype: $3)
    },
    "signal.windows.nuttall": window { SignalWindow.nuttall($1, symmetric: $2, dtype: $3) },
]
