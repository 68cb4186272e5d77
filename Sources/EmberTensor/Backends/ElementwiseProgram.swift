import CEmber

/// Scalar operators in sequence over registers: the inputs, then the constants, then one result per instruction.
struct ElementwiseProgram: Sendable {
    struct Instruction: Sendable {
        let operation: ScalarOperator
        let operands: [Int]
    }
    var inputCount: Int
    var constants: [Double] = []
    var instructions: [Instruction] = []
    /// The registers that are stored, one per output.
    var results: [Int] = []
    /// The type whose registers the program runs in.
    var compute: DType

    /// What profiles call it: its operators in the order in which each occurs first.
    var title: String {
        var names: [String] = []
        for instruction in instructions where !names.contains(instruction.operation.name) { names.append(instruction.operation.name) }
        return "fused (\(names.joined(separator: ", ")))"
    }
}
