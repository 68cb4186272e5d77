import Synchronization

/// How a deferred result is computed.
enum Expression: Sendable {
    case program(ElementwiseProgram, [Tensor])
    case convolution(ConvolutionProblem)

    var operands: [Tensor] {
        switch self {
        case .program(_, let operands): operands
        case .convolution(let problem): problem.operands
        }
    }
}

/// A large result whose elements nobody has read yet: the element-wise program that computes them and the tensors that it reads, or a
/// convolution, which may still take in what follows it (``ConvolutionEpilogue``).
///
/// Reading the elements runs the program together with those of its operands that are still deferred, in one pass over memory
/// (``FusedRun``). Value semantics makes the delay invisible: the operands cannot change while this refers to them. Two rules keep it
/// cheap. An operand is deferred only if it can join the program of its reader, so nothing is computed recursively; and a write to
/// an operand's memory first runs the programs that wait to read it (``evaluateReaders(of:)``), instead of copying the memory for them.
final class Deferral: Sendable {
    /// Below this many elements a pass over memory, which the caches serve, costs less than planning to save one.
    static let minimumCount = 1 << 15

    /// How much one run may take in: the interpreter's limits.
    private static let mostOperands = 30, mostRegisters = 60

    private enum State {
        case waiting(Expression)
        case underway(FusedRun)
        case computed(Storage)
    }
    private let state: Mutex<State>

    let shape: Shape
    let strides: [Int]
    let dtype: DType
    let device: Device
    let compute: DType

    /// Upper bounds of what the program and all that may join it need: tensors to read and to write, and registers.
    private let operandCount: Int
    private let registerCount: Int

    /// Takes the program for a result of that layout; operands that cannot join it, or would make it too large, are computed here.
    init(_ program: ElementwiseProgram, _ operands: [Tensor], shape: Shape, strides: [Int], dtype: DType) {
        (self.shape, self.strides, self.dtype, device, compute) = (shape, strides, dtype, operands[0].device, program.compute)
        // Without history: an expression that waits must not keep a recorded graph alive.
        let operands = operands.map { $0.detach() }
        Self.evaluateThoseThatCannotJoin(operands, shape, strides, compute)
        func total(_ count: (Deferral) -> Int) -> Int {
            operands.reduce(1) { $0 + ($1.body.deferral.map { $0.isWaiting ? count($0) : 1 } ?? 1) }
        }
        var needed = (operands: total(\.operandCount), registers: total(\.registerCount) + program.instructions.count + program.constants.count)
        if needed.operands > Self.mostOperands || needed.registers > Self.mostRegisters {
            for operand in operands { operand.body.deferral?.evaluate() }
            needed = (operands.count + 1, operands.count + program.instructions.count + program.constants.count)
        }
        (operandCount, registerCount) = needed
        state = Mutex(.waiting(.program(program, operands)))
        Self.register(self)
    }

    /// Takes a convolution of float32 numbers that are computed already.
    init(_ problem: ConvolutionProblem, shape: Shape, strides: [Int]) {
        (self.shape, self.strides, dtype, device, compute) = (shape, strides, .float32, problem.x.device, .float32)
        (operandCount, registerCount) = (1, 1)
        state = Mutex(.waiting(.convolution(problem)))
        Self.register(self)
    }

    /// Whether a result may wait: it is large, and passing it on in a register is the same as storing and loading it again.
    static func accepts(count: Int, dtype: DType, compute: DType) -> Bool {
        count >= minimumCount && (compute == .float32 || compute == .float64) && (dtype == compute || dtype == .bool)
    }

    /// Computes those operands that still wait and cannot be part of a run of that layout.
    static func evaluateThoseThatCannotJoin(_ operands: [Tensor], _ shape: Shape, _ strides: [Int], _ compute: DType) {
        for operand in operands {
            if let deferral = operand.body.deferral, !deferral.canJoin(shape, strides, compute) { deferral.evaluate() }
        }
    }

    /// Whether the program could be part of a run of that layout, its result a register of it.
    func canJoin(_ shape: Shape, _ strides: [Int], _ compute: DType) -> Bool {
        self.compute == compute && self.shape == shape && self.strides == strides
    }

    var isWaiting: Bool { state.withLock { if case .waiting = $0 { true } else { false } } }

    /// The elements, computed first if need be.
    var storage: Storage {
        while true {
            switch state.withLock({ $0 }) {
            case .computed(let storage): return storage
            case .underway(let run): run.wait()
            case .waiting: FusedRun.compute(self)
            }
        }
    }

    /// Computes the elements, or waits for the thread that does.
    func evaluate() { _ = storage }

    /// The elements, if they are computed.
    var computed: Storage? { state.withLock { if case .computed(let storage) = $0 { storage } else { nil } } }

    /// Hands out the expression to a run that computes it, if nobody did before.
    func take(for run: FusedRun) -> Expression? {
        state.withLock { state in
            guard case .waiting(let expression) = state else { return nil }
            state = .underway(run)
            return expression
        }
    }

    /// Ends the wait: called by the run that took the expression.
    func publish(_ storage: Storage) { state.withLock { $0 = .computed(storage) } }

    // MARK: Writers

    private struct Reference: Sendable { weak var deferral: Deferral? }

    /// Everything that may still wait. Entries that do not are swept out whenever the list has doubled.
    private static let registry = Mutex<(entries: [Reference], sweepAt: Int)>(([], 64))

    private static func register(_ deferral: Deferral) {
        registry.withLock { registry in
            if registry.entries.count >= registry.sweepAt {
                registry.entries.removeAll { $0.deferral?.isWaiting != true }
                registry.sweepAt = max(64, 2 * registry.entries.count)
            }
            registry.entries.append(Reference(deferral: deferral))
        }
    }

    /// Runs every program that waits to read `storage`; returns whether there was one.
    static func evaluateReaders(of storage: Storage) -> Bool {
        let readers = registry.withLock { $0.entries.compactMap(\.deferral) }.filter { $0.reads(storage) }
        readers.forEach { $0.evaluate() }
        return !readers.isEmpty
    }

    private func reads(_ storage: Storage) -> Bool {
        state.withLock {
            guard case .waiting(let expression) = $0 else { return false }
            return expression.operands.contains { $0.body.holds(storage) }
        }
    }
}

extension Tensor {
    /// The result of an element-wise program: computed at once, or when its elements are first read if it is large.
    static func result(of program: ElementwiseProgram, _ operands: [Tensor], shape: Shape, strides: [Int], dtype: DType) -> Tensor {
        if Deferral.accepts(count: ShapeRule.count(shape), dtype: dtype, compute: program.compute) {
            return Tensor(TensorBody(deferral: Deferral(program, operands, shape: shape, strides: strides, dtype: dtype)))
        }
        let output = Tensor.empty(shape, dtype, device: operands[0].device, strides: strides)
        if let only = program.onlyInstruction, output.isContiguous,
           operands.allSatisfy({ $0.count == 1 || ($0.shape == shape && $0.isContiguous) }) {
            output.device.backend.elementwise(only, compute: program.compute, operands[0], operands.second, operands.third, into: output)
        } else {
            output.device.backend.elementwise(program, operands, into: [output])
        }
        return output
    }

    /// The result of a convolution as one that waits for what follows, if it is large and there are kernels for that.
    static func deferredResult(of problem: ConvolutionProblem) -> Tensor? {
        let shape = problem.resultShape
        guard problem.x.dtype == .float32, ShapeRule.count(shape) >= Deferral.minimumCount, problem.x.count > 0, problem.weight.count > 0
        else { return nil }
        for operand in problem.operands { operand.evaluate() }
        return Tensor(TensorBody(deferral: Deferral(problem, shape: shape, strides: problem.resultStrides)))
    }

    /// Whether the elements are still an expression.
    var isDeferred: Bool { body.deferral?.isWaiting ?? false }

    /// Computes the elements now, if they are still an expression.
    ///
    /// Ember keeps large results of element-wise operators and convolutions as expressions until something reads their elements, and computes
    /// a chain of them in one pass over memory. Nothing but the clock can tell; call this where the work should be done by now: before
    /// reading a clock, or when a long-lived value would keep its operands alive. PyTorch computes at once and has no counterpart.
    @discardableResult
    public func evaluate() -> Tensor {
        body.deferral?.evaluate()
        return self
    }
}
