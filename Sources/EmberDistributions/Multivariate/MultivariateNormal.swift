import EmberTensor

/// Normal vectors of mean `loc` and a full covariance matrix. PyTorch: `torch.distributions.MultivariateNormal`.
public struct MultivariateNormal: Distribution {
    /// The mean, of shape `batchShape + eventShape`.
    public let loc: Tensor
    /// L of the covariance matrix L Lᵀ, lower triangular, as given or computed; its batch dimensions broadcast with those of ``loc``.
    let factor: Tensor
    public let validatesArguments: Bool

    /// By the covariance matrix, which is positive definite.
    public init(loc: Tensor, covarianceMatrix: Tensor, validate: Bool? = nil) {
        self.init(loc, ("covarianceMatrix", covarianceMatrix), validate) { $0.cholesky() }
    }

    /// By the inverse of the covariance matrix, which is positive definite.
    public init(loc: Tensor, precisionMatrix: Tensor, validate: Bool? = nil) {
        self.init(loc, ("precisionMatrix", precisionMatrix), validate, choleskyOfInverse)
    }

    /// By L of the covariance matrix L Lᵀ, lower triangular with a positive diagonal: the form that all computations use.
    public init(loc: Tensor, scaleTril: Tensor, validate: Bool? = nil) {
        self.init(loc, ("scaleTril", scaleTril), validate) { $0 }
    }

    private init(_ loc: Tensor, _ matrix: (name: String, value: Tensor), _ validate: Bool?, _ factorize: (Tensor) -> Tensor) {
        let parts = composed("MultivariateNormal", [loc, matrix.value], outputs: 2) { () throws(TensorError) in
            let shape = matrix.value.shape
            guard let size = loc.shape.last, shape.count >= 2, shape.suffix(2) == [size, size] else {
                throw TensorError("loc of shape \(loc.shape) and \(matrix.name) of shape \(shape) do not fit: "
                    + "the matrix has as many rows and columns as loc has elements")
            }
            try Self.check(["loc", matrix.name], [loc, matrix.value], validate)
            let batch = broadcastTensors([loc.unsqueeze(-1), matrix.value])[0]
            return [batch.select(-1, 0), factorize(matrix.value)]
        }
        self.init(parts[0], parts[1], validate ?? Distributions.validatesArguments)
    }

    init(_ loc: Tensor, _ factor: Tensor, _ validates: Bool) { (self.loc, self.factor, validatesArguments) = (loc, factor, validates) }

    public static var parameterConstraints: [String: Constraint] {
        ["loc": .realVector, "covarianceMatrix": .positiveDefinite, "precisionMatrix": .positiveDefinite, "scaleTril": .lowerCholesky]
    }
    public var batchShape: Shape { Array(loc.shape.dropLast()) }
    public var eventShape: Shape { Array(loc.shape.suffix(1)) }
    public var support: Constraint { .realVector }
    public var hasReparameterizedSample: Bool { true }

    private func expanded(_ matrix: Tensor) -> Tensor { matrix.isInert ? matrix : matrix.expand(loc.shape + eventShape) }
    /// L of the covariance matrix L Lᵀ. PyTorch: `MultivariateNormal.scale_tril`.
    public var scaleTril: Tensor { expanded(factor) }
    /// PyTorch: `MultivariateNormal.covariance_matrix`.
    public var covarianceMatrix: Tensor { expanded(factor.matmul(factor.mT)) }
    /// The inverse of the covariance matrix. PyTorch: `MultivariateNormal.precision_matrix`.
    public var precisionMatrix: Tensor { expanded(factor.choleskyInverse()) }
    public var mean: Tensor { loc }
    public var mode: Tensor { loc }
    public var variance: Tensor { factor.square().sum(-1).expand(loc.shape) }

    /// log det L
    var logDetFactor: Tensor { factor.diagonal(dim1: -2, dim2: -1).log().sum(-1) }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let noise = Tensor.randn(extendedShape(sampleShape), dtype: loc.dtype, generator: generator)
        return loc + factor.matmul(noise.unsqueeze(-1)).squeeze(-1)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            -0.5 * squaredLength(value - loc, in: factor) - logDetFactor - logRootTwoPi * Double(eventShape[0])
        }
    }

    public func entropy() -> Tensor {
        (logDetFactor + (0.5 + logRootTwoPi) * Double(eventShape.last ?? 0)).expand(batchShape)
    }

    public func expand(_ batchShape: Shape) -> MultivariateNormal {
        MultivariateNormal(loc.expand(batchShape + eventShape), factor.expand(batchShape + eventShape + eventShape), validatesArguments)
    }
}

/// |L⁻¹ x|², the squared Mahalanobis length of vectors x for the covariance matrix L Lᵀ.
func squaredLength(_ x: Tensor, in factor: Tensor) -> Tensor {
    factor.solveTriangular(x.unsqueeze(-1), upper: false).squeeze(-1).square().sum(-1)
}

/// The Cholesky factor of the inverse of P: with P = U Uᵀ for upper triangular U, which is a Cholesky factor read from the other end, it
/// is U⁻ᵀ.
func choleskyOfInverse(_ precision: Tensor) -> Tensor {
    let transposed = precision.flip([-2, -1]).cholesky().flip([-2, -1]).mT
    return transposed.solveTriangular(Tensor.eye(precision.shape[precision.rank - 1], dtype: precision.dtype), upper: false)
}
