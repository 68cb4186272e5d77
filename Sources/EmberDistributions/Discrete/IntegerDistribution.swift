import EmberTensor

/// A distribution of whole numbers from 0 on, of which quantiles and entropies are found by looking at the numbers.
protocol IntegerDistribution: Distribution {
    var dtype: DType { get }
    /// The same distribution, which does not check values.
    var unchecked: Self { get }
}

extension IntegerDistribution {
    /// The smallest whole number whose distribution function is at least `p`: doubling until it lies below, then bisection.
    func quantile(_ p: Tensor) -> Tensor {
        composed("\(Self.self).icdf", [p]) { () throws(TensorError) in
            noGrad {
                let shape = broadcastShape(p.shape, [mean])
                let target = p.to(dtype).expand(shape), reachable = target .< 1
                var low = Tensor.full(shape, -1.0, dtype: dtype), high = (mean + 1).ceil().expand(shape)
                // Beyond 2^60 a number of the type has no neighbours any more.
                for _ in 0..<60 {
                    let below = reachable & (cdf(high) .< target)
                    guard below.any().item(as: Bool.self) else { break }
                    low = high.where(below, else: low)
                    high = (2 * high).where(below, else: high)
                }
                for _ in 0..<64 where (high - low .> 1).any().item(as: Bool.self) {
                    let middle = ((low + high) * 0.5).floor().clamp(min: 0)
                    let below = cdf(middle) .< target
                    low = middle.where(below, else: low)
                    high = high.where(below, else: middle)
                }
                return high.where(reachable, else: largestValue.expand(shape))
            }
        }
    }

    /// The quantile of probability 1.
    private var largestValue: Tensor {
        support.kind == .integerInterval ? support.bounds[0].to(dtype) : Tensor(Double.infinity, dtype: dtype)
    }

    /// Σ -p log p over the numbers up to the quantile of 1 - 1e-15, differentiable.
    func entropyBySummation() -> Tensor {
        composed("\(Self.self).entropy", [mean]) { () throws(TensorError) in
            guard mean.count > 0 else { return mean }
            let tail = Tensor(1 - Swift.max(1e-15, dtype.epsilon), dtype: dtype)
            let last = quantile(tail).max().item()
            guard last < 1e6 else { throw TensorError("the numbers to sum over go up to \(last), more than a million") }
            let values = Tensor.arange(.int(Int(last) + 1)).to(dtype).reshape([-1] + [Int](repeating: 1, count: batchShape.count))
            let allowed = support.kind == .integerInterval ? values .<= support.bounds[0] : values .>= 0
            // What cannot occur is asked for at 0, and not counted.
            let logProbs = unchecked.logProb(values.where(allowed, else: 0))
            let terms = -logProbs.exp() * logProbs.maximum(Tensor(-1e4, dtype: dtype))
            return terms.where(allowed, else: 0).sum(0)
        }
    }
}

