import CEmber

/// Calls `body` with `x`'s dimensions split into those that stay and those that are folded.
func withReductionShape<Result>(_ x: Tensor, dims: [Int], _ body: (UnsafePointer<ember_reduction_shape>) -> Result) -> Result {
    let kept = x.shape.indices.filter { !dims.contains($0) }
    return withSizes(kept.map { x.shape[$0] }) { keptSizes in
        withSizes(kept.map { x.strides[$0] }) { keptStrides in
            withSizes(dims.map { x.shape[$0] }) { reducedSizes in
                withSizes(dims.map { x.strides[$0] }) { reducedStrides in
                    var shape = ember_reduction_shape(
                        kept_rank: Int32(kept.count), kept_sizes: keptSizes, kept_strides: keptStrides,
                        reduced_rank: Int32(dims.count), reduced_sizes: reducedSizes, reduced_strides: reducedStrides)
                    return body(&shape)
                }
            }
        }
    }
}

extension CPUBackend {
    func reduce(_ kind: ReductionKind, _ x: Tensor, dims: [Int], into result: Tensor, parameter: Double) {
        let status = withReductionShape(x, dims: dims) {
            ember_reduce(ember_reduction(kind.rawValue), x.pointer, x.dtype.rawValue, $0, result.pointer, result.dtype.rawValue, parameter)
        }
        checkStatus(status, "reduction \(kind) of \(x.dtype.name)")
    }

    /// A kernel's refusal of a type is a mistake in Ember (operators check types); its other failure is lack of memory.
    func checkStatus(_ status: Int32, _ what: @autoclosure () -> String) {
        precondition(status != -1, "no kernel for \(what())")
        guard status == 0 else { fatalError("Ember: out of memory in \(what())") }
    }
}

extension CPUBackend {
    func reduceExtreme(maximum: Bool, _ x: Tensor, dims: [Int], values: Tensor?, indices: Tensor?) {
        let status = withReductionShape(x, dims: dims) {
            ember_reduce_extreme(maximum, x.pointer, x.dtype.rawValue, $0, values?.pointer,
                                 indices?.pointer.assumingMemoryBound(to: Int64.self))
        }
        checkStatus(status, "extremes of \(x.dtype.name)")
    }

    func variance(_ x: Tensor, dims: [Int], correction: Double, standardDeviation: Bool, into result: Tensor, mean: Tensor) {
        let status = withReductionShape(x, dims: dims) {
            ember_variance(x.pointer, x.dtype.rawValue, $0, correction, standardDeviation, result.pointer, mean.pointer,
                           result.dtype.rawValue)
        }
        checkStatus(status, "variance of \(x.dtype.name)")
    }
}
