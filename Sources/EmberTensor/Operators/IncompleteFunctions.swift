// The incomplete gamma and beta functions and their inverses, differentiable in every operand. Values, types and gradients stand in
// CEmber's ScalarOperators.def; integers give the default floating type. Derivatives of first and second order are exact; of third
// order, those with respect to shapes alone are NaN.

private enum Rows {
    static let igamma = ScalarOperator.named("igamma")
    static let igammac = ScalarOperator.named("igammac")
    static let igammaInverse = ScalarOperator.named("igamma_inverse")
    static let igammacInverse = ScalarOperator.named("igammac_inverse")
    static let igammaSlope = ScalarOperator.named("igamma_slope")
    static let gammaDensity = ScalarOperator.named("gamma_density")
    static let incompleteBeta = ScalarOperator.named("incomplete_beta")
    static let incompleteBetaInverse = ScalarOperator.named("incomplete_beta_inverse")
    static let incompleteBetaSlope = ScalarOperator.named("incomplete_beta_a")
    static let betaDensity = ScalarOperator.named("beta_density")
    static let studentT = ScalarOperator.named("student_t")
    static let studentTInverse = ScalarOperator.named("student_t_inverse")
}

extension Tensor {
    // MARK: Incomplete gamma function

    /// The regularised lower incomplete gamma function P(self, x), broadcasting; both are not negative. Differentiable for both, which
    /// PyTorch's is not. PyTorch: `torch.special.gammainc`, `torch.igamma`.
    public func igamma(_ x: Tensor) -> Tensor { Rows.igamma(self, x) }

    /// The regularised upper incomplete gamma function Q(self, x) = 1 - P, broadcasting. Differentiable for both, which PyTorch's is not.
    /// PyTorch: `torch.special.gammaincc`, `torch.igammac`.
    public func igammac(_ x: Tensor) -> Tensor { Rows.igammac(self, x) }

    /// The x with P(self, x) = p, the inverse of ``igamma(_:)``, broadcasting. SciPy: `special.gammaincinv`.
    public func igammaInverse(_ p: Tensor) -> Tensor { Rows.igammaInverse(self, p) }

    /// The x with Q(self, x) = q, the inverse of ``igammac(_:)``, broadcasting. SciPy: `special.gammainccinv`.
    public func igammacInverse(_ q: Tensor) -> Tensor { Rows.igammacInverse(self, q) }

    /// How a gamma-distributed number x moves with its shape self while its probability P(self, x) stays: the implicit derivative of
    /// M. Figurnov, S. Mohamed and A. Mnih, "Implicit reparameterization gradients", NeurIPS 2018.
    package func gammaPathwiseSlope(_ x: Tensor) -> Tensor { -Rows.igammaSlope(self, x) / Rows.gammaDensity(self, x) }

    // MARK: Incomplete beta function

    /// The regularised incomplete beta function I of self in 0...1 with the shapes `a` and `b`, which are not negative, broadcasting: the
    /// distribution function of the beta distribution. SciPy: `special.betainc`.
    public func incompleteBeta(_ a: Tensor, _ b: Tensor) -> Tensor { Rows.incompleteBeta(a, b, self) }

    /// The x with I_x(a, b) = self, the inverse of ``incompleteBeta(_:_:)``, broadcasting. SciPy: `special.betaincinv`.
    public func incompleteBetaInverse(_ a: Tensor, _ b: Tensor) -> Tensor { Rows.incompleteBetaInverse(a, b, self) }

    /// How a beta-distributed number self moves with its first shape `a` while its probability stays.
    package func betaPathwiseSlope(_ a: Tensor, _ b: Tensor) -> Tensor {
        -Rows.incompleteBetaSlope(a, b, self) / Rows.betaDensity(a, b, self)
    }

    // MARK: Student's t distribution

    /// The distribution function at `t` of Student's t with self degrees of freedom, broadcasting. SciPy: `special.stdtr`.
    public func studentT(_ t: Tensor) -> Tensor { Rows.studentT(self, t) }

    /// The t at which ``studentT(_:)`` is `p`, broadcasting. SciPy: `special.stdtrit`.
    public func studentTInverse(_ p: Tensor) -> Tensor { Rows.studentTInverse(self, p) }
}
