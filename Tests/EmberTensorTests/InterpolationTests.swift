import Ember
import Testing

@Suite struct InterpolationTests {
    private let image = numbers([1, 1, 3, 4])

    @Test func valuesOfPyTorch() {
        #expect(close(interpolate(image, size: [2, 3], mode: .bilinear), [-0.005049, 0.697886, -0.461488, -0.781414, 0.435756, 0.490111]))
        #expect(close(interpolate(image, size: [5, 2], mode: .bilinear, alignCorners: true),
                      [0, -0.823984, -0.359786, -0.494228, -0.719572, -0.164471, -0.859469, 0.215545, -0.999367, 0.595561]))
        #expect(close(interpolate(image, scaleFactor: 1.5, mode: .bicubic), [
            -0.020514, 0.603655, 1.025786, 0.563509, -0.33198, -0.98757, -0.434621, 0.264126, 0.929353, 0.815743, 0.034181, -0.672287,
            -0.927226, -0.272407, 0.594332, 0.997997, 0.5446, -0.082782, -1.044665, -0.64994, 0.099858, 0.81977, 0.807142, 0.461349,
        ]))
        #expect(close(interpolate(image, size: [2, 3], mode: .area), [0.199321, 0.710375, 0.084047, -0.354042, 0.535622, 0.567701]))
        #expect(close(interpolate(numbers([1, 1, 2, 2, 3]), size: [3, 1, 2], mode: .trilinear),
                      [-0.276452, 0.380479, 0.039289, 0.160869, 0.355029, -0.058742]))
    }

    @Test func antialiasing() {
        #expect(close(interpolate(image, size: 2, mode: .bicubic, antialias: true), [0.375153, 0.092361, -0.319424, 0.630062]))
        #expect(close(interpolate(image, size: [2, 3], mode: .bilinear, antialias: true),
                      [0.055252, 0.70413, -0.225328, -0.609612, 0.485689, 0.492298]))
    }

    @Test func givenFactorsAndRecomputedOnes() {
        #expect(close(interpolate(image, scaleFactor: [1.4, 0.6], mode: .bilinear),
                      [0.326636, 0.390885, -0.03186, 0.701099, -0.427467, 0.925815, -0.744303, 0.905955]))
        #expect(close(interpolate(image, scaleFactor: [1.4, 0.6], mode: .bilinear, recomputeScaleFactor: true),
                      [0.489954, -0.21655, 0.126663, 0.159196, -0.288359, 0.521937, -0.616772, 0.750758]))
    }

    @Test func nearestOfEveryType() {
        for dtype in [DType.float32, .float64, .bfloat16, .uint8, .int64] {
            let x = Tensor.arange(5, dtype: dtype).reshape([1, 1, 5])
            #expect(interpolate(x, size: 8).array(of: Int.self) == [0, 0, 1, 1, 2, 3, 3, 4])
            #expect(interpolate(x, size: 8, mode: .nearestExact).array(of: Int.self) == [0, 0, 1, 2, 2, 3, 4, 4])
            #expect(interpolate(x, scaleFactor: 0.7, mode: .nearestExact).array(of: Int.self) == [0, 2, 3])
        }
    }

    @Test func bytesAreRoundedAfterEachDimension() {
        let x = (numbers([1, 2, 4, 5]) * 127.0 + 128.0).to(.uint8)
        #expect(interpolate(x, size: [3, 7], mode: .bilinear).array(of: Int.self) == [
            139, 203, 227, 165, 61, 31, 46, 220, 223, 182, 75, 28, 63, 134, 251, 192, 109, 11, 47, 128, 217, 215, 126, 46, 12, 111, 193, 252,
            131, 61, 29, 77, 184, 222, 217, 44, 31, 63, 168, 227, 201, 136,
        ])
        #expect(interpolate(x, size: [2, 3], mode: .bicubic, antialias: true).array(of: Int.self)
            == [209, 133, 40, 221, 53, 125, 122, 54, 222, 38, 135, 207])
    }

    @Test func channelsLastStaysSo() {
        let x = numbers([2, 5, 4, 6]), last = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
        for mode in [InterpolationMode.nearest, .bilinear, .bicubic, .area] {
            let expected = interpolate(x, size: [7, 3], mode: mode), result = interpolate(last, size: [7, 3], mode: mode)
            #expect(result.strides == [105, 1, 15, 5])
            #expect((result - expected).abs().max().item() < 1e-12)
        }
    }

    /// Doubled rows, borders and other places are each copied in their own way.
    @Test func chosenPlaces() {
        let x = Tensor.arange(0, 960, dtype: .float32).reshape([2, 3, 4, 40])
        for size in [[8, 80], [4, 97], [9, 20]] {
            let result = interpolate(x, size: size)
            let rows = Tensor((0..<size[0]).map { $0 * 4 / size[0] }), columns = Tensor((0..<size[1]).map { $0 * 40 / size[1] })
            #expect((result .== x.indexSelect(2, rows).indexSelect(3, columns)).all().item(as: Bool.self), "\(size)")
        }
        let mirrored = Tensor([2, 1, 0, 1, 2, 3, 2]), edges = Tensor([1] + Array(0..<40) + [38, 37])
        let padded = pad(x, [1, 2, 2, 1], mode: .reflect)
        #expect((padded .== x.indexSelect(2, mirrored).indexSelect(3, edges)).all().item(as: Bool.self))
        let turned = x.permute(0, 2, 3, 1)
        #expect((pad(turned.permute(0, 3, 1, 2), [1, 2, 2, 1], mode: .reflect) .== padded).all().item(as: Bool.self))
    }

    /// Few long rows get their border run by run, many by a table of places.
    @Test func bordersOfFewRows() {
        let x = Tensor.arange(0, 200, dtype: .float32).reshape([2, 2, 50])
        let many = Tensor.zeros([10, 2, 50]) + x.narrow(0, start: 0, count: 1)
        for mode in [PadMode.reflect, .replicate, .circular] {
            for sides in [[3, 5], [0, 7], [-2, 4]] {
                let few = pad(x, sides, mode: mode), expected = pad(many, sides, mode: mode)
                #expect((few[0] .== expected[9]).all().item(as: Bool.self), "\(mode) \(sides)")
                let turned = pad(x.permute(1, 2, 0).contiguous().permute(2, 0, 1), sides, mode: mode)
                #expect((turned .== few).all().item(as: Bool.self), "\(mode) \(sides)")
            }
        }
    }

    @Test func gradientsToSecondOrder() {
        let modes: [(InterpolationMode, Bool?, Bool)] = [
            (.nearest, nil, false), (.nearestExact, nil, false), (.bilinear, false, false), (.bilinear, true, false), (.bicubic, false, false),
            (.area, nil, false), (.bilinear, nil, true), (.bicubic, nil, true),
        ]
        for (mode, corners, antialias) in modes {
            for size in [[2, 5], [4, 3]] {
                #expect(gradientError([numbers([1, 2, 3, 4])]) { x in
                    interpolate(x[0], size: size, mode: mode, alignCorners: corners, antialias: antialias).square()
                } < 1e-6, "\(mode) \(size)")
            }
        }
        #expect(gradientError([numbers([1, 2, 3])]) { interpolate($0[0], scaleFactor: 2, mode: .linear).square() } < 1e-6)
    }

    @Test func wrongCallsAreErrors() {
        #expect(throws: TensorError.self) { try checked { interpolate(image) } }
        #expect(throws: TensorError.self) { try checked { interpolate(image, size: 2, scaleFactor: 2) } }
        #expect(throws: TensorError.self) { try checked { interpolate(image, size: 2, mode: .linear) } }
        #expect(throws: TensorError.self) { try checked { interpolate(image, size: 0) } }
        #expect(throws: TensorError.self) { try checked { interpolate(image, scaleFactor: 0.1) } }
        #expect(throws: TensorError.self) { try checked { interpolate(image, scaleFactor: Double.nan) } }
        #expect(throws: TensorError.self) { try checked { interpolate(image, size: 2, alignCorners: true) } }
        #expect(throws: TensorError.self) { try checked { interpolate(image, size: 2, antialias: true) } }
        #expect(throws: TensorError.self) { try checked { interpolate(image.to(.int64), size: 2, mode: .bilinear) } }
    }

    @Test func linesThroughPoints() {
        let xp = Tensor([0, 1, 2.5], dtype: .float64), fp = Tensor([1, -1, 4], dtype: .float64)
        #expect(close(Tensor([-1, 0, 0.4, 1.7, 2, 5], dtype: .float64).interp(xp, fp), [1, 1, 0.2, 1.333333, 2.333333, 4]))
        #expect(close(Tensor([-1, 5], dtype: .float64).interp(xp, fp, left: 7, right: 8), [7, 8]))
        #expect(close(Tensor([-1, 5], dtype: .float64).interp(xp[0..<1], fp[0..<1]), [1, 1]))
        #expect(gradientError([Tensor([[0.4, 1.7], [2, 0.1]], dtype: .float64), xp, fp]) { $0[0].interp($0[1], $0[2]) } < 1e-6)
        #expect(throws: TensorError.self) { try checked { fp.interp(fp, xp) } }
    }
}
