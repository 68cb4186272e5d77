import Ember

/// Decompositions whose vectors are unique only up to a sign: what they multiply to is compared, and that the vectors
/// are orthonormal. Their gradients are those of the vectors with the recorded signs.
enum GaugeRule {
    /// The outputs of a decomposition.
    private struct Decomposition: Sendable {
        /// Outputs with a vector for each value, and the dimension that counts the vectors. The first decides the signs.
        let vectors: [(output: Int, dim: Int)]
        /// Outputs compared as they are.
        let values: [Int]
        /// Outputs whose columns (of the last dimension) or rows are orthonormal.
        let orthonormal: [(output: Int, byColumns: Bool)]
        /// What the outputs multiply to.
        let product: @Sendable ([Tensor]) -> Tensor
    }

    private static let decompositions: [String: Decomposition] = {
        let singular = Decomposition(
            vectors: [(0, -1), (2, -2)], values: [1], orthonormal: [(0, true), (2, false)],
            product: { scaled($0[0], $0[1]).matmul($0[2].narrow(-2, start: 0, count: $0[1].shape.last ?? 0)) })
        let singularTransposed = Decomposition(
            vectors: [(0, -1), (2, -1)], values: [1], orthonormal: [(0, true), (2, true)],
            product: { scaled($0[0], $0[1]).matmul($0[2].narrow(-1, start: 0, count: $0[1].shape.last ?? 0).mT) })
        let orthogonal = Decomposition(
            vectors: [(0, -1), (1, -2)], values: [], orthonormal: [(0, true)], product: { $0[0].matmul($0[1]) })
        let symmetric = Decomposition(
            vectors: [(1, -1)], values: [0], orthonormal: [(1, true)], product: { scaled($0[1], $0[0]).matmul($0[1].mT) })
        return [
            "linalg.svd": singular, "svd": singularTransposed, "linalg.qr": orthogonal, "qr": orthogonal,
            "linalg.eigh": symmetric,
        ]
    }()

    /// The columns that have a value, times their values.
    private static func scaled(_ columns: Tensor, _ values: Tensor) -> Tensor {
        columns.narrow(-1, start: 0, count: values.shape.last ?? 0) * values.unsqueeze(-2)
    }

    /// What to compare in place of the outputs, and the outputs with the recorded signs; nil for other operators.
    static func judged(_ result: Value, _ expected: Value, _ operation: String) throws -> (
        findings: [Finding], aligned: Value
    )? {
        guard let decomposition = decompositions[operation], let own = tensors(result), let recorded = tensors(expected)
        else { return nil }
        guard zip(own, recorded).allSatisfy({ $0.shape == $1.shape && $0.dtype == $1.dtype }) else { return nil }
        var findings = decomposition.values.map {
            Finding("result[\($0)]", .tensor(own[$0].detach()), .tensor(recorded[$0]))
        }
        try checked {
            findings.append(
                Finding(
                    "the factors' product", .tensor(decomposition.product(own.map { $0.detach() })),
                    .tensor(decomposition.product(recorded))))
            for (output, byColumns) in decomposition.orthonormal {
                findings.append(
                    Finding(
                        "the angles of result[\(output)]", .tensor(angles(own[output].detach(), byColumns)),
                        .tensor(angles(recorded[output], byColumns))))
            }
        }
        let signed = try checked { aligned(own, recorded, decomposition) }
        return (findings, .list(signed.map(Value.tensor)))
    }

    private static func tensors(_ value: Value) -> [Tensor]? {
        guard case .list(let values) = value else { return nil }
        let tensors = values.compactMap { value -> Tensor? in
            if case .tensor(let tensor) = value { tensor } else { nil }
        }
        return tensors.count == values.count ? tensors : nil
    }

    private static func angles(_ vectors: Tensor, _ byColumns: Bool) -> Tensor {
        byColumns ? vectors.mT.matmul(vectors) : vectors.matmul(vectors.mT)
    }

    /// The outputs, each vector with the sign that brings it nearer to the recorded one.
    private static func aligned(_ own: [Tensor], _ recorded: [Tensor], _ decomposition: Decomposition) -> [Tensor] {
        var result = own
        let first = decomposition.vectors[0]
        let likeness = (own[first.output].detach() * recorded[first.output])
            .sum(first.dim == -1 ? -2 : -1)
        let signs = likeness.sign() + (likeness .== 0.0).to(likeness.dtype)
        for (output, dim) in decomposition.vectors {
            // A full basis has vectors beyond the values; they have no counterpart in the other factor.
            let size = own[output].shape[own[output].rank + dim]
            let count = min(size, signs.shape.last ?? 0)
            var own = signs.narrow(-1, start: 0, count: count)
            if count < size {
                own = cat([own, Tensor.ones(Array(own.shape.dropLast()) + [size - count], dtype: own.dtype)], dim: -1)
            }
            result[output] = result[output] * (dim == -1 ? own.unsqueeze(-2) : own.unsqueeze(-1))
        }
        return result
    }
}
