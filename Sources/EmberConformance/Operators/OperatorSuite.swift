import Ember

/// How a recorded call is made with Ember's API.
typealias OperatorCall = @Sendable (Arguments) throws -> Value

/// `ops/`: values and gradients of operators.
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
        pointwiseCalls, reductionCalls, creationCalls, viewCalls, shapingCalls, indexingCalls, orderingCalls, linearCalls, activationCalls,
        networkCalls, lossCalls, poolingCalls, specialCalls,
    ]

    static func subject(_ line: JSON) -> String {
        let name = line["op"]?.stringValue ?? ""
        return name.hasPrefix("nn.functional.") ? "F." + name.dropFirst(14) : name
    }

    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws {
        let name = subject(line)
        guard let call = calls[name] else { throw Unsupported("no such operator", name) }
        var decoder = Decoder(tensors: tensors)
        let arguments = try decodeArguments(name, line, &decoder)
        var result = Value.none
        try checked { result = try call(arguments) }
        guard arguments.unused.isEmpty else { throw Unsupported("arguments Ember does not have", "\(name): \(arguments.unused.joined(separator: ", "))") }
        let random = line["random"]?.booleanValue ?? false
        try Comparison.check(result, try decoder.decoded(line["out"]), "result", randomly: random)
        if !random { try Gradients.check(line, of: result, decoder) }
    }

    static func decodeArguments(_ name: String, _ line: JSON, _ decoder: inout Decoder) throws -> Arguments {
        var positional: [Value] = []
        if line.objectValue?["input"] != nil { positional.append(try decoder.value(line["input"], asInput: true)) }
        for argument in line["args"]?.arrayValue ?? [] { positional.append(try decoder.value(argument, asInput: true)) }
        var named: [(name: String, value: Value)] = []
        for member in line["kwargs"]?.objectValue ?? JSONObject() {
            named.append((member.name, try decoder.value(member.value, asInput: true)))
        }
        return Arguments(operation: name, variant: line["variant"]?.stringValue ?? "", positional: positional, named: named)
    }
}

/// The recorded gradients: of the weighted sum of outputs with respect to each leaf.
enum Gradients {
    /// Checks those of `decoder`'s leaves; returns the derivatives of the same sum for `others` (a layer's parameters).
    @discardableResult
    static func check(_ line: JSON, of result: Value, _ decoder: Decoder, others: [Tensor] = []) throws -> [Tensor?] {
        guard let chosen = line["diff_out"]?.arrayValue, let weights = line["cot"]?.arrayValue else { return [] }
        let outputs = result.flattened, leaves = decoder.leaves
        var differentiated: [Tensor] = []
        var cotangents: [Tensor] = []
        for (index, weight) in zip(chosen, weights) {
            guard let index = index.integerValue, index < outputs.count, case .tensor(let output) = outputs[index],
                  let key = weight["t"]?.stringValue else { throw Failure("output \(index.encoded) is no tensor") }
            guard output.requiresGrad else { continue }
            differentiated.append(output)
            cotangents.append(try decoder.tensor(key))
        }
        var found = [Tensor?](repeating: nil, count: leaves.count + others.count)
        if !differentiated.isEmpty { try checked { found = gradients(of: differentiated, with: leaves + others, cotangents: cotangents) } }
        for (i, entry) in (line["grads"]?.arrayValue ?? []).enumerated() where i < leaves.count {
            guard let key = entry["t"]?.stringValue else {
                if let gradient = found[i], gradient.array(of: Double.self).contains(where: { $0 != 0 }) {
                    throw Failure("gradient \(i) is not zero, expected none")
                }
                continue
            }
            let wanted = try decoder.tensor(key)
            let gradient = found[i] ?? wanted.zerosLike()
            do {
                try Comparison.check(gradient, wanted, "gradient \(i)")
            } catch let mismatch as Failure {
                // One tensor given twice was recorded as two with the same values; each then got the gradient of both.
                let twins = leaves.indices.filter { $0 != i && leaves[$0].dtype == leaves[i].dtype && leaves[$0].equal(leaves[i]) }
                guard !twins.isEmpty else { throw mismatch }
                try Comparison.check(twins.reduce(gradient) { $0 + (found[$1] ?? wanted.zerosLike()) }, wanted, "gradient \(i)")
            }
        }
        return Array(found.dropFirst(leaves.count))
    }
}
