import CEmber

extension CPUBackend {
    func attend(_ problem: AttentionProblem, into result: Tensor, logSumExp: Tensor?) {
        let status = withKernelProblem(problem, [result]) { ember_attention_forward($0, $1[0], logSumExp?.pointer) }
        checkStatus(status, "attention of \(result.dtype.name)")
    }

    func attendGradient(_ problem: AttentionProblem, result: Tensor, logSumExp: Tensor, cotangent: Tensor, query: Tensor, key: Tensor,
                        value: Tensor) {
        let status = withKernelProblem(problem, [result, cotangent, query, key, value]) {
            ember_attention_backward($0, $1[0], logSumExp.pointer, $1[1], $1[2], $1[3], $1[4])
        }
        checkStatus(status, "the gradient of attention of \(result.dtype.name)")
    }

    /// Calls `body` with the problem and views of `others`, which have its batch dimensions.
    private func withKernelProblem(_ problem: AttentionProblem, _ others: [Tensor],
                                   _ body: (UnsafePointer<ember_attention>, [ember_view]) -> Int32) -> Int32 {
        let shape = problem.query.shape, rank = shape.count, batch = rank - 2
        let sources = problem.key.shape[batch]
        return withOwnViews(others + [problem.query, problem.key, problem.value]) { views in
            withSizes(Array(shape.prefix(batch))) { sizes in
                withViews([problem.mask].compactMap { $0 }, shape: Array(shape.dropLast()) + [sources]) { masks in
                    let none = ember_view(data: nil, strides: nil, dtype: 0), n = others.count
                    var kernel = ember_attention(
                        dtype: problem.query.dtype.rawValue, batch_rank: Int32(batch), batch_sizes: sizes, targets: Int64(shape[batch]),
                        sources: Int64(sources), features: Int64(shape[batch + 1]), values: Int64(problem.value.shape[batch + 1]),
                        scale: problem.scale, causal: problem.isCausal, mask: problem.mask == nil ? none : masks[0], query: views[n],
                        key: views[n + 1], value: views[n + 2])
                    return body(&kernel, Array(views[..<n]))
                }
            }
        }
    }

    /// Views of tensors with as many dimensions each, by their own strides.
    private func withOwnViews(_ tensors: [Tensor], _ body: ([ember_view]) -> Int32) -> Int32 {
        let strides = tensors.flatMap { $0.strides.map(Int64.init) }
        return strides.withUnsafeBufferPointer { buffer in
            var start = 0
            return body(tensors.map { tensor in
                defer { start += tensor.rank }
                return ember_view(data: tensor.pointer, strides: buffer.baseAddress.map { $0 + start }, dtype: tensor.dtype.rawValue)
            })
        }
    }
}
