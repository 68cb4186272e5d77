import CEmber

extension CPUBackend {
    func recur(_ problem: RecurrenceProblem, input: Tensor, hidden: Tensor, cell: Tensor?, into output: Tensor, keeping memory: RecurrenceMemory?) {
        let status = withKernelProblem(problem, batch: hidden.shape[0]) {
            ember_recurrence_forward($0, input.pointer, hidden.pointer, cell?.pointer, output.pointer, Self.pointer(memory?.gates),
                                     Self.pointer(memory?.cells))
        }
        checkStatus(status, "a recurrence of \(input.dtype.name)")
    }

    func recurrenceGradient(_ problem: RecurrenceProblem, hidden: Tensor, cell: Tensor?, output: Tensor, memory: RecurrenceMemory,
                            _ gradient: RecurrenceGradient) {
        let status = withKernelProblem(problem, batch: hidden.shape[0]) {
            var arguments = ember_recurrence_gradient(
                output: output.pointer, kept: Self.pointer(memory.gates), cells: Self.pointer(memory.cells), first_hidden: hidden.pointer,
                first_cell: cell?.pointer, output_gradient: gradient.output.pointer, hidden_gradient: gradient.hidden.pointer,
                cell_gradient: gradient.cell?.pointer, input_gradient: gradient.input.pointer,
                product_gradient: problem.kind == .gru ? gradient.product.pointer : nil, previous: gradient.previous.pointer)
            return ember_recurrence_backward($0, &arguments)
        }
        checkStatus(status, "the gradient of a recurrence of \(output.dtype.name)")
    }

    private static func pointer(_ tensor: Tensor?) -> UnsafeMutableRawPointer? {
        guard let tensor, tensor.count > 0 else { return nil }
        return tensor.pointer
    }

    private func withKernelProblem(_ problem: RecurrenceProblem, batch: Int, _ body: (UnsafePointer<ember_recurrence>) -> Int32) -> Int32 {
        withSizes(problem.batchSizes) { sizes in
            var kernel = ember_recurrence(
                kind: Int32(problem.kind.rawValue), dtype: problem.weight.dtype.rawValue, steps: Int64(problem.batchSizes.count), batch_sizes: sizes,
                reverse: problem.isReversed, batch: Int64(batch), hidden: Int64(problem.hiddenSize), weight: problem.weight.pointer,
                bias: problem.bias.map { UnsafeRawPointer($0.pointer) })
            return withExtendedLifetime(problem) { body(&kernel) }
        }
    }
}
