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
        let status = withKernelProblem(problem) { ember_cross_entropy_forward($0, losses.pointer, logSumExp.pointer, &weightSum) }
        if status > 0 {
            let position = Int(status) - 1
            let value = problem.target.array(of: Int.self)[position]
            throw TensorError("target \(value) (element \(position)) is no class: there are \(problem.extents.n), counted from 0"
                + (problem.ignoreIndex < 0 ? "" : ", and ignoreIndex is \(problem.ignoreIndex)"))
        }
        checkStatus(Int32(status), "cross-entropy of \(problem.logits.dtype.name)")
        return weightSum
    }

    func crossEntropyBackward(_ problem: CrossEntropyProblem, logSumExp: Tensor, cotangent: Tensor, scale: Double, into result: Tensor) {
        let status = withKernelProblem(problem) {
            ember_cross_entropy_backward($0, logSumExp.pointer, cotangent.pointer, cotangent.count == 1, scale, result.pointer)
        }
        checkStatus(Int32(status), "the gradient of cross-entropy of \(problem.logits.dtype.name)")
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
