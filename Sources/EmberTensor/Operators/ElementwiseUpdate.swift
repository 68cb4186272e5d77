import CEmber

/// An element-wise rule that overwrites its operands in one pass over memory: the step of an optimiser. One row of CEmber's
/// `UpdateRules.def`, which says what happens to an element; what changes from step to step (the learning rate, bias corrections) are its
/// scalars.
///
///     let rule = ElementwiseUpdate("sgd")
///     rule.run([parameter, gradient], scalars: [1, 0, 0.1])
package struct ElementwiseUpdate: Sendable {
    package let name: String
    let code: Int32
    let operandCount: Int
    let scalarCount: Int
    /// Arithmetic operations for each element.
    private let operationCount: Int

    private static let table: [ElementwiseUpdate] = {
        var count: Int32 = 0
        guard let rows = ember_update_rules(&count) else { return [] }
        return (0..<count).map { ElementwiseUpdate(rows[Int($0)], code: $0) }
    }()

    private init(_ row: ember_update_rule, code: Int32) {
        name = String(cString: row.name)
        self.code = code
        operandCount = Int(row.operands)
        scalarCount = Int(row.scalars)
        operationCount = String(cString: row.body).split(separator: " ").count { ["+", "-", "*", "/"].contains($0) }
    }

    /// The row of that name; a name that is none is a mistake in Ember.
    package init(_ name: String) {
        guard let row = Self.table.first(where: { $0.name == name }) else { preconditionFailure("no update rule \(name)") }
        self = row
    }

    /// What a rule is run on. The operands have one shape. All but the second, which is only read, are of one floating-point type and hold
    /// their memory alone: the caller has called ``Tensor/makeUnique()`` on each.
    package struct Call: Sendable {
        package internal(set) var operands: [Tensor]
        package let scalars: [Double]

        package init(_ operands: [Tensor], scalars: [Double]) {
            self.operands = operands
            self.scalars = scalars
        }
    }

    package func run(_ operands: [Tensor], scalars: [Double]) { run([Call(operands, scalars: scalars)]) }

    /// Runs the rule on many tensors as one piece of work.
    package func run(_ calls: [Call]) {
        // Tensors that lie alike are updated together; a call whose operands differ in type or layout goes through copies.
        var alike: [DType: [Call]] = [:]
        for var call in calls where !call.operands.contains(where: { $0.isInert }) {
            precondition(call.operands.count == operandCount && call.scalars.count == scalarCount, "\(name) has other operands")
            // Complex parameters are updated part by part, as PyTorch does.
            if call.operands[0].dtype.isComplex { call.operands = call.operands.map { $0.detach().parts() } }
            if call.isUniform { alike[call.operands[0].dtype, default: []].append(call) } else { runOnCopies(call) }
        }
        for (dtype, calls) in alike { update(calls, dtype) }
    }

    private func runOnCopies(_ call: Call) {
        var type = call.operands[0].dtype
        for operand in call.operands where operand.dtype.isFloatingPoint && operand.dtype.size > type.size { type = operand.dtype }
        if type.size == 2 { type = .float32 }
        let copies = call.operands.map { operand in
            let copy = Tensor.empty(operand.shape, type, device: operand.device)
            operand.device.backend.copy(from: operand, to: copy)
            return copy
        }
        update([Call(copies, scalars: call.scalars)], type)
        for (i, operand) in call.operands.enumerated() where i != 1 { operand.device.backend.copy(from: copies[i], to: operand) }
    }

    private func update(_ calls: [Call], _ dtype: DType) {
        var written: [Tensor] { calls.flatMap { call in call.operands.indices.filter { $0 != 1 }.map { call.operands[$0] } } }
        var elements: Int { calls.reduce(0) { $0 + $1.operands[0].count } }
        Profiler.event("update (\(name))", reading: calls.flatMap(\.operands), writing: written, flops: elements * operationCount) {
            calls[0].operands[0].device.backend.update(self, calls, dtype)
        }
    }
}

extension ElementwiseUpdate.Call {
    /// Whether all operands have one type and lie without gaps in one order.
    var isUniform: Bool {
        let first = operands[0]
        guard first.isContiguous || ShapeRule.isDense(first.shape, first.strides) else { return false }
        return operands.allSatisfy { operand in
            operand.dtype == first.dtype && (operand.isContiguous && first.isContiguous || operand.strides == first.strides)
        }
    }
}
