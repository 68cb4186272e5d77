import Ember

private let large = 4_000_000

/// Element-wise operators, from calls that are all overhead to those that are all memory.
let pointwiseRows: [Row] = [
    Row("add 2x2", [2, 2], [2, 2]) { $0 + $1 },
    Row("add 2x2, recorded") {
        let a = Tensor.randn([2, 2]).requiringGrad(), b = Tensor.randn([2, 2])
        return { a + b }
    },
    Row("chain of 10 on 8, forward+backward") {
        let x = Tensor.randn([8]).requiringGrad()
        return {
            var y = x
            for _ in 0..<5 { y = (y * 1.1).tanh() }
            return gradients(of: y.sum(), with: [x])[0] ?? y
        }
    },
    Row("gelu(a·b + c)·d 4M", .bytes(80e6)) {
        let a = Tensor.randn([large]), b = Tensor.randn([large]), c = Tensor.randn([large]), d = Tensor.randn([large])
        return { gelu(a * b + c) * d }
    },
    Row("add 4M", [large], [large], .bytes(48e6)) { $0 + $1 },
    Row("add number 4M", [large], .bytes(32e6)) { $0 + 1.5 },
    Row("exp 4M", [large], .bytes(32e6)) { $0.exp() },
    Row("log 4M", [large], .bytes(32e6)) { $0.abs().log() },
    Row("sin 4M", [large], .bytes(32e6)) { $0.sin() },
    Row("tanh 4M", [large], .bytes(32e6)) { $0.tanh() },
    Row("sigmoid 4M", [large], .bytes(32e6)) { $0.sigmoid() },
    Row("pow 4M", [large], [large], .bytes(48e6)) { $0.abs().pow($1) },
    Row("atan2 4M", [large], [large], .bytes(48e6)) { $0.atan2($1) },
    Row("where 4M", .bytes(52e6)) {
        let a = Tensor.randn([large]), b = Tensor.randn([large]), condition = a .> b
        return { a.where(condition, else: b) }
    },
    Row("less 4M", [large], [large], .bytes(36e6)) { $0 .< $1 },
    Row("clamp 4M", [large], .bytes(32e6)) { $0.clamp(min: -1.0, max: 1.0) },
    Row("mixed int64 + float32 4M", .bytes(64e6)) {
        let a = Tensor.randint(0, 100, [large]), b = Tensor.randn([large])
        return { a + b }
    },
    Row("float32 to float64 4M", [large], .bytes(48e6)) { $0.to(.float64) },
    Row("float32 to bfloat16 4M", [large], .bytes(24e6)) { $0.to(.bfloat16) },
    Row("add bfloat16 4M", .bytes(24e6), tolerance: 1e-2) {
        let a = Tensor.randn([large]).to(.bfloat16), b = Tensor.randn([large]).to(.bfloat16)
        return { a + b }
    },
    Row("exp float64 4M", .bytes(64e6)) {
        let a = Tensor.randn([large], dtype: .float64)
        return { a.exp() }
    },
    Row("floor division int64 4M", .bytes(96e6)) {
        let a = Tensor.randint(0, 1000, [large]), b = Tensor.randint(1, 10, [large])
        return { a.floorDivide(b) }
    },
    Row("and bool 4M", .bytes(12e6), tolerance: 0) {
        let a = Tensor.randn([large]) .> 0.0, b = Tensor.randn([large]) .> 0.0
        return { a & b }
    },
    Row("add row 4096x1024", [4096, 1024], [1024], .bytes(32e6)) { $0 + $1 },
    Row("add column 4096x1024", [4096, 1024], [4096, 1], .bytes(32e6)) { $0 + $1 },
    Row("add transposed 2048²", [2048, 2048], [2048, 2048], .bytes(48e6)) { $0.T + $1 },
    Row("gelu 1M, forward+backward", .bytes(20e6)) {
        let x = Tensor.randn([1_000_000]).requiringGrad(), cotangent = Tensor.ones([1_000_000])
        return { gradients(of: gelu(x), with: [x], cotangent: cotangent)[0] ?? x }
    },
]
