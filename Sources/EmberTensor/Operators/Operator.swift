import CEmber

/// A differentiable primitive: how its result is computed and how cotangents flow back through it.
///
/// An operator call is data — this object, input tensors, ``Attributes`` — and every call passes ``callAsFunction(_:_:)``: there inert operands
/// are caught, errors get their operator and operands, and the call is recorded when a gradient is needed.
public final class Operator: Sendable {
    /// The name in messages, profiles and graphs.
    public let name: String

    /// Which values a gradient rule reads, and a recorded call therefore keeps alive.
    struct Saved: OptionSet {
        let rawValue: Int
        static let inputs = Saved(rawValue: 1)
        static let outputs = Saved(rawValue: 2)
        /// All but the first: what was found on the way to it.
        static let laterOutputs = Saved(rawValue: 4)
    }

    typealias Forward = @Sendable (_ inputs: [Tensor], _ attributes: Attributes) throws(TensorError) -> [Tensor]
    /// Returns one cotangent per input, nil where there is none; written in differentiable operators, so that gradients have gradients.
    typealias Backward = @Sendable (_ call: BackwardCall) -> [Tensor?]
    /// The floating-point operations of a call, for the profiler; a multiplication with addition is two.
    typealias Flops = @Sendable (_ inputs: [Tensor], _ outputs: [Tensor], _ attributes: Attributes) -> Int

    let saved: Saved
    let forward: Forward
    let backward: Backward?
    let flops: Flops?
    /// Whether it reads only those elements of its operands that it returns: a look-up. For the profiler.
    let selects: Bool
    let outputCount: Int
    /// Whether forward and backward are right for complex operands; a call with one is an error otherwise.
    let takesComplex: Bool

    init(_ name: String, saving saved: Saved = [], outputs: Int = 1, takesComplex: Bool = false, forward: @escaping Forward,
         backward: Backward? = nil, flops: Flops? = nil, selects: Bool = false) {
        self.name = name
        self.takesComplex = takesComplex
        self.saved = saved
        self.outputCount = outputs
        self.forward = forward
        self.backward = backward
        self.flops = flops
        self.selects = selects
    }

    /// Runs the operator. All operator calls come through here (element-wise ones through `ScalarOperator`, which ends in the same `record`).
    func callAsFunction(_ inputs: [Tensor], _ attributes: Attributes = [:]) -> [Tensor] {
        guard ember_is_profiling() else { return run(inputs, attributes) }
        // What waits to be computed is an event of its own, whose traffic is not this call's.
        for input in inputs { input.evaluate() }
        return Profiler.call(self, inputs, attributes) { run(inputs, attributes) }
    }

    private func run(_ inputs: [Tensor], _ attributes: Attributes) -> [Tensor] {
        for input in inputs where input.isInert { return [Tensor](repeating: .inert, count: outputCount) }
        var outputs: [Tensor]
        do {
            if !takesComplex { try Self.checkReal(inputs) }
            outputs = try forward(inputs, attributes)
        } catch {
            error.report(in: name, operands: inputs)
            return [Tensor](repeating: .inert, count: outputCount)
        }
        if backward != nil && ember_thread()!.pointee.gradient_disabled == 0 && inputs.contains(where: \.requiresGrad) {
            record(inputs, attributes, &outputs)
        }
        return outputs
    }

    /// The rule of operators that have no meaning for complex numbers, or none yet.
    static func checkReal(_ operands: [Tensor]) throws(TensorError) {
        for operand in operands where operand.dtype.isComplex {
            throw TensorError("takes real numbers, not \(operand.dtype.name); use .real, .imag, .abs() or .angle() of it")
        }
    }

    /// For operators with one result.
    func callAsFunction(_ inputs: Tensor..., attributes: Attributes = [:]) -> Tensor {
        callAsFunction(inputs, attributes)[0]
    }

    /// Links the outputs to a node that knows the call.
    func record(_ inputs: [Tensor], _ attributes: Attributes, _ outputs: inout [Tensor]) {
        let node = OperationNode(self, inputs, attributes, outputs[0], Array(outputs.dropFirst()))
        for i in outputs.indices where outputs[i].dtype.isDifferentiable { Self.link(&outputs[i], to: node, i) }
    }

    /// The same for the only output of an operator without attributes.
    func record(_ inputs: [Tensor], _ output: inout Tensor) {
        Self.link(&output, to: OperationNode(self, inputs, [:], output), 0)
    }

    /// The same for one or two inputs.
    func record(_ a: Tensor, _ b: Tensor?, _ output: inout Tensor) {
        let edges: [OperationNode.Input] = if let b { [.init(a), .init(b)] } else { [.init(a)] }
        let kept: [Tensor] = if !saved.contains(.inputs) { [] } else if let b { [a, b] } else { [a] }
        Self.link(&output, to: OperationNode(self, edges, saving: kept, [:], output, []), 0)
    }

    private static func link(_ output: inout Tensor, to node: OperationNode, _ index: Int) {
        // An operator may return its operand itself (a reshape to the same shape): history belongs to a body of its own.
        if output.body.gradientNode == nil && isKnownUniquelyReferenced(&output.body) {
            output.body.gradientNode = node
            output.body.outputIndex = index
        } else {
            output.body = TensorBody(sharing: output.body, gradientNode: node, outputIndex: index)
        }
    }
}

/// Runs the checks of a public function that is composed of operators: inert operands give an inert result, and an error is
/// reported with the function's name and operands.
package func composed(_ name: String, _ operands: [Tensor], _ body: () throws(TensorError) -> Tensor) -> Tensor {
    for operand in operands where operand.isInert { return .inert }
    do {
        return try body()
    } catch {
        error.report(in: name, operands: operands)
        return .inert
    }
}

/// The same for functions with `count` results.
package func composed(_ name: String, _ operands: [Tensor], outputs count: Int, _ body: () throws(TensorError) -> [Tensor]) -> [Tensor] {
    for operand in operands where operand.isInert { return [Tensor](repeating: .inert, count: count) }
    do {
        return try body()
    } catch {
        error.report(in: name, operands: operands)
        return [Tensor](repeating: .inert, count: count)
    }
}
