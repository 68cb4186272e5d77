import Ember
import Testing

/// Every gradient rule of linear algebra against central differences, and the gradients of the gradients.
@Suite struct LinearAlgebraGradientTests {
    private let square = matrices([3, 3], 0.2), tall = matrices([4, 3], 0.1), wide = matrices([2, 4], 0.3)
    private let batch = matrices([2, 1, 3, 3], 0.9), right = matrices([3, 2], 0.5)

    private func check(_ inputs: [Tensor], _ f: @escaping ([Tensor]) -> [Tensor], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(throws: Never.self, sourceLocation: sourceLocation) {
            try gradcheck(inputs, f)
            try gradgradcheck(inputs, f)
            try gradcheck(inputs.map { $0.rank < 2 ? $0 : scattered($0) }, f)
        }
    }

    /// A positive-definite matrix of any square one.
    private func positive(_ x: Tensor) -> Tensor { x.matmul(x.mT) + Tensor.eye(x.shape[x.rank - 1], dtype: .float64) }

    @Test func solvers() {
        check([square, right]) { [$0[0].solve($0[1])] }
        check([batch, right]) { [$0[0].solve($0[1])] }
        check([square, right.mT.contiguous()]) { [$0[0].solve($0[1], left: false)] }
        check([square, matrices([3], 0.4)]) { [$0[0].solve($0[1])] }
        check([batch]) { [$0[0].inv()] }
        for upper in [true, false] {
            for unitriangular in [true, false] {
                check([square + Tensor.eye(3, dtype: .float64), right]) { [$0[0].solveTriangular($0[1], upper: upper, unitriangular: unitriangular)] }
            }
            check([batch, right.mT.contiguous()]) { [$0[0].solveTriangular($0[1], upper: upper, left: false, unitriangular: true)] }
        }
        check([right, square]) { [$0[0].triangularSolve($0[1], transpose: true).solution] }
    }

    @Test func determinants() {
        check([square]) { [$0[0].det()] }
        check([batch]) { [$0[0].det()] }
        check([batch]) { [$0[0].slogdet().logAbsDet] }
        check([positive(square)]) { [$0[0].logdet()] }
        // The cofactors of a singular matrix.
        let singular = Tensor([[1.0, 2], [2, 4]], dtype: .float64).requiringGrad()
        singular.det().backward()
        let cofactors: [Double] = singular.grad?.array() ?? []
        #expect(zip(cofactors, [4.0, -2, -2, 1]).allSatisfy { abs($0 - $1) < 1e-12 } && cofactors.count == 4)
    }

    @Test func factors() {
        for upper in [true, false] {
            check([batch]) { [self.positive($0[0]).cholesky(upper: upper)] }
            let factor = positive(square).cholesky(upper: upper)
            check([right, factor]) { [$0[0].choleskySolve(upper ? $0[1].triu() : $0[1].tril(), upper: upper)] }
            check([factor]) { [(upper ? $0[0].triu() : $0[0].tril()).choleskyInverse(upper: upper)] }
        }
        for x in [square, tall, wide, batch] {
            check([x]) { let (_, l, u) = $0[0].lu(); return [l, u] }
        }
        check([square + Tensor.eye(3, dtype: .float64) * 2.0]) { [$0[0].luFactor(pivot: false).lu] }
        let factors = square.luFactor()
        for adjoint in [true, false] {
            check([factors.lu, right]) { [$0[0].luSolve(factors.pivots, $0[1], adjoint: adjoint)] }
            check([factors.lu, right.mT.contiguous()]) { [$0[0].luSolve(factors.pivots, $0[1], left: false, adjoint: adjoint)] }
        }
        for x in [square, tall, wide, batch] {
            check([x]) { let (q, r) = $0[0].qr(); return [q, r] }
        }
        check([wide]) { let (q, r) = $0[0].qr(mode: .complete); return [q, r] }
        let reflectors = tall.geqrf()
        check([reflectors.a, reflectors.tau]) { [$0[0].householderProduct($0[1])] }
        check([reflectors.a, reflectors.tau, matrices([4, 2], 0.9)]) { [$0[0].ormqr($0[1], $0[2], transpose: true)] }
        check([reflectors.a, reflectors.tau, matrices([2, 4], 0.9)]) { [$0[0].ormqr($0[1], $0[2], left: false)] }
    }

    @Test func factorsWithoutGradientSaySo() {
        for body: () -> Void in [{ tall.requiringGrad().qr(mode: .r).r.sum().backward() }, { tall.requiringGrad().qr(mode: .complete).q.sum().backward() }] {
            #expect(throws: TensorError.self) { try checked { body() } }
        }
    }

    @Test func spectra() {
        for x in [square, tall, wide, batch] {
            // Functions that do not depend on the signs of vectors.
            check([x]) { let (u, s, vh) = $0[0].svd(fullMatrices: false); return [u.square(), s, vh.square(), u.matmul(vh)] }
            check([x]) { [$0[0].svdvals()] }
        }
        for upper in [true, false] {
            check([batch]) {
                let (values, vectors) = self.positive($0[0]).eigh(upper: upper)
                return [values, vectors.square()]
            }
        }
        check([square]) { [self.positive($0[0]).eigvalsh()] }
    }

    @Test func pseudoInversesAndLeastSquares() {
        for x in [square, tall, wide] { check([x]) { [$0[0].pinv()] } }
        check([batch]) { [self.positive($0[0]).pinv(hermitian: true)] }
        // Rank 1, which the product keeps.
        check([matrices([4, 1], 0.4), matrices([1, 3], 0.6)]) { [$0[0].matmul($0[1]).pinv()] }
        check([tall, matrices([4, 2], 0.7)]) { let x = $0[0].lstsq($0[1], driver: .gelsd); return [x.solution, x.residuals] }
        check([wide, matrices([2, 2], 0.7)]) { [$0[0].lstsq($0[1]).solution] }
    }

    @Test func functionsOfMatrices() {
        for scale in [0.1, 1, 4] { check([square * scale]) { [$0[0].matrixExp()] } }
        check([batch]) { [$0[0].matrixExp()] }
        for exponent in [-2, 0, 1, 3] { check([square]) { [$0[0].matrixPower(exponent)] } }
        for kind in [MatrixNorm.frobenius, .nuclear, .two, .negativeTwo, .one, .negativeOne, .infinity, .negativeInfinity] {
            check([tall]) { [$0[0].matrixNorm(kind)] }
            check([square]) { [$0[0].cond(kind)] }
        }
        check([matrices([2, 2, 4], 0.6)]) { [$0[0].tensorinv(ind: 2)] }
        check([matrices([2, 3, 6], 0.6), matrices([2, 3], 0.2)]) { [$0[0].tensorsolve($0[1])] }
    }

    @Test func products() {
        check([tall, square, right]) { [multiDot($0)] }
        check([matrices([2, 2], 0.1), matrices([2, 3], 0.2)]) { [$0[0].kron($0[1])] }
        check([matrices([2, 3], 0.1), matrices([1, 3], 0.2)]) { [$0[0].cross($0[1])] }
        check([matrices([2, 3], 0.1), matrices([1, 3], 0.2)]) { [$0[0].vecdot($0[1])] }
        check([matrices([4], 0.1)]) { [$0[0].vander()] }
        check([square]) { [$0[0].trace()] }
    }
}
