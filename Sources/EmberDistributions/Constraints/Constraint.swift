import EmberTensor

/// A set of values: of numbers, or of vectors and matrices, whose dimensions are then the last ``eventDim`` ones.
///
/// PyTorch: `torch.distributions.constraints.Constraint`.
public struct Constraint: Sendable, CustomStringConvertible {
    /// What kind of set; the key under which ``TransformRegistry`` finds its transforms.
    public struct Kind: Hashable, Sendable {
        public let name: String
        public init(_ name: String) { self.name = name }
    }

    public let kind: Kind
    /// In words, to stand after "must be".
    public let description: String
    /// How many of the last dimensions make up one value.
    public let eventDim: Int
    /// Whether the values can be counted.
    public let isDiscrete: Bool
    /// The numbers that the set depends on, such as the ends of an interval.
    public let bounds: [Tensor]
    /// The constraints it is made of.
    public let parts: [Constraint]
    /// For sequences of parts: the dimension along which they lie.
    let dim: Int
    /// For concatenated parts: the length of each.
    let lengths: [Int]
    private let test: @Sendable (Tensor) -> Tensor

    /// A constraint of one's own; `check` says for a tensor of values which of them belong to the set, without the event dimensions.
    public init(_ kind: Kind, _ description: String, eventDim: Int = 0, isDiscrete: Bool = false, bounds: [Tensor] = [],
                parts: [Constraint] = [], check: @escaping @Sendable (Tensor) -> Tensor) {
        self.init(kind, description, eventDim: eventDim, isDiscrete: isDiscrete, bounds: bounds, parts: parts, dim: 0, lengths: [], check)
    }

    init(_ kind: Kind, _ description: String, eventDim: Int, isDiscrete: Bool, bounds: [Tensor], parts: [Constraint],
         dim: Int, lengths: [Int], _ test: @escaping @Sendable (Tensor) -> Tensor) {
        self.kind = kind
        self.description = description
        self.eventDim = eventDim
        self.isDiscrete = isDiscrete
        self.bounds = bounds
        self.parts = parts
        self.dim = dim
        self.lengths = lengths
        self.test = test
    }

    /// Which values belong to the set, as bool, without the event dimensions. PyTorch: `Constraint.check`.
    public func check(_ values: Tensor) -> Tensor {
        composed("Constraint.check", [values]) { () throws(TensorError) in
            guard values.rank >= eventDim else {
                throw TensorError("\(description): values have at least \(eventDim) dimensions, got shape \(values.shape)")
            }
            return test(values.detach())
        }
    }

    /// Whether all values belong to the set. Values that a failed operator left behind are not looked at.
    func holds(_ values: Tensor) -> Bool {
        if values.isInert || bounds.contains(where: \.isInert) { return true }
        let found = check(values)
        return found.isInert || found.all().item(as: Bool.self)
    }
}

extension Constraint.Kind {
    public static let dependent = Self("dependent"), boolean = Self("boolean"), oneHot = Self("oneHot"), real = Self("real")
    public static let integerInterval = Self("integerInterval"), integerGreaterThan = Self("integerGreaterThan")
    public static let greaterThan = Self("greaterThan"), greaterThanEqual = Self("greaterThanEqual"), lessThan = Self("lessThan")
    public static let interval = Self("interval"), halfOpenInterval = Self("halfOpenInterval"), simplex = Self("simplex")
    public static let multinomial = Self("multinomial"), lowerTriangular = Self("lowerTriangular"), lowerCholesky = Self("lowerCholesky")
    public static let correlationCholesky = Self("correlationCholesky"), square = Self("square"), symmetric = Self("symmetric")
    public static let positiveSemidefinite = Self("positiveSemidefinite"), positiveDefinite = Self("positiveDefinite")
    public static let independent = Self("independent"), cat = Self("cat"), stack = Self("stack"), mixture = Self("mixture")
}

// MARK: Numbers

extension Constraint {
    /// A set that depends on other variables, which cannot be checked. PyTorch: `constraints.dependent`.
    public static let dependent = Constraint(.dependent, "what its other parameters allow") { Tensor.full($0.shape, true) }

    /// Whether a constraint is ``dependent``. PyTorch: `constraints.is_dependent`.
    public var isDependent: Bool { kind == .dependent }

    /// 0 or 1. PyTorch: `constraints.boolean`.
    public static let boolean = Constraint(.boolean, "0 or 1", isDiscrete: true) { ($0 .== 0) | ($0 .== 1) }

    /// Any number but NaN. PyTorch: `constraints.real`.
    public static let real = Constraint(.real, "real") { $0 .== $0 }

    /// Whole numbers in `lower...upper`. PyTorch: `constraints.integer_interval`.
    public static func integerInterval(_ lower: Int, _ upper: Tensor) -> Constraint {
        Constraint(.integerInterval, "a whole number in \(lower)...\(text(upper))", isDiscrete: true, bounds: [upper]) {
            isWhole($0) & ($0 .>= Double(lower)) & ($0 .<= upper)
        }
    }

    /// Whole numbers from 0 on. PyTorch: `constraints.nonnegative_integer`.
    public static let nonnegativeInteger = Constraint(.integerGreaterThan, "a whole number from 0 on", isDiscrete: true) {
        isWhole($0) & ($0 .>= 0)
    }

    /// Whole numbers from 1 on. PyTorch: `constraints.positive_integer`.
    public static let positiveInteger = Constraint(.integerGreaterThan, "a whole number from 1 on", isDiscrete: true) {
        isWhole($0) & ($0 .>= 1)
    }

    /// Numbers above 0. PyTorch: `constraints.positive`.
    public static let positive = greaterThan(Tensor(0.0), "positive")

    /// Numbers from 0 on. PyTorch: `constraints.nonnegative`.
    public static let nonnegative = greaterThanEqual(Tensor(0.0), "at least 0")

    /// Numbers above `lower`. PyTorch: `constraints.greater_than`.
    public static func greaterThan(_ lower: Tensor) -> Constraint { greaterThan(lower, "greater than \(text(lower))") }

    /// Numbers from `lower` on. PyTorch: `constraints.greater_than_eq`.
    public static func greaterThanEqual(_ lower: Tensor) -> Constraint { greaterThanEqual(lower, "at least \(text(lower))") }

    /// Numbers below `upper`. PyTorch: `constraints.less_than`.
    public static func lessThan(_ upper: Tensor) -> Constraint {
        Constraint(.lessThan, "less than \(text(upper))", bounds: [upper]) { $0 .< upper }
    }

    /// Numbers in `lower...upper`. PyTorch: `constraints.interval`.
    public static func interval(_ lower: Tensor, _ upper: Tensor) -> Constraint {
        Constraint(.interval, "in \(text(lower))...\(text(upper))", bounds: [lower, upper]) { ($0 .>= lower) & ($0 .<= upper) }
    }

    /// Numbers in `lower..<upper`. PyTorch: `constraints.half_open_interval`.
    public static func halfOpenInterval(_ lower: Tensor, _ upper: Tensor) -> Constraint {
        Constraint(.halfOpenInterval, "in \(text(lower))..<\(text(upper))", bounds: [lower, upper]) { ($0 .>= lower) & ($0 .< upper) }
    }

    /// Numbers in 0...1. PyTorch: `constraints.unit_interval`.
    public static let unitInterval = interval(Tensor(0.0), Tensor(1.0))

    private static func greaterThan(_ lower: Tensor, _ description: String) -> Constraint {
        Constraint(.greaterThan, description, bounds: [lower]) { $0 .> lower }
    }

    private static func greaterThanEqual(_ lower: Tensor, _ description: String) -> Constraint {
        Constraint(.greaterThanEqual, description, bounds: [lower]) { $0 .>= lower }
    }

    private static func isWhole(_ x: Tensor) -> Tensor { x.floor() .== x }

    private static func text(_ bound: Tensor) -> String {
        bound.count == 1 && !bound.isInert ? "\(bound.item())" : "a bound of shape \(bound.shape)"
    }
}

// MARK: Vectors and matrices

extension Constraint {
    /// Vectors with one 1 and 0 elsewhere. PyTorch: `constraints.one_hot`.
    public static let oneHot = Constraint(.oneHot, "a vector with one 1 and 0 elsewhere", eventDim: 1, isDiscrete: true) {
        (($0 .== 0) | ($0 .== 1)).all(-1) & ($0.sum(-1) .== 1)
    }

    /// Vectors of real numbers. PyTorch: `constraints.real_vector`.
    public static let realVector = independent(.real, 1)

    /// Vectors of numbers from 0 on whose sum is 1. PyTorch: `constraints.simplex`.
    public static let simplex = Constraint(.simplex, "a vector of probabilities that sum to 1", eventDim: 1) {
        ($0 .>= 0).all(-1) & (($0.sum(-1) - 1).abs() .< 1e-6)
    }

    /// Counts that sum to `total`. PyTorch: `constraints.multinomial`.
    public static func multinomial(_ total: Int) -> Constraint {
        Constraint(.multinomial, "a vector of counts that sum to \(total)", eventDim: 1, isDiscrete: true) {
            ($0 .>= 0).all(-1) & ($0.sum(-1) .== Double(total))
        }
    }

    /// Square matrices with nothing above the diagonal. PyTorch: `constraints.lower_triangular`.
    public static let lowerTriangular = Constraint(.lowerTriangular, "lower triangular", eventDim: 2) { isLowerTriangular($0) }

    /// Lower triangular matrices with a positive diagonal. PyTorch: `constraints.lower_cholesky`.
    public static let lowerCholesky = Constraint(.lowerCholesky, "lower triangular with a positive diagonal", eventDim: 2) {
        isLowerTriangular($0) & hasPositiveDiagonal($0)
    }

    /// Lower triangular matrices with a positive diagonal and rows of length 1: Cholesky factors of correlation matrices.
    /// PyTorch: `constraints.corr_cholesky`.
    public static let correlationCholesky = Constraint(.correlationCholesky,
        "lower triangular with a positive diagonal and rows of length 1", eventDim: 2) { matrix in
        // Rounding grows with the length of a row.
        let tolerance = matrix.dtype.epsilon * Double(matrix.shape[matrix.rank - 1]) * 10
        return isLowerTriangular(matrix) & hasPositiveDiagonal(matrix)
            & ((matrix.square().sum(-1).sqrt() - 1).abs() .< tolerance).all(-1)
    }

    /// Square matrices. PyTorch: `constraints.square`.
    public static let square = Constraint(.square, "a square matrix", eventDim: 2) {
        Tensor.full(Array($0.shape.dropLast(2)), .bool($0.shape[$0.rank - 2] == $0.shape[$0.rank - 1]))
    }

    /// Symmetric matrices. PyTorch: `constraints.symmetric`.
    public static let symmetric = Constraint(.symmetric, "a symmetric matrix", eventDim: 2) { isSymmetric($0) }

    /// Symmetric matrices with positive eigenvalues. PyTorch: `constraints.positive_definite`.
    public static let positiveDefinite = Constraint(.positiveDefinite, "a symmetric positive definite matrix", eventDim: 2) {
        $0.shape[$0.rank - 2] == $0.shape[$0.rank - 1] ? isSymmetric($0) & ($0.choleskyEx().info .== 0) : isSymmetric($0)
    }

    /// Symmetric matrices without negative eigenvalues. PyTorch: `constraints.positive_semidefinite`.
    public static let positiveSemidefinite = Constraint(.positiveSemidefinite, "a symmetric matrix without negative eigenvalues",
                                                        eventDim: 2) {
        $0.shape[$0.rank - 2] == $0.shape[$0.rank - 1] ? isSymmetric($0) & ($0.eigvalsh() .>= 0).all(-1) : isSymmetric($0)
    }

    private static func isLowerTriangular(_ x: Tensor) -> Tensor { (x.tril() .== x).all(-2, -1) }
    private static func hasPositiveDiagonal(_ x: Tensor) -> Tensor { (x.diagonal(dim1: -2, dim2: -1) .> 0).all(-1) }
    static func isSymmetric(_ x: Tensor) -> Tensor {
        x.shape[x.rank - 2] == x.shape[x.rank - 1] ? x.isClose(x.mT, rtol: 1e-5, atol: 1e-6).all(-2, -1)
            : Tensor.full(Array(x.shape.dropLast(2)), false)
    }
}

// MARK: Compositions

extension Constraint {
    /// The last `dims` batch dimensions of `base` become event dimensions: all of their values must belong to it.
    /// PyTorch: `constraints.independent`.
    public static func independent(_ base: Constraint, _ dims: Int) -> Constraint {
        Constraint(.independent, base.description, eventDim: base.eventDim + dims, isDiscrete: base.isDiscrete, parts: [base]) { values in
            let found = base.check(values)
            return dims == 0 ? found : found.all(Array((found.rank - dims)..<found.rank))
        }
    }

    /// Parts of the given lengths along `dim`, each in its own set. PyTorch: `constraints.cat`.
    public static func cat(_ parts: [Constraint], dim: Int = 0, lengths: [Int]? = nil) -> Constraint {
        let lengths = lengths ?? [Int](repeating: 1, count: parts.count)
        return Constraint(.cat, "of the parts \(parts.map(\.description))", eventDim: parts.map(\.eventDim).max() ?? 0,
                          isDiscrete: parts.contains { $0.isDiscrete }, bounds: [], parts: parts, dim: dim, lengths: lengths) { values in
            EmberTensor.cat(zip(parts, values.split(lengths, dim: dim)).map { $0.check($1) }, dim: dim)
        }
    }

    /// Each position along `dim` in its own set. PyTorch: `constraints.stack`.
    public static func stack(_ parts: [Constraint], dim: Int = 0) -> Constraint {
        Constraint(.stack, "of the parts \(parts.map(\.description))", eventDim: (parts.map(\.eventDim).max() ?? 0) + (dim < 0 ? 1 : 0),
                   isDiscrete: parts.contains { $0.isDiscrete }, bounds: [], parts: parts, dim: dim, lengths: []) { values in
            EmberTensor.stack(zip(parts, values.unbind(dim)).map { $0.check($1) }, dim: dim)
        }
    }

    /// Values that every component of a mixture allows; components lie along the last batch dimension.
    /// PyTorch: `constraints.MixtureSameFamilyConstraint`.
    public static func mixture(_ base: Constraint) -> Constraint {
        Constraint(.mixture, base.description, eventDim: base.eventDim, isDiscrete: base.isDiscrete, parts: [base]) { values in
            base.check(values.unsqueeze(-1 - base.eventDim)).all(-1)
        }
    }
}
