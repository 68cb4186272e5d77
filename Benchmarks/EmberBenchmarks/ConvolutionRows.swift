import Ember

/// A convolution without bias of a batch of images, forward.
private func forward(_ name: String, _ input: Shape, _ weight: Shape, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
                     groups: Int = 1) -> Row {
    let outputs = input[0] * weight[0] * input[2...].reduce(1, *) / (stride * stride)
    let operations = 2 * Double(outputs * weight[1...].reduce(1, *))
    return Row(name, input, weight, .operations(operations)) {
        conv2d($0, $1, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
}

/// The gradients of input and weight too. The result is `output` large.
private func training(_ name: String, _ input: Shape, _ weight: Shape, output: Shape, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
                      groups: Int = 1) -> Row {
    let operations = 6 * Double(output.reduce(1, *) * weight[1...].reduce(1, *))
    return Row(name + ", forward+backward", .operations(operations)) {
        let x = Tensor.randn(input).requiringGrad(), w = Tensor.randn(weight).requiringGrad(), cotangent = Tensor.randn(output)
        return {
            let y = conv2d(x, w, stride: stride, padding: padding, dilation: dilation, groups: groups)
            return gradients(of: y, with: [x, w], cotangent: cotangent)[1] ?? w
        }
    }
}

/// Convolutions; the dense ones are ResNet's.
let convolutionRows: [Row] = [
    forward("conv 3→64 7x7/2 224² b4", [4, 3, 224, 224], [64, 3, 7, 7], stride: 2, padding: 3),
    forward("conv 64→64 3x3 56² b16", [16, 64, 56, 56], [64, 64, 3, 3], padding: 1),
    forward("conv 128→128 3x3 28² b16", [16, 128, 28, 28], [128, 128, 3, 3], padding: 1),
    forward("conv 256→64 1x1 56² b16", [16, 256, 56, 56], [64, 256, 1, 1]),
    forward("conv 512→512 3x3 7² b16", [16, 512, 7, 7], [512, 512, 3, 3], padding: 1),
    forward("conv depthwise 64 3x3 56² b16", [16, 64, 56, 56], [64, 1, 3, 3], padding: 1, groups: 64),
    forward("conv 8 groups 64→64 3x3 56² b16", [16, 64, 56, 56], [64, 8, 3, 3], padding: 1, groups: 8),
    forward("conv dilated 64→64 3x3 56² b16", [16, 64, 56, 56], [64, 64, 3, 3], padding: 2, dilation: 2),
    Row("conv1d 64→64 9, 4096 b8", [8, 64, 4096], [64, 64, 9], .operations(2 * 8 * 4096 * 64 * 64 * 9)) { conv1d($0, $1, padding: 4) },
    Row("conv transposed 64→32 4x4/2 28² b16", [16, 64, 28, 28], [64, 32, 4, 4], .operations(2 * 16 * 28 * 28 * 64 * 32 * 16)) {
        convTranspose2d($0, $1, stride: 2, padding: 1)
    },
    Row("conv3d 16→32 3x3x3 16x32² b2", [2, 16, 16, 32, 32], [32, 16, 3, 3, 3], .operations(2 * 2 * 16 * 32 * 32 * 16 * 32 * 27)) {
        conv3d($0, $1, padding: 1)
    },
    training("conv 3→64 7x7/2 224² b4", [4, 3, 224, 224], [64, 3, 7, 7], output: [4, 64, 112, 112], stride: 2, padding: 3),
    training("conv 64→64 3x3 56² b8", [8, 64, 56, 56], [64, 64, 3, 3], output: [8, 64, 56, 56], padding: 1),
    training("conv 128→128 3x3 28² b8", [8, 128, 28, 28], [128, 128, 3, 3], output: [8, 128, 28, 28], padding: 1),
    training("conv 256→64 1x1 56² b8", [8, 256, 56, 56], [64, 256, 1, 1], output: [8, 64, 56, 56]),
    training("conv 512→512 3x3 7² b8", [8, 512, 7, 7], [512, 512, 3, 3], output: [8, 512, 7, 7], padding: 1),
    training("conv depthwise 64 3x3 56² b8", [8, 64, 56, 56], [64, 1, 3, 3], output: [8, 64, 56, 56], padding: 1, groups: 64),
    training("conv 8 groups 64→64 3x3 56² b8", [8, 64, 56, 56], [64, 8, 3, 3], output: [8, 64, 56, 56], padding: 1, groups: 8),
    training("conv dilated 64→64 3x3 56² b8", [8, 64, 56, 56], [64, 64, 3, 3], output: [8, 64, 56, 56], padding: 2, dilation: 2),
    Row("conv1d 64→64 9, 4096 b8, forward+backward", .operations(6 * 8 * 4096 * 64 * 64 * 9)) {
        let x = Tensor.randn([8, 64, 4096]).requiringGrad(), w = Tensor.randn([64, 64, 9]).requiringGrad()
        let cotangent = Tensor.randn([8, 64, 4096])
        return { gradients(of: conv1d(x, w, padding: 4), with: [x, w], cotangent: cotangent)[1] ?? w }
    },
    Row("conv transposed 64→32 4x4/2 28² b8, forward+backward", .operations(6 * 8 * 28 * 28 * 64 * 32 * 16)) {
        let x = Tensor.randn([8, 64, 28, 28]).requiringGrad(), w = Tensor.randn([64, 32, 4, 4]).requiringGrad()
        let cotangent = Tensor.randn([8, 32, 56, 56])
        return { gradients(of: convTranspose2d(x, w, stride: 2, padding: 1), with: [x, w], cotangent: cotangent)[1] ?? w }
    },
]
