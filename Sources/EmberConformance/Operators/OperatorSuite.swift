import Ember

/// How a recorded call is made with Ember's API.
typealias OperatorCall = @Sendable (Arguments) throws -> Value

/// `ops/` and `complex/`: values and gradients of operators.
enum OperatorSuite: Suite {
    static let folder = "ops"

    /// All mappings, by PyTorch's name.
    static let calls: [String: OperatorCall] = {
        var all: [String: OperatorCall] = [:]
        for family in families { all.merge(family) { _, _ in preconditionFailure("an operator is mapped twice") } }
        return all
    }()

    /// One dictionary a file of this folder.
    private static let families: [[String: OperatorCall]] = [
        pointwiseCalls,
    ]

    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws {
        let name = line["op"]?.stringValue ?? ""
        let variant = line["variant"]?.stringValue ?? ""
        guard let call = calls[name] else { throw Unsupported("operator \(name)") }
        var decoder = Decoder(tensors: tensors)
        let arguments = try decodeArguments(name, variant, line, &decoder)
        let leaves = decoder.leaves
        var result = Value.none
        try checked { result = try call(arguments) }
        guard arguments.unused.isEmpty else { throw Unsupported("\(name) with \(arguments.unused.joined(separator: ", "))") }
        let random = line["random"]?.booleanValue ?? false
        try Comparison.check(result, try decoder.value(line["out"]), "result", randomly: random)
        if !random { try checkGradients(line, result, leaves, decoder) }
    }

    static func decodeArguments(_ name: String, _ variant: String, _ line: JSON, _ decoder: inout Decoder) throws -> Arguments {
        var positional: [Value] = []
        if line.objectValue?["input"] != nil { positional.append(try decoder.value(line["input"], asInput: true)) }
        for argument in line["args"]?.arrayValue ?? [] { positional.append(try decoder.value(argument, asInput: true)) }
        var named: [(name: String, value: Value)] = []
        for member in line["kwargs"]?.objectValue ?? JSONObject() {
            named.append((member.name, try decoder.value(member.value, asInput: true)))
        }
        return Arguments(operation: name, variant: variant, positional: positional, named: named)
    }

    /// The derivative of the weighted sum of the outputs with respect to each leaf.
    static func checkGradients(_ line: JSON, _ result: Value, _ leaves: [Tensor], _ decoder: Decoder) throws {
        guard let expected = line["grads"]?.arrayValue, let chosen = line["diff_out"]?.arrayValue, let weights = line["cot"]?.arrayValue
        else { return }
        let outputs = result.flattened
        var differentiated: [Tensor] = []
        var cotangents: [Tensor] = []
        for (index, weight) in zip(chosen, weights) {
            guard let index = index.integerValue, index < outputs.count, case .tensor(let output) = outputs[index],
                  let key = weight["t"]?.stringValue else { throw Failure("output \(index.encoded) is no tensor") }
            guard output.requiresGrad else { continue }
            differentiated.append(output)
            cotangents.append(try decoder.tensor(key))
        }
        var found = [Tensor?](repeating: nil, count: leaves.count)
        try checked { found = gradients(of: differentiated, with: leaves, cotangents: cotangents) }
        for (i, entry) in expected.enumerated() where i < found.count {
            guard let key = entry["t"]?.stringValue else {
                if let gradient = found[i], gradient.array(of: Double.self).contains(where: { $0 != 0 }) {
                    throw Failure("gradient \(i) is not zero, expected none")
                }
                continue
            }
            let wanted = try decoder.tensor(key)
            try Comparison.check(found[i] ?? wanted.zerosLike(), wanted, "gradient \(i)")
        }
    }
}
