import Ember

private let images = [8, 32, 64, 64]
private let doubled = Row.Work.bytes(4 * 5 * 8 * 32 * 64 * 64)

/// Resampling and sliding windows.
let interpolationRows: [Row] = [
    Row("nearest 2x 8x32x64²", images, doubled) { interpolate($0, scaleFactor: 2) },
    Row("bilinear 2x 8x32x64²", images, doubled) { interpolate($0, scaleFactor: 2, mode: .bilinear) },
    Row("bilinear 2x 8x32x64², forward+backward", doubled) {
        let x = Tensor.randn(images).requiringGrad(), cotangent = Tensor.randn([8, 32, 128, 128])
        return { gradients(of: interpolate(x, scaleFactor: 2, mode: .bilinear), with: [x], cotangent: cotangent)[0] ?? x }
    },
    Row("bicubic 2x 8x32x64²", images, doubled) { interpolate($0, scaleFactor: 2, mode: .bicubic) },
    Row("bilinear antialiased to 24² 8x32x64²", images) { interpolate($0, size: 24, mode: .bilinear, antialias: true) },
    Row("area to 16² 8x32x64²", images) { interpolate($0, size: 16, mode: .area) },
    Row("linear 2x 8x64x4096", [8, 64, 4096]) { interpolate($0, scaleFactor: 2, mode: .linear) },
    Row("trilinear 2x 2x16x16³", [2, 16, 16, 16, 16]) { interpolate($0, scaleFactor: 2, mode: .trilinear) },
    Row("gridSample bilinear 8x32x64²", .bytes(8.4e6)) {
        let x = Tensor.randn(images), grid = Tensor.rand([8, 64, 64, 2]) * 2.0 - 1.0
        return { gridSample(x, grid) }
    },
    Row("gridSample nearest 8x32x64²", .bytes(8.4e6)) {
        let x = Tensor.randn(images), grid = Tensor.rand([8, 64, 64, 2]) * 2.0 - 1.0
        return { gridSample(x, grid, mode: .nearest) }
    },
    Row("gridSample bilinear 8x32x64², forward+backward") {
        let x = Tensor.randn(images).requiringGrad(), grid = Tensor.rand([8, 64, 64, 2]) * 2.0 - 1.0, cotangent = Tensor.randn(images)
        return { gradients(of: gridSample(x, grid), with: [x], cotangent: cotangent)[0] ?? x }
    },
    Row("affineGrid 8x64²") {
        let theta = Tensor.randn([8, 2, 3])
        return { affineGrid(theta, size: [8, 3, 64, 64]) }
    },
    Row("unfold 3x3 8x32x64²", images, .bytes(42e6)) { unfold($0, 3, padding: 1) },
    Row("fold 3x3 8x32x64²", [8, 288, 4096], .bytes(42e6)) { fold($0, outputSize: 64, 3, padding: 1) },
]
