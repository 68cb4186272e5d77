import Ember

private let million = 1_000_000
private let pass = Row.Work.bytes(8e6)

/// Special functions of a million float32.
let specialFunctionRows: [Row] = [
    Row("erf 1M", [million], pass) { $0.erf() },
    Row("erfinv 1M", pass) {
        let x = Tensor.rand([million]) * 1.8 - 0.9
        return { x.erfinv() }
    },
    Row("erfcx 1M", [million], pass) { $0.erfcx() },
    Row("ndtr 1M", [million], pass) { $0.ndtr() },
    Row("ndtri 1M", pass) {
        let x = Tensor.rand([million]) * 0.9 + 0.05
        return { x.ndtri() }
    },
    Row("logGamma 1M", [million], pass) { ($0.abs() + 0.5).logGamma() },
    Row("digamma 1M", [million], pass) { ($0.abs() + 0.5).digamma() },
    Row("trigamma 1M", [million], pass) { ($0.abs() + 0.5).polygamma(1) },
    Row("zeta 1M", [million], pass) { ($0.abs() + 1.5).zeta($0.abs() + 0.5) },
    Row("i0 1M", [million], pass) { $0.i0() },
    Row("i1e 1M", [million], pass) { $0.i1e() },
    Row("besselJ0 1M", [million], pass) { ($0 * 5.0).besselJ0() },
    Row("sinc 1M", [million], pass) { $0.sinc() },
    Row("logit 1M", pass) {
        let x = Tensor.rand([million]) * 0.9 + 0.05
        return { x.logit() }
    },
    Row("xlogy 1M", [million], [million], pass) { $0.xlogy($1.abs()) },
    Row("igamma 1M", [million], [million], pass) { ($0.abs() + 0.5).igamma($1.abs()) },
]
