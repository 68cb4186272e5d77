import Ember

/// Single operators. Every row has its counterpart of the same name in Benchmarks/peers/torch_rows.py.
let operatorRows: [Row] = [
    Row(name: "add 2x2") {
        let a = Tensor.randn([2, 2]), b = Tensor.randn([2, 2])
        return { a + b }
    },
    Row(name: "add 2x2, recorded") {
        let a = Tensor.randn([2, 2]).requiringGrad(), b = Tensor.randn([2, 2])
        return { a + b }
    },
    Row(name: "chain of 10 on 8, forward+backward") {
        let x = Tensor.randn([8]).requiringGrad()
        return {
            var y = x
            for _ in 0..<5 { y = (y * 1.1).tanh() }
            return gradients(of: y.sum(), with: [x])[0] ?? y
        }
    },
    Row(name: "add 4M", work: 48e6, workUnit: "GB/s") {
        let a = Tensor.randn([4_000_000]), b = Tensor.randn([4_000_000])
        return { a + b }
    },
    Row(name: "exp 4M", work: 32e6, workUnit: "GB/s") {
        let a = Tensor.randn([4_000_000])
        return { a.exp() }
    },
    Row(name: "tanh 4M", work: 32e6, workUnit: "GB/s") {
        let a = Tensor.randn([4_000_000])
        return { a.tanh() }
    },
    Row(name: "add row 4096x1024", work: 32e6, workUnit: "GB/s") {
        let a = Tensor.randn([4096, 1024]), b = Tensor.randn([1024])
        return { a + b }
    },
    Row(name: "sum rows 4096x1024", work: 16e6, workUnit: "GB/s") {
        let a = Tensor.randn([4096, 1024])
        return { a.sum(1) }
    },
    Row(name: "sum columns 4096x1024", work: 16e6, workUnit: "GB/s") {
        let a = Tensor.randn([4096, 1024])
        return { a.sum(0) }
    },
    Row(name: "softmax rows 4096x1024", work: 32e6, workUnit: "GB/s") {
        let a = Tensor.randn([4096, 1024])
        return { a.softmax(-1) }
    },
    Row(name: "matmul 64", work: 2 * 64 * 64 * 64, workUnit: "GFLOP/s") {
        let a = Tensor.randn([64, 64]), b = Tensor.randn([64, 64])
        return { a.matmul(b) }
    },
    Row(name: "matmul 1024", work: 2 * 1024 * 1024 * 1024, workUnit: "GFLOP/s") {
        let a = Tensor.randn([1024, 1024]), b = Tensor.randn([1024, 1024])
        return { a.matmul(b) }
    },
    Row(name: "conv 64→64 3x3 56² b16", work: 2 * 16 * 56 * 56 * 64 * 64 * 9, workUnit: "GFLOP/s") {
        let x = Tensor.randn([16, 64, 56, 56]), w = Tensor.randn([64, 64, 3, 3])
        return { conv2d(x, w, padding: 1) }
    },
]
