import Ember

/// Convolution and normalisation, as residual networks have them.
private final class Unit: Module, Layer {
    let convolution: Conv2d
    let norm: BatchNorm2d

    init(_ inputs: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1) {
        convolution = Conv2d(inputs, outputs, kernelSize: kernel, stride: stride, padding: kernel / 2, bias: false)
        norm = BatchNorm2d(outputs)
    }

    func forward(_ x: Tensor) -> Tensor { norm(convolution(x)) }
}

/// A residual block (He et al., arXiv:1512.03385): two convolutions of 3 × 3, or a bottleneck with the stride in its 3 × 3.
private final class ResidualBlock: Module, Layer {
    let units: [Unit]
    let shortcut: Unit?

    init(_ inputs: Int, _ width: Int, stride: Int, bottleneck: Bool) {
        let outputs = bottleneck ? 4 * width : width
        units = bottleneck
            ? [Unit(inputs, width, 1), Unit(width, width, 3, stride: stride), Unit(width, outputs, 1)]
            : [Unit(inputs, width, 3, stride: stride), Unit(width, outputs, 3)]
        shortcut = stride == 1 && inputs == outputs ? nil : Unit(inputs, outputs, 1, stride: stride)
    }

    func forward(_ x: Tensor) -> Tensor {
        let y = units.dropLast().reduce(x) { relu($1($0)) }
        return relu((units.last?(y) ?? y) + (shortcut?(x) ?? x))
    }
}

/// ResNet-18 for pictures of 32 × 32 (a stem of 3 × 3, no pooling) and ResNet-50 for those of 224 × 224; the same as in
/// Benchmarks/peers/models.py.
final class ResidualNetwork: Module, Layer {
    private let stem: Unit
    private let isSmall: Bool
    private let blocks: [ResidualBlock]
    private let output: Linear

    private init(_ depths: [Int], bottleneck: Bool, small: Bool, classes: Int) {
        isSmall = small
        stem = small ? Unit(3, 64, 3) : Unit(3, 64, 7, stride: 2)
        var channels = 64, blocks: [ResidualBlock] = []
        for (stage, depth) in depths.enumerated() {
            let width = 64 << stage
            for i in 0..<depth {
                blocks.append(ResidualBlock(channels, width, stride: stage > 0 && i == 0 ? 2 : 1, bottleneck: bottleneck))
                channels = bottleneck ? 4 * width : width
            }
        }
        self.blocks = blocks
        output = Linear(channels, classes)
    }

    static func resNet18() -> ResidualNetwork { ResidualNetwork([2, 2, 2, 2], bottleneck: false, small: true, classes: 10) }
    static func resNet50() -> ResidualNetwork { ResidualNetwork([3, 4, 6, 3], bottleneck: true, small: false, classes: 1000) }

    func forward(_ images: Tensor) -> Tensor {
        var x = relu(stem(images))
        if !isSmall { x = maxPool2d(x, 3, stride: 2, padding: 1) }
        x = blocks.reduce(x) { $1($0) }
        return output(adaptiveAvgPool2d(x, 1).flatten(from: 1))
    }
}
