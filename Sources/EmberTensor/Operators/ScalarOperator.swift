import CEmber

/// An element-wise operator: one row of CEmber's `ScalarOperators.def`, from which its kernel, type rule and gradient follow.
final class ScalarOperator: Sendable {
    enum TypeRule: Int32 { case arithmetic, floating, integral, comparison, selection, magnitude }

    let name: String
    let code: UInt16
    let arity: Int
    let rule: TypeRule
    let onnxName: String
    /// Whether the expression has a meaning for complex numbers.
    let takesComplex: Bool
    /// The derivative for each operand as text; nil where it is zero everywhere.
    let derivativeTexts: [String?]
    /// The recorded form.
    let operation: Operator

    /// All rows, in the order of their codes.
    static let table: [ScalarOperator] = {
        var count: Int32 = 0
        guard let rows = ember_scalar_operators(&count) else { return [] }
        return (0..<Int(count)).map { ScalarOperator(rows[$0], code: UInt16($0)) }
    }()

    private static let byName = Dictionary(uniqueKeysWithValues: table.map { ($0.name, $0) })

    /// The row of that name; a name that is none is a mistake in Ember.
    static func named(_ name: String) -> ScalarOperator {
        guard let row = byName[name] else { preconditionFailure("no scalar operator \(name)") }
        return row
    }

    static func find(_ name: String) -> ScalarOperator? { byName[name] }

    private init(_ row: ember_scalar_operator, code: UInt16) {
        let name = String(cString: row.name)
        let arity = Int(row.arity)
        guard let rule = TypeRule(rawValue: row.rule) else { preconditionFailure("\(name) has an unknown type rule") }
        self.name = name
        self.code = code
        self.arity = arity
        self.rule = rule
        onnxName = String(cString: row.onnx)
        takesComplex = ember_scalar_operator_computes(code, Int32(EMBER_COMPUTE_COMPLEX64.rawValue))
        let text = String(cString: row.derivative)
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters() }
        let texts = text.isEmpty ? [] : parts.map { $0.isEmpty ? nil : $0 }
        derivativeTexts = texts
        let expressions = LazyExpressions(texts)
        // Keep alive only what the derivative's text mentions.
        let mentioned = Set(texts.compactMap { $0 }.flatMap(ScalarExpression.variables))
        var saved: Operator.Saved = []
        if !mentioned.isDisjoint(with: [.a, .b, .c]) { saved.insert(.inputs) }
        if mentioned.contains(.y) { saved.insert(.outputs) }
        let forward: Operator.Forward = { inputs, _ throws(TensorError) in
            [try ScalarOperator.table[Int(code)].evaluate(inputs)]
        }
        let backward: Operator.Backward = { call in
            (0..<arity).map { i in
                guard call.needs(i), let expression = expressions[i] else { return nil }
                return Self.cotangent(expression, ofInput: i, call)
            }
        }
        // One for each element, however long the formula; choosing and comparing is no arithmetic.
        let flops: Operator.Flops = { _, outputs, _ in outputs[0].dtype.isDifferentiable ? outputs[0].count : 0 }
        operation = Operator(name, saving: saved, forward: forward, backward: text.isEmpty ? nil : backward,
                             flops: rule == .selection || rule == .comparison ? nil : flops)
    }

    private static func cotangent(_ expression: ScalarExpression, ofInput i: Int, _ call: BackwardCall) -> Tensor {
        let g = call.cotangent()
        let values = ScalarExpression.Values(cotangent: g, result: call.outputs.first, operands: call.inputs)
        let isComplex = g.dtype.isComplex || call.inputs.contains { $0.dtype.isComplex }
        let product = expression.evaluate(values, dtype: isComplex ? g.dtype.complexType : g.dtype)
        return product.shape == call.shape(ofInput: i) ? product : product.sum(to: call.shape(ofInput: i))
    }

    // MARK: Calls

    func callAsFunction(_ a: Tensor) -> Tensor { small(a, nil) ?? call([a]) }
    func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor { small(a, b) ?? call([a, b]) }
    func callAsFunction(_ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor { call([a, b, c]) }

    /// The result for a small floating-point tensor and, if there is one, another like it or a number: the calls whose preparation would cost
    /// more than their work. Nothing is to be promoted, broadcast or planned. Nil for any other call.
    private func small(_ a: Tensor, _ b: Tensor?) -> Tensor? {
        let x = a.body
        guard rule == .arithmetic || rule == .floating, x.dtype == .float32 || x.dtype == .float64, x.isContiguous, !x.isWrappedNumber,
              x.count < Deferral.minimumCount, !x.isInert, !ember_is_profiling() else { return nil }
        if let y = b?.body {
            let isAlike = y.dtype == x.dtype && y.isContiguous && !y.isWrappedNumber && y.shape == x.shape
            guard (isAlike || y.isWrappedNumber && !y.dtype.isComplex) && !y.isInert else { return nil }
        }
        var result = Tensor.empty(x.shape, x.dtype, device: x.device,
                                  contiguousStrides: ShapeRule.contiguousStrides(x.shape, sharing: x.strides))
        x.device.backend.elementwise(self, compute: x.dtype, a, b, nil, into: result)
        if (x.gradientNode != nil || b?.body.gradientNode != nil) && isGradEnabled && operation.backward != nil {
            operation.record(a, b, &result)
        }
        return result
    }

    private func call(_ operands: [Tensor]) -> Tensor {
        guard ember_is_profiling() else { return recorded(operands) }
        return Profiler.call(operation, operands, [:]) { [recorded(operands)] }[0]
    }

    private func recorded(_ operands: [Tensor]) -> Tensor {
        for operand in operands where operand.isInert { return .inert }
        do throws(TensorError) {
            var result = try evaluate(operands)
            if operation.backward != nil && isGradEnabled && operands.contains(where: \.requiresGrad) && result.dtype.isDifferentiable {
                operation.record(operands, &result)
            }
            return result
        } catch {
            error.report(in: name, operands: operands)
            return .inert
        }
    }

    /// The element types of result and computation.
    func types(_ operands: [Tensor]) throws(TensorError) -> (result: DType, compute: DType) {
        // Same types in all operands is what nearly every call has.
        var common = operands[0].dtype
        let deciding = rule == .selection ? Array(operands.dropFirst()) : operands
        if rule == .selection || operands.contains(where: { $0.dtype != common }) || operands[0].body.isWrappedNumber {
            common = try TypePromotion.common(deciding)
        }
        if common.isComplex && !takesComplex { try Operator.checkReal(operands) }
        if common == .bool && Self.withoutTruthValues.contains(name) {
            throw TensorError("takes numbers, not truth values; convert with to(.int64), say" + (name == "neg" || name == "sub"
                ? ", or invert a mask with ~ and compare two with ^" : ""))
        }
        switch rule {
        case .arithmetic, .selection:
            return (common, common)
        case .magnitude:
            return (common.realType, common)
        case .floating:
            let type = common.isDifferentiable ? common : Tensor.defaultDType
            return (type, type)
        case .integral:
            guard !common.isDifferentiable else {
                throw TensorError("takes integer or boolean tensors, not \(common.name)")
            }
            return (common, common)
        case .comparison:
            return (.bool, common)
        }
    }

    /// Computes the result; `destination` receives it when given (it has the result's shape and type).
    func evaluate(_ operands: [Tensor], into destination: Tensor? = nil) throws(TensorError) -> Tensor {
        let (resultType, compute) = try types(operands)
        try checkDivisors(operands, compute)
        let backend = operands[0].device.backend

        // Flat: all operands are single elements or share one dense layout.
        var leading: Tensor?
        var flat = true
        for operand in operands where operand.count != 1 || operand.rank > (leading?.rank ?? 0) {
            guard let first = leading else { leading = operand; continue }
            if operand.shape != first.shape || (operand.strides != first.strides && !(operand.isContiguous && first.isContiguous)) {
                flat = false
                break
            }
        }
        if flat {
            let model = leading ?? operands[0]
            if Deferral.accepts(count: model.count, dtype: resultType, compute: compute), ShapeRule.isDense(model.shape, model.strides) {
                let strides = model.isContiguous ? ShapeRule.contiguousStrides(model.shape, sharing: model.strides) : model.strides
                return try run(operands, compute, shape: model.shape, strides: strides, resultType, into: destination)
            }
            if model.isContiguous {
                let output = destination ?? Tensor.empty(
                    model.shape, resultType, device: model.device, contiguousStrides: ShapeRule.contiguousStrides(model.shape, sharing: model.strides))
                if output.isContiguous {
                    backend.elementwise(self, compute: compute, operands[0], operands.second, operands.third, into: output)
                    return output
                }
            } else if ShapeRule.isDense(model.shape, model.strides) {
                let output = destination ?? Tensor.empty(model.shape, resultType, device: model.device, strides: model.strides)
                if output.strides == model.strides {
                    backend.elementwise(self, compute: compute, operands[0], operands.second, operands.third, into: output)
                    return output
                }
            }
        }

        var shape = operands[0].shape
        for operand in operands.dropFirst() { shape = try ShapeRule.broadcast(shape, operand.shape) }
        let model = operands.first { $0.shape == shape && !$0.isContiguous }
        let strides = model.map { ShapeRule.denseStrides(shape, like: $0.strides) } ?? ShapeRule.contiguousStrides(shape)
        return try run(operands, compute, shape: shape, strides: strides, resultType, into: destination)
    }

    /// The general case: a program of one instruction, which may wait if it is large.
    private func run(_ operands: [Tensor], _ compute: DType, shape: Shape, strides: [Int], _ resultType: DType,
                     into destination: Tensor?) throws(TensorError) -> Tensor {
        let program = ElementwiseProgram(
            inputCount: operands.count, instructions: [.init(operation: self, operands: Array(0..<operands.count))],
            results: [operands.count], compute: compute)
        guard let destination else { return Tensor.result(of: program, operands, shape: shape, strides: strides, dtype: resultType) }
        guard destination.shape == shape else {
            throw TensorError("the result has shape \(shape), which does not fit into \(destination.shape)")
        }
        if operands.contains(where: \.isDeferred) {
            FusedRun.compute(program, operands, into: destination)
        } else {
            destination.device.backend.elementwise(program, operands, into: [destination])
        }
        return destination
    }

    /// Integer division by zero has no value to return.
    private func checkDivisors(_ operands: [Tensor], _ compute: DType) throws(TensorError) {
        guard !compute.isDifferentiable else { return }
        if name == "pow" { return try checkPower(operands[0], exponent: operands[1]) }
        guard Self.dividing.contains(name) else { return }
        let zeros = try ScalarOperator.named("eq").evaluate([operands[1], Tensor(wrapping: .int(0))])
        if zeros.count > 0 && zeros.any().item(as: Bool.self) { throw TensorError("integer division by zero") }
    }
    private static let dividing: Set = ["floor_divide", "trunc_divide", "remainder", "fmod"]

    /// A negative number as the exponent of integers is a mistake; a tensor of exponents may have some, whose powers are rounded to zero.
    private func checkPower(_ base: Tensor, exponent: Tensor) throws(TensorError) {
        guard exponent.body.isWrappedNumber && exponent.item() < 0 && !base.body.isWrappedNumber else { return }
        throw TensorError("integers to negative integer powers are no integers; convert with to(.float32), say")
    }

    /// Rows that have no value for bool operands, though they have one for integers.
    private static let withoutTruthValues: Set = [
        "neg", "sub", "abs", "floor", "ceil", "round", "trunc", "frac", "relu", "pow", "floor_divide", "trunc_divide", "remainder", "fmod",
        "gcd", "lcm", "bitwise_left_shift", "bitwise_right_shift",
    ]
}

/// Derivative expressions, parsed when first needed: a program that never differentiates parses none.
private final class LazyExpressions: Sendable {
    private let texts: [String?]
    // Lazily through a dictionary of the whole table would tie rows together; parsing costs microseconds and happens once per use site.
    private let parsed: Once<[ScalarExpression?]>

    init(_ texts: [String?]) {
        self.texts = texts
        parsed = Once { texts.map { $0.map(ScalarExpression.init) } }
    }

    subscript(i: Int) -> ScalarExpression? { i < texts.count ? parsed.value[i] : nil }
}

extension [Tensor] {
    /// Operands that may be missing.
    var second: Tensor? { count > 1 ? self[1] : nil }
    var third: Tensor? { count > 2 ? self[2] : nil }
}

extension Substring {
    fileprivate func trimmingCharacters() -> String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
