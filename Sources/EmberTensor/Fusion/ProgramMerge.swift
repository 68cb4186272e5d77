/// Builds one element-wise program from a tree of them, and runs it.
///
/// Where a program reads the result of another, it reads its register. Results that somebody else refers to as well are stored in the same
/// pass; the others never touch memory.
struct ProgramMerge {
    /// Where a value is, while the numbers of inputs and constants, behind which results are counted, are not known yet.
    private enum Place: Equatable {
        case input(Int)
        case constant(Int)
        case result(Int)
    }
    private struct Step {
        let operation: ScalarOperator
        let operands: [Place]
    }

    private let run: FusedRun
    private let shape: Shape
    private let strides: [Int]
    private let compute: DType
    private var inputs: [Tensor] = []
    private var constants: [Double] = []
    private var steps: [Step] = []
    /// Deferred operands that joined, each held once: whoever else holds one wants its elements.
    private var joined: [(tensor: Tensor, place: Place)] = []
    private var result = Place.input(0)

    init(run: FusedRun, shape: Shape, strides: [Int], compute: DType) {
        (self.run, self.shape, self.strides, self.compute) = (run, shape, strides, compute)
    }

    // MARK: Merging

    /// Makes `program` the one whose result is wanted.
    mutating func setRoot(_ program: ElementwiseProgram, _ operands: [Tensor]) { result = add(program, operands) }

    private mutating func add(_ program: ElementwiseProgram, _ operands: [Tensor]) -> Place {
        var places: [Place] = []
        for operand in operands { places.append(add(operand)) }
        for constant in program.constants { places.append(add(constant)) }
        for instruction in program.instructions {
            places.append(add(Step(operation: instruction.operation, operands: instruction.operands.map { places[$0] })))
        }
        return places[program.results[0]]
    }

    private mutating func add(_ operand: Tensor) -> Place {
        if let number = operand.wrappedNumber { return add(number) }
        if let known = inputs.firstIndex(where: { $0.body.isSame(as: operand.body) }) { return .input(known) }
        if let deferral = operand.body.deferral {
            if let known = joined.first(where: { $0.tensor.body.deferral === deferral }) { return known.place }
            if deferral.canJoin(shape, strides, compute), let (program, operands) = deferral.take(for: run) {
                let place = add(program, operands)
                joined.append((operand, place))
                return place
            }
        }
        inputs.append(operand)
        return .input(inputs.count - 1)
    }

    private mutating func add(_ constant: Double) -> Place {
        if let known = constants.firstIndex(where: { $0.bitPattern == constant.bitPattern }) { return .constant(known) }
        constants.append(constant)
        return .constant(constants.count - 1)
    }

    /// The same operator on the same values has the same result.
    private mutating func add(_ step: Step) -> Place {
        if let known = steps.firstIndex(where: { $0.operation === step.operation && $0.operands == step.operands }) { return .result(known) }
        steps.append(step)
        return .result(steps.count - 1)
    }

    // MARK: Running

    /// Runs the program into `destination`.
    mutating func execute(into destination: Tensor) {
        var outputs = [destination]
        var stored = [result]
        var interested: [(deferral: Deferral, storage: Storage)] = []
        for i in joined.indices {
            if isKnownUniquelyReferenced(&joined[i].tensor.body) && joined[i].tensor.body.isOnlyHolderOfDeferral() { continue }
            guard let deferral = joined[i].tensor.body.deferral else { continue }
            let output = Tensor.empty(shape, deferral.dtype, device: deferral.device, strides: strides)
            outputs.append(output)
            stored.append(joined[i].place)
            interested.append((deferral, output.body.storage))
        }
        let program = ElementwiseProgram(
            inputCount: inputs.count, constants: constants,
            instructions: steps.map { .init(operation: $0.operation, operands: $0.operands.map(register)) },
            results: stored.map(register), compute: compute)
        Profiler.event(program.title, reading: inputs, writing: outputs, flops: destination.count * steps.count) {
            destination.device.backend.elementwise(program, inputs, into: outputs)
        }
        for (deferral, storage) in interested { deferral.publish(storage) }
    }

    /// Runs the program into memory of its own: that of an operand which nobody else holds, or new one.
    mutating func execute(dtype: DType, device: Device) -> Storage {
        let destination = reusableInput(dtype) ?? Tensor.empty(shape, dtype, device: device, strides: strides)
        execute(into: destination)
        return destination.body.storage
    }

    private mutating func reusableInput(_ dtype: DType) -> Tensor? {
        for i in inputs.indices where inputs[i].dtype == dtype && inputs[i].shape == shape && inputs[i].strides == strides {
            guard isKnownUniquelyReferenced(&inputs[i].body), !inputs[i].body.storage.isForeign, inputs[i].body.hasUniqueStorage(),
                  inputs[i].body.storage.byteCount == inputs[i].count * dtype.size else { continue }
            return inputs[i]
        }
        return nil
    }

    private func register(_ place: Place) -> Int {
        switch place {
        case .input(let i): i
        case .constant(let i): inputs.count + i
        case .result(let i): inputs.count + constants.count + i
        }
    }
}

extension Tensor {
    /// The value of a Swift number in an expression, which a program holds as a constant.
    fileprivate var wrappedNumber: Double? {
        body.isWrappedNumber && (dtype == .float64 || dtype == .int64) ? item() : nil
    }
}
