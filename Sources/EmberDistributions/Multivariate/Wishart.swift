import EmberTensor

/// Sums of the outer products of `df` normal vectors of mean 0: random covariance matrices. PyTorch: `torch.distributions.Wishart`.
public struct Wishart: Distribution {
    /// The degrees of freedom, of shape `batchShape`; need not be whole.
    public let df: Tensor
    /// L of the vectors' covariance matrix L Lᵀ, lower triangular.
    let factor: Tensor
    public let validatesArguments: Bool

    /// By the covariance matrix of the vectors, n × n and positive definite; `df` is greater than n - 1.
    public init(df: some DistributionParameter, covarianceMatrix: Tensor, validate: Bool? = nil) {
        self.init(df, ("covarianceMatrix", covarianceMatrix), validate) { $0.cholesky() }
    }

    /// By the inverse of the covariance matrix.
    public init(df: some DistributionParameter, precisionMatrix: Tensor, validate: Bool? = nil) {
        self.init(df, ("precisionMatrix", precisionMatrix), validate, choleskyOfInverse)
    }

    /// By L of the covariance matrix L Lᵀ, lower triangular with a positive diagonal.
    public init(df: some DistributionParameter, scaleTril: Tensor, validate: Bool? = nil) {
        self.init(df, ("scaleTril", scaleTril), validate) { $0 }
    }

    private init(_ df: some DistributionParameter, _ matrix: (name: String, value: Tensor), _ validate: Bool?,
                 _ factorize: (Tensor) -> Tensor) {
        let df = df.parameterTensor(matrix.value.dtype)
        let parts = composed("Wishart", [df, matrix.value], outputs: 2) { () throws(TensorError) in
            let shape = matrix.value.shape
            guard let size = shape.last, shape.count >= 2, shape[shape.count - 2] == size else {
                throw TensorError("\(matrix.name) is square, got shape \(shape)")
            }
            try Self.check([matrix.name], [matrix.value], validate)
            guard (df.detach() .> Double(size - 1)).all().item(as: Bool.self) else {
                throw TensorError("df must be greater than the number of rows less 1, \(size - 1)")
            }
            return [df.expand(broadcastShape(Array(shape.dropLast(2)), [df])), factorize(matrix.value)]
        }
        self.init(parts[0], parts[1], validate ?? Distributions.validatesArguments)
    }

    private init(_ df: Tensor, _ factor: Tensor, _ validates: Bool) { (self.df, self.factor, validatesArguments) = (df, factor, validates) }

    public static var parameterConstraints: [String: Constraint] {
        ["covarianceMatrix": .positiveDefinite, "precisionMatrix": .positiveDefinite, "scaleTril": .lowerCholesky, "df": .positive]
    }
    private var size: Int { factor.shape.last ?? 0 }
    public var batchShape: Shape { df.shape }
    public var eventShape: Shape { [size, size] }
    public var support: Constraint { .positiveDefinite }
    public var hasReparameterizedSample: Bool { true }

    /// L of the covariance matrix L Lᵀ. PyTorch: `Wishart.scale_tril`.
    public var scaleTril: Tensor { factor.expand(batchShape + eventShape) }
    /// The covariance matrix of the summed vectors. PyTorch: `Wishart.covariance_matrix`.
    public var covarianceMatrix: Tensor { factor.matmul(factor.mT).expand(batchShape + eventShape) }
    /// Its inverse. PyTorch: `Wishart.precision_matrix`.
    public var precisionMatrix: Tensor { factor.choleskyInverse().expand(batchShape + eventShape) }

    private var degrees: Tensor { df.unsqueeze(-1).unsqueeze(-1) }
    private var logDetFactor: Tensor { factor.diagonal(dim1: -2, dim2: -1).log().sum(-1) }

    public var mean: Tensor { degrees * covarianceMatrix }
    /// NaN up to n + 1 degrees of freedom.
    public var mode: Tensor {
        (df - Double(size + 1)).where(df .> Double(size + 1), else: .nan).unsqueeze(-1).unsqueeze(-1) * covarianceMatrix
    }
    public var variance: Tensor {
        let covariance = covarianceMatrix, diagonal = covariance.diagonal(dim1: -2, dim2: -1)
        return degrees * (covariance.square() + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))
    }

    /// By M. S. Bartlett's decomposition: the factor of a sample for unit covariance has chi-distributed numbers on its diagonal, normal
    /// ones below.
    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let n = size, dtype = factor.dtype
        let freedom = df.unsqueeze(-1) - Tensor.arange(.int(n)).to(dtype)
        let diagonal = Chi2(parameters: [freedom], validates: false).rsample(sampleShape, generator: generator).sqrt()
            .maximum(Tensor(dtype.epsilon, dtype: dtype))
        let below = Tensor.randn(sampleShape + batchShape + [n * (n - 1) / 2], dtype: dtype, generator: generator)
        let places = Tensor.trilIndices(n, n, offset: -1)
        let lower = Tensor.zeros(sampleShape + batchShape + [n * n], dtype: dtype).indexAdd(-1, places[0] * Double(n) + places[1], below)
        let root = factor.matmul(diagonal.diagEmbed() + lower.reshape(extendedShape(sampleShape)))
        return root.matmul(root.mT)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let n = Double(size), root = value.cholesky()
            let logDet = 2 * root.diagonal(dim1: -2, dim2: -1).log().sum(-1)
            let trace = factor.solveTriangular(root, upper: false).square().sum(-2, -1)
            return -df * (n * 0.34657359027997265471 + logDetFactor) - (0.5 * df).mvlgamma(size) + 0.5 * (df - (n + 1)) * logDet
                - 0.5 * trace
        }
    }

    public func entropy() -> Tensor {
        let n = Double(size)
        let slopes = (0.5 * df.unsqueeze(-1) - 0.5 * Tensor.arange(.int(size)).to(df.dtype)).digamma().sum(-1)
        return (n + 1) * (n * 0.34657359027997265471 + logDetFactor) + (0.5 * df).mvlgamma(size)
            - 0.5 * (df - (n + 1)) * slopes + 0.5 * n * df
    }

    public func expand(_ batchShape: Shape) -> Wishart {
        Wishart(df.expand(batchShape), factor.expand(batchShape + eventShape), validatesArguments)
    }
}
