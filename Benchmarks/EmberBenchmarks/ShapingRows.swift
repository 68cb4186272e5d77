import Ember

/// Joining, copying in another order, padding.
let shapingRows: [Row] = [
    Row("cat rows 2x 1000x1000", [1000, 1000], [1000, 1000], .bytes(16e6)) { cat([$0, $1]) },
    Row("cat columns 2x 1000x1000", [1000, 1000], [1000, 1000], .bytes(16e6)) { cat([$0, $1], dim: 1) },
    Row("stack last 2x 1000x1000", [1000, 1000], [1000, 1000], .bytes(16e6)) { stack([$0, $1], dim: -1) },
    Row("transpose copy 1024²", [1024, 1024], .bytes(8e6)) { $0.T.contiguous() },
    Row("transpose copy 4096x1000", [4096, 1000], .bytes(32e6)) { $0.T.contiguous() },
    Row("NCHW to NHWC copy 16x64x56²", [16, 64, 56, 56], .bytes(25.7e6)) { $0.permute(0, 2, 3, 1).contiguous() },
    Row("strided slice copy 4M", [4_000_000], .bytes(16e6)) { $0[.slice(by: 2)].contiguous() },
    Row("flip rows 1024²", [1024, 1024], .bytes(8e6)) { $0.flip([1]) },
    Row("roll 1024²", [1024, 1024], .bytes(8e6)) { $0.roll(100, dim: 1) },
    Row("repeat 4x 1000x1000", [1000, 1000], .bytes(20e6)) { $0.repeat(2, 2) },
    Row("repeatInterleave 4x 1M", [1_000_000], .bytes(20e6)) { $0.repeatInterleave(4) },
    Row("pad constant 16x64x56²", [16, 64, 56, 56], .bytes(26e6)) { pad($0, [1, 1, 1, 1]) },
    Row("pad reflect 16x64x56²", [16, 64, 56, 56], .bytes(26e6)) { pad($0, [1, 1, 1, 1], mode: .reflect) },
    Row("tril 2048²", [2048, 2048], .bytes(32e6)) { $0.tril() },
    Row("diagonal views of 8x8", [8, 8]) { $0.reshape(4, 16).T.narrow(0, start: 2, count: 8).unsqueeze(0) },
    Row("split and sum of 64 parts 64x64", [64, 64]) { $0.split(1).reduce(Tensor.zeros([1, 64])) { $0 + $1 } },
    Row("pixelShuffle 8x256x32²", [8, 256, 32, 32], .bytes(16.8e6)) { pixelShuffle($0, 2) },
]
