import Ember
import Testing

/// The largest difference between the gradients of `f(inputs)`, weighted by fixed pseudo-random numbers, and central differences,
/// relative to 1 + their size; of the gradients of those gradients when `second` is set. Inputs are float64.
func gradientError(_ inputs: [Tensor], second: Bool = true, _ f: @escaping ([Tensor]) -> Tensor) -> Double {
    func weights(_ shape: Shape, _ phase: Double) -> Tensor {
        (Tensor.arange(0, .int(shape.reduce(1, *)), dtype: .float64) * 0.7 + phase).cos().reshape(shape)
    }
    func objective(_ x: [Tensor]) -> Tensor {
        let y = f(x)
        return (y * weights(y.shape, 0.3)).sum()
    }
    func slope(_ x: [Tensor]) -> Tensor {
        let leaves = x.map { $0.requiresGrad ? $0 : $0.requiringGrad() }
        let first = gradients(of: objective(leaves), with: leaves, createGraph: true)
        return zip(first, leaves).enumerated().reduce(Tensor.zeros([], dtype: .float64)) { sum, pair in
            guard let g = pair.element.0 else { return sum }
            return sum + (g * weights(g.shape, 1.1 + Double(pair.offset))).sum()
        }
    }
    func error(_ value: @escaping ([Tensor]) -> Tensor) -> Double {
        let leaves = inputs.map { $0.detach().requiringGrad() }
        let y = value(leaves)
        guard y.requiresGrad else { return 0 }
        let exact = gradients(of: y, with: leaves)
        var worst = 0.0
        for (i, input) in inputs.enumerated() {
            let values = input.array(of: Double.self)
            let own = exact[i]?.array(of: Double.self) ?? [Double](repeating: 0, count: values.count)
            for k in values.indices {
                func moved(_ step: Double) -> Double {
                    var changed = values
                    changed[k] += step
                    var all = inputs.map { $0.detach() }
                    all[i] = Tensor(changed, shape: input.shape, dtype: .float64)
                    return value(all).item()
                }
                let numeric = (moved(1e-6) - moved(-1e-6)) / 2e-6
                worst = max(worst, abs(numeric - own[k]) / (1 + abs(numeric)))
            }
        }
        return worst
    }
    return max(error(objective), second ? error(slope) : 0)
}

/// Smooth pseudo-random numbers, all different.
func numbers(_ shape: Shape, _ phase: Double = 0) -> Tensor {
    (Tensor.arange(0, .int(shape.reduce(1, *)), dtype: .float64) * 1.37 + phase).sin().reshape(shape)
}

@Suite struct MatrixProductTests {
    @Test func shapesFollowPyTorch() {
        func shape(_ a: Shape, _ b: Shape) -> Shape { Tensor.ones(a).matmul(.ones(b)).shape }
        #expect(shape([3], [3]) == [])
        #expect(shape([3], [3, 4]) == [4])
        #expect(shape([2, 3], [3]) == [2])
        #expect(shape([5, 2, 3], [3]) == [5, 2])
        #expect(shape([3], [5, 3, 4]) == [5, 4])
        #expect(shape([5, 1, 2, 3], [7, 3, 4]) == [5, 7, 2, 4])
        #expect(shape([2, 0], [0, 4]) == [2, 4])
        #expect(Tensor.ones([2, 0]).matmul(.ones([0, 4])).array(of: Float.self) == [Float](repeating: 0, count: 8))
    }

    @Test func valuesInEveryType() {
        for dtype in DType.allCases where dtype != .bool {
            let a = Tensor([[1, 2, 3], [4, 5, 6]] as [[Int]]).to(dtype), b = Tensor([[1, 0], [2, 1], [0, 3]] as [[Int]]).to(dtype)
            #expect(a.matmul(b).equal(Tensor([[5, 11], [14, 23]] as [[Int]]).to(dtype)), "\(dtype)")
            #expect(a.mT.matmul(b.mT).dtype == dtype)
        }
    }

    @Test func transposedAndBroadcastOperandsNeedNoCopy() {
        let a = numbers([2, 4, 3]).transpose(1, 2), b = numbers([1, 2, 4], 1).transpose(1, 2).expand([2, 4, 2])
        let expected = a.contiguous().matmul(b.contiguous())
        #expect((a.matmul(b) - expected).abs().sum().item() < 1e-12)
    }

    @Test func gradients() {
        #expect(gradientError([numbers([2, 3]), numbers([3, 2], 1)]) { $0[0].matmul($0[1]) } < 1e-6)
        #expect(gradientError([numbers([2, 2, 3]), numbers([3, 2], 1)]) { $0[0].matmul($0[1]) } < 1e-6)
        #expect(gradientError([numbers([2, 1, 2, 3]), numbers([2, 3, 2], 1)]) { $0[0].matmul($0[1]) } < 1e-6)
        #expect(gradientError([numbers([3]), numbers([2, 3, 2], 1)]) { $0[0].matmul($0[1]) } < 1e-6)
        #expect(gradientError([numbers([2, 3, 4]), numbers([2, 4], 1), numbers([2], 2)]) { linear($0[0], $0[1], bias: $0[2]) } < 1e-6)
        #expect(gradientError([numbers([2, 2]), numbers([2, 3], 1), numbers([3, 2], 2)]) {
            $0[0].addmm($0[1], $0[2], beta: 0.5, alpha: 2.0)
        } < 1e-6)
    }

    /// Vectors are multiplied in parts, rows several at a time.
    @Test func longVectors() {
        for n in [1, 15, 4096, 5000, 200_000] {
            let a = (Tensor.arange(0, .int(n), dtype: .float64) * 0.37).sin(), b = (Tensor.arange(0, .int(n), dtype: .float64) * 0.11).cos()
            let exact: Double = (a * b).sum().item()
            #expect(abs(a.dot(b).item() - exact) < 1e-9 && abs(a.to(.float32).dot(b.to(.float32)).item() - exact) < 0.05, "\(n)")
            #expect(abs(stack([a, b], dim: 1).select(1, 0).dot(b).item() - exact) < 1e-9)
        }
        let matrix = (Tensor.arange(0, 35_007, dtype: .float64) * 0.37).sin().reshape([7, 5001]), vector = matrix[3].cos()
        #expect(((matrix.mv(vector) - (matrix * vector).sum(1)).abs().max().item() as Double) < 1e-10)
    }

    /// Large products are cut into blocks, and either operand may lie transposed. Their rows are those of products with vectors.
    @Test func blocksOfLargeProducts() {
        // The last three have few rows and several blocks of depth, a small depth, or several blocks of each kind.
        let sizes = [
            (200, 300, 270), (97, 771, 33), (40, 257, 520), (64, 64, 64), (193, 49, 300), (67, 512, 600), (260, 256, 70), (390, 830, 530),
        ]
        for (m, n, k) in sizes {
            let a = numbers([m, k]), b = numbers([k, n], 1)
            for (dtype, tolerance) in [(DType.float32, 1e-4), (.float64, 1e-11)] {
                for left in [a.to(dtype), a.to(dtype).mT.contiguous().mT] {
                    for right in [b.to(dtype), b.to(dtype).mT.contiguous().mT] {
                        let product = left.matmul(right).to(.float64)
                        for i in [0, 5, m / 2, m - 1] {
                            let error: Double = (product[i] - a[i].matmul(b)).abs().max().item()
                            #expect(error < tolerance, "row \(i) of \(m) x \(n), depth \(k), \(dtype)")
                        }
                    }
                }
            }
        }
    }

    @Test func biasesOfLargeProducts() {
        let x = numbers([67, 600]), w = numbers([520, 600], 1), b = numbers([520], 2)
        let expected = linear(x, w, bias: b), single = linear(x.to(.float32), w.to(.float32), bias: b.to(.float32)).to(.float64)
        for i in [0, 5, 66] { #expect(((expected[i] - (w.mv(x[i]) + b)).abs().max().item() as Double) < 1e-11) }
        let bound: Double = 1e-6 * linear(x.abs(), w.abs()).max().item()
        #expect(((single - expected).abs().max().item() as Double) < bound)
        let sum = Tensor.ones([67, 520], dtype: .float32).addmm(x.to(.float32), w.to(.float32).mT, beta: 2.0)
        #expect(((sum.to(.float64) - (expected - b + 2.0)).abs().max().item() as Double) < bound)
    }

    @Test func linearOfFloats() {
        let x = Tensor([[1.0, 2.0], [3.0, 4.0]]), w = Tensor([[1.0, 1.0], [0.5, -1.0], [2.0, 0.0]]), b = Tensor([0.5, 1.0, -1.0])
        #expect(linear(x, w, bias: b).array(of: Float.self) == [3.5, -0.5, 1, 7.5, -1.5, 5])
        #expect(linear(x[0], w, bias: b).shape == [3])
    }

    @Test func wrongCallsAreErrors() {
        #expect(throws: TensorError.self) { try checked { Tensor.ones([2, 3]).matmul(.ones([2, 3])) } }
        #expect(throws: TensorError.self) { try checked { Tensor.ones([2, 3]).matmul(Tensor.ones([3, 2], dtype: .float64)) } }
        #expect(throws: TensorError.self) { try checked { Tensor.ones([2, 2, 3]).matmul(.ones([3, 3, 2])) } }
        #expect(throws: TensorError.self) { try checked { linear(.ones([2, 3]), .ones([4, 2])) } }
        #expect(throws: TensorError.self) { try checked { Tensor.ones([2, 2, 3]).mm(.ones([3, 2])) } }
        #expect(throws: TensorError.self) { try checked { Tensor.ones([2]).dot(.ones([3])) } }
    }
}
