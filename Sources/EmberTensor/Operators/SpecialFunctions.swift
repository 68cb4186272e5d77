// Special functions of single elements. Values, types and gradients stand in CEmber's ScalarOperators.def; integers give the default
// floating type.

private enum Rows {
    static let polygamma = ScalarOperator.named("polygamma")
    static let zeta = ScalarOperator.named("zeta")
    static let erfinv = ScalarOperator.named("erfinv")
    static let erfcx = ScalarOperator.named("erfcx")
    static let ndtr = ScalarOperator.named("ndtr")
    static let ndtri = ScalarOperator.named("ndtri")
    static let logNdtr = ScalarOperator.named("log_ndtr")
    static let i0 = ScalarOperator.named("i0")
    static let i0e = ScalarOperator.named("i0e")
    static let i1 = ScalarOperator.named("i1")
    static let i1e = ScalarOperator.named("i1e")
    static let besselJ0 = ScalarOperator.named("bessel_j0")
    static let besselJ1 = ScalarOperator.named("bessel_j1")
    static let besselY0 = ScalarOperator.named("bessel_y0")
    static let besselY1 = ScalarOperator.named("bessel_y1")
    static let sinc = ScalarOperator.named("sinc")
    static let entr = ScalarOperator.named("entr")
    static let logit = ScalarOperator.named("logit")
    static let xlog1py = ScalarOperator.named("xlog1py")
}

extension Tensor {
    // MARK: Gamma function

    /// The `n`-th derivative of ``digamma()``; `n` must not be negative. PyTorch: `torch.polygamma`.
    public func polygamma(_ n: Int) -> Tensor {
        composed("polygamma", [self]) { () throws(TensorError) in
            guard n >= 0 else { throw TensorError("the order must not be negative, got \(n)") }
            return n == 0 ? digamma() : Rows.polygamma(Tensor(wrapping: .int(n)), self)
        }
    }

    /// The first derivative of ``digamma()``. PyTorch: `torch.polygamma(1, x)`.
    public func trigamma() -> Tensor { polygamma(1) }

    /// The logarithm of the multivariate gamma function of dimension `p` (positive), for elements above (p - 1) / 2.
    /// PyTorch: `torch.mvlgamma`.
    public func mvlgamma(_ p: Int) -> Tensor {
        composed("mvlgamma", [self]) { () throws(TensorError) in
            guard p >= 1 else { throw TensorError("the dimension must be at least 1, got \(p)") }
            // Σ log Γ(x - j/2), j = 0 ..< p, plus p (p - 1) / 4 · log π
            let constant = Double(p) * Double(p - 1) / 4 * 1.14472988584940017414
            var sum = logGamma()
            for j in 1..<Swift.max(p, 1) { sum = sum + (self - Double(j) / 2).logGamma() }
            return p == 1 ? sum : sum + constant
        }
    }

    /// Hurwitz's zeta function Σ (q + k)^-self over k ≥ 0, broadcasting. Differentiable for `q`. PyTorch: `torch.special.zeta`.
    public func zeta(_ q: Tensor) -> Tensor { differentiableForSecond("zeta", Rows.zeta, q) }

    private func differentiableForSecond(_ name: String, _ row: ScalarOperator, _ second: Tensor) -> Tensor {
        composed(name, [self, second]) { () throws(TensorError) in
            guard !requiresGrad || !isGradEnabled else {
                throw TensorError("has no derivative with respect to its first operand; detach() it")
            }
            return row(self, second)
        }
    }

    // MARK: Error function and normal distribution

    /// The inverse of ``erf()``; infinite at ±1, NaN beyond. PyTorch: `torch.erfinv`.
    public func erfinv() -> Tensor { Rows.erfinv(self) }

    /// exp(x²) ``erfc()``, without overflow for positive x. PyTorch: `torch.special.erfcx`.
    public func erfcx() -> Tensor { Rows.erfcx(self) }

    /// The distribution function of the standard normal distribution. PyTorch: `torch.special.ndtr`.
    public func ndtr() -> Tensor { Rows.ndtr(self) }

    /// The quantile function of the standard normal distribution, the inverse of ``ndtr()``. PyTorch: `torch.special.ndtri`.
    public func ndtri() -> Tensor { Rows.ndtri(self) }

    /// The logarithm of ``ndtr()``, exact in both tails. PyTorch: `torch.special.log_ndtr`.
    public func logNdtr() -> Tensor { Rows.logNdtr(self) }

    // MARK: Bessel functions

    /// The modified Bessel function of the first kind of order 0. PyTorch: `torch.i0`.
    public func i0() -> Tensor { Rows.i0(self) }

    /// exp(-|x|) ``i0()``. PyTorch: `torch.special.i0e`.
    public func i0e() -> Tensor { Rows.i0e(self) }

    /// The modified Bessel function of the first kind of order 1. PyTorch: `torch.special.i1`.
    public func i1() -> Tensor { Rows.i1(self) }

    /// exp(-|x|) ``i1()``. PyTorch: `torch.special.i1e`.
    public func i1e() -> Tensor { Rows.i1e(self) }

    /// The Bessel function of the first kind of order 0. PyTorch: `torch.special.bessel_j0`.
    public func besselJ0() -> Tensor { Rows.besselJ0(self) }

    /// The Bessel function of the first kind of order 1. PyTorch: `torch.special.bessel_j1`.
    public func besselJ1() -> Tensor { Rows.besselJ1(self) }

    /// The Bessel function of the second kind of order 0, for positive elements. PyTorch: `torch.special.bessel_y0`.
    public func besselY0() -> Tensor { Rows.besselY0(self) }

    /// The Bessel function of the second kind of order 1, for positive elements. PyTorch: `torch.special.bessel_y1`.
    public func besselY1() -> Tensor { Rows.besselY1(self) }

    // MARK: Elementary ones

    /// sin(πx) / (πx), 1 at 0. PyTorch: `torch.sinc`.
    public func sinc() -> Tensor { Rows.sinc(self) }

    /// The entropy -x log(x) of a probability: 0 at 0, -∞ below. PyTorch: `torch.special.entr`.
    public func entr() -> Tensor { Rows.entr(self) }

    /// log(x / (1 - x)), the inverse of ``sigmoid()``; with `eps`, x is first limited to eps...(1 - eps). PyTorch: `torch.logit`.
    public func logit(eps: Double? = nil) -> Tensor {
        guard let eps else { return Rows.logit(self) }
        return composed("logit", [self]) { () throws(TensorError) in
            let x = dtype.isFloatingPoint ? self : to(Tensor.defaultDType)
            return Rows.logit(x.clamp(min: .double(eps), max: .double(1 - eps)))
        }
    }

    /// self · log(1 + other), 0 where self is 0, broadcasting. PyTorch: `torch.special.xlog1py`.
    public func xlog1py(_ other: Tensor) -> Tensor { Rows.xlog1py(self, other) }
}
