import Ember

private let matrix = [4096, 1024]
private let pair = Row.Work.bytes(32e6)

/// Losses, most over 4096×1024.
let lossRows: [Row] = [
    Row("crossEntropy 4096x1024", .bytes(16e6)) {
        let x = Tensor.randn(matrix), target = Tensor.randint(0, 1024, [4096])
        return { crossEntropy(x, target) }
    },
    Row("crossEntropy 4096x1024, forward+backward", .bytes(32e6)) {
        let x = Tensor.randn(matrix).requiringGrad(), target = Tensor.randint(0, 1024, [4096])
        return { gradients(of: crossEntropy(x, target), with: [x])[0] ?? x }
    },
    Row("crossEntropy of probabilities 4096x1024", pair) {
        let x = Tensor.randn(matrix), target = Tensor.randn(matrix).softmax(1)
        return { crossEntropy(x, target) }
    },
    Row("nllLoss 4096x1024") {
        let x = Tensor.randn(matrix).logSoftmax(1), target = Tensor.randint(0, 1024, [4096])
        return { nllLoss(x, target) }
    },
    Row("mseLoss 4096x1024", matrix, matrix, pair) { mseLoss($0, $1) },
    Row("mseLoss 4096x1024, forward+backward", pair) {
        let x = Tensor.randn(matrix).requiringGrad(), target = Tensor.randn(matrix)
        return { gradients(of: mseLoss(x, target), with: [x])[0] ?? x }
    },
    Row("l1Loss 4096x1024", matrix, matrix, pair) { l1Loss($0, $1) },
    Row("smoothL1Loss 4096x1024", matrix, matrix, pair) { smoothL1Loss($0, $1) },
    Row("huberLoss 4096x1024", matrix, matrix, pair) { huberLoss($0, $1) },
    Row("binaryCrossEntropyWithLogits 4096x1024", pair) {
        let x = Tensor.randn(matrix), target = Tensor.rand(matrix)
        return { binaryCrossEntropyWithLogits(x, target) }
    },
    Row("klDivergence 4096x1024", pair) {
        let x = Tensor.randn(matrix).logSoftmax(1), target = Tensor.randn(matrix).softmax(1)
        return { klDivergence(x, target, reduction: .batchMean) }
    },
    Row("cosineSimilarity 4096x1024", matrix, matrix, pair) { cosineSimilarity($0, $1) },
    Row("tripletMarginLoss 4096x256", .bytes(12.6e6)) {
        let a = Tensor.randn([4096, 256]), b = Tensor.randn([4096, 256]), c = Tensor.randn([4096, 256])
        return { tripletMarginLoss(a, b, c) }
    },
    Row("multiMarginLoss 4096x1024") {
        let x = Tensor.randn(matrix), target = Tensor.randint(0, 1024, [4096])
        return { multiMarginLoss(x, target) }
    },
    Row("ctcLoss 100x16x32, forward+backward") {
        let x = Tensor.randn([100, 16, 32]).requiringGrad(), targets = Tensor.randint(1, 32, [16, 20])
        let times = [Int](repeating: 100, count: 16), lengths = [Int](repeating: 20, count: 16)
        return { gradients(of: ctcLoss(x.logSoftmax(2), targets, inputLengths: times, targetLengths: lengths), with: [x])[0] ?? x }
    },
]
