import Ember
import Testing

/// Convolutions of 3 × 3 in shapes that Winograd's minimal filtering takes, against products in double precision, which it never computes.
@Suite struct MinimalFilteringTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let x: Shape, outputs: Int, padding: Int
        var testDescription: String { "\(x) to \(outputs) channels, padding \(padding)" }
        var weight: Shape { [outputs, x[1], 3, 3] }
    }

    static let cases: [Case] = [
        Case(x: [2, 32, 14, 14], outputs: 32, padding: 1), Case(x: [8, 64, 4, 4], outputs: 48, padding: 1),
        Case(x: [9, 48, 7, 7], outputs: 64, padding: 1), Case(x: [3, 70, 9, 12], outputs: 65, padding: 1),
        Case(x: [3, 65, 12, 9], outputs: 70, padding: 0), Case(x: [2, 33, 15, 11], outputs: 96, padding: 2),
        Case(x: [1, 40, 21, 13], outputs: 37, padding: 3), Case(x: [40, 64, 3, 3], outputs: 64, padding: 1),
        Case(x: [90, 64, 3, 4], outputs: 64, padding: 0), Case(x: [5, 96, 1, 30], outputs: 64, padding: 2),
        Case(x: [1, 16, 80, 60], outputs: 16, padding: 1), Case(x: [11, 24, 26, 26], outputs: 70, padding: 1),
    ]
    /// Where there are too few channels or tiles for it.
    static let otherCases: [Case] = [
        Case(x: [2, 1, 8, 8], outputs: 64, padding: 1), Case(x: [2, 64, 8, 8], outputs: 1, padding: 1), Case(x: [2, 3, 9, 9], outputs: 5, padding: 2),
        Case(x: [1, 70, 4, 4], outputs: 65, padding: 1),
    ]

    private static func channelsLast(_ x: Tensor) -> Tensor { x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) }

    /// The result and the gradients of input, weight and bias, for a cotangent that is not constant.
    private static func results(_ item: Case, _ dtype: DType, _ change: (Tensor) -> Tensor = { $0 }) -> [Tensor] {
        let x = change(numbers(item.x).to(dtype)), weight = change(numbers(item.weight, 1).to(dtype))
        let leaves = [x, weight, change(numbers([1, item.outputs, 1, 1], 2).to(dtype)).flatten()].map { $0.requiringGrad() }
        let y = conv2d(leaves[0], leaves[1], bias: leaves[2], padding: item.padding)
        return [y.detach()] + gradients(of: y, with: leaves, cotangent: change(numbers(y.shape, 3).to(dtype))).compactMap { $0 }
    }

    /// Errors are compared with the sums of the products' absolute values: the sums themselves nearly vanish.
    @Test(arguments: cases + otherCases) func agreesWithDoublePrecision(_ item: Case) {
        let expected = Self.results(item, .float64), scales = Self.results(item, .float64) { $0.abs() }
        for layout in [{ $0 }, Self.channelsLast] {
            for (single, (double, scale)) in zip(Self.results(item, .float32, layout), zip(expected, scales)) {
                #expect((single.to(.float64) - double).abs().max().item() <= 1e-6 * scale.max().item())
            }
        }
    }

    @Test func smallIntegersAreExact() {
        let x = (numbers([2, 64, 10, 9]) * 8).round(), weight = (numbers([64, 64, 3, 3], 1) * 8).round()
        let exact = conv2d(x, weight, padding: 1), single = conv2d(x.to(.float32), weight.to(.float32), padding: 1)
        #expect(single.array(of: Double.self) == exact.array(of: Double.self))
    }

    @Test(arguments: cases) func doesNotDependOnThreads(_ item: Case) {
        let several = Self.results(item, .float32), one = withSingleThread { Self.results(item, .float32) }
        for (a, b) in zip(several, one) { #expect(a.array(of: Float.self) == b.array(of: Float.self)) }
    }

    @Test func oneImageOfABatchAsAlone() {
        let x = numbers([20, 64, 9, 9]).to(.float32), weight = numbers([64, 64, 3, 3], 1).to(.float32)
        let together = conv2d(x, weight, padding: 1), alone = conv2d(x[3..<5], weight, padding: 1)
        #expect(together[3..<5].array(of: Float.self) == alone.array(of: Float.self))
    }

    @Test func transposedConvolution() {
        let x = numbers([3, 64, 9, 8]), weight = numbers([64, 48, 3, 3], 1), bias = numbers([48], 2)
        let exact = convTranspose2d(x, weight, bias: bias, padding: 1)
        let single = convTranspose2d(x.to(.float32), weight.to(.float32), bias: bias.to(.float32), padding: 1).to(.float64)
        #expect((single - exact).abs().max().item() <= 2e-6 * exact.abs().max().item())
    }

    struct TransposedCase: Sendable, CustomTestStringConvertible {
        let x: Shape, outputs: Int, padding: Int, extra: Int
        var testDescription: String { "\(x) to \(outputs) channels, padding \(padding), \(extra) more" }
    }

    /// Kernels of 4 × 4 and stride 2, whose results at each remainder are filtered by themselves.
    @Test(arguments: [
        TransposedCase(x: [4, 64, 9, 8], outputs: 32, padding: 1, extra: 0), TransposedCase(x: [4, 70, 7, 12], outputs: 33, padding: 0, extra: 1),
        TransposedCase(x: [6, 48, 5, 6], outputs: 65, padding: 2, extra: 0), TransposedCase(x: [4, 96, 11, 10], outputs: 24, padding: 1, extra: 1),
        TransposedCase(x: [9, 64, 8, 9], outputs: 40, padding: 3, extra: 1), TransposedCase(x: [2, 3, 8, 8], outputs: 5, padding: 1, extra: 0),
    ]) func transposedConvolutionWithStride(_ item: TransposedCase) {
        let x = numbers(item.x), weight = numbers([item.x[1], item.outputs, 4, 4], 1)
        func result(_ x: Tensor, _ weight: Tensor) -> Tensor {
            convTranspose2d(x, weight, stride: 2, padding: item.padding, outputPadding: item.extra)
        }
        let exact = result(x, weight), single = result(x.to(.float32), weight.to(.float32))
        #expect((single.to(.float64) - exact).abs().max().item() <= 1e-6 * result(x.abs(), weight.abs()).max().item())
        let one = withSingleThread { result(x.to(.float32), weight.to(.float32)).array(of: Float.self) }
        #expect(single.array(of: Float.self) == one)
    }

    @Test(arguments: [Float.infinity, -.infinity, .nan]) func transposedConvolutionOfNumbersThatAreNotFinite(_ value: Float) {
        var x = numbers([4, 64, 9, 8]).to(.float32)
        x[1, 5, 4, 3..<5] = Tensor([value, value])
        let weight = numbers([64, 32, 4, 4], 1).to(.float32)
        let single = convTranspose2d(x, weight, stride: 2, padding: 1).array(of: Double.self)
        let exact = convTranspose2d(x.to(.float64), weight.to(.float64), stride: 2, padding: 1).array(of: Double.self)
        let scale = exact.lazy.map(abs).filter(\.isFinite).max() ?? 1
        #expect(zip(single, exact).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) || abs($0 - $1) <= 4e-6 * scale })
    }

    /// Differences of tiles turn an infinity into NaN, and sums of large numbers into infinities: neither may be seen.
    @Test(arguments: [Float.infinity, -.infinity, .nan, 3e38]) func numbersWithoutDifferences(_ value: Float) {
        func results(_ dtype: DType) -> [[Double]] {
            var x = numbers([2, 64, 6, 8]).to(.float32)
            x[1, 5, 4, 3..<5] = Tensor([value, value])
            let weight = (numbers([64, 64, 3, 3], 1) * 0.01).to(.float32)
            let leaves = [x, weight].map { $0.to(dtype).requiringGrad() }
            let y = conv2d(leaves[0], leaves[1], padding: 1)
            let cotangent = (numbers(y.shape, 3) * 0.01).to(dtype)
            return ([y.detach()] + gradients(of: y, with: leaves, cotangent: cotangent).compactMap { $0 }).map { $0.array(of: Double.self) }
        }
        for (single, double) in zip(results(.float32), results(.float64)) {
            let scale = double.lazy.map(abs).filter(\.isFinite).max() ?? 1
            #expect(zip(single, double).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) || abs($0 - $1) <= 2e-6 * scale })
        }
    }
}
