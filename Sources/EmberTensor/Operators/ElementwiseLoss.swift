/// The loss of an element of the input and one of the target: a row of the scalar table, so that a loss, its gradient and the mean over a batch
/// each take one pass over memory.
package struct ElementwiseLoss: Sendable {
    /// (input - target)².
    package static let squaredDifference = ElementwiseLoss("squared_difference")
    /// |input - target|.
    package static let absoluteDifference = ElementwiseLoss("absolute_difference")
    /// 0.5 d² / c where the distance d is below the parameter c, which is above 0, and d - 0.5 c elsewhere.
    package static let smoothL1 = ElementwiseLoss("smooth_l1")
    /// 0.5 d² where the distance d is at most the parameter c, and c (d - 0.5 c) elsewhere.
    package static let huber = ElementwiseLoss("huber")

    private let row: ScalarOperator
    /// The recorded form of ``total(_:_:_:isMean:)``.
    private let totalOperator: Operator

    private init(_ name: String) {
        let row = ScalarOperator.named(name)
        let derivatives = row.derivativeTexts.map { $0.map(ScalarExpression.init) }
        self.row = row
        totalOperator = Operator("sum (\(name))", saving: .inputs, forward: { inputs, attributes throws(TensorError) in
            let (type, compute) = try row.types(inputs)
            let shape = try Self.shape(inputs)
            let result = Tensor.empty([], type, device: inputs[0].device)
            let program = ElementwiseProgram(
                inputCount: inputs.count, instructions: [.init(operation: row, operands: Array(inputs.indices))], results: [inputs.count],
                compute: compute)
            result.device.backend.elementwiseSum(program, inputs, shape: shape, factor: attributes.double("factor"), into: result)
            return [result]
        }, backward: { call in
            guard let shape = try? Self.shape(call.inputs) else { return call.inputs.map { _ in nil } }
            let cotangent = (call.cotangent() * call.attributes.double("factor")).expand(shape)
            let values = ScalarExpression.Values(cotangent: cotangent, result: nil, operands: call.inputs)
            return call.inputs.indices.map { i in
                guard call.needs(i), let derivative = derivatives[i] else { return nil }
                return derivative.evaluate(values, dtype: call.cotangent().dtype).sum(to: call.shape(ofInput: i))
            }
        })
    }

    private static func shape(_ operands: [Tensor]) throws(TensorError) -> Shape {
        var shape: Shape = []
        for operand in operands { shape = try ShapeRule.broadcast(shape, operand.shape) }
        return shape
    }

    private static func operands(_ input: Tensor, _ target: Tensor, _ parameter: Double?) -> [Tensor] {
        [input, target] + (parameter.map { [Tensor(wrapping: .double($0))] } ?? [])
    }

    /// The loss of each element.
    package func callAsFunction(_ input: Tensor, _ target: Tensor, _ parameter: Double? = nil) -> Tensor {
        row.operation(Self.operands(input, target, parameter))[0]
    }

    /// Their sum or mean.
    package func total(_ input: Tensor, _ target: Tensor, _ parameter: Double? = nil, isMean: Bool) -> Tensor {
        let operands = Self.operands(input, target, parameter)
        // 16-bit losses are rounded before they are added, and complex or whole numbers have no fused sum.
        guard !operands.contains(where: \.isInert), let types = try? row.types(operands), types.result == types.compute,
              types.result == .float32 || types.result == .float64, let shape = try? Self.shape(operands) else {
            let losses = self(input, target, parameter)
            return isMean ? losses.mean() : losses.sum()
        }
        return totalOperator(operands, ["factor": .double(isMean ? 1 / Double(ShapeRule.count(shape)) : 1)])[0]
    }
}
