import Ember
import Testing

/// Values, first derivatives of Σ (k + 1) y_k and derivatives of Σ i · dx_i as PyTorch 2.13 has them (nil: there is none).
@Suite struct ReductionGradientTests {
    private static let x = Tensor([[1.0, 2, 4], [0.5, -1, 3]], dtype: .float64)
    private static let withZero = Tensor([[1.0, 0, 4], [0.5, -1, 3]], dtype: .float64)
    private let positions = Tensor([0.0, 1, 3], dtype: .float64)
    private let importances = Tensor([0.2, 0.3, 0.5], dtype: .float64)

    private func expect(_ function: (Tensor) -> Tensor, _ value: [Double], _ first: [Double], _ second: [Double]?, at x: Tensor = Self.x,
                        sourceLocation: SourceLocation = #_sourceLocation) throws {
        let leaf = x.requiringGrad()
        let y = function(leaf)
        close(y, value, sourceLocation)
        let weighted = (y * Tensor.arange(1.0, Scalar(Double(y.count) + 0.5), dtype: .float64).reshape(y.shape)).sum()
        let gradient = try #require(gradients(of: weighted, with: [leaf], createGraph: true)[0])
        close(gradient, first, sourceLocation)
        guard let second else { return }
        let again = gradients(of: (gradient * Tensor.arange(6.0, dtype: .float64).reshape(2, 3)).sum(), with: [leaf])[0]
        close(again ?? x.zerosLike(), second, sourceLocation)
    }

    private func expectAtZero(_ function: (Tensor) -> Tensor, _ value: [Double], _ first: [Double], _ second: [Double]?,
                              sourceLocation: SourceLocation = #_sourceLocation) throws {
        try expect(function, value, first, second, at: Self.withZero, sourceLocation: sourceLocation)
    }

    private func close(_ x: Tensor, _ expected: [Double], _ sourceLocation: SourceLocation) {
        let values = x.array(of: Double.self)
        #expect(values.count == expected.count, sourceLocation: sourceLocation)
        for (a, b) in zip(values, expected) { #expect(abs(a - b) < 2e-7, "\(values)", sourceLocation: sourceLocation) }
    }

    @Test func products() throws {
        try expect({ $0.prod(1) }, [8, -1.5],
                   [8, 4, 2, -6, 3, -1],
                   [8, 2, 1, 14, 23, -2])
        try expectAtZero({ $0.prod() }, [0],
                   [0, -6, 0, 0, 0, 0],
                   [-6, -25, -1.5, -12, 6, -2])
        try expectAtZero({ $0.prod(1) }, [0, -1.5],
                   [0, 4, 0, -6, 3, -1],
                   [4, 2, 1, 14, 23, -2])
        try expect({ $0.cumprod(1) }, [1, 2, 8, 0.5, -0.5, -1.5],
                   [29, 14, 6, -19, 11.5, -3],
                   [26, 6, 3, 62, 84, -6])
        try expectAtZero({ $0.cumprod(1) }, [1, 0, 0, 0.5, -0.5, -1.5],
                   [1, 14, 0, -19, 11.5, -3],
                   [14, 6, 3, 62, 84, -6])
    }

    @Test func scans() throws {
        try expect({ $0.cumsum(1) }, [1, 3, 7, 0.5, -0.5, 2.5],
                   [6, 5, 3, 15, 11, 6],
                   nil)
        try expect({ $0.logCumSumExp(1) }, [1, 2.3132617, 4.169846, 0.5, 0.7014133, 3.0956743],
                   [1.663913, 1.8047028, 2.5313842, 8.5354457, 1.0119947, 5.4525595],
                   [-0.6203031, 0.118544, 0.5017592, -1.5666553, 0.6624267, 0.9042287])
        try expect({ $0.cummax(1).values }, [1, 2, 4, 0.5, 0.5, 3],
                   [1, 2, 3, 9, 0, 6],
                   nil)
        try expect({ $0.cummin(0).values }, [1, 2, 4, 0.5, -1, 3],
                   [1, 2, 3, 4, 5, 6],
                   nil)
    }

    @Test func moments() throws {
        try expect({ $0.var(1) }, [2.3333333, 4.0833333],
                   [-1.3333333, -0.3333333, 1.6666667, -0.6666667, -3.6666667, 4.3333333],
                   [-1, 0, 1, -2, 0, 2])
        try expect({ $0.var(correction: 0) }, [2.7013889],
                   [-0.1944444, 0.1388889, 0.8055556, -0.3611111, -0.8611111, 0.4722222],
                   [-0.8333333, -0.5, -0.1666667, 0.1666667, 0.5, 0.8333333])
        try expect({ $0.std(0) }, [0.3535534, 2.1213203, 0.7071068],
                   [0.7071068, 1.4142136, 2.1213203, -0.7071068, -1.4142136, -2.1213203],
                   [0, 0, 0, 0, 0, 0])
        try expect({ $0.std([0, 1], keepDim: true) }, [1.8004629],
                   [-0.0647982, 0.0462844, 0.2684495, -0.1203394, -0.2869632, 0.1573669],
                   [-0.2827036, -0.1630543, -0.0348382, 0.0462606, 0.144493, 0.2898426])
        try expect({ $0.cov() }, [2.3333333, 2.3333333, 2.3333333, 4.0833333],
                   [-2.1666667, -4.9166667, 7.0833333, -4.6666667, -8.1666667, 12.8333333],
                   [-3.5, 0, 3.5, -6.5, 0, 6.5])
        try expect({ $0.corrcoef() }, [1, 0.7559289, 0.7559289, 1],
                   [0.8099239, -1.2148858, 0.4049619, -0.9256273, 0.5785171, 0.3471102],
                   [-0.8843046, 1.123976, -0.2396713, 0.618659, -0.0684775, -0.5501815])
        try expect({ $0.cov(correction: 1, frequencies: Tensor([1, 2, 3]), importances: importances) }, [1.4861111, 2.1458333, 2.1458333, 3.8298611],
                   [-1.1319444, -5.1527778, 6.2847222, -2.2361111, -8.9444444, 11.1805556],
                   [-1.1666667, -1.2638889, 2.4305556, -2.1666667, -2.3472222, 4.5138889])
    }

    @Test func sums() throws {
        try expect({ $0.logSumExp(0) }, [1.474077, 2.0485874, 4.3132617],
                   [0.6224593, 1.9051483, 2.1931757, 0.3775407, 0.0948517, 0.8068243],
                   [-0.7050111, -0.27106, -1.7695074, 0.7050111, 0.27106, 1.7695074])
        try expect({ $0.nanSum(1) }, [7, 2.5],
                   [1, 1, 1, 2, 2, 2],
                   nil)
        try expect({ $0.nanMean() }, [1.5833333],
                   [0.1666667, 0.1666667, 0.1666667, 0.1666667, 0.1666667, 0.1666667],
                   nil)
    }

    @Test func norms() throws {
        try expect({ $0.norm(1, [1]) }, [7, 4.5],
                   [1, 1, 1, 2, -2, 2],
                   [0, 0, 0, 0, 0, 0])
        try expect({ $0.norm(2, [1]) }, [4.5825757, 3.2015621],
                   [0.2182179, 0.4364358, 0.8728716, 0.3123475, -0.624695, 1.8740851],
                   [-0.1039133, 0.0103913, 0.0207827, 1.4931735, 3.2606034, 0.8380056])
        try expect({ $0.norm(3, [1]) }, [4.1793392, 3.041101],
                   [0.0572512, 0.2290049, 0.9160195, 0.054064, -0.2162561, 1.9463046],
                   [-0.056467, 0.0031371, 0.0125482, 0.4882582, 2.3720888, 0.7093199])
        try expect({ $0.norm(1.5, [1]) }, [5.1914021, 3.5006433],
                   [0.438892, 0.620687, 0.877784, 0.7558595, -1.0689467, 1.8514701],
                   [-0.1004468, 0.0131185, 0.0185524, 1.8762695, 2.6912879, 0.5843844])
        try expect({ $0.norm(0.5, [1]) }, [19.4852814, 11.8278049],
                   [4.4142136, 3.1213203, 2.2071068, 9.7274066, -6.8783152, 3.9711971],
                   [0.8535534, -0.1767767, -0.125, -24.7565912, -16.8860224, -1.5025756])
        try expect({ $0.norm(-2, [1]) }, [0.8728716, 0.4423259],
                   [0.665045, 0.0831306, 0.0103913, 1.3846723, -0.173084, 0.0064105],
                   [0.2375161, -0.0950064, -0.0118758, -8.5187447, -4.127678, 0.0438981])
        try expect({ $0.norm(.infinity) }, [4],
                   [0, 0, 1, 0, 0, 0],
                   [0, 0, 0, 0, 0, 0])
        try expect({ $0.norm(-.infinity, [0]) }, [0.5, 1, 3],
                   [0, 0, 0, 1, -2, 3],
                   [0, 0, 0, 0, 0, 0])
        try expectAtZero({ $0.norm() }, [5.2201533],
                   [0.1915653, 0, 0.766261, 0.0957826, -0.1915653, 0.5746958],
                   [-0.1441133, 0.1915653, -0.1933227, 0.5026391, 0.9103743, 0.5254863])
        try expect({ $0.matrixNorm(.one) }, [7],
                   [0, 0, 1, 0, 0, 1],
                   [0, 0, 0, 0, 0, 0])
        try expect({ $0.matrixNorm(.negativeInfinity) }, [4.5],
                   [0, 0, 0, 1, -1, 1],
                   [0, 0, 0, 0, 0, 0])
        try expect({ $0.renorm(p: 2, dim: 0, maxNorm: 4) }, [0.8728715, 1.7457431, 3.4914862, 0.5, -1, 3],
                   [0.1662613, 0.3325225, -0.2078265, 4, 5, 6],
                   [0.2612677, -0.184075, 0.0475032, 0, 0, 0])
        try expect({ $0.pdist() }, [3.2015621],
                   [0.1561738, 0.9370426, 0.3123475, -0.1561738, -0.9370426, -0.3123475],
                   nil)
        try expect({ $0.cdist($0) }, [0, 3.2015621, 3.2015621, 0],
                   [0.7808688, 4.6852129, 1.5617376, -0.7808688, -4.6852129, -1.5617376],
                   nil)
        try expect({ $0.cdist($0.flip([0]), p: 1) }, [4.5, 0, 0, 4.5],
                   [5, 5, 5, -5, -5, -5],
                   nil)
    }

    @Test func differencesAndIntegrals() throws {
        try expect({ $0.diff(order: 2) }, [1, 5.5],
                   [1, -2, 1, 2, -4, 2],
                   nil)
        try expect({ $0.trapezoid(dx: 2) }, [9, 1.5],
                   [1, 2, 1, 2, 4, 2],
                   nil)
        try expect({ $0.trapezoid(x: positions) }, [7.5, 1.75],
                   [0.5, 1.5, 1, 1, 3, 2],
                   nil)
        try expect({ $0.cumulativeTrapezoid(x: positions) }, [1.5, 7.5, -0.25, 1.75],
                   [1.5, 3.5, 2, 3.5, 7.5, 4],
                   nil)
        try expect({ $0.gradient(dims: [1], edgeOrder: 2)[0] }, [0.5, 1.5, 2.5, -4.25, 1.25, 6.75],
                   [-1, -4, 5, -5.5, -4, 9.5],
                   nil)
        try expect({ $0.gradient(spacing: 2.0)[0] }, [-0.25, -1.5, -0.5, -0.25, -1.5, -0.5],
                   [-2.5, -3.5, -4.5, 2.5, 3.5, 4.5],
                   nil)
        try expect({ $0.gradient(coordinates: [positions], dims: [1], edgeOrder: 2)[0] }, [1, 1, 1, -2.6666667, -0.3333333, 4.3333333],
                   [-0.6666667, -2, 2.6666667, -4.6666667, -0.5, 5.1666667],
                   nil)
        try expect({ $0.gradient(coordinates: [positions], dims: [1])[0] }, [1, 1, 1, -1.5, -0.3333333, 2],
                   [-2.3333333, 0.5, 1.8333333, -7.3333333, 3.5, 3.8333333],
                   nil)
    }

    @Test func quantiles() throws {
        try expect({ $0.quantile(Tensor([0.25, 0.6], dtype: .float64), 1) }, [1.5, -0.25, 2.4, 1],
                   [0.5, 2.9, 0.6, 4.2, 1, 0.8],
                   nil)
        close(Self.x.quantile(0.3, interpolation: .nearest), [1], #_sourceLocation)
        #expect(abs(Tensor([1.0, .nan, 3, 7]).nanquantile(0.4).item() - 2.6) < 1e-6)
        #expect(Tensor([1.0, .nan, 3, 7]).quantile(0.4).item().isNaN)
        #expect(Self.x.quantile(Tensor([0.5, 1], dtype: .float64), 0, keepDim: true).shape == [2, 1, 3])
    }

    @Test func distancesOfManyRowsAreThoseOfFew() throws {
        let a = Tensor.randn([2, 30, 4], dtype: .float64, generator: Generator(seed: 1)).requiringGrad()
        let b = Tensor.randn([5, 4], dtype: .float64, generator: Generator(seed: 2)).requiringGrad()
        let c = Tensor.randn([2, 30, 5], dtype: .float64, generator: Generator(seed: 3))
        let many = a.cdist(b), few = (a.unsqueeze(-2) - b.unsqueeze(-3)).norm(2, [-1])
        #expect(many.allClose(few))
        let first = gradients(of: many, with: [a, b], cotangent: c, createGraph: true), wanted = gradients(of: few, with: [a, b], cotangent: c, createGraph: true)
        let second = gradients(of: try #require(first[0]).square().sum() + (try #require(first[1])).sin().sum(), with: [a, b])
        let wantedSecond = gradients(of: try #require(wanted[0]).square().sum() + (try #require(wanted[1])).sin().sum(), with: [a, b])
        for (x, y) in zip(first + second, wanted + wantedSecond) { #expect(try #require(x).allClose(try #require(y), rtol: 1e-6)) }
    }

    @Test func comparisons() {
        let a = Tensor([1.0, .nan, .infinity, 2]), b = Tensor([1.0 + 1e-6, .nan, .infinity, 2.1])
        #expect(a.isClose(b).array(of: Bool.self) == [true, false, true, false])
        #expect(a.isClose(b, equalNaN: true).array(of: Bool.self) == [true, true, true, false])
        #expect(!a.allClose(b) && Tensor([1, 2]).allClose(Tensor([1, 2])))
        #expect(Tensor([1, 2]).equal(Tensor([1, 2])) && !Tensor([1, 2]).equal(Tensor([1, 2, 3])) && !a.equal(a))
        #expect(throws: TensorError.self) { try checked { a.isClose(Tensor([1, 2, 3, 4])) } }
    }

    @Test func integersAndNothing() {
        #expect(Tensor([1, 2, 3]).cumsum(0).array(of: Int.self) == [1, 3, 6])
        #expect(Tensor([2, 3, 4], dtype: .int32).prod().dtype == .int64)
        #expect(Tensor.zeros([0]).prod().item() == 1 && Tensor.zeros([0]).sum().item() == 0)
        #expect(Tensor([true, true, false]).diff().array(of: Bool.self) == [false, true])
        #expect(Tensor([1, 0, 3]).countNonzero().item(as: Int.self) == 2)
        #expect(Tensor([1, 2, 4]).trapezoid().item() == 4.5)
        #expect(Tensor.zeros([3]).requiringGrad().std().item() == 0)
        #expect(throws: TensorError.self) { try checked { Tensor([1, 2]).var() } }
        #expect(throws: TensorError.self) { try checked { Tensor.zeros([2, 0]).norm(.infinity) } }
        #expect(throws: TensorError.self) { try checked { Tensor.zeros([2]).cumsum(1) } }
    }
}
