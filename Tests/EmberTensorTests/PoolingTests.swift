import Ember
import Testing

@Suite struct PoolingTests {
    /// Row-major and with the channels innermost.
    static func layouts(_ shape: Shape) -> [Tensor] {
        let x = numbers(shape)
        return [x, x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)]
    }

    @Test func valuesOfPyTorch() {
        for x in Self.layouts([1, 2, 5, 4]) {
            let max = maxPool2dWithIndices(x, [3, 2], stride: 2, padding: [1, 0], ceilMode: true)
            #expect(close(max.output, [0.979908, 0.93376, 0.536948, 0.991607, 0.071089, 0.991607, 0.994311, 0.093935, 0.994311, 0.517468,
                                       0.941719, 0.975079]))
            #expect(max.indices.array(of: Int.self) == [1, 6, 5, 15, 16, 15, 4, 3, 4, 14, 13, 18])
            #expect(close(avgPool2d(x, 3, stride: 2, padding: 1, ceilMode: true), [
                0.088587, 0.205894, -0.164743, -0.327415, 0.336385, 0.237116, -0.269192, -0.020341, 0.295538, 0.1765, -0.284506, -0.092871,
                0.400749, -0.095202, -0.397458, 0.044556, 0.231991, -0.126371,
            ]))
            #expect(close(avgPool2d(x, 3, stride: 2, padding: 1, countIncludePad: false), [
                0.199321, 0.308841, -0.491122, 0.336385, -0.605682, -0.030511, 0.397126, -0.426759, 0.601123, -0.095202, 0.100251, 0.347987,
            ]))
            #expect(close(adaptiveAvgPool2d(x, [3, nil]), [
                -0.359786, 0.758428, 0.662322, -0.494228, -0.795775, -0.186469, 0.721393, 0.474232, -0.298649, -0.912715, -0.065433, 0.886614,
                0.880713, -0.086461, -0.915203, -0.278613, 0.48877, 0.713475, -0.204166, -0.794917, -0.476298, 0.6768, 0.746274, -0.379112,
            ]))
            let adaptive = adaptiveMaxPool2dWithIndices(x, [2, 3])
            #expect(close(adaptive.output, [0.979908, 0.979908, 0.93376, 0.071089, 0.905955, 0.991607, 0.994311, 0.896012, 0.093935, 0.941719,
                                            0.975079, 0.975079]))
            #expect(adaptive.indices.array(of: Int.self) == [1, 1, 6, 16, 10, 15, 4, 9, 3, 13, 18, 18])
            #expect(close(lpPool2d(x.abs(), p: 3, 2), [1.136598, 1.12866, 1.249428, 1.252315, 1.162196, 1.220837, 1.213872, 1.156759]))
        }
        let row = maxPool1dWithIndices(numbers([2, 6]), 2)
        #expect(close(maxUnpool1d(row.output, row.indices, 2),
                      [0, 0.979908, 0.390885, 0, 0, 0.536948, 0.93376, 0, 0, -0.234176, 0.905955, 0]))
    }

    @Test func notANumberWins() {
        let x = Tensor([1, .nan, 3, 4], shape: [1, 1, 4], dtype: .float32)
        let y = maxPool1d(x, 2).array(of: Float.self)
        #expect(y[0].isNaN && y[1] == 4)
    }

    /// Rows of several registers, whose windows lie next to each other, overlap, have gaps and end in padding.
    @Test func longRows() {
        let width = 157
        let values = (0..<width).map { Float(($0 * 37) % 101) - 50 }
        let x = Tensor(values, shape: [1, 1, width], dtype: .float32)
        for stride in 1...5 {
            for kernel in 1...6 {
                let padding = kernel / 2, outputs = (width + 2 * padding - kernel) / stride + 1
                var largest: [Float] = [], positions: [Int] = [], means: [Float] = []
                for output in 0..<outputs {
                    let begin = output * stride - padding
                    var best = -Float.infinity, position = -1, sum: Float = 0
                    for at in Swift.max(begin, 0)..<Swift.min(begin + kernel, width) {
                        sum += values[at]
                        if values[at] > best {
                            best = values[at]
                            position = at
                        }
                    }
                    largest.append(best)
                    positions.append(position)
                    means.append(sum / Float(kernel))
                }
                let pooled = maxPool1dWithIndices(x, kernel, stride: stride, padding: padding)
                #expect(pooled.output.array(of: Float.self) == largest, "\(kernel) / \(stride)")
                #expect(pooled.indices.array(of: Int.self) == positions, "\(kernel) / \(stride)")
                #expect(maxPool1d(x, kernel, stride: stride, padding: padding).array(of: Float.self) == largest)
                #expect(avgPool1d(x, kernel, stride: stride, padding: padding).array(of: Float.self) == means)
            }
        }
    }

    @Test func gradientsToSecondOrder() {
        for x in Self.layouts([1, 2, 4, 3]) {
            #expect(gradientError([x]) { let y = maxPool2d($0[0], [3, 2], stride: 1, padding: 1); return y * y } < 1e-6)
            #expect(gradientError([x]) { let y = avgPool2d($0[0], 2, stride: [1, 2], padding: 1, ceilMode: true); return y * y } < 1e-6)
            #expect(gradientError([x]) { let y = adaptiveAvgPool2d($0[0], [3, 2]); return y * y } < 1e-6)
            #expect(gradientError([x]) { let y = adaptiveMaxPool2d($0[0], 2); return y * y } < 1e-6)
        }
        #expect(gradientError([numbers([1, 2, 3, 3, 2])]) { maxPool3d($0[0], 2, stride: 1).square() } < 1e-6)
        #expect(gradientError([numbers([1, 2, 5])]) { x in
            let pooled = maxPool1dWithIndices(x[0], 2)
            return maxUnpool1d(pooled.output.square(), pooled.indices, 2)
        } < 1e-6)
        #expect(gradientError([numbers([1, 2, 6]).square() + 0.1]) { lpPool1d($0[0], p: 3, 2) } < 1e-5)
    }

    @Test func everyTypeAndManyChannels() {
        let x = numbers([2, 37, 9, 8]) * 20
        let positive = x.round() + 100
        let expected = maxPool2d(positive, 3, stride: 2, padding: 1), mean = avgPool2d(x, 2)
        for dtype in DType.allCases where dtype != .bool && !dtype.isComplex {
            let converted = positive.to(dtype).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
            #expect(maxPool2d(converted, 3, stride: 2, padding: 1).array(of: Int.self) == expected.array(of: Int.self), "\(dtype)")
        }
        #expect((avgPool2d(x.to(.float32), 2).to(.float64) - mean).abs().max().item() < 1e-5)
        #expect(maxPool2d(.ones([0, 3, 4, 4]), 2).shape == [0, 3, 2, 2])
    }

    @Test func wrongCallsAreErrors() {
        let x = Tensor.ones([1, 2, 4, 4])
        #expect(throws: TensorError.self) { try checked { maxPool2d(x, 5) } }
        #expect(throws: TensorError.self) { try checked { maxPool2d(x, 2, padding: 2) } }
        #expect(throws: TensorError.self) { try checked { maxPool2d(x, [2, 2, 2]) } }
        #expect(throws: TensorError.self) { try checked { avgPool2d(x, 2, stride: 0) } }
        #expect(throws: TensorError.self) { try checked { avgPool2d(x, 2, divisorOverride: 0) } }
        #expect(throws: TensorError.self) { try checked { adaptiveAvgPool2d(x, -1) } }
        #expect(throws: TensorError.self) { try checked { maxPool1d(x, 2) } }
        #expect(throws: TensorError.self) { try checked { maxUnpool1d(.ones([1, 1, 2]), Tensor([0, 9]).reshape([1, 1, 2]), 2) } }
    }
}
