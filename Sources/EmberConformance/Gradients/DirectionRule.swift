import Ember

/// Operators that read a part of a matrix and stand for a function of the whole: a difference must move along matrices
/// of that kind.
enum DirectionRule {
    private static let symmetric: Set = [
        "cholesky", "linalg.cholesky", "linalg.cholesky_ex", "linalg.eigh", "linalg.eigvalsh",
    ]

    /// The factor, whose gradient is that of a whole matrix, by its place among the leaves.
    private static let triangular = ["cholesky_inverse": 0, "cholesky_solve": 1]

    /// Calls whose rule, as PyTorch's, is not what differences say. Where indices meet, it gives every one of them the
    /// cotangent of the element that only the last one wrote. A pseudo-inverse that is told its matrix is symmetric has
    /// the rule of symmetric matrices, and the samples are not. Singular vectors that only fill up a basis are any.
    static func isAmbiguous(_ line: JSON, _ leaves: [Tensor]) -> Bool {
        let name = OperatorSuite.subject(line)
        func truth(_ argument: String) -> Bool? { line["kwargs"]?[argument]?["b"]?.booleanValue }
        switch name {
        case "linalg.pinv": return truth("hermitian") == true
        case "linalg.svd", "svd":
            guard let shape = leaves.first?.shape, shape.count >= 2 else { return false }
            let fillsBasis = name == "svd" ? truth("some") == false : truth("full_matrices") ?? true
            return fillsBasis && shape[shape.count - 1] != shape[shape.count - 2]
        default: return name.hasPrefix("F.max_unpool") && line["variant"]?.stringValue != "grad"
        }
    }

    /// Maps the number and the direction of a leaf to the nearest direction that is allowed.
    static func projection(of line: JSON) -> (Int, Tensor) throws -> Tensor {
        let name = OperatorSuite.subject(line)
        let isHermitian = line["kwargs"]?["hermitian"]?["b"]?.booleanValue == true || line["variant"]?.stringValue == "hermitian"
        if symmetric.contains(name) || isHermitian {
            return { leaf, direction in leaf == 0 ? (direction + direction.mT) * 0.5 : direction }
        }
        if let factor = triangular[name] {
            let isUpper = line["kwargs"]?["upper"]?["b"]?.booleanValue == true
            return { leaf, direction in leaf != factor ? direction : isUpper ? direction.triu() : direction.tril() }
        }
        return { $1 }
    }
}
