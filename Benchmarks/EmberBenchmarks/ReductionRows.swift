import Ember

private let matrix = [4096, 1024]
private let once = Row.Work.bytes(16e6)

/// Reductions and scans over the rows and over the columns of 4096×1024, and over everything.
let reductionRows: [Row] = [
    Row("sum all 4096x1024", matrix, once) { $0.sum() },
    Row("sum rows 4096x1024", matrix, once) { $0.sum(1) },
    Row("sum columns 4096x1024", matrix, once) { $0.sum(0) },
    Row("mean rows 4096x1024", matrix, once) { $0.mean(1) },
    Row("mean columns 4096x1024", matrix, once) { $0.mean(0) },
    Row("max rows 4096x1024", matrix, once) { $0.max(1).values },
    Row("max columns 4096x1024", matrix, once) { $0.max(0).values },
    Row("amax all 4096x1024", matrix, once) { $0.amax() },
    Row("argmax rows 4096x1024", matrix, once) { $0.argmax(1) },
    Row("argmax columns 4096x1024", matrix, once) { $0.argmax(0) },
    Row("var rows 4096x1024", matrix, once) { $0.var(1) },
    Row("var columns 4096x1024", matrix, once) { $0.var(0) },
    Row("prod rows 4096x1024", matrix, once) { ($0 * 0.01 + 1.0).prod(1) },
    Row("norm rows 4096x1024", matrix, once) { $0.vectorNorm(2, [1]) },
    Row("logsumexp rows 4096x1024", matrix, once) { $0.logSumExp(1) },
    Row("any rows 4096x1024", .bytes(4e6)) {
        let x = Tensor.randn(matrix) .> 4.0
        return { x.any(1) }
    },
    Row("count nonzero 4096x1024", matrix, once) { $0.countNonzero() },
    Row("sum int64 4M", .bytes(32e6)) {
        let x = Tensor.randint(0, 100, [4_000_000])
        return { x.sum() }
    },
    Row("sum transposed 4096x1024", matrix, once) { $0.T.sum(1) },
    Row("sum middle 64x256x256", [64, 256, 256], once) { $0.sum(1) },
    Row("cumsum rows 4096x1024", matrix, .bytes(32e6)) { $0.cumsum(1) },
    Row("cumsum columns 4096x1024", matrix, .bytes(32e6)) { $0.cumsum(0) },
    Row("cumprod rows 4096x1024", matrix, .bytes(32e6)) { ($0 * 0.01 + 1.0).cumprod(1) },
    Row("cummax rows 4096x1024", matrix, .bytes(64e6)) { $0.cummax(1).values },
    Row("logcumsumexp rows 4096x1024", matrix, .bytes(32e6)) { $0.logCumSumExp(1) },
]
