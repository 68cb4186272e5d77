/// A derivative's text, such as `"g * (1 - y * y)"`, understood.
///
/// Evaluated over tensors it is either one element-wise program (one pass over memory), or, when the gradient itself is to be
/// differentiated, a composition of recorded operators.
///
/// Over complex numbers the gradient of y = f(a) is g · conj(f'(a)), the conjugate of Wirtinger's derivative, as in PyTorch. As every text
/// is linear in g, that is conj(text) with conj(g) in the place of g. Grammar, by rising precedence:
/// `?:`, `||`, `&&`, comparisons, `+ -`, `* /`, unary `-`, then numbers, variables, calls of rows of the scalar table, parentheses.
struct ScalarExpression: Sendable {
    private indirect enum Node: Sendable {
        case variable(String)
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

        func replacing(_ name: String, with node: Node) -> Node {
            switch self {
            case .variable(name): node
            case .variable, .constant: self
            case .call(let operation, let operands): .call(operation, operands.map { $0.replacing(name, with: node) })
            }
        }
    }

    private let root: Node
    private let complexRoot: Node

    init(_ text: String) {
        var parser = Parser(text)
        root = parser.expression()
        complexRoot = root.replacing("g", with: Node.variable("g").conjugated).conjugated
        parser.expectEnd()
    }

    /// The variables that `text` mentions.
    static func variables(_ text: String) -> [String] {
        Parser.tokens(text).filter { ["a", "b", "c", "y", "g"].contains($0) }
    }

    /// The value for these variables; computed in `dtype`.
    func evaluate(_ variables: [String: Tensor], dtype: DType) -> Tensor {
        let root = dtype.isComplex ? complexRoot : root
        if isGradEnabled { return compose(root, variables) }
        return fuse(root, variables, dtype)
    }

    private func compose(_ node: Node, _ variables: [String: Tensor]) -> Tensor {
        switch node {
        case .variable(let name):
            guard let value = variables[name] else { preconditionFailure("no value for \(name)") }
            return value
        case .constant(let value):
            return Tensor(wrapping: .double(value))
        case .call(let operation, let operands):
            let values = operands.map { compose($0, variables) }
            if Self.isIdentity(operation, on: values[0].dtype) { return values[0] }
            switch values.count {
            case 1: return operation(values[0])
            case 2: return operation(values[0], values[1])
            default: return operation(values[0], values[1], values[2])
            }
        }
    }

    /// Conjugates and real parts of real numbers: texts serve both kinds.
    private static func isIdentity(_ operation: ScalarOperator, on dtype: DType) -> Bool {
        !dtype.isComplex && (operation.name == "conj" || operation.name == "real")
    }

    private func fuse(_ root: Node, _ variables: [String: Tensor], _ dtype: DType) -> Tensor {
        if case .variable(let name) = root, let value = variables[name] { return value }
        var names: [String] = []
        collect(root, &names)
        let operands = names.compactMap { variables[$0] }
        var program = ElementwiseProgram(inputCount: operands.count, compute: dtype)
        countConstants(root, &program.constants)
        let result = emit(root, names, &program)
        program.results = [result]
        do throws(TensorError) {
            var shape: Shape = []
            for operand in operands { shape = try ShapeRule.broadcast(shape, operand.shape) }
            let model = operands.first { $0.shape == shape }
            let strides = model.flatMap { $0.isContiguous ? nil : ShapeRule.denseStrides(shape, like: $0.strides) }
            return Tensor.result(of: program, operands, shape: shape, strides: strides ?? ShapeRule.contiguousStrides(shape), dtype: dtype)
        } catch {
            error.report(in: "gradient", operands: operands)
            return .inert
        }
    }

    private func collect(_ node: Node, _ names: inout [String]) {
        switch node {
        case .variable(let name): if !names.contains(name) { names.append(name) }
        case .constant: break
        case .call(_, let operands): for operand in operands { collect(operand, &names) }
        }
    }

    private func countConstants(_ node: Node, _ constants: inout [Double]) {
        switch node {
        case .variable: break
        case .constant(let value): if !constants.contains(value) { constants.append(value) }
        case .call(_, let operands): for operand in operands { countConstants(operand, &constants) }
        }
    }

    /// Appends the instructions for `node` and returns its register.
    private func emit(_ node: Node, _ names: [String], _ program: inout ElementwiseProgram) -> Int {
        switch node {
        case .variable(let name):
            return names.firstIndex(of: name) ?? 0
        case .constant(let value):
            return program.inputCount + (program.constants.firstIndex(of: value) ?? 0)
        case .call(let operation, let operands):
            let registers = operands.map { emit($0, names, &program) }
            if Self.isIdentity(operation, on: program.compute) { return registers[0] }
            // The same call on the same registers has the same value.
            if let same = program.instructions.firstIndex(where: { $0.operation === operation && $0.operands == registers }) {
                return program.inputCount + program.constants.count + same
            }
            program.instructions.append(.init(operation: operation, operands: registers))
            return program.inputCount + program.constants.count + program.instructions.count - 1
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
            guard accept("(") else { return .variable(token) }
            var operands = [expression()]
            while accept(",") { operands.append(expression()) }
            expect(")")
            return .call(.named(token), operands)
        }
    }
}
