import Ember
import Testing

@Suite struct FoldTests {
    @Test func valuesOfPyTorch() {
        #expect(close(unfold(numbers([1, 2, 3, 4]), [2, 3], padding: [1, 0], stride: [2, 1]), [
            0, 0, -0.719572, 0.536948, 0, 0, 0.536948, 0.93376, 0, 0, 0.93376, -0.164471, 0, 0.979908, -0.999367, -0.234176, 0.979908, 0.390885,
            -0.234176, 0.905955, 0.390885, -0.823984, 0.905955, 0.595561, 0, 0, 0.071089, -0.96325, 0, 0, -0.96325, -0.455329, 0, 0, -0.455329,
            0.78162, -0.668386, -0.862179, 0.767116, -0.475618, -0.862179, 0.324463, -0.475618, -0.95684, 0.324463, 0.991607, -0.95684, 0.093935,
        ]))
        #expect(close(fold(numbers([1, 8, 6]), outputSize: [3, 4], 2), [
            0, 1.913668, 0.226413, -0.999367, -1.49237, -2.271255, 2.548985, 1.362677, 0.991607, -0.404529, -1.92009, 0.093935, 0.994311,
            0.046295, -1.871855, -0.141817, -1.461939, 2.804174, 3.092023, -1.291445, -0.022923, -1.909533, -0.182644, 0.99992,
        ]))
        #expect(close(fold(numbers([1, 4, 6]), outputSize: [4, 5], 2, dilation: 2, padding: 1, stride: 2),
                      [0, 0, 0, 0, 0, 0, -2.271255, 0, 2.548985, 0, 0, 0, 0, 0, 0, 0, -0.404529, 0, -1.92009, 0]))
    }

    @Test func convolutionIsAMatrixProduct() {
        let x = numbers([2, 3, 5, 6]), weight = numbers([4, 3, 2, 3], 1)
        let expected = conv2d(x, weight, stride: [1, 2], padding: 1)
        let columns = unfold(x, [2, 3], padding: 1, stride: [1, 2])
        #expect((weight.reshape([4, 18]).matmul(columns).reshape(expected.shape) - expected).abs().max().item() < 1e-12)
    }

    @Test func gradientsToSecondOrder() {
        #expect(gradientError([numbers([1, 2, 3, 4])]) { unfold($0[0], 2, dilation: [1, 2], padding: 1, stride: [2, 1]).square() } < 1e-6)
        #expect(gradientError([numbers([8, 6])]) { fold($0[0], outputSize: [3, 4], 2).square() } < 1e-6)
        #expect(gradientError([numbers([1, 2, 4, 3]).permute(0, 1, 3, 2)]) { unfold($0[0], 2).square() } < 1e-6)
    }

    @Test func typesAndEmptyBatches() {
        let x = (numbers([2, 2, 4, 4]) * 9.0).round()
        for dtype in [DType.float16, .bfloat16, .float32, .int64] {
            let there = unfold(x.to(dtype), 2)
            #expect(there.array(of: Int.self) == unfold(x, 2).array(of: Int.self))
            #expect(fold(there, outputSize: 4, 2).array(of: Int.self) == fold(unfold(x, 2), outputSize: 4, 2).array(of: Int.self))
        }
        #expect(unfold(x[0..<0], 2).shape == [0, 8, 9])
        #expect(fold(.zeros([0, 8, 9]), outputSize: 4, 2).shape == [0, 2, 4, 4])
    }

    @Test func fractionalPooling() {
        let samples = Tensor([0.3, 0.8, 0.1, 0.55], shape: [1, 2, 2], dtype: .float64)
        let flat = fractionalMaxPool2dWithIndices(numbers([1, 2, 6, 7]), 2, outputSize: [3, 4], randomSamples: samples)
        #expect(close(flat.output, [
            0.979908, 0.905955, 0.905955, 0.93376, 0.991607, 0.994311, 0.994311, 0.78162, 0.896012, 0.975079, 0.975079, 0.941719, 0.836756,
            0.703465, 0.85034, 0.99992, 0.969154, 0.884493, 0.633592, 0.949927, 0.996687, 0.98802, 0.750643, 0.797148,
        ]))
        #expect(flat.indices.array(of: Int.self)
            == [1, 10, 10, 6, 15, 24, 24, 19, 29, 38, 38, 33, 0, 1, 10, 5, 14, 23, 24, 19, 28, 37, 32, 33])
        let solid = fractionalMaxPool3dWithIndices(numbers([1, 1, 4, 5, 6]), 2, outputRatio: [0.5, 0.6, 0.5],
                                                   randomSamples: Tensor([0.3, 0.8, 0.6], shape: [1, 1, 3], dtype: .float64))
        #expect(close(solid.output, [
            0.979908, 0.975079, 0.905955, 0.93376, 0.991607, 0.99992, 0.994311, 0.969154, 0.896012, 0.949927, 0.98464, 0.996687, 0.998148,
            0.797148, 0.996687, 0.98802, 0.963885, 0.924407,
        ]))
        #expect(solid.indices.array(of: Int.self) == [1, 38, 10, 6, 15, 47, 24, 56, 29, 61, 93, 70, 102, 75, 70, 79, 116, 88])
        #expect(gradientError([numbers([1, 2, 6, 7])]) {
            fractionalMaxPool2d($0[0], 2, outputSize: [3, 4], randomSamples: samples).square()
        } < 1e-6)
        let drawn = FractionalMaxPool2d(2, outputRatio: 0.5).withIndices(numbers([3, 8, 8]))
        #expect(drawn.output.shape == [3, 4, 4] && drawn.indices.max().item(as: Int.self) < 64)
        #expect(throws: TensorError.self) { try checked { fractionalMaxPool2d(numbers([1, 4, 4]), 2) } }
        #expect(throws: TensorError.self) { try checked { fractionalMaxPool2d(numbers([1, 4, 4]), 3, outputSize: 3) } }
    }

    @Test func wrongCallsAreErrors() {
        #expect(throws: TensorError.self) { try checked { unfold(numbers([4, 4]), 2) } }
        #expect(throws: TensorError.self) { try checked { unfold(numbers([1, 4, 4]), 5) } }
        #expect(throws: TensorError.self) { try checked { fold(numbers([1, 7, 9]), outputSize: 4, 2) } }
        #expect(throws: TensorError.self) { try checked { fold(numbers([1, 8, 8]), outputSize: 4, 2) } }
    }
}
