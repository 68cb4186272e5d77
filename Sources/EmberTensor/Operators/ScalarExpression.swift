/// A derivative's text, such as `"g * (1 - y * y)"`, understood.
///
/// Evaluated over tensors it is either one element-wise program (one pass over memory), or, when the gradient itself is to be
/// differentiated, a composition of recorded operators.
///
/// Over complex numbers the gradient of y = f(a) is g · conj(f'(a)), the conjugate of Wirtinger's derivative, as in PyTorch. As every text
/// is linear in g, that is conj(text) with conj(g) in the place of g. Grammar, by rising precedence:
/// `?:`, `||`, `&&`, comparisons, `+ -`, `* /`, unary `-`, then numbers, variables, calls of rows of the scalar table, parentheses.
struct ScalarExpression: Sendable {
    /// What a text may speak of: the operands, the result, and its cotangent.
    enum Variable: Character, Sendable { case a = "a", b = "b", c = "c", y = "y", g = "g" }

    /// The tensors that the variables stand for; those that a text does not mention may be missing.
    struct Values {
        let cotangent: Tensor
        let result: Tensor?
        let operands: [Tensor]

        subscript(variable: Variable) -> Tensor {
            let value: Tensor? = switch variable {
            case .g: cotangent
            case .y: result
            case .a: operands.first
            case .b: operands.count > 1 ? operands[1] : nil
            case .c: operands.count > 2 ? operands[2] : nil
            }
            guard let value else { preconditionFailure("no value for \(variable)") }
            return value
        }
    }

    private indirect enum Node: Sendable {
        case variable(Variable)
        case constant(Double)
        case call(ScalarOperator, [Node])

        /// The conjugate, which undoes itself and passes through a sign.
        var conjugated: Node {
            switch self {
            case .constant: self
            case .call(let operation, let operands) where operation.name == "conj": operands[0]
            case .call(let operation, let operands) where operation.name == "neg": .call(operation, operands.map(\.conjugated))
            default: .call(.named("conj"), [self])
            }
        }

        func replacing(_ variable: Variable, with node: Node) -> Node {
            switch self {
            case .variable(variable): node
            case .variable, .constant: self
            case .call(let operation, let operands): .call(operation, operands.map { $0.replacing(variable, with: node) })
            }
        }
    }

    /// The text as one element-wise program, whose type is left open, over `variables`.
    private struct Compiled: Sendable {
        var variables: [Variable] = []
        var program = ElementwiseProgram(inputCount: 0, compute: .float32)
    }

    private let root, complexRoot: Node
    private let compiled, complexCompiled: Compiled

    init(_ text: String) {
        var parser = Parser(text)
        root = parser.expression()
        complexRoot = root.replacing(.g, with: Node.variable(.g).conjugated).conjugated
        parser.expectEnd()
        compiled = Self.compile(root, isComplex: false)
        complexCompiled = Self.compile(complexRoot, isComplex: true)
    }

    /// The variables that `text` mentions.
    static func variables(_ text: String) -> [Variable] {
        Parser.tokens(text).compactMap { $0.count == 1 ? $0.first.flatMap(Variable.init) : nil }
    }

    /// The value for these variables; computed in `dtype`.
    func evaluate(_ values: Values, dtype: DType) -> Tensor {
        if isGradEnabled { return compose(dtype.isComplex ? complexRoot : root, values) }
        return fuse(dtype.isComplex ? complexCompiled : compiled, values, dtype)
    }

    private func compose(_ node: Node, _ values: Values) -> Tensor {
        switch node {
        case .variable(let variable):
            return values[variable]
        case .constant(let value):
            return Tensor(wrapping: .double(value))
        case .call(let operation, let operands):
            let composed = operands.map { compose($0, values) }
            if Self.isIdentity(operation, isComplex: composed[0].dtype.isComplex) { return composed[0] }
            switch composed.count {
            case 1: return operation(composed[0])
            case 2: return operation(composed[0], composed[1])
            default: return operation(composed[0], composed[1], composed[2])
            }
        }
    }

    /// Conjugates and real parts of real numbers: texts serve both kinds.
    private static func isIdentity(_ operation: ScalarOperator, isComplex: Bool) -> Bool {
        !isComplex && (operation.name == "conj" || operation.name == "real")
    }

    private func fuse(_ compiled: Compiled, _ values: Values, _ dtype: DType) -> Tensor {
        if compiled.program.instructions.isEmpty, let only = compiled.variables.first { return values[only] }
        var program = compiled.program
        program.compute = dtype
        let operands = compiled.variables.map { values[$0] }
        do throws(TensorError) {
            var shape = operands.first?.shape ?? []
            for operand in operands.dropFirst() { shape = try ShapeRule.broadcast(shape, operand.shape) }
            let model = operands.first { $0.shape == shape }
            let strides = model.map { $0.isContiguous ? ShapeRule.contiguousStrides(shape, sharing: $0.strides)
                                                      : ShapeRule.denseStrides(shape, like: $0.strides) }
            return Tensor.result(of: program, operands, shape: shape, strides: strides ?? ShapeRule.contiguousStrides(shape), dtype: dtype)
        } catch {
            error.report(in: "gradient", operands: operands)
            return .inert
        }
    }

    // MARK: Compilation

    private static func compile(_ root: Node, isComplex: Bool) -> Compiled {
        var compiled = Compiled()
        collect(root, &compiled)
        compiled.program.inputCount = compiled.variables.count
        compiled.program.results = [emit(root, &compiled, isComplex)]
        return compiled
    }

    private static func collect(_ node: Node, _ compiled: inout Compiled) {
        switch node {
        case .variable(let variable): if !compiled.variables.contains(variable) { compiled.variables.append(variable) }
        case .constant(let value): if !compiled.program.constants.contains(value) { compiled.program.constants.append(value) }
        case .call(_, let operands): for operand in operands { collect(operand, &compiled) }
        }
    }

    /// Appends the instructions for `node` and returns its register.
    private static func emit(_ node: Node, _ compiled: inout Compiled, _ isComplex: Bool) -> Int {
        let firstConstant = compiled.variables.count, firstResult = firstConstant + compiled.program.constants.count
        switch node {
        case .variable(let variable):
            return compiled.variables.firstIndex(of: variable) ?? 0
        case .constant(let value):
            return firstConstant + (compiled.program.constants.firstIndex(of: value) ?? 0)
        case .call(let operation, let operands):
            let registers = operands.map { emit($0, &compiled, isComplex) }
            if isIdentity(operation, isComplex: isComplex) { return registers[0] }
            // The same call on the same registers has the same value.
            if let same = compiled.program.instructions.firstIndex(where: { $0.operation === operation && $0.operands == registers }) {
                return firstResult + same
            }
            compiled.program.instructions.append(.init(operation: operation, operands: registers))
            return firstResult + compiled.program.instructions.count - 1
        }
    }

    /// Recursive descent. The texts are Ember's own, so a mistake in one stops the program (a test parses them all).
    private struct Parser {
        private let tokens: [String]
        private var position = 0

        init(_ text: String) { tokens = Self.tokens(text) }

        static func tokens(_ text: String) -> [String] {
            var result: [String] = []
            var characters = Array(text)[...]
            while let first = characters.first {
                if first == " " {
                    characters.removeFirst()
                } else if first.isLetter || first == "_" {
                    let word = characters.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                    result.append(String(word))
                    characters.removeFirst(word.count)
                } else if first.isNumber {
                    let number = characters.prefix { $0.isNumber || $0 == "." }
                    result.append(String(number))
                    characters.removeFirst(number.count)
                } else {
                    let pair = String(characters.prefix(2))
                    let symbol = ["==", "!=", "<=", ">=", "&&", "||"].contains(pair) ? pair : String(first)
                    result.append(symbol)
                    characters.removeFirst(symbol.count)
                }
            }
            return result
        }

        private mutating func accept(_ token: String) -> Bool {
            guard position < tokens.count, tokens[position] == token else { return false }
            position += 1
            return true
        }

        private mutating func expect(_ token: String) {
            precondition(accept(token), "expected \(token) in \(tokens.joined(separator: " "))")
        }

        func expectEnd() {
            precondition(position == tokens.count, "unexpected \(tokens[position...].joined(separator: " "))")
        }

        private func call(_ name: String, _ operands: Node...) -> Node { .call(.named(name), operands) }

        mutating func expression() -> Node {
            let condition = disjunction()
            guard accept("?") else { return condition }
            let yes = expression()
            expect(":")
            return call("where", condition, yes, expression())
        }

        private mutating func disjunction() -> Node {
            var left = conjunction()
            while accept("||") { left = call("logical_or", left, conjunction()) }
            return left
        }

        private mutating func conjunction() -> Node {
            var left = comparison()
            while accept("&&") { left = call("logical_and", left, comparison()) }
            return left
        }

        private mutating func comparison() -> Node {
            let left = sum()
            for (symbol, name) in [("==", "eq"), ("!=", "ne"), ("<=", "le"), (">=", "ge"), ("<", "lt"), (">", "gt")]
            where accept(symbol) {
                return call(name, left, sum())
            }
            return left
        }

        private mutating func sum() -> Node {
            var left = product()
            while true {
                if accept("+") { left = call("add", left, product()) }
                else if accept("-") { left = call("sub", left, product()) }
                else { return left }
            }
        }

        private mutating func product() -> Node {
            var left = unary()
            while true {
                if accept("*") { left = call("mul", left, unary()) }
                else if accept("/") { left = call("div", left, unary()) }
                else { return left }
            }
        }

        private mutating func unary() -> Node {
            guard accept("-") else { return primary() }
            let operand = unary()
            if case .constant(let value) = operand { return .constant(-value) }
            return call("neg", operand)
        }

        private mutating func primary() -> Node {
            if accept("(") {
                let inner = expression()
                expect(")")
                return inner
            }
            precondition(position < tokens.count, "unexpected end of \(tokens.joined(separator: " "))")
            let token = tokens[position]
            position += 1
            if let value = Double(token) { return .constant(value) }
            guard accept("(") else {
                guard token.count == 1, let variable = token.first.flatMap(Variable.init) else { preconditionFailure("unknown \(token)") }
                return .variable(variable)
            }
            var operands = [expression()]
            while accept(",") { operands.append(expression()) }
            expect(")")
            return .call(.named(token), operands)
        }
    }
}
