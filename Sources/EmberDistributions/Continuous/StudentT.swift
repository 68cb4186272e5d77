import EmberTensor

/// loc + scale · t of Student's t with `df` degrees of freedom. PyTorch: `torch.distributions.StudentT`.
public struct StudentT: UnivariateFamily {
    /// The degrees of freedom; need not be whole.
    public let df: Tensor
    public let loc: Tensor
    public let scale: Tensor
    public let validatesArguments: Bool

    /// The parameters broadcast; `df` and `scale` must be positive.
    public init(df: some DistributionParameter, loc: some DistributionParameter = 0.0, scale: some DistributionParameter = 1.0,
                validate: Bool? = nil) {
        self.init(["df": df, "loc": loc, "scale": scale], validate)
    }

    init(parameters: [Tensor], validates: Bool) {
        (df, loc, scale, validatesArguments) = (parameters[0], parameters[1], parameters[2], validates)
    }

    var parameters: [Tensor] { [df, loc, scale] }
    public static var parameterConstraints: [String: Constraint] { ["df": .positive, "loc": .real, "scale": .positive] }
    public var support: Constraint { .real }
    public var hasReparameterizedSample: Bool { true }
    /// NaN up to one degree of freedom.
    public var mean: Tensor { loc.where(df .> 1, else: .nan) }
    public var mode: Tensor { loc }
    /// Infinite up to two degrees of freedom, NaN up to one.
    public var variance: Tensor {
        (scale.square() * df / (df - 2)).where(df .> 2, else: .infinity).where(df .> 1, else: .nan)
    }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let normal = Tensor.randn(extendedShape(sampleShape), dtype: dtype, generator: generator)
        let chi = Chi2(parameters: [df], validates: false).rsample(sampleShape, generator: generator)
        return loc + scale * (normal * (chi / df).rsqrt())
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let y = (value - loc) / scale
            let normalizer = scale.log() + 0.5 * df.log() + 0.57236494292470008707 + (0.5 * df).logGamma() - (0.5 * (df + 1)).logGamma()
            return -0.5 * (df + 1) * (y.square() / df).log1p() - normalizer
        }
    }

    public func cdf(_ value: Tensor) -> Tensor { df.studentT((value - loc) / scale) }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { loc + scale * df.studentTInverse($0) }
    }

    public func entropy() -> Tensor {
        let half = 0.5 * df, more = 0.5 * (df + 1)
        return scale.log() + more * (more.digamma() - half.digamma()) + 0.5 * df.log()
            + half.logGamma() + 0.57236494292470008707 - more.logGamma()  // ½ log π
    }
}

/// The quotient of two sums of squared standard normal numbers, each over its degrees of freedom: the F distribution.
/// PyTorch: `torch.distributions.FisherSnedecor`.
public struct FisherSnedecor: UnivariateFamily {
    public let df1: Tensor
    public let df2: Tensor
    public let validatesArguments: Bool

    /// Both are positive and broadcast.
    public init(df1: some DistributionParameter, df2: some DistributionParameter, validate: Bool? = nil) {
        self.init(["df1": df1, "df2": df2], validate)
    }

    init(parameters: [Tensor], validates: Bool) { (df1, df2, validatesArguments) = (parameters[0], parameters[1], validates) }

    var parameters: [Tensor] { [df1, df2] }
    public static var parameterConstraints: [String: Constraint] { ["df1": .positive, "df2": .positive] }
    public var support: Constraint { .positive }
    public var hasReparameterizedSample: Bool { true }
    /// NaN up to two degrees of freedom of the divisor.
    public var mean: Tensor { (df2 / (df2 - 2)).where(df2 .> 2, else: .nan) }
    public var mode: Tensor { ((df1 - 2) / df1 * df2 / (df2 + 2)).where(df1 .> 2, else: .nan) }
    /// NaN up to four degrees of freedom of the divisor.
    public var variance: Tensor {
        (2 * df2.square() * (df1 + df2 - 2) / (df1 * (df2 - 2).square() * (df2 - 4))).where(df2 .> 4, else: .nan)
    }

    public func rsample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        let numerator = Gamma(parameters: [df1 * 0.5, df1], validates: false).rsample(sampleShape, generator: generator)
        let denominator = Gamma(parameters: [df2 * 0.5, df2], validates: false).rsample(sampleShape, generator: generator)
        return (numerator / denominator).maximum(Tensor(dtype.leastNormal, dtype: dtype))
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { value in
            let a = df1 * 0.5, b = df2 * 0.5, ratio = df1 / df2
            return (a + b).logGamma() - a.logGamma() - b.logGamma() + a * ratio.log() + (a - 1).xlogy(value)
                - (a + b) * (ratio * value).log1p()
        }
    }

    public func cdf(_ value: Tensor) -> Tensor {
        let odds = value.clamp(min: 0) * (df1 / df2)
        return (odds / (1 + odds)).incompleteBeta(df1 * 0.5, df2 * 0.5)
    }

    public func icdf(_ probability: Tensor) -> Tensor {
        evaluated("icdf", atProbability: probability) { p in
            let x = p.incompleteBetaInverse(df1 * 0.5, df2 * 0.5)
            return x / (1 - x) * (df2 / df1)
        }
    }

    public func entropy() -> Tensor {
        let a = df1 * 0.5, b = df2 * 0.5
        return (df2 / df1).log() + a.logGamma() + b.logGamma() - (a + b).logGamma()
            + (1 - a) * a.digamma() - (1 + b) * b.digamma() + (a + b) * (a + b).digamma()
    }
}
