import Ember

private let images = [16, 64, 56, 56]
private let once = Row.Work.bytes(4 * 16 * 64 * 56 * 56)

/// Pooling over 16×64×56².
let poolingRows: [Row] = [
    Row("maxPool 2", images, once) { maxPool2d($0, 2) },
    Row("maxPool 3/2", images, once) { maxPool2d($0, 3, stride: 2, padding: 1) },
    Row("maxPool 2 with indices", images, once) { maxPool2dWithIndices($0, 2).indices },
    Row("maxPool 2, forward+backward", once) {
        let x = Tensor.randn(images).requiringGrad(), cotangent = Tensor.randn([16, 64, 28, 28])
        return { gradients(of: maxPool2d(x, 2), with: [x], cotangent: cotangent)[0] ?? x }
    },
    Row("avgPool 2", images, once) { avgPool2d($0, 2) },
    Row("avgPool 3/1", images, once) { avgPool2d($0, 3, stride: 1, padding: 1) },
    Row("avgPool 2, forward+backward", once) {
        let x = Tensor.randn(images).requiringGrad(), cotangent = Tensor.randn([16, 64, 28, 28])
        return { gradients(of: avgPool2d(x, 2), with: [x], cotangent: cotangent)[0] ?? x }
    },
    Row("adaptiveAvgPool to 1", images, once) { adaptiveAvgPool2d($0, 1) },
    Row("adaptiveAvgPool to 7", images, once) { adaptiveAvgPool2d($0, 7) },
    Row("adaptiveMaxPool to 7", images, once) { adaptiveMaxPool2d($0, 7) },
    Row("lpPool 2", images, once) { lpPool2d($0.abs(), p: 2, 2) },
    Row("maxUnpool 2", once) {
        let (values, indices) = maxPool2dWithIndices(Tensor.randn(images), 2)
        return { maxUnpool2d(values, indices, 2) }
    },
    Row("maxPool1d 4", [8, 64, 8192], .bytes(16.8e6)) { maxPool1d($0, 4) },
    Row("maxPool3d 2", [4, 32, 32, 32, 32], .bytes(16.8e6)) { maxPool3d($0, 2) },
]
