import Ember
import Testing

/// Values and derivatives are mpmath's, at 60 digits.
@Suite struct IncompleteFunctionTests {
    private func vector(_ values: [Double]) -> Tensor { Tensor(values, dtype: .float64) }

    private func expect(_ found: Tensor?, _ expected: [Double], _ name: String, tolerance: Double = 1e-11) {
        let values = found?.array(of: Double.self) ?? []
        #expect(values.count == expected.count, "\(name)")
        for (i, (a, b)) in zip(values, expected).enumerated() {
            #expect(abs(a - b) <= tolerance * abs(b), "\(name), number \(i): \(a), not \(b)")
        }
    }

    /// a, x, ∂P/∂a, ∂²P/∂a²
    private static let gamma: [(Double, Double, Double, Double)] = [
        (0.001, 0.2, -1.222444413406066, 0.2082936607191041), (0.4, 3.0, -0.03896392650563694, -0.07944297072843319),
        (2.5, 0.0001, -3.103123509188977e-10, 3.190468386141721e-9), (7.0, 5.0, -0.1259477133370088, 0.04310542910031174),
        (7.0, 30.0, -1.83932716498417e-7, -2.705215010339517e-7), (250.0, 240.0, -0.02097355912179624, 0.0008564960333358411),
        (250.0, 330.0, -5.499554364438588e-7, -1.5273520949711e-7),
    ]

    @Test func gammaDerivativesInTheShape() {
        let a = vector(Self.gamma.map(\.0)).requiringGrad(), x = vector(Self.gamma.map(\.1))
        let slope = gradients(of: a.igamma(x).sum(), with: [a], createGraph: true)[0]
        expect(slope, Self.gamma.map(\.2), "∂P/∂a")
        expect(slope.flatMap { gradients(of: $0.sum(), with: [a])[0] }, Self.gamma.map(\.3), "∂²P/∂a²")
        expect(gradients(of: a.igammac(x).sum(), with: [a])[0], Self.gamma.map { -$0.2 }, "∂Q/∂a")
        // Large shapes use another expansion from 10⁵ on: both sides of the border agree.
        let border = vector([1e5, 1.000000001e5]).requiringGrad()
        let values = gradients(of: border.igamma(vector([1.003e5, 1.003e5])).sum(), with: [border])[0]?.array(of: Double.self) ?? []
        #expect(values.count == 2 && abs(values[0] / values[1] - 1) < 1e-6)
    }

    /// a, b, x, I, ∂I/∂a, ∂I/∂b
    private static let beta: [(Double, Double, Double, Double, Double, Double)] = [
        (0.05, 0.3, 0.5, 0.8630837662756302, -2.376311606859493, 0.4287229796680836),
        (2.0, 3.0, 0.1, 0.05230000000000001, -0.0911752003635886, 0.02695016068892199),
        (2.0, 3.0, 0.95, 0.99951875, -0.000502984489626526, 0.001322946156647861),
        (40.0, 0.2, 0.85, 7.083732337802098e-5, -1.27820547216455e-5, 0.0005091447734945348),
        (40.0, 0.2, 0.97, 0.03850917110578521, -0.001709228434302185, 0.2262874452191958),
        (300.0, 500.0, 0.4, 0.9270784080074683, -0.006176048563886957, 0.003905571957044352),
        (1.5, 2000.0, 0.002, 0.9541741663863846, -0.07206655430595927, 8.242509281670893e-5),
    ]

    @Test func betaDerivativesInTheShapes() {
        let a = vector(Self.beta.map(\.0)).requiringGrad(), b = vector(Self.beta.map(\.1)).requiringGrad(), x = vector(Self.beta.map(\.2))
        let value = x.incompleteBeta(a, b)
        expect(value, Self.beta.map(\.3), "I")
        let slopes = gradients(of: value.sum(), with: [a, b])
        expect(slopes[0], Self.beta.map(\.4), "∂I/∂a")
        expect(slopes[1], Self.beta.map(\.5), "∂I/∂b", tolerance: 1e-10)
    }

    /// ν, t, F, ∂F/∂ν
    private static let student: [(Double, Double, Double, Double)] = [
        (0.3, -20.0, 0.142269391195043, -0.513048328487433), (1.0, 1e-7, 0.5000000318309886, 6.148065706075658e-9),
        (5.0, -1.5, 0.09695184012123672, -0.005719977478504309), (5.0, 40.0, 0.9999999079401891, 2.280485633747542e-7),
        (300.0, 2.0, 0.9767992395084255, 1.504412873099813e-6),
    ]

    @Test func studentDerivativesInTheFreedom() {
        let ν = vector(Self.student.map(\.0)).requiringGrad()
        let value = ν.studentT(vector(Self.student.map(\.1)))
        expect(value, Self.student.map(\.2), "F")
        expect(gradients(of: value.sum(), with: [ν])[0], Self.student.map(\.3), "∂F/∂ν", tolerance: 1e-9)
    }

    @Test func gradientsOfBothOrders() throws {
        let a = vector([0.4, 3, 12]), b = vector([0.7, 2.2, 9]), x = vector([0.2, 0.6, 0.45]), p = vector([0.1, 0.55, 0.93])
        let functions: [(String, [Tensor], @Sendable ([Tensor]) -> Tensor)] = [
            ("igamma", [a, b], { $0[0].igamma($0[1]) }), ("igammac", [a, b], { $0[0].igammac($0[1]) }),
            ("igammaInverse", [a, p], { $0[0].igammaInverse($0[1]) }), ("igammacInverse", [a, p], { $0[0].igammacInverse($0[1]) }),
            ("incompleteBeta", [x, a, b], { $0[0].incompleteBeta($0[1], $0[2]) }),
            ("incompleteBetaInverse", [p, a, b], { $0[0].incompleteBetaInverse($0[1], $0[2]) }),
            ("studentT", [a, vector([-1.2, 0.4, 2])], { $0[0].studentT($0[1]) }),
            ("studentTInverse", [a, p], { $0[0].studentTInverse($0[1]) }),
        ]
        for (name, operands, function) in functions {
            do {
                try gradcheck(operands) { [function($0)] }
                try gradgradcheck(operands) { [function($0)] }
            } catch { Issue.record("\(name): \(error)") }
        }
    }

    @Test func inverses() {
        for a in [0.05, 0.3, 2, 80, 3e4] {
            let p = vector([1e-12, 1e-3, 0.4, 0.8, 1 - 1e-9]), shape = vector([a])
            expect(shape.igamma(shape.igammaInverse(p)), p.array(), "igamma of its inverse, a = \(a)", tolerance: 1e-9)
            expect(shape.igammac(shape.igammacInverse(p)), p.array(), "igammac of its inverse, a = \(a)", tolerance: 1e-9)
            for b in [0.05, 1, 700] {
                let x = p.incompleteBetaInverse(shape, vector([b])).array(of: Double.self)
                // Where x rounds to 0 or 1, its probability cannot come back.
                for (x, p) in zip(x, p.array(of: Double.self)) where x > 1e-290 && x < 0.999999 {
                    expect(vector([x]).incompleteBeta(shape, vector([b])), [p], "beta, a = \(a), b = \(b)", tolerance: 1e-9)
                }
            }
        }
    }

    @Test func limits() {
        let infinity = Double.infinity
        #expect(vector([2]).igammaInverse(vector([0, 1])).array(of: Double.self) == [0, infinity])
        #expect(vector([0, 1]).incompleteBeta(vector([2]), vector([3])).array(of: Double.self) == [0, 1])
        #expect(vector([0.5]).incompleteBeta(vector([0, 2]), vector([3, 0])).array(of: Double.self) == [1, 0])
        #expect(vector([0, 1]).incompleteBetaInverse(vector([2]), vector([3])).array(of: Double.self) == [0, 1])
        #expect(vector([2]).studentT(vector([-infinity, 0, infinity])).array(of: Double.self) == [0, 0.5, 1])
        #expect(vector([2]).studentTInverse(vector([0, 0.5, 1])).array(of: Double.self) == [-infinity, 0, infinity])
        #expect(vector([1.5]).incompleteBeta(vector([2]), vector([3])).array(of: Double.self)[0].isNaN)
        #expect(vector([-1]).igammaInverse(vector([0.5])).array(of: Double.self)[0].isNaN)
    }
}
