// log Σ exp(z) of complex numbers. What keeps the exponentials within their range is the largest real part; the imaginary parts, which are
// angles, follow the number that has it.

extension Tensor {
    /// log(exp(a) + exp(b)) = max + log(1 + exp(min - max)), ordered by real parts, broadcasting.
    func complexLogAddExp(_ other: Tensor) -> Tensor {
        composed("logAddExp", [self, other]) { () throws(TensorError) in
            let type = try TypePromotion.common([self, other]), a = to(type), b = other.to(type)
            let aReal = a.real.detach(), bReal = b.real.detach()
            let isLarger = aReal .>= bReal
            let larger = a.where(isLarger, else: b), smaller = b.where(isLarger, else: a), difference = smaller - larger
            // Equal infinite real parts have no difference; of such numbers only the angles differ.
            let isEndless = aReal.isInfinite().logicalAnd(aReal .== bReal)
            let angle = Tensor.complex(Tensor.zeros([], dtype: type.realType), (smaller.imag - larger.imag).detach())
            return larger + angle.where(isEndless, else: difference).exp().log1p()
        }
    }

    /// log Σ exp(z) over `dims`.
    func complexLogSumExp(_ dims: [Int], keepDim: Bool) -> Tensor {
        guard count > 0 else { return exp().sum(dims, keepDim: keepDim).log() }
        let largest = real.detach().amax(dims, keepDim: true)
        // Nothing to subtract where it is infinite.
        let shift = Tensor.zeros([], dtype: largest.dtype).where(largest.isInfinite(), else: largest)
        let y = (self - shift).exp().sum(dims, keepDim: true).log() + shift
        return keepDim ? y : dims.sorted(by: >).reduce(y) { $0.squeeze($1) }
    }

    /// Running log Σ exp(z) along `dim`, from the first to the last: the order decides which number's angle is continued.
    func complexLogCumSumExp(_ dim: Int) -> Tensor {
        guard count > 0 else { return clone() }
        var sums = [narrow(dim, start: 0, count: 1)]
        for k in 1..<Swift.max(shape[dim], 1) { sums.append(sums[k - 1].complexLogAddExp(narrow(dim, start: k, count: 1))) }
        return cat(sums, dim: dim)
    }
}
