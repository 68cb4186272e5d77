import Ember

private let matrix = [4096, 1024]
private let images = [32, 64, 56, 56]
private let matrixPass = Row.Work.bytes(32e6)
private let imagePass = Row.Work.bytes(8 * 32 * 64 * 56 * 56)

/// Softmax and the norms.
let normalizationRows: [Row] = [
    Row("softmax rows 4096x1024", matrix, matrixPass) { $0.softmax(-1) },
    Row("softmax columns 4096x1024", matrix, matrixPass) { $0.softmax(0) },
    Row("logSoftmax rows 4096x1024", matrix, matrixPass) { $0.logSoftmax(-1) },
    Row("logSoftmax columns 4096x1024", matrix, matrixPass) { $0.logSoftmax(0) },
    Row("softmax rows 4096x1024, forward+backward", matrixPass) {
        let x = Tensor.randn(matrix).requiringGrad(), cotangent = Tensor.randn(matrix)
        return { gradients(of: x.softmax(-1), with: [x], cotangent: cotangent)[0] ?? x }
    },
    Row("layerNorm 4096x1024", matrixPass) {
        let x = Tensor.randn(matrix), w = Tensor.randn([1024]), b = Tensor.randn([1024])
        return { layerNorm(x, [1024], weight: w, bias: b) }
    },
    Row("layerNorm 4096x1024, forward+backward", matrixPass) {
        let x = Tensor.randn(matrix).requiringGrad(), w = Tensor.randn([1024]).requiringGrad(), b = Tensor.randn([1024]).requiringGrad()
        let cotangent = Tensor.randn(matrix)
        return { gradients(of: layerNorm(x, [1024], weight: w, bias: b), with: [x, w, b], cotangent: cotangent)[0] ?? x }
    },
    Row("rmsNorm 4096x1024", matrix, [1024], matrixPass) { rmsNorm($0, [1024], weight: $1) },
    Row("normalize rows 4096x1024", matrix, matrixPass) { normalize($0) },
    Row("batchNorm training 32x64x56²", imagePass) {
        let x = Tensor.randn(images), layer = BatchNorm2d(64)
        return { noGrad { layer(x) } }
    },
    Row("batchNorm evaluation 32x64x56²", imagePass) {
        let x = Tensor.randn(images), layer = BatchNorm2d(64)
        layer.eval()
        return { noGrad { layer(x) } }
    },
    Row("batchNorm 32x64x56², forward+backward", imagePass) {
        let x = Tensor.randn(images).requiringGrad(), layer = BatchNorm2d(64), cotangent = Tensor.randn(images)
        return { gradients(of: layer(x), with: [x], cotangent: cotangent)[0] ?? x }
    },
    Row("groupNorm 8 32x64x56²", images, imagePass) { groupNorm($0, groups: 8) },
    Row("instanceNorm 32x64x56²", images, imagePass) { instanceNorm($0) },
    Row("localResponseNorm 5 8x64x56²", [8, 64, 56, 56], .bytes(8 * 8 * 64 * 56 * 56)) { localResponseNorm($0, size: 5) },
]
