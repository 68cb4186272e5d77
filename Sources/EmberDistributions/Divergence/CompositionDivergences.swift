// KL(p ‖ q) of distributions that are made of others.
import EmberTensor

extension DivergenceTable {
    mutating func addCompositions() {
        add(Independent.self, Independent.self) { p, q in
            composed("klDivergence", []) { () throws(TensorError) in
                guard p.dims == q.dims else { throw TensorError("p has \(p.dims) independent dimensions, q \(q.dims); they must be equal") }
                return klDivergence(p.base, q.base).sumRightmost(p.dims)
            }
        }
        // A bijection changes both densities by the same factor.
        add(TransformedDistribution.self, TransformedDistribution.self) { p, q in
            composed("klDivergence", []) { () throws(TensorError) in
                guard ComposeTransform(p.transforms).isEqual(to: ComposeTransform(q.transforms)), p.eventShape == q.eventShape else {
                    throw TensorError("the transforms of p and q, and their event shapes, must be equal")
                }
                return klDivergence(p.base, q.base)
            }
        }
    }
}
