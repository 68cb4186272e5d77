import EmberTensor

/// Cholesky factors L of correlation matrices, of which the density of L Lᵀ is proportional to det(L Lᵀ)^(concentration - 1): uniform for
/// 1, closer to the identity above. D. Lewandowski, D. Kurowicka and H. Joe, "Generating random correlation matrices based on vines and
/// extended onion method", Journal of Multivariate Analysis 100, 2009. PyTorch: `torch.distributions.LKJCholesky`.
public struct LKJCholesky: Distribution {
    /// The number of rows and columns.
    public let size: Int
    /// Of shape `batchShape`.
    public let concentration: Tensor
    public let validatesArguments: Bool

    /// Matrices have at least 2 rows; `concentration` is positive.
    public init(size: Int, concentration: some DistributionParameter = 1.0, validate: Bool? = nil) {
        if size < 2 { TensorError("correlation matrices have at least 2 rows, got \(size)").report(in: "LKJCholesky") }
        self.init(max(size, 2), Self.checkedParameters(["concentration": concentration], validate)[0],
                  validate ?? Distributions.validatesArguments)
    }

    private init(_ size: Int, _ concentration: Tensor, _ validates: Bool) {
        (self.size, self.concentration, validatesArguments) = (size, concentration, validates)
    }

    public static var parameterConstraints: [String: Constraint] { ["concentration": .positive] }
    public var batchShape: Shape { concentration.shape }
    public var eventShape: Shape { [size, size] }
    public var support: Constraint { .correlationCholesky }

    /// The onion method: each row is a random direction, of a length whose square is beta-distributed, and its diagonal element the rest.
    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        composed("LKJCholesky.sample", [concentration]) { () throws(TensorError) in
            noGrad {
                let dtype = concentration.dtype
                let rows = pad(Tensor.arange(.int(size - 1)).to(dtype), [1, 0])
                let first = (rows + 0.5).expand(batchShape + [size])
                let second = (concentration + 0.5 * Double(size - 2)).unsqueeze(-1) - 0.5 * rows
                let squares = Beta(parameters: [first, second], validates: false).sample(sampleShape, generator: generator).unsqueeze(-1)
                let normal = Tensor.randn(extendedShape(sampleShape), dtype: dtype, generator: generator).tril(-1)
                let length = normal.square().sum(-1, keepDim: true).sqrt()
                // The first row has nothing below the diagonal.
                let direction = (normal / length).where(length .> 0, else: 0)
                let below = squares.sqrt() * direction
                let diagonal = (1 - below.square().sum(-1)).clamp(min: .double(dtype.leastNormal)).sqrt()
                return below + diagonal.diagEmbed()
            }
        }
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            // The Jacobian of L ↦ L Lᵀ adds size - i to the exponent of the i-th diagonal element.
            let order = 2 * (concentration - 1).unsqueeze(-1) + Tensor.arange(.int(size - 2), -1, step: -1).to(concentration.dtype)
            let diagonal = value.diagonal(dim1: -2, dim2: -1).narrow(-1, start: 1, count: size - 1)
            let d = size - 1
            let α = concentration + 0.5 * Double(d)
            let normalizer = 0.5 * Double(d) * 1.14472988584940017414 + (α - 0.5).mvlgamma(d) - Double(d) * α.logGamma()
            return (order * diagonal.log()).sum(-1) - normalizer
        }
    }

    public func expand(_ batchShape: Shape) -> LKJCholesky { LKJCholesky(size, concentration.expand(batchShape), validatesArguments) }
}
