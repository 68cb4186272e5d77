import Ember
import Testing

/// Convolutions in single precision that have enough results to be matrix products over the image itself, on processors with registers for
/// it, against double precision.
@Suite struct ImplicitProductTests {
    struct Case: CustomTestStringConvertible {
        let x: Shape, w: Shape
        var stride = [1, 1], padding = [0, 0], dilation = [1, 1]
        var testDescription: String { "\(x) \(w) stride \(stride) padding \(padding) dilation \(dilation)" }
    }

    static let cases = [
        // Lines: as one-dimensional convolutions.
        Case(x: [2, 12, 1, 1030], w: [16, 12, 1, 5], padding: [0, 2]),
        Case(x: [3, 16, 1, 801], w: [29, 16, 1, 4], stride: [1, 2], padding: [0, 3], dilation: [1, 3]),
        Case(x: [1, 32, 1, 1024], w: [12, 32, 1, 2]),
        // Strides: a product for every remainder, or one for all of them.
        Case(x: [2, 16, 47, 52], w: [14, 16, 4, 4], stride: [2, 2], padding: [1, 1]),
        Case(x: [2, 13, 70, 41], w: [8, 13, 3, 5], stride: [3, 1], padding: [2, 0], dilation: [1, 2]),
        Case(x: [2, 3, 65, 70], w: [30, 3, 7, 7], stride: [2, 2], padding: [3, 3]),
        Case(x: [2, 8, 62, 60], w: [16, 8, 2, 2], stride: [2, 2]),
        // The weight's gradient alone.
        Case(x: [2, 5, 33, 34], w: [16, 5, 5, 5], padding: [2, 2]),
        Case(x: [1, 7, 35, 290], w: [12, 7, 3, 3], padding: [2, 2], dilation: [2, 2]),
    ]

    /// The result and the gradients with respect to image and weight.
    private func run(_ item: Case, _ dtype: DType, channelsLast: Bool = false) -> [Tensor] {
        let isLine = item.x[2] == 1
        func laidOut(_ x: Tensor) -> Tensor {
            if isLine { return channelsLast ? x.squeeze(2).permute(0, 2, 1).contiguous().permute(0, 2, 1) : x.squeeze(2) }
            return channelsLast ? x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : x
        }
        func convolve(_ x: Tensor, _ w: Tensor, _ bias: Tensor) -> Tensor {
            if !isLine { return conv2d(x, w, bias: bias, stride: item.stride, padding: item.padding, dilation: item.dilation) }
            return conv1d(x, w, bias: bias, stride: item.stride[1], padding: item.padding[1], dilation: item.dilation[1])
        }
        let w = numbers(item.w, 1).to(dtype), operands = [laidOut(numbers(item.x).to(dtype)), isLine ? w.squeeze(2) : w]
        let leaves = operands.map { $0.requiringGrad() }
        let y = convolve(leaves[0], leaves[1], numbers([item.w[0]], 2).to(dtype))
        return [y.detach()] + gradients(of: y, with: leaves, cotangent: numbers(y.shape, 3).to(dtype)).compactMap { $0 }
    }

    @Test(arguments: cases) func valuesAndGradients(_ item: Case) {
        let expected = run(item, .float64)
        for channelsLast in [false, true] {
            let results = run(item, .float32, channelsLast: channelsLast)
            #expect(results.count == 3)
            for (result, expected) in zip(results, expected) {
                let error = (result.to(.float64) - expected).abs().max().item(), scale = expected.abs().max().item()
                #expect(error <= 8e-6 * max(1, scale))
            }
        }
    }

    /// Padding and rows that a tile computes in vain must not carry an infinity to where none belongs.
    @Test func infinitiesStayWhereTheyAre() {
        var x = Tensor.ones([2, 16, 40, 40])
        x[1, 3, 20, 20] = Tensor(Double.infinity)
        let w = Tensor.ones([16, 16, 4, 4]).requiringGrad(), leaf = x.requiringGrad()
        let y = convTranspose2d(leaf, w, stride: 2, padding: 1)
        #expect(y.detach().isInfinite().sum().item() == Double(16 * 4 * 4) && y.detach().isNaN().sum().item() == 0)
        let dw = gradients(of: y, with: [w], cotangent: Tensor.ones(y.shape))[0]!
        #expect(dw.isInfinite().sum().item() == Double(16 * 4 * 4) && dw.isNaN().sum().item() == 0)
        var line = Tensor.ones([1, 16, 1100])
        line[0, 5, 500] = Tensor(Double.infinity)
        let sums = conv1d(line, Tensor.ones([16, 16, 5]), padding: 2)
        #expect(sums.isInfinite().sum().item() == Double(16 * 5) && sums.isNaN().sum().item() == 0)
    }
}
