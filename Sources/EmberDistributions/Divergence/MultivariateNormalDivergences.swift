// KL(p ‖ q) of normal vectors: half of tr(q⁻¹ p) + (μ_q - μ_p)ᵀ q⁻¹ (μ_q - μ_p) - n + log det q - log det p.
import EmberTensor

extension DivergenceTable {
    mutating func addMultivariateNormal() {
        add(MultivariateNormal.self, MultivariateNormal.self) { p, q in
            ofVectors(p, q) {
                let trace = squares(solved(q.factor, p.factor))
                return 2 * (q.logDetFactor - p.logDetFactor) + trace + squaredLength(q.loc - p.loc, in: q.factor)
            }
        }
        add(LowRankMultivariateNormal.self, MultivariateNormal.self) { p, q in
            ofVectors(p, q) {
                let root = p.covarianceDiagonal.sqrt().diagEmbed()
                let trace = squares(solved(q.factor, p.covarianceFactor)) + squares(solved(q.factor, root))
                return 2 * q.logDetFactor - p.logDet + trace + squaredLength(q.loc - p.loc, in: q.factor)
            }
        }
        add(MultivariateNormal.self, LowRankMultivariateNormal.self) { p, q in
            ofVectors(p, q) {
                let trace = squares(p.factor / q.covarianceDiagonal.sqrt().unsqueeze(-1)) - squares(q.whitenedFactor.matmul(p.factor))
                return q.logDet - 2 * p.logDetFactor + trace + q.squaredLength(q.loc - p.loc)
            }
        }
        add(LowRankMultivariateNormal.self, LowRankMultivariateNormal.self) { p, q in
            ofVectors(p, q) {
                let whitened = q.whitenedFactor
                let first = (p.covarianceDiagonal / q.covarianceDiagonal).sum(-1)
                    + squares(p.covarianceFactor / q.covarianceDiagonal.sqrt().unsqueeze(-1))
                let second = squares(whitened * p.covarianceDiagonal.sqrt().unsqueeze(-2)) + squares(whitened.matmul(p.covarianceFactor))
                return q.logDet - p.logDet + first - second + q.squaredLength(q.loc - p.loc)
            }
        }
    }
}

/// Half of `twice` less the number of elements, for vectors of one size.
private func ofVectors(_ p: any Distribution, _ q: any Distribution, _ twice: () -> Tensor) -> Tensor {
    composed("klDivergence", []) { () throws(TensorError) in
        guard p.eventShape == q.eventShape else {
            throw TensorError("p has event shape \(p.eventShape), q \(q.eventShape); they must be equal")
        }
        return 0.5 * (twice() - Double(p.eventShape.last ?? 0))
    }
}

/// L⁻¹ M
private func solved(_ factor: Tensor, _ matrix: Tensor) -> Tensor { factor.solveTriangular(matrix, upper: false) }

/// The sum of a matrix's squared elements, tr(M Mᵀ).
private func squares(_ matrix: Tensor) -> Tensor { matrix.square().sum(-2, -1) }
