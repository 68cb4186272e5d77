import Ember
import Testing

/// Whether all values agree with PyTorch's, given to six decimals.
func close(_ x: Tensor, _ expected: [Double], _ tolerance: Double = 2e-6) -> Bool {
    let values = x.array(of: Double.self)
    return values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) <= tolerance }
}

@Suite struct ConvolutionTests {
    static let grouped: [Double] = [
        0.08532, -0.87486, 0.393131, 0.7941, -0.760338, 0.199981, 2.464969, 2.040554, 0.065412, 0.009202, -1.313301, 0.004934, 1.259393,
        -0.89759, -0.908246, 0.955983, -2.02521, -2.8642, -1.036375, 0.087016, -0.878214, -0.99449, 0.751246, 0.620967, 1.375226, 0.564209,
        -1.263025, 0.049439, 0.798369, -1.048969, -1.567701, -0.778734,
    ]
    static let same: [Double] = [
        1.328508, 2.431477, 1.985076, -0.087927, -0.58108, 0.569293, 1.620166, 1.076051, 0.21882, 0.584167, 1.128445, 1.484525, 0.770533,
        0.355532, -0.4734, -0.334869, 0.702807, 0.733533, -1.100497, -1.861416, -1.067304, 0.437923, 0.78462, 0.201709,
    ]
    static let transposed: [Double] = [
        0.909297, 0.57156, 0.909297, 0.909297, 0.912603, 0.909297, 0.909297, 1.252031, 0.909297, 0.909297, 0.573759, 0.909297, -0.226427,
        -0.134622, -0.226427, -0.226427, 0.091654, -0.226427, -0.226427, -0.397043, -0.226427, -0.226427, -0.187295, -0.226427,
    ]

    @Test(arguments: [DType.float64, .float32]) func valuesOfPyTorch(_ dtype: DType) {
        let x = numbers([1, 2, 4, 3]).to(dtype)
        #expect(close(conv2d(x, numbers([4, 1, 3, 2], 1).to(dtype), bias: numbers([4], 2).to(dtype), stride: [2, 1], padding: 1, groups: 2),
                      Self.grouped))
        #expect(close(conv2d(x, numbers([2, 2, 2, 2], 1).to(dtype), bias: numbers([4], 2).to(dtype)[0..<2], padding: .same, dilation: [1, 2]),
                      Self.same))
        #expect(close(convTranspose2d(numbers([1, 2, 2, 2]).to(dtype), numbers([2, 2, 3, 2], 1).to(dtype), bias: numbers([2], 2).to(dtype),
                                      stride: 2, padding: 1, outputPadding: [1, 0], dilation: [1, 2]), Self.transposed))
        let row = conv1d(numbers([2, 5]).to(dtype), numbers([3, 2, 2], 1).to(dtype), dilation: 2)
        #expect(row.shape == [3, 3])
        #expect(close(row, [0.121719, 0.645411, 0.135735, 0.651199, 0.475814, -0.461397, 0.78269, 0.015417, -0.77654]))
    }

    @Test func gradientsToSecondOrder() {
        let b = numbers([2], 3)
        #expect(gradientError([numbers([2, 2, 4, 3]), numbers([2, 1, 3, 2], 1), b]) {
            conv2d($0[0], $0[1], bias: $0[2], stride: [2, 1], padding: 1, groups: 2)
        } < 1e-6)
        #expect(gradientError([numbers([1, 1, 5]), numbers([2, 1, 2], 1), b]) {
            conv1d($0[0], $0[1], bias: $0[2], padding: .same, dilation: 3)
        } < 1e-6)
        #expect(gradientError([numbers([1, 2, 2, 2]), numbers([2, 1, 2, 3], 1), b]) {
            convTranspose2d($0[0], $0[1], bias: $0[2], stride: 2, padding: 1, outputPadding: 1, groups: 2)
        } < 1e-6)
        #expect(gradientError([numbers([1, 2, 3, 2, 2]), numbers([1, 2, 2, 2, 1], 1)], second: false) { conv3d($0[0], $0[1], padding: [1, 0, 0]) } < 1e-6)
    }

    /// The library's kernels against products in double precision, layer after layer and with plain and channels-last operands.
    @Test func singlePrecisionAgreesWithDouble() {
        struct Case { let x: Shape, w: Shape, stride: [Int], padding: Int, dilation: Int, groups: Int }
        let cases = [
            Case(x: [2, 3, 17, 15], w: [8, 3, 7, 7], stride: [2, 2], padding: 3, dilation: 1, groups: 1),
            Case(x: [1, 16, 9, 9], w: [32, 16, 3, 3], stride: [1, 1], padding: 1, dilation: 1, groups: 1),
            Case(x: [2, 8, 6, 7], w: [16, 8, 1, 1], stride: [2, 1], padding: 0, dilation: 1, groups: 1),
            Case(x: [2, 6, 8, 8], w: [6, 1, 3, 3], stride: [1, 2], padding: 1, dilation: 1, groups: 6),
            Case(x: [1, 4, 9, 9], w: [6, 2, 3, 3], stride: [2, 2], padding: 2, dilation: 2, groups: 2),
        ]
        for item in cases {
            func run(_ dtype: DType, channelsLast: Bool) -> [Tensor] {
                var x = numbers(item.x).to(dtype)
                if channelsLast { x = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) }
                let leaves = [x, numbers(item.w, 1).to(dtype), numbers([item.w[0]], 2).to(dtype)].map { $0.requiringGrad() }
                let y = conv2d(leaves[0], leaves[1], bias: leaves[2], stride: item.stride, padding: item.padding, dilation: item.dilation,
                               groups: item.groups)
                return [y.detach()] + gradients(of: (y * y).sum(), with: leaves).compactMap { $0 }
            }
            for channelsLast in [false, true] {
                for (single, double) in zip(run(.float32, channelsLast: channelsLast), run(.float64, channelsLast: false)) {
                    let scale = double.abs().mean().item()
                    #expect((single.to(.float64) - double).abs().mean().item() < 2e-6 * max(scale, 1), "\(item)")
                }
            }
        }
    }

    @Test func typesAndEmptyBatches() {
        let x = Tensor.arange(0, 9).reshape([1, 1, 3, 3]), w = Tensor([[[1, 2], [3, 4]]] as [[[Int]]]).unsqueeze(0)
        #expect(conv2d(x, w).array(of: Int.self) == [27, 37, 57, 67])
        for dtype in [DType.float16, .bfloat16] {
            #expect(conv2d(x.to(dtype), w.to(dtype)).array(of: Float.self) == [27, 37, 57, 67])
        }
        #expect(conv2d(.ones([0, 3, 5, 5]), .ones([2, 3, 3, 3])).shape == [0, 2, 3, 3])
    }

    @Test func wrongCallsAreErrors() {
        let x = Tensor.ones([1, 4, 5, 5])
        #expect(throws: TensorError.self) { try checked { conv2d(x, .ones([2, 3, 3, 3])) } }
        #expect(throws: TensorError.self) { try checked { conv2d(x, .ones([2, 4, 6, 3])) } }
        #expect(throws: TensorError.self) { try checked { conv2d(x, .ones([3, 2, 1, 1]), groups: 2) } }
        #expect(throws: TensorError.self) { try checked { conv2d(x, .ones([2, 4, 3, 3]), stride: 0) } }
        #expect(throws: TensorError.self) { try checked { conv2d(x, .ones([2, 4, 3, 3]), padding: -1) } }
        #expect(throws: TensorError.self) { try checked { conv2d(x, .ones([2, 4, 3, 3]), bias: .ones([3])) } }
        #expect(throws: TensorError.self) { try checked { conv2d(x[0, 0], .ones([2, 4, 3, 3])) } }
        #expect(throws: TensorError.self) { try checked { convTranspose2d(x, .ones([4, 2, 3, 3]), outputPadding: 1) } }
    }

    /// TensorFlow's SAME, ONNX's SAME_UPPER: ⌈size / stride⌉ results, an odd zero behind.
    @Test func samePaddingWithStride() {
        let x = numbers([1, 2, 5, 6]), weight = numbers([3, 2, 3, 2], 1)
        let expected = conv2d(pad(x, [0, 0, 1, 1]), weight, stride: [2, 2])
        #expect((conv2d(x, weight, stride: 2, padding: .same) - expected).abs().max().item() < 1e-12)
        let wide = conv2d(pad(x, [0, 1, 0, 1]), weight, stride: [3, 5])
        let same = conv2d(x, weight, stride: [3, 5], padding: .same)
        #expect(same.shape == [1, 3, 2, 2] && (same - wide).abs().max().item() < 1e-12)
    }
}
