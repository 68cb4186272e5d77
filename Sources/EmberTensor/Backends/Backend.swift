/// What a device must be able to do: the primitives every operator is composed of.
///
/// Operators compute shapes and types, allocate results and hand both over as tensors; a backend sees only memory with strides, never
/// history. Calls may be asynchronous: a backend that works through a stream orders its calls itself, and ``synchronize()``
/// waits for all of them and throws what went wrong since the last time. Nothing reads memory on the host without it.
protocol Backend: Sendable {
    /// Waits until every primitive started so far has finished.
    func synchronize() throws(TensorError)

    /// One scalar operator on operands that lie without gaps in the same order; scalars have one element.
    func elementwise(_ operation: ScalarOperator, compute: DType, _ operands: [Tensor], into output: Tensor)

    /// A program of scalar operators over operands of the outputs' shape (broadcast ones have stride 0).
    func elementwise(_ program: ElementwiseProgram, _ operands: [Tensor], into outputs: [Tensor])

    /// Copies between layouts and element types; same shape.
    func copy(from source: Tensor, to destination: Tensor)

    /// Folds `dims` (ascending) of `x` into `result`, contiguous in the kept shape.
    func reduce(_ kind: ReductionKind, _ x: Tensor, dims: [Int], into result: Tensor, parameter: Double)
}
