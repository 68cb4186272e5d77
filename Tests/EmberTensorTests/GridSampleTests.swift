import Ember
import Testing

@Suite struct GridSampleTests {
    private let image = numbers([1, 2, 3, 4])
    private let grid = numbers([1, 2, 3, 2], 0.4) * 1.3

    private static let expected: [(GridSampleMode, GridSamplePadding, [Double])] = [
        (.bilinear, .zeros, [0.066146, 0.06133, -0.249698, -0.493088, -0.057194, 0, -0.037048, -0.023703, 0.067442, 0.593397, 0.020671, 0]),
        (.bilinear, .border, [0.825449, 0.683567, -0.437015, -0.51201, -0.778824, 0.068434, -0.684305, -0.265173, -0.14619, 0.84828, 0.218487,
                              0.570885]),
        (.bilinear, .reflection, [0.746882, 0.682957, -0.63216, -0.823984, -0.80845, 0.257174, -0.418331, -0.263944, 0.170741, 0.991607,
                                  0.292186, 0.352448]),
        (.nearest, .zeros, [0, 0, 0, -0.823984, 0, 0, 0, 0, 0, 0.991607, 0, 0]),
        (.nearest, .border, [0.905955, 0.390885, -0.234176, -0.823984, -0.719572, -0.164471, -0.95684, 0.324463, -0.475618, 0.991607, 0.071089,
                             0.78162]),
        (.nearest, .reflection, [0.595561, 0.390885, -0.999367, -0.823984, -0.719572, -0.164471, 0.093935, 0.324463, 0.767116, 0.991607,
                                 0.071089, 0.78162]),
        (.bicubic, .zeros, [0.068096, 0.064518, -0.361953, -0.651995, -0.057035, -0.017877, -0.036538, -0.021986, 0.16491, 0.686525, 0.027032,
                            -0.027305]),
        (.bicubic, .border, [0.980026, 0.881848, -0.575169, -0.581781, -0.975382, 0.037733, -0.830475, -0.283462, -0.093695, 0.906925, 0.40309,
                             0.689339]),
        (.bicubic, .reflection, [0.877495, 0.884336, -0.840657, -1.058902, -0.938988, 0.311466, -0.502277, -0.30912, 0.339935, 1.112224,
                                 0.419113, 0.350489]),
    ]

    @Test func valuesOfPyTorch() {
        for (mode, padding, values) in Self.expected {
            let result = gridSample(image, grid, mode: mode, paddingMode: padding, alignCorners: padding == .border)
            #expect(close(result, values), "\(mode) \(padding)")
        }
        #expect(close(gridSample(numbers([1, 1, 2, 3, 2]), numbers([1, 1, 2, 2, 3], 0.2) * 1.2), [0.111015, 0.241482, 0.051708, 0.189665]))
    }

    @Test func affineGrids() {
        #expect(close(affineGrid(numbers([1, 2, 3]), size: [1, 1, 2, 3]), [
            -0.099069, 1.446056, -0.099069, 0.896733, -0.099069, 0.347411, 0.880839, 0.726485, 0.880839, 0.177162, 0.880839, -0.372161,
        ]))
        #expect(close(affineGrid(numbers([1, 3, 4]), size: [1, 1, 1, 2, 2], alignCorners: true), [
            -1.803892, 0.018153, 1.829104, -1.803892, -1.420991, -0.169631, 0.155924, 1.092048, 1.360752, 0.155924, -0.347095, -0.637982,
        ]))
        let identity = Tensor([[[1.0, 0, 0], [0, 1, 0]]], dtype: .float64)
        for corners in [false, true] {
            let same = gridSample(image, affineGrid(identity, size: [1, 2, 3, 4], alignCorners: corners), alignCorners: corners)
            #expect((same - image).abs().max().item() < 1e-12)
        }
    }

    @Test func gradientsToSecondOrder() {
        for (mode, padding, _) in Self.expected {
            for corners in [false, true] {
                #expect(gradientError([image, grid * 0.9 + 0.0123]) { x in
                    gridSample(x[0], x[1], mode: mode, paddingMode: padding, alignCorners: corners).square()
                } < 1e-5, "\(mode) \(padding)")
            }
        }
        #expect(gradientError([numbers([1, 2, 2, 3, 2]), numbers([1, 1, 2, 2, 3], 0.2)]) { gridSample($0[0], $0[1]).square() } < 1e-5)
        #expect(gradientError([numbers([1, 2, 3])]) { affineGrid($0[0], size: [1, 1, 2, 3]).square() } < 1e-6)
    }

    @Test func nothingIsReadOutside() {
        let x = Tensor([1, .infinity, .nan, 4], shape: [1, 1, 2, 2], dtype: .float32)
        let far = Tensor([-1, -1, 9, 9, .nan, 0, .infinity, 0], shape: [1, 1, 4, 2], dtype: .float32)
        let values = gridSample(x, far, alignCorners: true).array(of: Float.self)
        #expect(values[1...].allSatisfy { $0 == 0 })
        #expect(gridSample(x[0..<0], far[0..<0]).shape == [0, 1, 1, 4])
    }

    @Test func wrongCallsAreErrors() {
        #expect(throws: TensorError.self) { try checked { gridSample(image, grid.to(.float32)) } }
        #expect(throws: TensorError.self) { try checked { gridSample(image, numbers([2, 2, 3, 2])) } }
        #expect(throws: TensorError.self) { try checked { gridSample(image, numbers([1, 2, 3, 3])) } }
        #expect(throws: TensorError.self) { try checked { gridSample(image[0], grid) } }
        #expect(throws: TensorError.self) {
            try checked { gridSample(numbers([1, 1, 2, 2, 2]), numbers([1, 1, 1, 1, 3]), mode: .bicubic) }
        }
        #expect(throws: TensorError.self) { try checked { affineGrid(numbers([1, 2, 2]), size: [1, 1, 2, 2]) } }
    }
}
