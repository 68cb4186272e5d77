import Ember

/// Decompositions whose vectors are unique only up to a sign (complex ones up to a phase), or whose values come in no
/// order: what they multiply to is compared, and that the vectors are orthonormal. Their gradients are those of the
/// vectors with the recorded signs.
enum GaugeRule {
    /// The outputs of a decomposition.
    private struct Decomposition: Sendable {
        /// Outputs with a vector for each value, the dimension that counts the vectors, and whether the phase of the first
        /// output's vectors comes back conjugated. The first output decides the phases.
        var vectors: [(output: Int, dim: Int, conjugated: Bool)] = []
        /// Outputs compared as they are.
        var values: [Int] = []
        /// Outputs whose columns or rows are orthonormal.
        var orthonormal: [(output: Int, byColumns: Bool)] = []
        /// The values' output, where they come in no order.
        var unordered: Int?
        /// What the outputs, with the recorded order and signs, multiply to.
        var product: (@Sendable ([Tensor]) -> Tensor)?
    }

    private static let decompositions: [String: Decomposition] = {
        let singular = Decomposition(
            vectors: [(0, -1, false), (2, -2, true)], values: [1], orthonormal: [(0, true), (2, false)],
            product: { scaled($0[0], $0[1]).matmul($0[2].narrow(-2, start: 0, count: $0[1].shape.last ?? 0)) })
        let singularTransposed = Decomposition(
            vectors: [(0, -1, false), (2, -1, false)], values: [1], orthonormal: [(0, true), (2, true)],
            product: { scaled($0[0], $0[1]).matmul($0[2].narrow(-1, start: 0, count: $0[1].shape.last ?? 0).mH) })
        let orthogonal = Decomposition(
            vectors: [(0, -1, false), (1, -2, true)], orthonormal: [(0, true)], product: { $0[0].matmul($0[1]) })
        let symmetric = Decomposition(
            vectors: [(1, -1, false)], values: [0], orthonormal: [(1, true)],
            product: { scaled($0[1], $0[0]).matmul($0[1].mH) })
        return [
            "linalg.svd": singular, "svd": singularTransposed, "linalg.qr": orthogonal, "qr": orthogonal,
            "linalg.eigh": symmetric,
            "linalg.eig": Decomposition(vectors: [(1, -1, false)], values: [0], unordered: 0, product: { $0[1] }),
            "linalg.eigvals": Decomposition(values: [0], unordered: 0),
        ]
    }()

    /// The columns that have a value, times their values.
    private static func scaled(_ columns: Tensor, _ values: Tensor) -> Tensor {
        columns.narrow(-1, start: 0, count: values.shape.last ?? 0) * values.unsqueeze(-2)
    }

    /// What to compare in place of the outputs, and the outputs with the recorded order and signs; nil for other
    /// operators.
    static func judged(_ result: Value, _ expected: Value, _ operation: String) throws -> (
        findings: [Finding], aligned: Value
    )? {
        guard let decomposition = decompositions[operation], let own = tensors(result), let recorded = tensors(expected)
        else { return nil }
        guard own.count == recorded.count, zip(own, recorded).allSatisfy({ $0.shape == $1.shape && $0.dtype == $1.dtype })
        else { return nil }
        var findings: [Finding] = [], signed: [Tensor] = []
        try checked {
            signed = aligned(ordered(own, recorded, decomposition), recorded, decomposition)
            let plain = signed.map { $0.detach() }
            findings = decomposition.values.map { Finding("result[\($0)]", .tensor(plain[$0]), .tensor(recorded[$0])) }
            if let product = decomposition.product {
                findings.append(Finding("the factors' product", .tensor(product(plain)), .tensor(product(recorded))))
            }
            for (output, byColumns) in decomposition.orthonormal {
                findings.append(
                    Finding(
                        "the angles of result[\(output)]", .tensor(angles(plain[output], byColumns)),
                        .tensor(angles(recorded[output], byColumns))))
            }
        }
        if case .tensor = result { return (findings, .tensor(signed[0])) }
        return (findings, .list(signed.map(Value.tensor)))
    }

    private static func tensors(_ value: Value) -> [Tensor]? {
        switch value {
        case .tensor(let tensor): return [tensor]
        case .list(let values):
            let tensors = values.compactMap { value -> Tensor? in
                if case .tensor(let tensor) = value { tensor } else { nil }
            }
            return tensors.count == values.count ? tensors : nil
        default: return nil
        }
    }

    private static func angles(_ vectors: Tensor, _ byColumns: Bool) -> Tensor {
        byColumns ? vectors.mH.matmul(vectors) : vectors.matmul(vectors.mH)
    }

    /// The outputs with the values, and the vectors that belong to them, in the recorded order: each recorded value takes
    /// the nearest that is left.
    private static func ordered(_ own: [Tensor], _ recorded: [Tensor], _ decomposition: Decomposition) -> [Tensor] {
        guard let output = decomposition.unordered, own[output].count > 0 else { return own }
        let n = own[output].shape.last ?? 0
        func points(_ values: Tensor) -> [Double] { values.detach().viewAsReal().array() }
        let mine = points(own[output]), theirs = points(recorded[output])
        var order: [Int] = []
        for first in stride(from: 0, to: own[output].count, by: n) {
            var left = Array(0..<n)
            for k in 0..<n {
                func distance(_ i: Int) -> Double {
                    let x = mine[2 * (first + i)] - theirs[2 * (first + k)]
                    let y = mine[2 * (first + i) + 1] - theirs[2 * (first + k) + 1]
                    return x * x + y * y
                }
                let nearest = left.min { distance($0) < distance($1) } ?? 0
                order.append(nearest)
                left.removeAll { $0 == nearest }
            }
        }
        let index = Tensor(order, shape: own[output].shape)
        var result = own
        result[output] = own[output].gather(-1, index)
        for (vectors, _, _) in decomposition.vectors {
            result[vectors] = own[vectors].gather(-1, index.unsqueeze(-2).expand(own[vectors].shape))
        }
        return result
    }

    /// The outputs, each vector with the sign or phase that brings it nearest to the recorded one.
    private static func aligned(_ own: [Tensor], _ recorded: [Tensor], _ decomposition: Decomposition) -> [Tensor] {
        guard let first = decomposition.vectors.first else { return own }
        var result = own
        let likeness = (own[first.output].detach().conj() * recorded[first.output]).sum(-2)
        let phases = likeness.sgn() + (likeness.abs() .== 0.0).to(likeness.dtype)
        for (output, dim, conjugated) in decomposition.vectors {
            // A full basis has vectors beyond the values; they have no counterpart in the other factor.
            let size = own[output].shape[own[output].rank + dim], count = min(size, phases.shape.last ?? 0)
            var factors = phases.narrow(-1, start: 0, count: count)
            if count < size {
                let rest = Tensor.ones(Array(factors.shape.dropLast()) + [size - count], dtype: factors.dtype)
                factors = cat([factors, rest], dim: -1)
            }
            if conjugated { factors = factors.conj() }
            result[output] = result[output] * (dim == -1 ? factors.unsqueeze(-2) : factors.unsqueeze(-1))
        }
        return result
    }
}
