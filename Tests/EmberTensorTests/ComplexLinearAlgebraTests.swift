import Ember
import Testing

/// Pseudo-random complex numbers that PyTorch's can be recorded for.
private func complexMatrices(_ shape: Shape, _ real: Double, _ imaginary: Double) -> Tensor {
    .complex(matrices(shape, real), matrices(shape, imaginary))
}

/// Complex forms of linear algebra: values recorded from PyTorch 2.13, and gradients against differences.
@Suite struct ComplexLinearAlgebraTests {
    private let a = complexMatrices([3, 3], 0.2, 1.1), b = complexMatrices([3, 2], 0.5, 1.7), wide = complexMatrices([2, 3], 0.4, 1.3)
    private var positive: Tensor { a.matmul(a.mH) + Tensor.eye(3, dtype: .complex128) }

    /// Complex tensors as real and imaginary parts in turn.
    private func expect(_ actual: Tensor, _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation) {
        let values: [Double] = (actual.dtype.isComplex ? actual.viewAsReal() : actual).array()
        let worst = zip(values, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(values.count == expected.count && worst <= 1e-9, "differs by \(worst)", sourceLocation: sourceLocation)
    }

    private func distance(_ a: Tensor, _ b: Tensor) -> Double { (a - b).abs().amax().item() }

    private func check(_ inputs: [Tensor], _ f: @escaping ([Tensor]) -> [Tensor], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(throws: Never.self, sourceLocation: sourceLocation) {
            try gradcheck(inputs, f)
            try gradgradcheck(inputs, f)
        }
    }

    @Test func valuesAgreeWithPyTorch() {
        let x = [1.00409827159, 0.659016230813, 0.65231357261, -0.229245254508, 0.788742792991, 1.33343628005, 1.26445053097, 0.122220963894,
                 -0.811568863079, -0.694232582568, -1.28993411798, 0.116655868532]
        expect(a.solve(b), x)
        expect(a.inv().matmul(b), x)
        expect(a.luFactor().lu.luSolve(a.luFactor().pivots, b), x)
        #expect(distance(a.mH.matmul(a.luFactor().lu.luSolve(a.luFactor().pivots, b, adjoint: true)), b) < 1e-12)
        expect(a.det(), [-1.38633642487, -3.07579145108])
        expect(a.slogdet().sign, [-0.410914340296, -0.911673957585])
        expect(a.slogdet().logAbsDet, [1.21603510608])
        expect(a.logdet(), [1.21603510608, -1.99425308723])
        expect(positive.cholesky(), [1.92606851133, 0, 0, 0, 0, 0, -0.525512930688, -0.171785514291, 2.15204688965, 0, 0, 0, 1.11149366426,
                                     -0.235692911583, 0.336014756869, -0.489422529346, 1.7172717258, 0])
        expect(positive.eigvalsh(), [1.48898331858, 5.17600227387, 6.57416605993])
        expect(a.svdvals(), [2.36096718739, 2.04352692027, 0.699273421903])
        expect(a.qr().r, [-1.97902693698, 0, 0.39629574174, -0.160710924546, -0.594662112629, 0.0811110476714, 0, 0, 1.41197398918, 0,
                          1.51874876689, 0.146706225569, 0, 0, 0, 0, -1.20736597971, 0])
        expect(a.matrixExp(), [-0.127399643205, 1.19923336384, 0.147484018418, 0.0729690783882, -1.27146946048, 1.16372021927, 0.648058831357,
                               0.0786967568122, 0.759826645809, -0.264102231794, -1.01864587869, -0.578821268176, -1.20624803624,
                               2.00112910433, -0.604776966259, 0.814569251028, 0.65832821806, 1.7919938039])
        expect(b.pinv(), [-0.10228054528, -0.57940135142, 0.164422045392, -0.133860074146, -0.190983353451, -0.419521026781, -0.0323629594803,
                          0.604975119608, 0.219434162428, -0.0973508681697, -0.496408361302, 0.352048835748])
        let ldl = positive.ldlFactor(hermitian: true)
        expect(ldl.ld.ldlSolve(ldl.pivots, b, hermitian: true), [0.536027387964, 0.498114433261, 0.580072362907, -0.21430258291, 0.226219777987,
            0.409113065081, 0.382901956501, 0.101239831236, -0.560724174233, -0.12257930631, -0.483350128215, 0.21504632318])
        expect(a.vecdot(a + 1.0), [4.21101899607, -1.92095625637, 2.958357061, 0.260388789812, 4.94696076015, -2.45185714607])
        expect(a.matrixNorm(.nuclear), [5.10376752956])
        expect(a.matrixNorm(.one), [3.5204902876])
        for driver in [LeastSquaresDriver.gels, .gelsy, .gelsd, .gelss] {
            #expect(distance(b.lstsq(a, driver: driver).solution, b.pinv().matmul(a)) < 1e-12)
        }
        let (q, r) = a.qr(), reflectors = a.geqrf()
        #expect(distance(q.matmul(r), a) < 1e-12 && distance(reflectors.a.householderProduct(reflectors.tau), q) < 1e-12)
        #expect(distance(reflectors.a.ormqr(reflectors.tau, b, transpose: true), q.mH.matmul(b)) < 1e-12)
        let (u, s, vh) = wide.svd()
        #expect(distance((u * s.unsqueeze(-2)).matmul(vh.narrow(-2, start: 0, count: 2)), wide) < 1e-12)
        #expect(wide.to(.complex64).svdvals().dtype == .float32 && a.to(.complex64).matrixExp().dtype == .complex64)
    }

    @Test func eigenvaluesOfAnyMatrix() {
        expect(matrices([3, 3], 0.2).eigvals().real.sort(0).values, [-1.72776240179, 0.676475100118, 1.13822759253])
        // A rotation has the eigenvalues exp(±iφ).
        let turn = Tensor([[0.6, -0.8], [0.8, 0.6]], dtype: .float64)
        expect(turn.eigvals().imag.sort(0).values, [-0.8, 0.8])
        for x in [a, complexMatrices([2, 1, 4, 4], 0.3, 0.8), matrices([3, 5, 5], 0.7), matrices([4, 4], 0.1).to(.float32)] {
            let (values, vectors) = x.eig()
            #expect(values.dtype == x.dtype.complexType)
            let tolerance = x.dtype == .float32 ? 1e-5 : 1e-12
            #expect(distance(x.to(values.dtype).matmul(vectors), vectors * values.unsqueeze(-2)) < tolerance)
            #expect(distance(vectors.abs().square().sum(-2), Tensor.ones(values.shape, dtype: x.dtype.realType)) < tolerance)
        }
        #expect(Tensor.zeros([2, 0, 0]).eig().eigenvectors.shape == [2, 0, 0] && Tensor.zeros([0, 3, 3]).eigvals().dtype == .complex64)
        #expect(throws: TensorError.self) { try checked { Tensor.full([2, 2], .double(.nan)).eigvals() } }
        #expect(throws: TensorError.self) { try checked { wide.eig().eigenvalues } }
    }

    @Test func gradientsOfSolversAndFactors() {
        check([a, b]) { [$0[0].solve($0[1])] }
        check([a, b.mT.contiguous()]) { [$0[0].solve($0[1], left: false)] }
        check([a]) { [$0[0].inv()] }
        check([a]) { [$0[0].det()] }
        check([a]) { let (sign, logarithm) = $0[0].slogdet(); return [sign, logarithm] }
        check([a]) { [$0[0].logdet()] }
        check([a, b]) { [$0[0].solveTriangular($0[1], upper: true)] }
        for upper in [true, false] {
            check([a]) { [($0[0].matmul($0[0].mH) + Tensor.eye(3, dtype: .complex128)).cholesky(upper: upper)] }
            let factor = positive.cholesky(upper: upper)
            check([b, factor]) { [$0[0].choleskySolve(upper ? $0[1].triu() : $0[1].tril(), upper: upper)] }
        }
        for x in [a, b, wide] {
            check([x]) { let (_, l, u) = $0[0].lu(); return [l, u] }
            check([x]) { let (q, r) = $0[0].qr(); return [q, r] }
            check([x]) { [$0[0].pinv()] }
        }
        check([b, a]) { let x = $0[0].lstsq($0[1], driver: .gelsd); return [x.solution, x.residuals] }
        let reflectors = b.geqrf()
        check([reflectors.a, reflectors.tau]) { [$0[0].householderProduct($0[1])] }
    }

    @Test func gradientsOfSpectraAndFunctions() {
        for x in [a, b, wide] {
            // Functions that do not depend on the phases of vectors.
            check([x]) { let (u, s, vh) = $0[0].svd(fullMatrices: false); return [u.abs(), s, vh.abs(), u.matmul(vh)] }
        }
        check([a]) {
            let (values, vectors) = ($0[0] + $0[0].mH).eigh()
            return [values, vectors.abs()]
        }
        for x in [a, matrices([3, 3], 0.2), matrices([4, 4], 0.1)] {
            check([x]) { let (values, vectors) = $0[0].eig(); return [values, vectors.abs()] }
            check([x]) { [$0[0].eigvals()] }
        }
        check([a]) { [$0[0].matrixExp()] }
        check([a]) { [$0[0].matrixNorm(.nuclear), $0[0].cond()] }
        check([a, wide]) { [multiDot([$0[1], $0[0], $0[0]])] }
        check([a, a.mT.contiguous()]) { [$0[0].vecdot($0[1]), $0[0].cross($0[1])] }
    }
}
