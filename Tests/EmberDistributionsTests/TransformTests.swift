import EmberDistributions
import EmberTensor
import Foundation
import Testing

@Suite struct TransformTests {
    private func vector(_ values: Double...) -> Tensor { Tensor(values, dtype: .float64) }

    /// log |det J| by one gradient for each output.
    private func logDeterminant(_ transform: any Transform, _ x: Tensor, outputs: Int) -> Double {
        let leaf = x.detach().requiringGrad()
        let y = transform(leaf).flatten()
        var rows: [[Double]] = []
        for i in 0..<outputs {
            rows.append((gradients(of: y[i], with: [leaf], retainGraph: true)[0] ?? leaf.zerosLike()).flatten().array(of: Double.self))
        }
        // Gaussian elimination.
        var logSize = 0.0
        for k in rows.indices {
            let pivot = rows.indices[k...].max { abs(rows[$0][k]) < abs(rows[$1][k]) } ?? k
            rows.swapAt(k, pivot)
            logSize += log(abs(rows[k][k]))
            for i in rows.indices[(k + 1)...] {
                let factor = rows[i][k] / rows[k][k]
                for j in k..<rows.count { rows[i][j] -= factor * rows[k][j] }
            }
        }
        return logSize
    }

    @Test func elementwiseInversesAndJacobians() {
        let real = vector(-2.3, -0.4, 0.1, 1.9), positive = vector(0.2, 0.9, 1.3, 4)
        for (transform, x) in [
            (ExpTransform(), real), (PowerTransform(-1.5), positive), (SigmoidTransform(), real), (TanhTransform(), real),
            (SoftplusTransform(), real),
            (AffineTransform(loc: 2, scale: vector(-0.5, 2, 3, -1)), real),
            (CumulativeDistributionTransform(Gamma(concentration: vector(0.7), rate: 2)), positive),
            (ComposeTransform([TanhTransform(), AffineTransform(loc: 1, scale: 0.4), ExpTransform()]), real),
            (SigmoidTransform().inverted, vector(0.1, 0.3, 0.6, 0.99)), (identityTransform, real),
        ] as [(any Transform, Tensor)] {
            let leaf = x.requiringGrad()
            let y = transform(leaf)
            #expect(transform.inverse(y.detach()).allClose(x, rtol: 1e-9), "\(transform)")
            let inverted = transform.inverted
            let back = inverted(y.detach())
            #expect(back.allClose(x, rtol: 1e-9) && transform.isBijective)
            let slope = gradients(of: y.sum(), with: [leaf])[0] ?? leaf
            #expect(transform.logAbsDetJacobian(x, y.detach()).allClose(slope.abs().log(), rtol: 1e-8, atol: 1e-10), "\(transform)")
            #expect((slope.sign() - transform.sign).abs().max().item() == 0, "\(transform)")
            #expect(transform.codomain.check(y.detach()).all().item(as: Bool.self))
        }
    }

    @Test func vectorInversesAndJacobians() {
        let x = vector(0.3, -1.2, 0.8)
        let simplex = StickBreakingTransform()
        let y = simplex(x)
        #expect(simplex.inverse(y).allClose(x) && simplex.codomain.check(y).item(as: Bool.self))
        #expect(abs(simplex.logAbsDetJacobian(x, y).item() - logDeterminant(simplex, x, outputs: 3)) < 1e-9)
        #expect(simplex(Tensor.zeros([3], dtype: .float64)).allClose(Tensor.full([4], 0.25, dtype: .float64)))

        let correlation = CorrCholeskyTransform()
        let factor = correlation(x)
        #expect(factor.shape == [3, 3] && correlation.codomain.check(factor).item(as: Bool.self) && correlation.inverse(factor).allClose(x))
        // The free elements of the factor are those below its diagonal.
        let below = ComposeTransform([correlation, Rows(rows: [3, 6, 7])])
        #expect(abs(correlation.logAbsDetJacobian(x, factor).item() - logDeterminant(below, x, outputs: 3)) < 1e-9)
        #expect(throws: TensorError.self) { try checked { correlation(Tensor([1.0, 2])) } }

        let matrix = Tensor([[0.3, 5], [-1.2, 0.8]], dtype: .float64), cholesky = LowerCholeskyTransform()
        #expect(cholesky.inverse(cholesky(matrix)).allClose(matrix.tril()) && cholesky.codomain.check(cholesky(matrix)).item(as: Bool.self))
        #expect(SoftmaxTransform()(x).allClose(x.softmax(-1)) && !SoftmaxTransform().isBijective)
    }

    /// Some elements of a matrix, for a Jacobian that is square.
    private struct Rows: Transform {
        let rows: [Int]
        var domain: Constraint { .independent(.real, 2) }
        var codomain: Constraint { .realVector }
        func callAsFunction(_ x: Tensor) -> Tensor { x.flatten().indexSelect(0, Tensor(rows)) }
        func inverse(_ y: Tensor) -> Tensor { y }
    }

    @Test func partsAndShapes() {
        let x = vector(0.3, -1.2, 0.8, 2)
        let cat = CatTransform([ExpTransform(), TanhTransform()], dim: 0, lengths: [3, 1])
        #expect(cat(x)[0].item() == x[0].exp().item() && cat(x)[3].item() == x[3].tanh().item() && cat.inverse(cat(x)).allClose(x))
        #expect(cat.logAbsDetJacobian(x, cat(x)).shape == [4])
        let pairs = x.reshape([2, 2])
        let stacked = StackTransform([ExpTransform(), TanhTransform()], dim: 0)
        #expect(stacked(pairs)[1].allClose(pairs[1].tanh()) && stacked.inverse(stacked(pairs)).allClose(pairs))
        let reshaped = ReshapeTransform(from: [4], to: [2, 2])
        #expect(reshaped(x.unsqueeze(0)).shape == [1, 2, 2] && reshaped.inverse(pairs).allClose(x))
        #expect(reshaped.logAbsDetJacobian(x, pairs).shape == [])
        let independent = IndependentTransform(ExpTransform(), dims: 1)
        #expect(abs(independent.logAbsDetJacobian(x, x.exp()).item() - 1.9) < 1e-12)
        // A chain counts the dimensions that its parts need.
        let chain = ComposeTransform([ExpTransform(), StickBreakingTransform()])
        #expect(chain.domain.eventDim == 1 && chain.logAbsDetJacobian(x, chain(x)).shape == [] && chain.forwardShape([2, 4]) == [2, 5])
        #expect(chain.isEqual(to: ComposeTransform([ExpTransform(), StickBreakingTransform()])))
        #expect(!AffineTransform(loc: 0, scale: 1).isEqual(to: AffineTransform(loc: 0, scale: 2)))
    }

    @Test func registries() throws {
        let bound = vector(2)
        let constraints: [Constraint] = [
            .real, .positive, .nonnegative, .greaterThan(bound), .greaterThanEqual(bound), .lessThan(bound), .unitInterval,
            .interval(vector(-2), bound), .halfOpenInterval(vector(-2), bound), .simplex, .realVector, .correlationCholesky,
            .independent(.positive, 1), .cat([.positive, .unitInterval], dim: -1, lengths: [1, 2]),
            .stack([.positive, .real, .unitInterval], dim: -1),
        ]
        for constraint in constraints {
            let x = vector(0.3, -1.2, 0.8)
            for transform in [biject(to: constraint), transform(to: constraint)] {
                let image = transform(x)
                #expect(constraint.check(image).all().item(as: Bool.self), "\(constraint)")
            }
            let bijection = biject(to: constraint)
            let back = bijection.inverse(bijection(x))
            #expect(bijection.isBijective && back.allClose(x, rtol: 1e-8), "\(constraint)")
        }
        for constraint in [Constraint.lowerCholesky, .positiveDefinite] {
            let transform = transform(to: constraint)
            let matrix = transform(Tensor([[1.0, 2], [3, -0.5]]))
            #expect(constraint.check(matrix).item(as: Bool.self), "\(constraint)")
        }
        #expect(throws: TensorError.self) { try checked { _ = biject(to: .boolean) } }
        let even = Constraint(Constraint.Kind("even"), "an even number", isDiscrete: true) { ($0 * 0.5).floor() .== $0 * 0.5 }
        TransformRegistry.transforms.register(even.kind) { _ in AffineTransform(loc: 0, scale: 2) }
        let doubled = transform(to: even)
        let numbers = doubled(vector(3, 5))
        #expect(even.check(numbers).all().item(as: Bool.self))
    }

    @Test func constraints() {
        func check(_ constraint: Constraint, _ values: Tensor, _ expected: [Bool]) {
            #expect(constraint.check(values).flatten().array(of: Bool.self) == expected, "\(constraint)")
        }
        check(.boolean, vector(0, 1, 0.5), [true, true, false])
        check(.real, vector(0, .nan, .infinity), [true, false, true])
        check(.positive, vector(0, 1, -1), [false, true, false])
        check(.nonnegative, vector(0, 1, -1), [true, true, false])
        check(.integerInterval(0, Tensor(3.0)), vector(0, 3, 4, 1.5), [true, true, false, false])
        check(.nonnegativeInteger, vector(0, -1, 2.5), [true, false, false])
        check(.positiveInteger, vector(0, 2), [false, true])
        check(.unitInterval, vector(-0.1, 0, 1, 1.1), [false, true, true, false])
        check(.halfOpenInterval(Tensor(0.0), Tensor(1.0)), vector(0, 1), [true, false])
        check(.lessThan(Tensor(1.0)), vector(0, 1), [true, false])
        check(.simplex, Tensor([[0.2, 0.8], [0.5, 0.6], [-0.1, 1.1]]), [true, false, false])
        check(.oneHot, Tensor([[0.0, 1], [1, 1]]), [true, false])
        check(.multinomial(3), Tensor([[1.0, 2], [1, 1]]), [true, false])
        check(.lowerTriangular, Tensor([[[1.0, 0], [2, 3]], [[1, 1], [2, 3]]]), [true, false])
        check(.lowerCholesky, Tensor([[[1.0, 0], [2, 3]], [[1, 0], [2, -3]]]), [true, false])
        check(.correlationCholesky, Tensor([[[1.0, 0], [0.6, 0.8]], [[1, 0], [0.6, 0.9]]]), [true, false])
        check(.symmetric, Tensor([[[1.0, 2], [2, 3]], [[1, 2], [3, 3]]]), [true, false])
        check(.square, Tensor.zeros([2, 3]), [false])
        #expect(Constraint.dependent.isDependent && !Constraint.real.isDependent)
        #expect(Constraint.realVector.eventDim == 1 && Constraint.boolean.isDiscrete)
    }
}
