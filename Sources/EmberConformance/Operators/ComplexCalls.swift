import Ember

/// Complex numbers and their parts.
let complexCalls: [String: OperatorCall] = [
    "complex": { .tensor(.complex(try $0.tensor(0, "real"), try $0.tensor(1, "imag"))) },
    "polar": { .tensor(.polar(try $0.tensor(0, "abs"), try $0.tensor(1, "angle"))) },
    "real": unary { $0.real }, "imag": unary { $0.imag }, "angle": unary { $0.angle() }, "conj": unary { $0.conj() },
    "conj_physical": unary { $0.conj() }, "resolve_conj": unary { $0 }, "resolve_neg": unary { $0 },
    "view_as_real": unary { $0.viewAsReal() }, "view_as_complex": unary { $0.viewAsComplex() },
    "cfloat": unary { $0.cfloat() }, "cdouble": unary { $0.cdouble() },
]
