import CEmber

/// The primitives on this machine's processors: CEmber's kernels and the libraries behind it. Every call has finished when it returns.
struct CPUBackend: Backend {
    static let shared = CPUBackend()

    func synchronize() {}
}

/// Calls `body` with views of `tensors` whose strides are those for `shape` (broadcast dimensions get stride 0).
func withViews<Result>(_ tensors: [Tensor], shape: Shape, _ body: (UnsafePointer<ember_view>) -> Result) -> Result {
    let rank = shape.count
    return withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(tensors.count * rank, 1)) { strides in
        withUnsafeTemporaryAllocation(of: ember_view.self, capacity: max(tensors.count, 1)) { views in
            for (i, tensor) in tensors.enumerated() {
                let base = i * rank
                let lead = rank - tensor.rank
                for d in 0..<rank {
                    let own = d - lead
                    let broadcast = own < 0 || (tensor.shape[own] == 1 && shape[d] != 1)
                    strides[base + d] = broadcast ? 0 : Int64(tensor.strides[own])
                }
                views[i] = ember_view(data: tensor.pointer, strides: strides.baseAddress.map { UnsafePointer($0 + base) },
                                      dtype: tensor.dtype.rawValue)
            }
            guard let base = views.baseAddress else { preconditionFailure("no views") }
            return body(base)
        }
    }
}

/// Calls `body` with `shape` as C's integers.
func withSizes<Result>(_ sizes: [Int], _ body: (UnsafePointer<Int64>?) -> Result) -> Result {
    sizes.withUnsafeBufferPointer { buffer in
        buffer.withMemoryRebound(to: Int64.self) { body($0.baseAddress) }
    }
}

extension CPUBackend {
    func elementwise(_ operation: ScalarOperator, compute: DType, _ a: Tensor, _ b: Tensor?, _ c: Tensor?, into output: Tensor) {
        func flat(_ tensor: Tensor?) -> ember_flat_operand {
            guard let tensor else { return ember_flat_operand(data: nil, dtype: 0, stride: 0) }
            return ember_flat_operand(data: tensor.pointer, dtype: tensor.dtype.rawValue, stride: tensor.count == 1 ? 0 : 1)
        }
        ember_elementwise_flat(operation.code, Int32(compute.compute.rawValue), Int64(output.count),
                               ember_flat_operand(data: output.pointer, dtype: output.dtype.rawValue, stride: 1), flat(a), flat(b), flat(c))
    }

    func elementwise(_ program: ElementwiseProgram, _ operands: [Tensor], into outputs: [Tensor]) {
        guard let shape = outputs.first?.shape, ShapeRule.count(shape) > 0 else { return }
        withKernelProgram(program, operands, outputs, shape: shape) { kernel, views, sizes in
            ember_elementwise(kernel, views, views + operands.count, Int32(shape.count), sizes)
        }
    }

    func elementwiseSum(_ program: ElementwiseProgram, _ operands: [Tensor], shape: Shape, factor: Double, into result: Tensor) {
        let sum = withKernelProgram(program, operands, [], shape: shape) { kernel, views, sizes in
            ember_elementwise_sum(kernel, views, Int32(shape.count), sizes)
        }
        result.fill(.double(sum * factor))
    }

    /// Calls `body` with the program, views of operands and outputs, and `shape` as C has them.
    private func withKernelProgram<Result>(
        _ program: ElementwiseProgram, _ operands: [Tensor], _ outputs: [Tensor], shape: Shape,
        _ body: (UnsafePointer<ember_program>, UnsafePointer<ember_view>, UnsafePointer<Int64>?) -> Result
    ) -> Result {
        precondition(operands.count + program.results.count <= EMBER_MAX_OPERANDS, "an element-wise program has at most 32 operands")
        let firstResult = program.inputCount + program.constants.count
        let instructionCount = program.instructions.count, resultCount = program.results.count
        return withUnsafeTemporaryAllocation(of: ember_instruction.self, capacity: max(instructionCount, 1)) { code in
            for (i, instruction) in program.instructions.enumerated() {
                func register(_ k: Int) -> UInt16 { k < instruction.operands.count ? UInt16(instruction.operands[k]) : 0 }
                code[i] = ember_instruction(operation: instruction.operation.code, out: UInt16(firstResult + i),
                                            a: register(0), b: register(1), c: register(2))
            }
            return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: max(resultCount, 1)) { stored in
                for (i, result) in program.results.enumerated() { stored[i] = UInt16(result) }
                return withViews(operands + outputs, shape: shape) { views in
                    withSizes(shape) { sizes in
                        program.constants.withUnsafeBufferPointer { constants in
                            var c = ember_program(
                                instructions: UnsafePointer(code.baseAddress), constants: constants.baseAddress,
                                results: UnsafePointer(stored.baseAddress), instruction_count: Int32(instructionCount),
                                input_count: Int32(program.inputCount), constant_count: Int32(constants.count),
                                output_count: Int32(resultCount), register_count: Int32(firstResult + instructionCount),
                                compute: Int32(program.compute.compute.rawValue))
                            return body(&c, views, sizes)
                        }
                    }
                }
            }
        }
    }

    func update(_ rule: ElementwiseUpdate, _ calls: [ElementwiseUpdate.Call], _ dtype: DType) {
        var sets = [ember_update_set](repeating: ember_update_set(), count: calls.count)
        for (i, call) in calls.enumerated() {
            sets[i].count = Int64(call.operands[0].count)
            withUnsafeMutableBytes(of: &sets[i].operands) { bytes in
                let pointers = bytes.bindMemory(to: UnsafeMutableRawPointer?.self)
                for (k, operand) in call.operands.enumerated() { pointers[k] = operand.pointer }
            }
            withUnsafeMutableBytes(of: &sets[i].scalars) { bytes in
                let numbers = bytes.bindMemory(to: Double.self)
                for (k, scalar) in call.scalars.enumerated() { numbers[k] = scalar }
            }
        }
        checkStatus(ember_update(rule.code, dtype.rawValue, sets, Int64(sets.count)), "updates of \(dtype.name)")
    }

    func copyTriangle(of source: Tensor, upper: Bool, diagonal: Int, to destination: Tensor) {
        let rows = source.shape[source.rank - 2], columns = source.shape[source.rank - 1]
        guard source.count > 0 else { return }
        ember_copy_triangle(Int32(source.dtype.size), Int64(source.count / (rows * columns)), Int64(rows), Int64(columns), upper,
                            Int64(diagonal), destination.pointer, source.pointer)
    }

    func copy(from source: Tensor, at places: [[Int]?], to destination: Tensor) {
        guard destination.count > 0 else { return }
        var starts: [Int?] = [], flat: [Int] = []
        for list in places {
            starts.append(list.map { _ in flat.count })
            flat += list ?? []
        }
        withSizeLists([destination.shape, source.strides, flat]) { lists in
            let pointers = starts.map { start in start.flatMap { at in lists[2].map { $0 + at } } }
            pointers.withUnsafeBufferPointer {
                ember_copy_at_places(Int32(source.dtype.size), Int32(destination.rank), lists[0], destination.pointer, source.pointer,
                                     lists[1], $0.baseAddress)
            }
        }
    }

    func copy(from source: Tensor, to destination: Tensor) {
        guard destination.count > 0 else { return }
        if source.dtype == destination.dtype {
            withViews([source, destination], shape: destination.shape) { views in
                withSizes(destination.shape) {
                    ember_copy_strided(Int32(source.dtype.size), Int32(destination.rank), $0, views[1].data, views[1].strides,
                                       views[0].data, views[0].strides)
                }
            }
            return
        }
        // A program without instructions converts; its registers hold every value of the source's type (a complex destination's do too).
        let compute = destination.dtype.isComplex ? destination.dtype : source.dtype
        elementwise(ElementwiseProgram(inputCount: 1, results: [0], compute: compute), [source], into: [destination])
    }
}
