import EmberTensor

/// Angles around `loc`: the density is proportional to exp(concentration · cos(x - loc)) (von Mises).
/// PyTorch: `torch.distributions.VonMises`.
public struct VonMises: UnivariateFamily {
    /// The mean direction, in radians.
    public let loc: Tensor
    public let concentration: Tensor
    public let validatesArguments: Bool

    /// `loc` and `concentration` broadcast; `concentration` must be positive.
    public init(loc: some DistributionParameter, concentration: some DistributionParameter, validate: Bool? = nil) {
        self.init(["loc": loc, "concentration": concentration], validate)
    }

    init(parameters: [Tensor], validates: Bool) { (loc, concentration, validatesArguments) = (parameters[0], parameters[1], validates) }

    var parameters: [Tensor] { [loc, concentration] }
    public static var parameterConstraints: [String: Constraint] { ["loc": .real, "concentration": .positive] }
    public var support: Constraint { .real }

    /// The mean direction.
    public var mean: Tensor { loc }
    public var mode: Tensor { loc }
    /// The circular variance, 1 less the expected cosine of the distance from the mean.
    public var variance: Tensor { 1 - meanCosine }

    private var meanCosine: Tensor { concentration.i1e() / concentration.i0e() }
    private var logNormalizer: Tensor { 1.83787706640934548356 + concentration.logI0() }

    /// Angles in -π..<π, by D. J. Best and N. I. Fisher, "Efficient simulation of the von Mises distribution", Applied Statistics 28, 1979:
    /// rejection from a wrapped Cauchy distribution, in double precision.
    public func sample(_ sampleShape: Shape, generator: Generator?) -> Tensor {
        composed("VonMises.sample", [loc, concentration]) { () throws(TensorError) in
            noGrad {
                let shape = extendedShape(sampleShape)
                let κ = concentration.to(.float64), μ = loc.to(.float64)
                let τ = 1 + (1 + 4 * κ.square()).sqrt()
                let ρ = (τ - (2 * τ).sqrt()) / (2 * κ)
                let r = (1 / κ + κ).where(κ .< 1e-5, else: (1 + ρ.square()) / (2 * ρ))
                var result = Tensor.zeros(shape, dtype: .float64), done = Tensor.full(shape, false)
                while !done.all().item(as: Bool.self) {
                    let u = Tensor.rand([3] + shape, dtype: .float64, generator: generator)
                    let z = (u[0] * Double.pi).cos()
                    let f = (1 + r * z) / (r + z)
                    let c = κ * (r - f)
                    let accepted = ((c * (2 - c) - u[1]) .> 0) | (((c / u[1]).log() + 1 - c) .>= 0)
                    // Places that have been accepted before are drawn anew, as PyTorch does.
                    result = ((u[2] - 0.5).sign() * f.acos()).where(accepted, else: result)
                    done = done | accepted
                }
                return ((result + Double.pi + μ).remainder(Tensor(2 * Double.pi, dtype: .float64)) - Double.pi).to(dtype)
            }
        }
    }

    public func logProb(_ value: Tensor) -> Tensor {
        evaluated("logProb", at: value) { concentration * ($0 - loc).cos() - logNormalizer }
    }

    /// The probability of angles from loc - π up to `value`, which lies within one turn of `loc`.
    ///
    /// G. W. Hill, "Evaluation and inversion of the ratios of modified Bessel functions", ACM TOMS 7, 1981: the Fourier series
    /// ½ + (θ + 2 Σ I_j / I_0 sin(jθ) / j) / 2π, summed backwards, with the ratios of Bessel functions by their recurrence. The number of
    /// terms grows with the root of the concentration.
    public func cdf(_ value: Tensor) -> Tensor {
        composed("VonMises.cdf", [value, concentration]) { () throws(TensorError) in
            guard concentration.count > 0 else { return value - loc }
            let θ = value - loc
            let largest = concentration.detach().to(.float64).max().item()
            guard largest < 1e8 else { throw TensorError("concentrations from 1e8 on are too many terms to sum, got \(largest)") }
            // I_j / I_0 falls as exp(-j² / 2κ): beyond this, below 1e-17.
            let terms = 20 + Int((9 * largest.squareRoot()).rounded(.up))
            var ratio = concentration.zerosLike(), sum = θ.zerosLike()
            for j in stride(from: terms, to: 0, by: -1) {
                ratio = concentration / (2 * Double(j) + concentration * ratio)
                sum = ratio * ((Double(j) * θ).sin() / Double(j) + sum)
            }
            return (0.5 + (θ + 2 * sum) / (2 * Double.pi)).clamp(min: 0, max: 1)
        }
    }

    public func entropy() -> Tensor { logNormalizer - concentration * meanCosine }
}

extension Tensor {
    /// log I₀(x), without overflow.
    func logI0() -> Tensor { i0e().log() + abs() }
}
