import EmberTensor

/// Normal vectors whose covariance matrix is W Wᵀ + diag(d), for W with few columns. Determinant and inverse need only a matrix as small as
/// W is narrow, the capacitance C = 1 + Wᵀ diag(1/d) W, by the matrix determinant lemma and M. A. Woodbury's identity.
/// PyTorch: `torch.distributions.LowRankMultivariateNormal`.
public struct LowRankMultivariateNormal: Distribution {
    /// The mean, of shape `batchShape + eventShape`.
    public let loc: Tensor
    /// W, of shape `batchShape + eventShape + [rank]`.
    public let covarianceFactor: Tensor
    /// d, of shape `batchShape + eventShape`.
    public let covarianceDiagonal: Tensor
    /// The Cholesky factor of C.
    let capacitance: Tensor
    public let validatesArguments: Bool

    /// Batch dimensions broadcast; the diagonal is positive.
    public init(loc: Tensor, covarianceFactor: Tensor, covarianceDiagonal: Tensor, validate: Bool? = nil) {
        let tensors = [loc, covarianceFactor, covarianceDiagonal]
        let parts = composed("LowRankMultivariateNormal", tensors, outputs: 4) { () throws(TensorError) in
            guard let size = loc.shape.last, covarianceFactor.rank >= 2, covarianceFactor.shape[covarianceFactor.rank - 2] == size,
                  covarianceDiagonal.shape.last == size else {
                throw TensorError("for loc of shape \(loc.shape), covarianceFactor has the shape [..., n, rank] and covarianceDiagonal "
                    + "[..., n], where n is loc's last dimension; got \(covarianceFactor.shape) and \(covarianceDiagonal.shape)")
            }
            try Self.check(["loc", "covarianceFactor", "covarianceDiagonal"], tensors, validate)
            let all = broadcastTensors([loc.unsqueeze(-1), covarianceFactor, covarianceDiagonal.unsqueeze(-1)])
            let scaled = covarianceFactor.mT / covarianceDiagonal.unsqueeze(-2)
            let rank = covarianceFactor.shape[covarianceFactor.rank - 1]
            let capacitance = Tensor.eye(rank, dtype: loc.dtype) + scaled.matmul(covarianceFactor)
            return [all[0].select(-1, 0), all[1], all[2].select(-1, 0), capacitance.cholesky()]
        }
        self.init(parts, validate ?? Distributions.validatesArguments)
    }

    private init(_ parts: [Tensor], _ validates: Bool) {
        (loc, covarianceFactor, covarianceDiagonal, capacitance) = (parts[0], parts[1], parts[2], parts[3])
        validatesArguments = validates
    }

    public static var parameterConstraints: [String: Constraint] {
        ["loc": .realVector, "covarianceFactor": .independent(.real, 2), "covarianceDiagonal": .independent(.positive, 1)]
    }
    public var batchShape: Shape { Array(loc.shape.dropLast()) }
    public var eventShape: Shape { Array(loc.shape.suffix(1)) }
    public var support: Constraint { .realVector }
    public var hasReparameterizedSample: Bool { true }
    public var mean: Tensor { loc }
    public var mode: Tensor { loc }
    public var variance: Tensor { covarianceFactor.square().sum(-1) + covarianceDiagonal }

    /// PyTorch: `LowRankMultivariateNormal.covariance_matrix`.
    public var covarianceMatrix: Tensor { covarianceFactor.matmul(covarianceFactor.mT) + covarianceDiagonal.diagEmbed() }

    /// L of the covariance matrix L Lᵀ. PyTorch: `LowRankMultivariateNormal.scale_tril`.
    public var scaleTril: Tensor {
        let root = covarianceDiagonal.sqrt().unsqueeze(-1)
        let scaled = covarianceFactor / root
        return root * (scaled.matmul(scaled.mT) + Tensor.eye(eventShape.last ?? 0, dtype: loc.dtype)).cholesky()
    }

    /// The inverse of the covariance matrix. PyTorch: `LowRankMultivariateNormal.precision_matrix`.
    public var precisionMatrix: Tensor {
        let whitened = whitenedFactor
        return covarianceDiagonal.reciprocal().diagEmbed() - whitened.mT.matmul(whitened)
    }

    /// A with Aᵀ A = diag(1/d) - covariance⁻¹.
    var whitenedFactor: Tensor { capacitance.solveTriangular(covarianceFactor.mT / covarianceDiagonal.unsqueeze(-2), upper: false) }

    /// The logarithm of the covariance matrix's determinant.
    var logDet: Tensor { 2 * capacitance.diagonal(dim1: -2, dim2: -1).log().sum(-1) + covarianceDiagonal.log().sum(-1) }

    /// xᵀ covariance⁻¹ x
    func squaredLength(_ x: Tensor) -> Tensor {
        let projected = (covarianceFactor.mT / covarianceDiagonal.unsqueeze(-2)).matmul(x.unsqueeze(-1)).squeeze(-1)
        return (x.square() / covarianceDiagonal).sum(-1) - EmberDistributions.squaredLength(projected, in: capacitance)
    }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let shape = extendedShape(sampleShape)
        let few = Tensor.randn(shape.dropLast() + covarianceFactor.shape.suffix(1), dtype: loc.dtype, generator: generator)
        let many = Tensor.randn(shape, dtype: loc.dtype, generator: generator)
        return loc + covarianceFactor.matmul(few.unsqueeze(-1)).squeeze(-1) + covarianceDiagonal.sqrt() * many
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { -0.5 * (squaredLength($0 - loc) + logDet) - logRootTwoPi * Double(eventShape[0]) }
    }

    public func entropy() -> Tensor { 0.5 * logDet + (0.5 + logRootTwoPi) * Double(eventShape.last ?? 0) }

    public func expand(_ batchShape: Shape) -> LowRankMultivariateNormal {
        let shape = batchShape + eventShape, rank = Array(covarianceFactor.shape.suffix(1))
        return LowRankMultivariateNormal([loc.expand(shape), covarianceFactor.expand(shape + rank), covarianceDiagonal.expand(shape),
                                          capacitance.expand(batchShape + rank + rank)], validatesArguments)
    }
}
