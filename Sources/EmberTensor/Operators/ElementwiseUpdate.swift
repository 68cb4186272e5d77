/// An element-wise rule that overwrites some of its operands in one pass over memory: the step of an optimiser.
///
/// The rule is written once with ``Value``s and compiled to a program; what changes from step to step (the learning rate, bias
/// corrections) are its scalars.
///
///     let decay = ElementwiseUpdate(operands: 2, scalars: 1) { x, s in [0: x[0] - s[0] * x[1]] }
///     decay.run([parameter, gradient], scalars: [0.1])
package struct ElementwiseUpdate: Sendable {
    /// A register while the rule is being written down.
    package struct Value {
        fileprivate let register: Int
        fileprivate let recorder: Recorder

        /// A row of the scalar table applied to values.
        package static func apply(_ name: String, _ values: Value...) -> Value {
            values[0].recorder.append(ScalarOperator.named(name), values.map(\.register))
        }

        package static func + (a: Value, b: Value) -> Value { apply("add", a, b) }
        package static func - (a: Value, b: Value) -> Value { apply("sub", a, b) }
        package static func * (a: Value, b: Value) -> Value { apply("mul", a, b) }
        package static func / (a: Value, b: Value) -> Value { apply("div", a, b) }
        package static prefix func - (a: Value) -> Value { apply("neg", a) }
        package var squareRoot: Value { .apply("sqrt", self) }
        package var magnitude: Value { .apply("abs", self) }
        package var sign: Value { .apply("sign", self) }
        package func maximum(_ other: Value) -> Value { .apply("maximum", self, other) }
        package func minimum(_ other: Value) -> Value { .apply("minimum", self, other) }
    }

    fileprivate final class Recorder {
        var instructions: [ElementwiseProgram.Instruction] = []
        let first: Int

        init(first: Int) { self.first = first }

        func append(_ operation: ScalarOperator, _ operands: [Int]) -> Value {
            instructions.append(.init(operation: operation, operands: operands))
            return Value(register: first + instructions.count - 1, recorder: self)
        }
    }

    private let program: ElementwiseProgram
    private let targets: [Int]

    /// - Parameter rule: from operands and scalars to the new values of those operands that change, by operand number.
    package init(operands: Int, scalars: Int, _ rule: (_ operands: [Value], _ scalars: [Value]) -> [Int: Value]) {
        let recorder = Recorder(first: operands + scalars)
        let values = (0..<operands + scalars).map { Value(register: $0, recorder: recorder) }
        let results = rule(Array(values[..<operands]), Array(values[operands...])).sorted { $0.key < $1.key }
        targets = results.map(\.key)
        program = ElementwiseProgram(inputCount: operands, constants: [Double](repeating: 0, count: scalars),
                                     instructions: recorder.instructions, results: results.map(\.value.register), compute: .float32)
    }

    /// Runs the rule. The operands have one shape. Those that it overwrites are of one floating-point type and hold their memory alone:
    /// the caller has called ``Tensor/makeUnique()`` on each.
    package func run(_ operands: [Tensor], scalars: [Double]) {
        guard !operands.contains(where: \.isInert), let target = targets.first.map({ operands[$0] }) else { return }
        // Complex parameters are updated part by part, as PyTorch does.
        let operands = target.dtype.isComplex ? operands.map { $0.detach().parts() } : operands
        var program = program
        program.constants = scalars
        program.compute = target.dtype.realType
        let outputs = targets.map { operands[$0] }
        Profiler.event(program.title, reading: operands, writing: outputs, flops: target.count * program.instructions.count) {
            target.device.backend.elementwise(program, operands, into: outputs)
        }
    }
}
