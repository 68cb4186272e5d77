import Ember

/// 100000 numbers in a 10000×10000 matrix, some places twice.
private func matrix(_ size: Int = 10_000) -> SparseTensor {
    SparseTensor(indices: Tensor.randint(0, size, [2, 100_000]), values: Tensor.randn([100_000]), shape: [size, size])
}

/// Sparse tensors in coordinate form.
let sparseRows: [Row] = [
    Row("coalesce 100000") {
        let a = matrix()
        return { a.coalesced().values }
    },
    Row("sparse · dense 10000² · 10000x64", .operations(2 * 100_000 * 64)) {
        let a = matrix().coalesced(), b = Tensor.randn([10_000, 64])
        return { a.matmul(b) }
    },
    Row("sparse · dense, backward") {
        let a = matrix().coalesced(), b = Tensor.randn([10_000, 64]).requiringGrad(), cotangent = Tensor.randn([10_000, 64])
        return { gradients(of: a.matmul(b), with: [b], cotangent: cotangent)[0] ?? b }
    },
    Row("sparse + sparse") {
        let a = matrix().coalesced(), b = matrix().coalesced()
        return { (a + b).coalesced().values }
    },
    Row("sparse sum over rows") {
        let a = matrix().coalesced()
        return { a.sum([0]).toDense() }
    },
    Row("to dense 2000²") {
        let a = matrix(2000).coalesced()
        return { a.toDense() }
    },
    Row("to sparse 2000²") {
        let x = Tensor.randn([2000, 2000]), a = x.maskedFill(x .< 2.0, 0.0)
        return { a.toSparse().values }
    },
]
