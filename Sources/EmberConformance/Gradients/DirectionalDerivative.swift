import Ember
import Foundation

/// Gradients against differences along random directions, in float64.
///
/// For outputs f, cotangents u and a direction v, reverse mode gives ∇⟨u, f⟩·v; central differences of t ↦ ⟨u, f(x + tv)⟩
/// give the same number. A wrong element of the Jacobian shows with probability one, and a check costs three calls
/// however many elements there are (PyTorch's `gradcheck` calls this its fast mode).
struct DirectionalDerivative {
    /// Maps leaf values to the outputs that are differentiated.
    let function: ([Tensor]) throws -> [Tensor]
    let point: [Tensor]
    let directions: [Tensor]

    private static let step = 1e-5

    /// The function has no derivative here (a corner, a jump, a pole): nothing can be compared.
    struct NotDifferentiable: Error {}

    /// Compares gradients of the outputs, then the gradients of those gradients.
    func check(_ what: String) throws {
        let outputs = try function(point.map { $0.detach() })
        let cotangents = outputs.enumerated().map { Self.weights($1.shape, $0) }
        try compare(what, order: "first") { leaves in
            let outputs = try function(leaves)
            return zip(outputs, cotangents).map { ($0 * $1).sum() }.reduce(Tensor.zeros([], dtype: .float64), +)
        }
        let weights = point.enumerated().map { Self.weights($1.shape, $0 + 7) }
        try compare(what, order: "second") { given in
            let leaves = given.map { $0.requiresGrad ? $0 : $0.requiringGrad() }
            return try enableGrad {
                let outputs = try function(leaves)
                let chosen = outputs.indices.filter { outputs[$0].requiresGrad }
                guard !chosen.isEmpty else { return .zeros([], dtype: .float64) }
                let found = gradients(
                    of: chosen.map { outputs[$0] }, with: leaves, cotangents: chosen.map { cotangents[$0] },
                    createGraph: true)
                return zip(found, weights).reduce(Tensor.zeros([], dtype: .float64)) { sum, pair in
                    pair.0.map { sum + ($0 * pair.1).sum() } ?? sum
                }
            }
        }
    }

    /// The derivative of a 0-d `value` by its rules and by differences.
    private func compare(_ what: String, order: String, _ value: ([Tensor]) throws -> Tensor) throws {
        let leaves = point.map { $0.detach().requiringGrad() }
        let result = try value(leaves)
        var exact = 0.0, scale = 0.0
        if result.requiresGrad {
            for (gradient, direction) in zip(gradients(of: result, with: leaves), directions) {
                guard let gradient else { continue }
                let product = gradient * direction
                exact += product.sum().item()
                scale += product.square().sum().item()
            }
        }
        func evaluate(_ t: Double) throws -> Double {
            try noGrad { try value(zip(point, directions).map { $0 + $1 * t }).item() }
        }
        let here = result.detach().item(), above = try evaluate(Self.step), below = try evaluate(-Self.step)
        guard here.isFinite, above.isFinite, below.isFinite, exact.isFinite else { throw NotDifferentiable() }
        let numeric = (above - below) / (2 * Self.step)
        let size = 1 + abs(numeric) + scale.squareRoot() + abs(here)
        guard abs(exact - numeric) > 1e-4 * size else { return }
        // At a corner the differences to either side disagree, and neither is the rule's mistake.
        let right = (above - here) / Self.step, left = (here - below) / Self.step
        let wider = (try evaluate(2 * Self.step) - evaluate(-2 * Self.step)) / (4 * Self.step)
        if abs(right - left) > 0.01 * size || abs(wider - numeric) > 1e-4 * size { throw NotDifferentiable() }
        throw Failure("\(what), \(order) derivative: the rule gives \(exact), differences give \(numeric)")
    }

    /// Irrational-looking weights, so that no error cancels by symmetry.
    static func weights(_ shape: Shape, _ seed: Int) -> Tensor {
        Tensor(
            (0..<shape.reduce(1, *)).map { cos(Double($0) * 1.7 + Double(seed) * 0.9 + 0.3) }, shape: shape,
            dtype: .float64)
    }
}
