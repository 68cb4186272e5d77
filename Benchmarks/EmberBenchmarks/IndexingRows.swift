import Ember

private let million = 1_000_000

/// Gathering, scattering, masking and embedding.
let indexingRows: [Row] = [
    Row("gather columns 1024²", .bytes(16e6)) {
        let x = Tensor.randn([1024, 1024]), index = Tensor.randint(0, 1024, [1024, 1024])
        return { x.gather(1, index) }
    },
    Row("gather rows 1024²", .bytes(16e6)) {
        let x = Tensor.randn([1024, 1024]), index = Tensor.randint(0, 1024, [1024, 1024])
        return { x.gather(0, index) }
    },
    Row("take 1M", .bytes(16e6)) {
        let x = Tensor.randn([million]), index = Tensor.randint(0, million, [million])
        return { x.take(index) }
    },
    Row("scatterAdd columns 1024²") {
        let x = Tensor.randn([1024, 1024]), index = Tensor.randint(0, 1024, [1024, 1024]), source = Tensor.randn([1024, 1024])
        return { x.scatterAdd(1, index, source) }
    },
    Row("scatterAdd 1M into 1000") {
        let x = Tensor.zeros([1000]), index = Tensor.randint(0, 1000, [million]), source = Tensor.randn([million])
        return { x.scatterAdd(0, index, source) }
    },
    Row("indexSelect 8192 rows of 256", .bytes(16e6)) {
        let x = Tensor.randn([20_000, 256]), index = Tensor.randint(0, 20_000, [8192])
        return { x.indexSelect(0, index) }
    },
    Row("index 1M pairs", .bytes(24e6)) {
        let x = Tensor.randn([1024, 1024]), i = Tensor.randint(0, 1024, [million]), j = Tensor.randint(0, 1024, [million])
        return { x[i, j] }
    },
    Row("indexPut accumulate 1M pairs") {
        let x = Tensor.zeros([1024, 1024]), values = Tensor.randn([million])
        let i = Tensor.randint(0, 1024, [million]), j = Tensor.randint(0, 1024, [million])
        return { x.indexPut([i, j], values, accumulate: true) }
    },
    Row("indexAdd 8192 rows of 256") {
        let x = Tensor.zeros([20_000, 256]), index = Tensor.randint(0, 20_000, [8192]), source = Tensor.randn([8192, 256])
        return { x.indexAdd(0, index, source) }
    },
    Row("embedding 8192 of 50000x256", .bytes(16e6)) {
        let weight = Tensor.randn([50_000, 256]), index = Tensor.randint(0, 50_000, [8192])
        return { embedding(index, weight) }
    },
    Row("embedding 8192 of 5000x256, backward") {
        let weight = Tensor.randn([5000, 256]).requiringGrad(), index = Tensor.randint(0, 5000, [8192])
        let cotangent = Tensor.randn([8192, 256])
        return { gradients(of: embedding(index, weight), with: [weight], cotangent: cotangent)[0] ?? weight }
    },
    Row("maskedSelect 1M", [million]) { $0.maskedSelect($0 .> 0.0) },
    Row("maskedFill 1M", .bytes(9e6)) {
        let x = Tensor.randn([million]), mask = x .> 0.0
        return { x.maskedFill(mask, 0.0) }
    },
    Row("nonzero 1M") {
        let x = Tensor.randn([million]) .> 0.0
        return { x.nonzero() }
    },
    Row("oneHot 100000 of 100") {
        let x = Tensor.randint(0, 100, [100_000])
        return { x.oneHot(100) }
    },
]
