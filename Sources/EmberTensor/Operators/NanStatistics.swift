// Extremes and deviations of what is not NaN. NumPy has them; PyTorch (2.13) does not.

extension Tensor {
    /// Values with NaNs replaced by `filler`, folded; NaN where there is nothing else.
    private func nanExtreme(_ name: String, _ dims: [Int], _ filler: Double, _ keepDim: Bool, _ fold: (Tensor) -> Tensor) -> Tensor {
        composed(name, [self]) { () throws(TensorError) in
            guard dtype.isFloatingPoint else { return fold(self) }
            let missing = detach().isNaN()
            let result = fold(Tensor.full([], .double(filler), dtype: dtype).where(missing, else: self))
            let all = try ReductionRule.dims(dims, rank: rank)
            let nothing = all.isEmpty ? missing : missing.all(all, keepDim: keepDim)
            return Tensor.full([], .double(.nan), dtype: dtype).where(nothing, else: result)
        }
    }

    /// The largest value that is not NaN over `dims` (all, when none are given); NaN where all are. NumPy: `nanmax`.
    public func nanMax(_ dims: Int..., keepDim: Bool = false) -> Tensor { nanMax(dims, keepDim: keepDim) }

    /// ``nanMax(_:keepDim:)`` with an array of dimensions.
    public func nanMax(_ dims: [Int], keepDim: Bool = false) -> Tensor {
        nanExtreme("nanMax", dims, -.infinity, keepDim) { $0.amax(dims, keepDim: keepDim) }
    }

    /// The smallest value that is not NaN over `dims` (all, when none are given); NaN where all are. NumPy: `nanmin`.
    public func nanMin(_ dims: Int..., keepDim: Bool = false) -> Tensor { nanMin(dims, keepDim: keepDim) }

    /// ``nanMin(_:keepDim:)`` with an array of dimensions.
    public func nanMin(_ dims: [Int], keepDim: Bool = false) -> Tensor {
        nanExtreme("nanMin", dims, .infinity, keepDim) { $0.amin(dims, keepDim: keepDim) }
    }

    /// The variance of what is not NaN over `dims` (all, when none are given), with the divisor n - `correction` for n values; NaN where n is
    /// not larger. NumPy: `nanvar` (whose `ddof` is 0 unless given).
    public func nanVar(_ dims: Int..., correction: Double = 1, keepDim: Bool = false) -> Tensor {
        nanVar(dims, correction: correction, keepDim: keepDim)
    }

    /// ``nanVar(_:correction:keepDim:)`` with an array of dimensions.
    public func nanVar(_ dims: [Int], correction: Double = 1, keepDim: Bool = false) -> Tensor {
        composed("nanVar", [self]) { () throws(TensorError) in
            guard dtype.isFloatingPoint else { throw TensorError("takes floating-point tensors, not \(dtype.name)") }
            let wide = dtype.size == 2 ? to(.float32) : self
            let missing = detach().isNaN(), zero = Tensor.zeros([], dtype: wide.dtype)
            let present = missing.logicalNot(), counts = present.sum(dims, keepDim: true).to(wide.dtype)
            let mean = zero.where(missing, else: wide).sum(dims, keepDim: true) / counts.clamp(min: 1)
            let centred = zero.where(missing, else: wide - mean)
            let divisor = present.sum(dims, keepDim: keepDim).to(wide.dtype) - correction
            let sums = centred.square().sum(dims, keepDim: keepDim)
            let nothing = divisor .<= 0.0
            let result = sums / Tensor.ones([], dtype: wide.dtype).where(nothing, else: divisor)
            return Tensor.full([], .double(.nan), dtype: wide.dtype).where(nothing, else: result).to(dtype)
        }
    }

    /// The standard deviation of what is not NaN: the root of ``nanVar(_:correction:keepDim:)``. NumPy: `nanstd`.
    public func nanStd(_ dims: Int..., correction: Double = 1, keepDim: Bool = false) -> Tensor {
        nanStd(dims, correction: correction, keepDim: keepDim)
    }

    /// ``nanStd(_:correction:keepDim:)`` with an array of dimensions.
    public func nanStd(_ dims: [Int], correction: Double = 1, keepDim: Bool = false) -> Tensor {
        composed("nanStd", [self]) { () throws(TensorError) in
            let variance = nanVar(dims, correction: correction, keepDim: keepDim)
            // The root has no slope at 0; like std, this has 0 there.
            let positive = variance.detach() .> 0.0
            let root = variance.where(positive, else: Tensor.ones([], dtype: dtype)).sqrt()
            return root.where(positive, else: variance.detach())
        }
    }
}
