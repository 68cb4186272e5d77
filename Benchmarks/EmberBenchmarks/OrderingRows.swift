import Ember

private let million = 1_000_000

/// Sorting, selecting, searching and counting.
let orderingRows: [Row] = [
    Row("sort 1M", [million]) { $0.sort().values },
    Row("sort rows 1024²", [1024, 1024]) { $0.sort(1).values },
    Row("sort columns 1024²", [1024, 1024]) { $0.sort(0).values },
    Row("argsort stable 1M", [million]) { $0.argsort(0, stable: true) },
    Row("sort int64 1M") {
        let x = Tensor.randint(0, million, [million])
        return { x.sort().values }
    },
    Row("topk 100 of 1M", [million]) { $0.topk(100).values },
    Row("topk 10 rows 1024²", [1024, 1024]) { $0.topk(10).values },
    Row("kthvalue rows 1024²", [1024, 1024]) { $0.kthvalue(300).values },
    Row("median 1M", [million]) { $0.median() },
    Row("quantile rows 1024²", [1024, 1024]) { $0.quantile(0.3, 1) },
    Row("mode rows 1024²") {
        let x = Tensor.randint(0, 100, [1024, 1024])
        return { x.mode(1).values }
    },
    Row("unique 1M of 10000") {
        let x = Tensor.randint(0, 10_000, [million])
        return { x.unique().values }
    },
    Row("unique 1M floats", [million]) { $0.unique().values },
    Row("searchsorted 1M in 100000") {
        let edges = Tensor.randn([100_000]).sort().values, x = Tensor.randn([million])
        return { edges.searchsorted(x) }
    },
    Row("isin 1M of 1000") {
        let x = Tensor.randint(0, 10_000, [million]), wanted = Tensor.randint(0, 10_000, [1000])
        return { x.isin(wanted) }
    },
    Row("bincount 1M") {
        let x = Tensor.randint(0, 1000, [million])
        return { x.bincount() }
    },
    Row("histc 1M", [million]) { $0.histc(bins: 100, min: -3, max: 3) },
]
