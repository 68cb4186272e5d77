import CEmber

extension CPUBackend {
    func softmax(logarithm: Bool, _ x: Tensor, into result: Tensor, dim: Int) {
        let (outer, n, inner) = SoftmaxRule.extents(x.shape, dim: dim)
        checkStatus(ember_softmax(logarithm, x.pointer, x.dtype.rawValue, result.pointer, result.dtype.rawValue,
                                  Int64(outer), Int64(n), Int64(inner)), "softmax of \(x.dtype.name)")
    }

    func softmaxBackward(logarithm: Bool, _ cotangent: Tensor, _ output: Tensor, into result: Tensor, dim: Int) {
        let (outer, n, inner) = SoftmaxRule.extents(output.shape, dim: dim)
        checkStatus(ember_softmax_backward(logarithm, cotangent.pointer, output.pointer, result.pointer, output.dtype.rawValue,
                                           Int64(outer), Int64(n), Int64(inner)), "the gradient of softmax of \(output.dtype.name)")
    }

    func crossEntropy(_ problem: CrossEntropyProblem, losses: Tensor, logSumExp: Tensor) throws(TensorError) -> Double {
        var weightSum = 0.0
        try check(withKernelProblem(problem) { ember_cross_entropy_forward($0, losses.pointer, logSumExp.pointer, &weightSum) }, problem,
                  "cross-entropy")
        return weightSum
    }

    func negativeLogLikelihood(_ problem: CrossEntropyProblem, losses: Tensor?) throws(TensorError) -> (sum: Double, weights: Double) {
        var sum = 0.0, weightSum = 0.0
        try check(withKernelProblem(problem) { ember_nll_loss($0, losses?.pointer, &sum, &weightSum) }, problem, "the likelihood's loss")
        return (sum, weightSum)
    }

    /// Throws where a kernel found a target that is no class.
    private func check(_ status: Int64, _ problem: CrossEntropyProblem, _ what: String) throws(TensorError) {
        if status > 0 {
            let position = Int(status) - 1
            let value = problem.target.array(of: Int.self)[position]
            throw TensorError("target \(value) (element \(position)) is no class: there are \(problem.extents.n), counted from 0"
                + (problem.ignoreIndex < 0 ? "" : ", and ignoreIndex is \(problem.ignoreIndex)"))
        }
        checkStatus(Int32(status), "\(what) of \(problem.logits.dtype.name)")
    }

    func crossEntropyBackward(_ problem: CrossEntropyProblem, logSumExp: Tensor, cotangent: Tensor, scale: Double, into result: Tensor) {
        let status = withKernelProblem(problem) {
            ember_cross_entropy_backward($0, logSumExp.pointer, cotangent.pointer, cotangent.count == 1, scale, result.pointer)
        }
        checkStatus(Int32(status), "the gradient of cross-entropy of \(problem.logits.dtype.name)")
    }

    func alignmentLosses(_ x: Tensor, _ problem: AlignmentProblem, into losses: Tensor, gradient: Tensor?) {
        let status = withSizeLists([problem.labels, problem.inputLengths, problem.targetLengths]) { lists in
            problem.skips.withUnsafeBufferPointer { skips in
                var kernel = ember_ctc(
                    dtype: x.dtype.rawValue, time: Int64(x.shape[0]), batch: Int64(x.shape[1]), classes: Int64(x.shape[2]),
                    positions: Int64(problem.positions), log_probabilities: UnsafeRawPointer(x.pointer), labels: lists[0],
                    skips: skips.baseAddress, input_lengths: lists[1], target_lengths: lists[2])
                return ember_ctc_loss(&kernel, losses.pointer, gradient?.pointer)
            }
        }
        checkStatus(status, "alignment losses of \(x.dtype.name)")
    }

    private func withKernelProblem<Result>(_ problem: CrossEntropyProblem, _ body: (UnsafePointer<ember_cross_entropy>) -> Result) -> Result {
        let (outer, classes, inner) = problem.extents
        var kernel = ember_cross_entropy(
            logits: problem.logits.pointer, dtype: problem.logits.dtype.rawValue, outer: Int64(outer), classes: Int64(classes),
            inner: Int64(inner), targets: problem.target.pointer.assumingMemoryBound(to: Int64.self),
            weights: problem.weight.map { UnsafeRawPointer($0.pointer) }, ignore_index: Int64(problem.ignoreIndex),
            label_smoothing: problem.labelSmoothing)
        return withExtendedLifetime(problem) { body(&kernel) }
    }
}
