/// Builds one element-wise program from a tree of them, and runs it.
///
/// Where a program reads the result of another, it reads its register. Results that somebody else refers to as well are stored in the same
/// pass; the others never touch memory. A convolution among the inputs that nobody else wants takes in the operators that come next, as far
/// as its kernels can do them.
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
    /// Inputs that are still to be computed.
    private var convolutions: [(input: Int, problem: ConvolutionProblem)] = []
    private var result = Place.input(0)

    init(run: FusedRun, shape: Shape, strides: [Int], compute: DType) {
        (self.run, self.shape, self.strides, self.compute) = (run, shape, strides, compute)
    }

    // MARK: Merging

    /// Makes `expression` the one whose result is wanted.
    mutating func setRoot(_ expression: Expression) { result = add(expression, of: nil) }

    /// `tensor` is the deferred one whose expression it is, unless that is the root.
    private mutating func add(_ expression: Expression, of tensor: Tensor?) -> Place {
        switch expression {
        case .program(let program, let operands):
            let place = add(program, operands)
            if let tensor { joined.append((tensor, place)) }
            return place
        case .convolution(let problem):
            inputs.append(tensor ?? .inert)
            convolutions.append((inputs.count - 1, problem))
            return .input(inputs.count - 1)
        }
    }

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
            if deferral.canJoin(shape, strides, compute), let expression = deferral.take(for: run) { return add(expression, of: operand) }
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

    // MARK: Convolutions

    /// Computes the convolutions among the inputs, each with as many of the operators after it as it can take in.
    private mutating func computeConvolutions() {
        guard !convolutions.isEmpty else { return }
        let wanted = joined.indices.filter { isWanted($0) }.map { joined[$0].place }
        while let (input, problem) = convolutions.popLast() {
            let isOnlyOurs = isKnownUniquelyReferenced(&inputs[input].body) && inputs[input].body.isOnlyHolderOfDeferral()
            let output = Tensor.empty(shape, .float32, device: problem.x.device, strides: strides)
            let backend = output.device.backend
            let (epilogue, absorbed) = isOnlyOurs ? epilogue(after: input, wanted) : (ConvolutionEpilogue(), [])
            let hasEpilogue = Profiler.event(title(absorbed), reading: problem.operands, writing: [output], flops: problem.flops) {
                if !absorbed.isEmpty && backend.convolve(problem, epilogue, into: output) { return true }
                backend.convolve(problem, into: output)
                return false
            }
            if hasEpilogue { remove(absorbed, computedAs: .input(input)) }
            if !isOnlyOurs { inputs[input].body.deferral?.publish(output.body.storage) }
            inputs[input] = output
        }
        // Published before the program runs, which may write over operands that nobody else holds.
        for i in joined.indices.reversed() where isWanted(i) {
            guard case .input(let input) = joined[i].place else { continue }
            joined.remove(at: i).tensor.body.deferral?.publish(inputs[input].body.storage)
        }
    }

    /// The longest sequence of steps from an input on that an epilogue has a place for, and of which nobody wants to see but the last result.
    private func epilogue(after input: Int, _ wanted: [Place]) -> (ConvolutionEpilogue, absorbed: [Int]) {
        var epilogue = ConvolutionEpilogue(), absorbed: [Int] = [], current = Place.input(input)
        while !wanted.contains(current) {
            let readers = steps.indices.filter { steps[$0].operands.contains(current) }
            guard readers.count == 1, current != result else { break }
            let step = steps[readers[0]]
            var others = step.operands
            others.remove(at: others.firstIndex(of: current) ?? 0)
            // Of these operators only the sum may have the convolution's result as its second operand.
            guard step.operands[0] == current || step.operation === ConvolutionEpilogue.add else { break }
            let tensors = others.compactMap { other in
                if case .input(let i) = other, !convolutions.contains(where: { $0.input == i }), other != current { inputs[i] } else { nil }
            }
            guard tensors.count == others.count, epilogue.append(step.operation, tensors, shape: shape, strides: strides) else { break }
            absorbed.append(readers[0])
            current = .result(readers[0])
        }
        return (epilogue, absorbed)
    }

    /// Takes steps, each of which reads the one before it, out of the program; the last one's result is at `place`.
    private mutating func remove(_ absorbed: [Int], computedAs place: Place) {
        func moved(_ old: Place) -> Place {
            guard case .result(let i) = old else { return old }
            return i == absorbed.last ? place : .result(i - absorbed.count { $0 < i })
        }
        steps = steps.indices.filter { !absorbed.contains($0) }
            .map { Step(operation: steps[$0].operation, operands: steps[$0].operands.map(moved)) }
        for i in joined.indices { joined[i].place = moved(joined[i].place) }
        result = moved(result)
    }

    /// What profiles call a convolution with what it takes in.
    private func title(_ absorbed: [Int]) -> String { (["convolution"] + absorbed.map { steps[$0].operation.name }).joined(separator: ", ") }

    // MARK: Running

    /// Whether somebody else could ask for the elements of a joined expression.
    private mutating func isWanted(_ i: Int) -> Bool {
        !(isKnownUniquelyReferenced(&joined[i].tensor.body) && joined[i].tensor.body.isOnlyHolderOfDeferral())
    }

    /// Computes the result into `destination`.
    mutating func execute(into destination: Tensor) {
        computeConvolutions()
        if case .input(let i) = result { destination.device.backend.copy(from: inputs[i], to: destination) }
        runProgram(into: destination)
    }

    /// Computes the result into memory of its own: that of a convolution, that of an operand which nobody else holds, or new one.
    mutating func execute(dtype: DType, device: Device) -> Storage {
        computeConvolutions()
        let destination = if case .input(let i) = result { inputs[i] } else {
            reusableInput(dtype) ?? Tensor.empty(shape, dtype, device: device, strides: strides)
        }
        runProgram(into: destination)
        return destination.body.storage
    }

    /// Runs what convolutions have left of the program, and gives everybody who waits for a part of it their elements.
    private mutating func runProgram(into destination: Tensor) {
        var outputs = [destination]
        var stored = [result]
        var interested: [(deferral: Deferral, storage: Storage)] = []
        for i in joined.indices where isWanted(i) {
            guard let deferral = joined[i].tensor.body.deferral else { continue }
            let output = Tensor.empty(shape, deferral.dtype, device: deferral.device, strides: strides)
            outputs.append(output)
            stored.append(joined[i].place)
            interested.append((deferral, output.body.storage))
        }
        if !steps.isEmpty {
            let program = ElementwiseProgram(
                inputCount: inputs.count, constants: constants,
                instructions: steps.map { .init(operation: $0.operation, operands: $0.operands.map(register)) },
                results: stored.map(register), compute: compute)
            Profiler.event(program.title, reading: inputs, writing: outputs, flops: destination.count * steps.count) {
                destination.device.backend.elementwise(program, inputs, into: outputs)
            }
        }
        for (deferral, storage) in interested { deferral.publish(storage) }
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
