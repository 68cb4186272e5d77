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

    /// The operator, if the program is one call of it on the inputs in their order.
    var onlyInstruction: ScalarOperator? {
        guard instructions.count == 1, constants.isEmpty, results.count == 1, results[0] == inputCount,
              instructions[0].operands.count == inputCount else { return nil }
        for (i, register) in instructions[0].operands.enumerated() where register != i { return nil }
        return instructions[0].operation
    }

    /// What profiles call it: its operators in the order in which each occurs first.
    var title: String {
        var names: [String] = []
        for instruction in instructions where !names.contains(instruction.operation.name) { names.append(instruction.operation.name) }
        return "fused (\(names.joined(separator: ", ")))"
    }
}
