import Ember

private func square(_ n: Int) -> Row {
    Row("matmul \(n)", [n, n], [n, n], .operations(2 * Double(n * n * n))) { $0.matmul($1) }
}

/// Matrix products.
let matrixRows: [Row] = [64, 128, 256, 512, 1024, 2048].map(square) + [
    Row("matmul tall 8192x64 · 64x64", [8192, 64], [64, 64], .operations(2 * 8192 * 64 * 64)) { $0.matmul($1) },
    Row("matmul flat 64x8192 · 8192x64", [64, 8192], [8192, 64], .operations(2 * 8192 * 64 * 64)) { $0.matmul($1) },
    Row("matmul transposed 1024", [1024, 1024], [1024, 1024], .operations(2 * 1024 * 1024 * 1024)) { $0.T.matmul($1.T) },
    Row("matmul batched 32x128²", [32, 128, 128], [32, 128, 128], .operations(2 * 32 * 128 * 128 * 128)) { $0.matmul($1) },
    Row("matmul batched 4096x4²", [4096, 4, 4], [4096, 4, 4], .operations(2 * 4096 * 64)) { $0.matmul($1) },
    Row("matmul float64 1024", .operations(2 * 1024 * 1024 * 1024)) {
        let a = Tensor.randn([1024, 1024], dtype: .float64), b = Tensor.randn([1024, 1024], dtype: .float64)
        return { a.matmul(b) }
    },
    Row("matmul int64 256", .operations(2 * 256 * 256 * 256)) {
        let a = Tensor.randint(0, 100, [256, 256]), b = Tensor.randint(0, 100, [256, 256])
        return { a.matmul(b) }
    },
    Row("matrix-vector 4096", [4096, 4096], [4096], .bytes(67e6)) { $0.mv($1) },
    Row("dot 4M", [4_000_000], [4_000_000], .bytes(32e6)) { $0.dot($1) },
    Row("outer 2048", [2048], [2048], .bytes(16.8e6)) { $0.outer($1) },
    Row("linear + bias 64x1024 → 1024", .operations(2 * 64 * 1024 * 1024)) {
        let x = Tensor.randn([64, 1024]), w = Tensor.randn([1024, 1024]), b = Tensor.randn([1024])
        return { linear(x, w, bias: b) }
    },
    Row("linear + bias + relu 64x1024 → 1024", .operations(2 * 64 * 1024 * 1024)) {
        let x = Tensor.randn([64, 1024]), w = Tensor.randn([1024, 1024]), b = Tensor.randn([1024])
        return { relu(linear(x, w, bias: b)) }
    },
    Row("linear forward+backward 64x1024 → 1024", .operations(6 * 64 * 1024 * 1024)) {
        let x = Tensor.randn([64, 1024]).requiringGrad(), w = Tensor.randn([1024, 1024]).requiringGrad()
        let cotangent = Tensor.randn([64, 1024])
        return { gradients(of: linear(x, w), with: [x, w], cotangent: cotangent)[1] ?? w }
    },
    Row("einsum bhqd,bhkd->bhqk", [8, 8, 128, 64], [8, 8, 128, 64], .operations(2 * 8 * 8 * 128 * 128 * 64)) {
        einsum("bhqd,bhkd->bhqk", $0, $1)
    },
    Row("cdist 1000x1000 of 64", [1000, 64], [1000, 64], .operations(2 * 64e6)) { $0.cdist($1) },
]
