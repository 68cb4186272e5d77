/// A convolution as backends are given it, without history.
struct ConvolutionProblem: Sendable {
    let geometry: ConvolutionGeometry
    /// [batch, channels, spatial…].
    let x: Tensor
    /// [outputs, channels / groups, kernel…].
    let weight: Tensor
    let bias: Tensor?
    /// Whether the weight will probably be the same in the next call, so that what a kernel makes of it is worth keeping.
    let weightLasts: Bool

    init(_ geometry: ConvolutionGeometry, x: Tensor, weight: Tensor, bias: Tensor?) {
        self.geometry = geometry
        self.x = x.detach()
        self.weight = weight.detach()
        self.bias = bias?.detach()
        weightLasts = !(weight.requiresGrad && isGradEnabled)
    }

    var operands: [Tensor] { bias.map { [x, weight, $0] } ?? [x, weight] }
    var flops: Int { Self.flops(ShapeRule.count(resultShape), weight: weight) }

    /// A multiplication and an addition for each element of the result and of the kernel that it is computed with. The gradients take as many.
    static func flops(_ resultCount: Int, weight: Tensor) -> Int { 2 * resultCount * weight.shape.dropFirst().reduce(1, *) }

    var resultShape: Shape { [x.shape[0], weight.shape[0]] + geometry.outputSize }

    /// Memory for the result, laid out as the backend likes it.
    func emptyResult() -> Tensor { Tensor.empty(resultShape, x.dtype, device: x.device, strides: resultStrides) }

    var resultStrides: [Int] {
        let shape = resultShape
        let keepsPlanes = x.device.backend.convolutionKeepsPlanes(geometry, channels: x.shape[1], outputs: shape[1], input: x)
        return keepsPlanes ? ShapeRule.contiguousStrides(shape) : ShapeRule.channelsLastStrides(shape)
    }
}

/// Element-wise operators that a convolution can do to its results before it stores them, in this order.
struct ConvolutionEpilogue {
    /// One number for each channel.
    private(set) var scale: Tensor?
    private(set) var shift: Tensor?
    /// Added to the result; of its shape and layout.
    private(set) var addend: Tensor?
    /// Whether negative numbers become zero at the end.
    private(set) var relu = false

    static let add = ScalarOperator.named("add")
    private static let multiplyAdd = ScalarOperator.named("multiply_add"), multiply = ScalarOperator.named("mul")
    private static let rectify = ScalarOperator.named("relu")

    /// Takes in one more operator, which is applied to the result so far (of that shape and layout) as its first operand and `others`; false if
    /// there is no place for it. The result is to the bit what the operator would have made of it.
    mutating func append(_ operation: ScalarOperator, _ others: [Tensor], shape: Shape, strides: [Int]) -> Bool {
        guard !relu else { return false }
        if operation === Self.rectify {
            relu = true
            return true
        }
        guard addend == nil else { return false }
        let channels = others.map { Self.perChannel($0, shape) }
        let isFirst = scale == nil && shift == nil
        if operation === Self.multiplyAdd, isFirst, let factor = channels[0], let offset = channels[1] {
            (scale, shift) = (factor, offset)
        } else if operation === Self.multiply, isFirst, let factor = channels[0] {
            scale = factor
        } else if operation === Self.add, isFirst, let offset = channels[0] {
            shift = offset
        } else if operation === Self.add, others[0].dtype == .float32, others[0].shape == shape, others[0].strides == strides {
            addend = others[0]
        } else {
            return false
        }
        return true
    }

    /// The numbers of a float32 tensor that broadcasts to `shape` along its channels, dimension 1.
    private static func perChannel(_ tensor: Tensor, _ shape: Shape) -> Tensor? {
        let lead = shape.count - tensor.rank
        guard tensor.dtype == .float32, !tensor.body.isWrappedNumber, tensor.count == shape[1], lead <= 1, tensor.shape[1 - lead] == shape[1]
        else { return nil }
        return tensor.reshape([shape[1]]).contiguous()
    }
}
