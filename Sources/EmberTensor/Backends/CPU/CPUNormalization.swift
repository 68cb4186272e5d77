import CEmber

extension CPUBackend {
    func normalize(_ problem: NormalizationProblem, into result: Tensor, mean: Tensor, variance: Tensor) {
        let status = withKernelProblem(
            problem,
            rows: { ember_normalize_rows($0, problem.x.pointer, result.pointer, mean.pointer, variance.pointer) },
            channels: { ember_normalize_channels($0, problem.x.pointer, mean.pointer, variance.pointer, result.pointer) })
        checkStatus(status, "normalisation of \(problem.x.dtype.name)")
    }

    func normalizeGradient(_ problem: NormalizationProblem, cotangent: Tensor, mean: Tensor, variance: Tensor, into ofX: Tensor?,
                           weight ofWeight: Tensor?, bias ofBias: Tensor?) {
        let status = withKernelProblem(
            problem,
            rows: {
                ember_normalize_rows_backward($0, problem.x.pointer, cotangent.pointer, mean.pointer, variance.pointer, ofX?.pointer,
                                              ofWeight?.pointer, ofBias?.pointer)
            },
            channels: {
                ember_normalize_channels_backward($0, problem.x.pointer, cotangent.pointer, mean.pointer, variance.pointer, ofX?.pointer,
                                                  ofWeight?.pointer, ofBias?.pointer)
            })
        checkStatus(status, "the gradient of normalisation of \(problem.x.dtype.name)")
    }

    private func withKernelProblem(_ problem: NormalizationProblem, rows: (UnsafePointer<ember_normalized_rows>) -> Int32,
                                   channels: (UnsafePointer<ember_normalized_channels>) -> Int32) -> Int32 {
        let weight = problem.weight.map { UnsafeRawPointer($0.pointer) }, bias = problem.bias.map { UnsafeRawPointer($0.pointer) }
        return withExtendedLifetime(problem) {
            switch problem.geometry {
            case .rows(let count, let n, let segment):
                var kernel = ember_normalized_rows(
                    dtype: problem.x.dtype.rawValue, rows: Int64(count), n: Int64(n), segment: Int64(segment),
                    parameters: Int64(problem.parameterCount), weight: weight, bias: bias, epsilon: problem.epsilon, centred: problem.isCentred)
                return rows(&kernel)
            case .channels(let outer, let count, let inner):
                var kernel = ember_normalized_channels(
                    dtype: problem.x.dtype.rawValue, outer: Int64(outer), channels: Int64(count), inner: Int64(inner), weight: weight,
                    bias: bias, epsilon: problem.epsilon)
                return channels(&kernel)
            }
        }
    }
}
