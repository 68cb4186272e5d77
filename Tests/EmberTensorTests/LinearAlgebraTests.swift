import Ember
import Testing

/// Pseudo-random numbers in -1…1 that PyTorch's can be recorded for.
func matrices(_ shape: Shape, _ phase: Double, dtype: DType = .float64) -> Tensor {
    let i = Tensor.arange(0, .int(shape.reduce(1, *)), dtype: .float64)
    return (i * i * 1.3 + i * 0.7 + phase).sin().reshape(shape).to(dtype)
}

/// The same values in memory with gaps, seen through a transposition.
func scattered(_ x: Tensor) -> Tensor {
    let wide = cat([x.mT.unsqueeze(-1), x.mT.unsqueeze(-1) * 0.0], dim: -1)
    return wide.contiguous().select(-1, 0).mT
}

private func expect(_ actual: Tensor, _ expected: [Double], _ shape: Shape, tolerance: Double = 1e-9,
                    sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(actual.shape == shape, sourceLocation: sourceLocation)
    let values: [Double] = actual.array()
    let worst = zip(values, expected).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
    #expect(values.count == expected.count && worst <= tolerance, "differs by \(worst)", sourceLocation: sourceLocation)
}

private func distance(_ a: Tensor, _ b: Tensor) -> Double { a.count == 0 ? 0 : (a - b).abs().amax().item() }

private func failure(_ body: () -> Tensor) -> String {
    do {
        _ = try checked { body() }
        return "nothing"
    } catch {
        return "\(error)"
    }
}

/// Values recorded from PyTorch 2.13, identities, and what wrong operands meet.
@Suite struct LinearAlgebraTests {
    private let a = matrices([3, 3], 0.2), b = matrices([3, 2], 0.5), tall = matrices([4, 3], 0.1), wide = matrices([2, 4], 0.3)
    private var positive: Tensor { a.matmul(a.mT) + Tensor.eye(3, dtype: .float64) }

    @Test func solversAgreeWithPyTorch() {
        let x = [0.66692360892, 0.915889536954, 1.16413783171, 1.39380805574, -1.20270577104, -1.43767784523]
        expect(a.solve(b), x, [3, 2])
        expect(scattered(a).solve(scattered(b)), x, [3, 2])
        expect(a.solve(b.select(1, 0)), [x[0], x[2], x[4]], [3])
        expect(a.mT.solve(b.mT, left: false), [x[0], x[2], x[4], x[1], x[3], x[5]], [2, 3])
        expect(a.inv(), [0.860580941748, 0.637777578672, 0.245230307064, 1.24346345336, 0.170295511445, -0.516881240032, -0.356814422664,
                         -0.535079962384, 0.747150187141], [3, 3])
        let factors = a.luFactor()
        expect(factors.lu.luSolve(factors.pivots, b), x, [3, 2])
        expect(factors.lu.luSolve(factors.pivots, a.mT.matmul(b), adjoint: true), b.array(), [3, 2])
        expect(factors.lu.luSolve(factors.pivots, b.mT.matmul(a), left: false), b.mT.array(), [2, 3])
        let ldl = (a + a.mT).ldlFactor()
        expect(ldl.ld, [-1.94359689149, 0, 0, -0.925656841392, 2.06269136496, 0, 0.672611041296, 0.0428221070383, 2.59565052958], [3, 3])
        #expect(ldl.pivots.array(of: Int32.self) == [2, 2, 3])
        expect(ldl.ld.ldlSolve(ldl.pivots, b), [0.582631592073, 0.760355766751, 0.5266341724, 0.626325115774, -0.538764721408,
                                                -0.639597920214], [3, 2])
        let l = positive.cholesky()
        expect(b.choleskySolve(l), positive.solve(b).array(), [3, 2])
        expect(b.choleskySolve(positive.cholesky(upper: true), upper: true), positive.solve(b).array(), [3, 2])
        expect(l.choleskyInverse(), positive.inv().array(), [3, 3])
        expect(l.solveTriangular(l.matmul(b), upper: false), b.array(), [3, 2])
        expect(b.triangularSolve(l, upper: false, transpose: true).solution, l.mT.inv().matmul(b).array(), [3, 2])
        expect(matrices([2, 3, 6], 0.6).tensorsolve(matrices([2, 3], 0.2)), [-0.11839264496, -0.194283778721, 0.596605438812, -1.009904143,
                                                                             -0.250327841618, -0.747987487828], [6])
        let inverse = matrices([4, 2, 2], 0.6).tensorinv(ind: 1)
        #expect(inverse.shape == [2, 2, 4])
        expect(inverse.select(-1, 0).flatten(), [-1.0643776425, 0.649083950571, -0.429983849466, 1.66482739546], [4])
    }

    @Test func factorsAgreeWithPyTorch() {
        expect(a.det(), [-1.33034702884], [])
        let (sign, logarithm) = a.slogdet()
        expect(sign, [-1], [])
        expect(logarithm, [0.285439832138], [])
        #expect(a.logdet().item().isNaN)
        expect((-a).logdet(), [0.285439832138], [])
        expect(positive.cholesky(), [1.39186347813, 0, 0, -0.777185850716, 1.82113904919, 0, 0.240144957475, 0.234276022683, 1.5395103022], [3, 3])
        let (q, r) = tall.qr()
        expect(r, [-1.57290102137, 0.180868773337, 0.83045682315, 0, 1.6352643668, -0.016591190021, 0, 0, -1.44689520626], [3, 3])
        expect(q.matmul(r), tall.array(), [4, 3])
        let complete = tall.qr(mode: .complete)
        #expect(complete.q.shape == [4, 4] && complete.r.shape == [4, 3])
        expect(complete.q.matmul(complete.r), tall.array(), [4, 3])
        expect(complete.q.mT.matmul(complete.q), Tensor.eye(4).array(), [4, 4])
        #expect(tall.qr(mode: .r).q.shape == [0] && distance(tall.qr(mode: .r).r, r) == 0)
        let reflectors = tall.geqrf()
        expect(reflectors.tau, [1.06347088297, 1.84817239907, 1.80524395512], [3])
        expect(reflectors.a.householderProduct(reflectors.tau), q.array(), [4, 3])
        expect(reflectors.a.ormqr(reflectors.tau, matrices([4, 2], 0.9)), [1.41948730025, 0.960567138111, -0.730861742122, -0.674699588623,
            -0.309604881681, 0.22124786666, 0.440608178287, -0.0199617978519], [4, 2])
        let factors = a.luFactor()
        expect(factors.lu, [0.990607355695, -0.971798445744, -0.997431767454, 0.200553054298, 1.00339355028, 0.694151338556, 0.811938744188,
                            0.477567199748, 1.33841899154], [3, 3])
        #expect(factors.pivots.array(of: Int32.self) == [2, 2, 3])
        for x in [a, tall, wide, matrices([2, 3, 5, 4], 0.7)] {
            let (p, l, u) = x.lu()
            expect(p.matmul(l).matmul(u), x.array(), x.shape)
        }
        let dominant = a + Tensor.eye(3, dtype: .float64) * 3.0
        let unpivoted = dominant.lu(pivot: false)
        expect(unpivoted.p, Tensor.eye(3).array(), [3, 3])
        expect(unpivoted.l.matmul(unpivoted.u), dominant.array(), [3, 3])
        let large = matrices([37, 53], 0.2) + Tensor.eye(37, 53, dtype: .float64) * 60.0
        let parts = large.lu(pivot: false)
        #expect(distance(parts.l.matmul(parts.u), large) < 1e-11)
    }

    @Test func spectraAgreeWithPyTorch() {
        expect(tall.svdvals(), [2.00129569977, 1.63038631825, 1.14057713525], [3])
        for (x, full) in [(tall, true), (tall, false), (wide, true), (wide, false), (matrices([2, 3, 5, 4], 0.7), true)] {
            let (u, s, vh) = x.svd(fullMatrices: full)
            let k = s.shape[s.rank - 1]
            let product = (u.narrow(-1, start: 0, count: k) * s.unsqueeze(-2)).matmul(vh.narrow(-2, start: 0, count: k))
            expect(product, x.array(), x.shape)
            #expect(distance(u.mT.matmul(u), Tensor.eye(u.shape[u.rank - 1], dtype: .float64)) < 1e-12)
            #expect(distance(vh.matmul(vh.mT), Tensor.eye(vh.shape[vh.rank - 2], dtype: .float64)) < 1e-12)
        }
        expect(positive.eigvalsh(), [1.3215608564, 2.61863872824, 4.40029646615], [3])
        let (values, vectors) = positive.eigh(upper: true)
        expect((vectors * values.unsqueeze(-2)).matmul(vectors.mT), positive.array(), [3, 3])
        // Only one triangle is read.
        expect(positive.tril().eigvalsh(), values.array(), [3])
        expect(positive.triu().eigvalsh(upper: true), values.array(), [3])
        manualSeed(3)
        let low = matrices([6, 4], 0.4).svdLowrank(q: 2)
        expect(low.s, [2.68845862066, 2.03864363012], [2])
        #expect(low.u.shape == [6, 2] && low.v.shape == [4, 2])
        manualSeed(3)
        expect(matrices([6, 4], 0.4).pcaLowrank(q: 2).s, [2.67303571653, 2.03167368836], [2])
    }

    @Test func leastSquaresAgreesWithPyTorch() {
        let right = matrices([4, 2], 0.7)
        let x = [-0.436451388781, -0.255367561595, -0.360480878524, -0.143123967508, -0.263479865367, -0.565107563716]
        for driver in [LeastSquaresDriver.gels, .gelsy, .gelsd, .gelss] {
            let found = tall.lstsq(right, driver: driver)
            expect(found.solution, x, [3, 2])
            if driver == .gelsy { #expect(found.residuals.shape == [0]) } else { expect(found.residuals, [2.017390249, 1.0699946563], [2]) }
            if driver == .gels { #expect(found.rank.shape == [0]) } else { #expect(found.rank.item(as: Int.self) == 3) }
            if driver == .gelsd || driver == .gelss { expect(found.singularValues, [2.00129569977, 1.63038631825, 1.14057713525], [3]) }
        }
        expect(wide.lstsq(matrices([2, 2], 0.7)).solution, [-0.285801952836, -0.31977548387, -0.0821684313428, -0.165296313415, 0.680000961536,
                                                             0.618544859306, 0.396885864802, 0.287549962339], [4, 2])
        expect(tall.lstsq(right.select(1, 1)).solution, [x[1], x[3], x[5]], [3])
        expect(tall.pinv(), [0.195859614043, 0.229906285075, 0.587320425365, -0.32669020518, 0.329358478438, -0.331003472343, -0.113145648962,
                             -0.378372807322, 0.222800553701, -0.236596476367, 0.569776522968, 0.217725516925], [3, 4])
        // Rank 1 and its pseudo-inverse: A⁺ = Aᵀ / ‖A‖².
        let ones = Tensor.ones([2, 4, 3], dtype: .float64)
        expect(ones.pinv(), [Double](repeating: 1.0 / 12, count: 24), [2, 3, 4])
        #expect(ones.matrixRank().array(of: Int.self) == [1, 1])
        #expect(tall.matrixRank(atol: 1.5).item(as: Int.self) == 2)
        #expect(tall.matrixRank(rtol: Tensor(0.9, dtype: .float64)).item(as: Int.self) == 1)
        expect(positive.pinv(hermitian: true), positive.inv().array(), [3, 3])
        #expect(ones.lstsq(Tensor.ones([2, 4, 1], dtype: .float64)).rank.array(of: Int.self) == [1, 1])
    }

    /// Matrices of many rows, whose triangle alone is factored with exchanges, by the driver that does not do so.
    @Test func leastSquaresOfManyRows() {
        let right = matrices([60, 2], 0.7)
        for scale in [1, 1e-300] {
            let a = matrices([60, 5], 0.4) * scale
            // Rank 5, and 4 with a column that is the sum of two.
            let dependent = cat([a.narrow(1, start: 0, count: 4), a.narrow(1, start: 0, count: 2).sum(1, keepDim: true)], dim: 1)
            for matrix in [a, dependent] {
                let found = matrix.lstsq(right), expected = matrix.lstsq(right, driver: .gelsd)
                #expect(found.rank.item(as: Int.self) == expected.rank.item(as: Int.self))
                expect(found.solution * scale, (expected.solution * scale).array(), [5, 2])
            }
        }
        #expect(Tensor.zeros([60, 5]).lstsq(Tensor.ones([60, 2])).rank.item(as: Int.self) == 0)
    }

    @Test func functionsOfMatricesAgreeWithPyTorch() {
        expect(a.matrixExp(), [1.78155640574, 0.645663496376, 0.512394220495, 0.414576484209, 0.656919628551, -1.01652615335, 1.45015406512,
                               -0.0105854127296, 2.82736913613], [3, 3])
        expect((a * 20.0).matrixExp(), [1617255060.5, 417922456.103, 1374238464.49, -3064116909.5, -791472560.495, -2604939430.26, 8088511910.49,
                                        2089542795.93, 6875474545.97], [3, 3], tolerance: 1e-8)
        // Every degree and the squaring: exp(A) exp(-A) is the identity. float32 is rounded once.
        for scale in [0.0, 1e-3, 0.1, 0.5, 1, 2, 5, 30] {
            let x = (matrices([2, 6, 6], 0.3) - matrices([2, 6, 6], 0.3).mT) * scale
            #expect(distance(x.matrixExp().matmul((-x).matrixExp()), Tensor.eye(6, dtype: .float64)) < 1e-12)
            #expect(distance(x.to(.float32).matrixExp().to(.float64), x.to(.float32).to(.float64).matrixExp()) < 1e-7)
        }
        expect(a.matrixPower(-3), [1.87585169215, 0.97736996818, 0.130902949105, 2.68836121668, 1.21283263966, -0.334755439908, -2.22631834649,
                                   -1.31243610171, 0.625871169035], [3, 3])
        expect(a.matrixPower(5), a.matmul(a).matmul(a).matmul(a).matmul(a).array(), [3, 3])
        expect(a.matrixPower(0), Tensor.eye(3).array(), [3, 3])
        let norms: [(MatrixNorm, Double, Double)] = [
            (.frobenius, 2.82210209349, 4.63443778988), (.nuclear, 4.77225915327, 11.3879781286), (.two, 2.00129569977, 3.2518222906),
            (.negativeTwo, 1.14057713525, 0.30751987982), (.one, 3.19547879304, 5.78699133839), (.negativeOne, 2.79780688883, 2.67769539101),
            (.infinity, 2.96209216484, 5.7143814103), (.negativeInfinity, 1.36789270391, 2.46066333685),
        ]
        for (kind, norm, condition) in norms {
            expect(tall.matrixNorm(kind), [norm], [])
            expect(tall.unsqueeze(1).matrixNorm(kind, rows: 0, columns: 2, keepDim: true), [norm], [1, 1, 1])
            expect(a.cond(kind), [condition], [])
        }
        #expect(Tensor.zeros([2, 2]).cond(.one).item() == .infinity)
        #expect(Tensor.zeros([0, 0]).cond().item() == 0 && Tensor.zeros([3, 0]).matrixNorm(.two).item() == 0)
    }

    @Test func productsAgreeWithPyTorch() {
        let x = Tensor([[1.0, 2], [3, 4]]), y = Tensor([[0.0, 5], [6, 7]])
        expect(x.kron(y), [0, 5, 0, 10, 6, 7, 12, 14, 0, 15, 0, 20, 18, 21, 24, 28], [4, 4])
        expect(Tensor([2.0, 3]).kron(x), [2, 4, 3, 6, 6, 8, 9, 12], [2, 4])
        expect(Tensor([2.0, 3, 5]).vander(4), [1, 2, 4, 8, 1, 3, 9, 27, 1, 5, 25, 125], [3, 4])
        expect(Tensor([1.0, 2, 3]).cross(Tensor([4.0, 5, 6])), [-3, 6, -3], [3])
        expect(x.vecdot(y), [10, 46], [2])
        expect(x.vecdot(y, dim: 0), [18, 38], [2])
        expect(x.trace(), [5], [])
        expect(x.t(), [1, 3, 2, 4], [2, 2])
        let chain = [matrices([5], 0.1), matrices([5, 40], 0.2), matrices([40, 3], 0.3), matrices([3, 30], 0.4), matrices([30], 0.5)]
        #expect(distance(multiDot(chain), chain.dropFirst().reduce(chain[0]) { $0.matmul($1) }) < 1e-12)
        #expect(Tensor([1, 2]).vecdot(Tensor([3, 4])).dtype == .int64)
    }

    @Test func emptyMatricesAndBatches() {
        let none = Tensor.zeros([0, 3, 3]), hollow = Tensor.zeros([2, 0, 0]), flat = Tensor.zeros([2, 0, 3])
        #expect(none.inv().shape == [0, 3, 3] && hollow.inv().shape == [2, 0, 0])
        #expect(hollow.det().array(of: Double.self) == [1, 1] && none.det().shape == [0])
        #expect(hollow.slogdet().logAbsDet.array(of: Double.self) == [0, 0])
        #expect(hollow.cholesky().shape == [2, 0, 0] && none.eigvalsh().shape == [0, 3])
        #expect(flat.svd().vh.array(of: Double.self) == Tensor.eye(3).expand([2, 3, 3]).array(of: Double.self))
        #expect(flat.svd(fullMatrices: false).vh.shape == [2, 0, 3] && flat.svdvals().shape == [2, 0])
        #expect(flat.pinv().shape == [2, 3, 0] && flat.matrixRank().array(of: Int.self) == [0, 0])
        #expect(flat.qr().q.shape == [2, 0, 0] && flat.qr().r.shape == [2, 0, 3])
        #expect(flat.mT.qr(mode: .complete).q.array(of: Double.self) == Tensor.eye(3).expand([2, 3, 3]).array(of: Double.self))
        #expect(hollow.solve(Tensor.zeros([2, 0, 4])).shape == [2, 0, 4] && none.solve(Tensor.zeros([0, 3])).shape == [0, 3])
        #expect(hollow.matrixExp().shape == [2, 0, 0] && flat.lu().l.shape == [2, 0, 0])
        #expect(flat.lstsq(Tensor.zeros([2, 0, 5])).solution.array(of: Double.self).allSatisfy { $0 == 0 })
    }

    @Test func sameBitsInEveryRun() {
        for n in [4, 40, 150] {
            let x = matrices([n <= 40 ? 60 : 2, n, n], 0.3, dtype: .float32)
            let symmetric = x + x.mT
            for f: (Tensor) -> Tensor in [{ $0.inv() }, { $0.svd().u }, { $0.qr().q }, { $0.matrixExp() }, { $0.eigh().eigenvectors }] {
                #expect(f(symmetric).bytes() == f(symmetric).bytes())
            }
        }
    }

    @Test func wrongOperandsSayWhatIsWrong() {
        let singular = stack([a, Tensor([[1.0, 2, 3], [2, 4, 6], [1, 0, 1]], dtype: .float64), a])
        #expect(failure { singular.solve(b) }.contains("solve: matrix 1 of the batch is singular: pivot 3"))
        #expect(failure { singular.reshape([1, 3, 3, 3]).inv() }.contains("inv: matrix [0, 1] of the batch is singular"))
        #expect(failure { Tensor.zeros([2, 2]).luFactor().lu }.contains("luFactor: the matrix is singular: U[0, 0] is zero"))
        #expect(failure { (-positive).cholesky() }.contains("not positive definite: its leading minor of order 1"))
        #expect(failure { Tensor.zeros([2, 2]).ldlFactor().ld }.contains("D[0, 0] is zero"))
        #expect(singular.solveEx(b).info.array(of: Int32.self) == [0, 3, 0])
        #expect(singular.invEx().info.array(of: Int32.self) == [0, 3, 0])
        #expect((-positive).choleskyEx().info.item(as: Int.self) == 1)
        #expect(Tensor.zeros([2, 2]).lu().u.array(of: Double.self) == [0, 0, 0, 0])

        let undefined = Tensor.full([3, 3], .double(.nan))
        for f: (Tensor) -> Tensor in [{ $0.svdvals() }, { $0.eigvalsh() }, { $0.svd().u }, { $0.pinv() }, { $0.lstsq($0).solution }] {
            #expect(failure { f(undefined) }.contains("the matrix has NaN or infinite elements"))
        }
        #expect(undefined.matrixExp().isNaN().all().item(as: Bool.self) && undefined.det().item().isNaN)

        for f: (Tensor) -> Tensor in [{ $0.inv() }, { $0.det() }, { $0.cholesky() }, { $0.eigh().eigenvectors }, { $0.matrixExp() }, { $0.matrixPower(2) }] {
            #expect(failure { f(tall) }.contains("square"))
        }
        for f: (Tensor) -> Tensor in [{ $0.inv() }, { $0.svdvals() }, { $0.qr().q }, { $0.lu().u }, { $0.pinv() }, { $0.lstsq($0).solution }] {
            #expect(failure { f(Tensor.ones([2, 2], dtype: .int64)) }.contains("int64; factorisations exist for float32 and float64"))
            #expect(failure { f(Tensor.ones([2, 2], dtype: .bfloat16)) }.contains("bfloat16"))
            #expect(failure { f(Tensor.ones([4])) }.contains("must be a matrix or a batch of matrices"))
        }
        #expect(failure { a.solve(matrices([4, 2], 0)) }.contains("A has 3 rows and columns, B has shape [4, 2]"))
        #expect(failure { a.solve(b.to(.float32)) }.contains("different element types"))
        #expect(failure { matrices([2, 3, 3], 0).solve(matrices([3, 3, 1], 0)) }.contains("do not broadcast"))
        #expect(failure { a.luFactor().lu.luSolve(Tensor([1, 2, 9]).to(.int32), b) }.contains("some lie outside"))
        #expect(failure { a.ldlFactor().ld.ldlSolve(Tensor([0, 2, 9]).to(.int32), b) }.contains("some lie outside"))
        #expect(failure { multiDot([a, b, a]) }.contains("tensor 1 has 2 columns and tensor 2 3 rows"))
        #expect(failure { Tensor.ones([2]).cross(Tensor.ones([2])) }.contains("must have size 3"))
        #expect(failure { Tensor.ones([2, 3, 3]).trace() }.contains("takes a matrix"))
        #expect(failure { Tensor.ones([2, 3, 3]).t() }.contains("at most two dimensions"))
        #expect(failure { tall.pcaLowrank(q: 4).u }.contains("at most 3 components"))
        #expect(failure { Tensor.ones([2, 3, 4]).tensorinv(ind: 1) }.contains("must be equal"))
    }
}
