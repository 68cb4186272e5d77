import Ember

private let pass = Row.Work.bytes(16e6)

private func unary(_ name: String, _ call: @escaping @Sendable (Tensor) -> Tensor) -> Row {
    Row("\(name) complex64 1M", pass) {
        let x = Tensor.randn([1_000_000], dtype: .complex64)
        return { call(x) }
    }
}

private func binary(_ name: String, _ call: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Row {
    Row("\(name) complex64 1M", .bytes(24e6)) {
        let x = Tensor.randn([1_000_000], dtype: .complex64), y = Tensor.randn([1_000_000], dtype: .complex64)
        return { call(x, y) }
    }
}

/// Complex numbers.
let complexRows: [Row] = [
    binary("add") { $0 + $1 },
    binary("multiply") { $0 * $1 },
    binary("divide") { $0 / $1 },
    unary("abs") { $0.abs() },
    unary("angle") { $0.angle() },
    unary("exp") { $0.exp() },
    unary("log") { $0.log() },
    unary("sqrt") { $0.sqrt() },
    unary("conjugate product") { $0 * $0.conj() },
    unary("sum") { $0.sum() },
    Row("polar 1M", [1_000_000], [1_000_000], pass) { Tensor.polar($0.abs(), $1) },
    Row("matmul complex64 512", .operations(8 * 512 * 512 * 512)) {
        let a = Tensor.randn([512, 512], dtype: .complex64), b = Tensor.randn([512, 512], dtype: .complex64)
        return { a.matmul(b) }
    },
    Row("solve complex64 256", tolerance: 1e-2) {
        let a = Tensor.randn([256, 256], dtype: .complex64) + Tensor.eye(256) * 256.0, b = Tensor.randn([256, 16], dtype: .complex64)
        return { a.solve(b) }
    },
]
