import Ember
import Testing

/// Convolutions of images that lie plane by plane, which have kernels of their own, against the products of unfolded windows that images in
/// another order go through in double precision.
@Suite struct PlanarConvolutionTests {
    struct Case: CustomTestStringConvertible {
        let x: Shape, w: Shape
        var stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1
        var testDescription: String { "\(x) \(w) stride \(stride) padding \(padding) dilation \(dilation) groups \(groups)" }
    }

    static let cases = [
        // One channel a group: rows as long as a register and shorter ones, kernels longer than a run, several channels from one.
        Case(x: [2, 5, 18, 37], w: [5, 1, 3, 3], padding: [1, 1], groups: 5),
        Case(x: [2, 19, 7, 7], w: [19, 1, 3, 3], padding: [1, 1], groups: 19),
        Case(x: [1, 3, 20, 33], w: [3, 1, 7, 5], padding: [3, 2], groups: 3),
        Case(x: [2, 3, 21, 40], w: [6, 1, 3, 3], stride: [2, 2], padding: [1, 1], groups: 3),
        Case(x: [1, 4, 23, 50], w: [4, 1, 3, 3], stride: [1, 3], padding: [4, 2], dilation: [2, 3], groups: 4),
        Case(x: [2, 3, 30, 20], w: [3, 1, 3, 3], groups: 3),
        Case(x: [1, 2, 41, 9], w: [2, 1, 5, 3], padding: [1, 2], groups: 2),
        Case(x: [1, 2, 26, 35], w: [2, 1, 3, 3], padding: [0, 4], dilation: [2, 4], groups: 2),
        Case(x: [1, 2, 9, 70], w: [2, 1, 2, 2], stride: [3, 3], groups: 2),  // steps over elements that nothing reads
        // Some channels a group.
        Case(x: [2, 16, 12, 13], w: [16, 8, 3, 3], padding: [1, 1], groups: 2),
        Case(x: [1, 6, 11, 19], w: [15, 2, 2, 4], stride: [2, 1], padding: [0, 2], dilation: [1, 2], groups: 3),
        Case(x: [3, 22, 10, 9], w: [26, 11, 1, 1], groups: 2),
        // Kernels of one element; few channels in pictures.
        Case(x: [3, 17, 9, 11], w: [23, 17, 1, 1]),
        Case(x: [1, 40, 5, 6], w: [9, 40, 1, 1]),
        Case(x: [2, 3, 25, 26], w: [10, 3, 7, 7], stride: [2, 2], padding: [3, 3]),
        // Taken apart into images without dilation.
        Case(x: [2, 32, 16, 16], w: [32, 32, 3, 3], padding: [2, 2], dilation: [2, 2]),
        Case(x: [1, 40, 18, 21], w: [32, 40, 3, 3], padding: [1, 3], dilation: [1, 3]),
    ]

    /// The result and the gradients with respect to image, weight and bias.
    private func run(_ item: Case, _ dtype: DType, channelsLast: Bool) -> [Tensor] {
        func laidOut(_ x: Tensor) -> Tensor { channelsLast ? x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : x }
        let operands = [laidOut(numbers(item.x).to(dtype)), numbers(item.w, 1).to(dtype), numbers([item.w[0]], 2).to(dtype)]
        let leaves = operands.map { $0.requiringGrad() }
        let y = conv2d(leaves[0], leaves[1], bias: leaves[2], stride: item.stride, padding: item.padding, dilation: item.dilation,
                       groups: item.groups)
        let cotangent = laidOut(numbers(y.shape, 3).to(dtype))
        return [y.detach()] + gradients(of: y, with: leaves, cotangent: cotangent).compactMap { $0 }
    }

    @Test(arguments: cases) func valuesAndGradients(_ item: Case) {
        let expected = run(item, .float64, channelsLast: true)
        for (dtype, channelsLast) in [(DType.float64, false), (DType.float32, false), (DType.float32, true)] {
            let results = run(item, dtype, channelsLast: channelsLast), tolerance: Double = dtype == .float64 ? 1e-13 : 2e-6
            #expect(results.count == 4)
            for (result, expected) in zip(results, expected) {
                let error = (result.to(.float64) - expected).abs().max().item(), scale = expected.abs().max().item()
                #expect(error <= 4 * tolerance * max(1, scale))
            }
        }
    }

    /// Rows are read where they lie, and with them elements of their neighbours: those must not count.
    @Test func neighboursOfARowDoNotCount() {
        var x = numbers([2, 3, 24, 18]).to(.float32)
        x[0..., 0..., 0..., 0] = .full([2, 3, 24], .double(.infinity))
        x[0..., 0..., 5, 17] = .full([2, 3], .double(.nan))
        let part = x[0..., 0..., 1..<23, 1..<17], w = numbers([3, 1, 3, 3], 1).to(.float32)
        let inner: Tensor = conv2d(part, w, padding: 1, groups: 3), outer: Tensor = conv2d(x, w, padding: 1, groups: 3)
        #expect(inner.isFinite().all().item(as: Bool.self))
        #expect(inner.equal(conv2d(part.contiguous(), w, padding: 1, groups: 3)))
        #expect(outer[0..., 0..., 0..., 2..<16].isFinite().all().item(as: Bool.self))
        #expect(!outer[0..., 0..., 0..., 0].isFinite().any().item(as: Bool.self))
        #expect(!outer[0..., 0..., 4..<7, 16...].isFinite().any().item(as: Bool.self))
        #expect(outer[0..., 0..., 8..., 16...].isFinite().all().item(as: Bool.self))
    }

    /// Weights keep a kernel's arrangement until they are written, whatever the geometry of the calls between.
    @Test func changedWeightsAreSeen() {
        let x = numbers([2, 32, 14, 14]).to(.float32)
        for (kernel, padding) in [(3, 1), (1, 0), (2, 0)] {
            var w = numbers([32, 32, kernel, kernel], 1).to(.float32)
            func size() -> Double {
                let y = conv2d(x, w, stride: [2, 1], padding: padding), wide = conv2d(x[0..<1], w, padding: padding)
                return y.abs().mean().item() + wide.abs().mean().item()
            }
            let first = size(), again = size()
            #expect(first == again)
            w *= 2
            let doubled: Double = size()
            #expect(abs(doubled / first - 2) < 1e-5)
            w[0..<16] = w[0..<16] * 0
            #expect(size() < 0.75 * doubled)
        }
    }

    @Test func planesStayPlanes() {
        let x = Tensor.ones([2, 8, 5, 6]), w = Tensor.ones([8, 1, 3, 3]), pointwise = Tensor.ones([4, 8, 1, 1])
        #expect(conv2d(x, w, padding: 1, groups: 8).isContiguous && conv2d(x, pointwise).isContiguous)
        let last = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
        #expect(conv2d(last, w, padding: 1, groups: 8).strides[1] == 1 && conv2d(last, pointwise).strides[1] == 1)
    }

    static let lines = [
        Case(x: [2, 6, 3000], w: [6, 1, 31], padding: [15], groups: 6),
        Case(x: [1, 4, 90], w: [8, 2, 4], stride: [3], padding: [2], groups: 2),
        Case(x: [2, 5, 77], w: [7, 5, 1]),
    ]

    @Test(arguments: lines) func linesAreImagesOfOneRow(_ item: Case) {
        let x = numbers(item.x).to(.float32), w = numbers(item.w, 1).to(.float32)
        let line = conv1d(x, w, stride: item.stride[0], padding: item.padding[0], groups: item.groups)
        let image = conv2d(x.unsqueeze(2), w.unsqueeze(2), stride: [1, item.stride[0]], padding: [0, item.padding[0]], groups: item.groups)
        let difference = (line - image.squeeze(2)).abs().max().item()
        #expect(difference < 1e-4)
    }
}
