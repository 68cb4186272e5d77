import Ember

private let million = 1_000_000

/// Random numbers; the first call's are compared, which both sides draw from seed 0.
let randomRows: [Row] = [
    Row("rand 1M", .bytes(4e6)) { { Tensor.rand([million]) } },
    Row("randn 1M", .bytes(4e6)) { { Tensor.randn([million]) } },
    Row("randint 1M", .bytes(8e6)) { { Tensor.randint(0, 1000, [million]) } },
    Row("randperm 1M", .bytes(8e6)) { { Tensor.randperm(million) } },
    Row("bernoulli 1M", .bytes(8e6)) {
        let p = Tensor.rand([million])
        return { p.bernoulli() }
    },
    Row("exponential 1M", .bytes(4e6)) { { Tensor.exponential([million]) } },
    Row("poisson 1M", .bytes(8e6)) {
        let rate = Tensor.rand([million]) * 5.0
        return { rate.poisson() }
    },
    Row("multinomial 1000 of 100000") {
        let weights = Tensor.rand([100_000])
        return { weights.multinomial(1000, replacement: true) }
    },
    Row("dropout 4M", [4_000_000], .bytes(32e6)) { dropout($0) },
]
