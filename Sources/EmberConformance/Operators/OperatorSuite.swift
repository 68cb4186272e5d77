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
        pointwiseCalls, reductionCalls, creationCalls, viewCalls, shapingCalls, indexingCalls, orderingCalls,
        linearCalls, linearAlgebraCalls, activationCalls, complexCalls,
        networkCalls, lossCalls, poolingCalls, specialCalls, histogramCalls, spatialCalls, windowCalls,
        fourierCalls,
    ]

    static func subject(_ line: JSON) -> String {
        let name = line["op"]?.stringValue ?? ""
        return name.hasPrefix("nn.functional.") ? "F." + name.dropFirst(14) : name
    }

    /// Where PyTorch's float64 answers are less exact than the tolerance: how much wider it is. Its Bessel functions
    /// are good to 4e-7 (SciPy's and Ember's agree to 1e-14).
    private static let loosened = [
        "special.bessel_j0": 10.0, "special.bessel_j1": 10, "special.bessel_y0": 10, "special.bessel_y1": 10,
    ]

    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws {
        let name = subject(line)
        guard let call = calls[name] else { throw Unsupported("no such operator", name) }
        let random = line["random"]?.booleanValue ?? false
        try Judgement.run(randomly: random, loosened: loosened[name] ?? 1) {
            try findings(name, call, line, tensors, random, widened: $0)
        }
        if name == "as_strided_scatter", line["grads"] != nil {
            throw Unsupported(
                "gradients that PyTorch computes wrongly",
                "as_strided_scatter: its gradient of the input is that of the part written over, not of the rest"
            )
        }
    }

    private static func findings(
        _ name: String, _ call: OperatorCall, _ line: JSON, _ tensors: SafeTensorsFile, _ random: Bool, widened: Bool
    ) throws -> [Finding] {
        var decoder = Decoder(tensors: tensors, widened: widened)
        let arguments = try decodeArguments(name, line, &decoder)
        var result = Value.none
        try checked { result = try call(arguments) }
        guard arguments.unused.isEmpty else {
            throw Unsupported("arguments Ember does not have", "\(name): \(arguments.unused.joined(separator: ", "))")
        }
        let expected = try decoder.decoded(line["out"])
        if random || arguments.isRandom { return [Finding("result", result, expected, randomly: true)] }
        if let judged = try GaugeRule.judged(result, expected, name) {
            return judged.findings + (try Gradients.findings(line, of: judged.aligned, decoder))
        }
        let (settled, hasTies) = try TieRule.resolved(result, expected, arguments)
        let results = [Finding("result", settled, expected)]
        return hasTies || name == "as_strided_scatter"
            ? results : results + (try Gradients.findings(line, of: result, decoder))
    }

    static func decodeArguments(_ name: String, _ line: JSON, _ decoder: inout Decoder) throws -> Arguments {
        var positional: [Value] = []
        if line.objectValue?["input"] != nil { positional.append(try decoder.value(line["input"], asInput: true)) }
        for argument in line["args"]?.arrayValue ?? [] { positional.append(try decoder.value(argument, asInput: true)) }
        var named: [(name: String, value: Value)] = []
        for member in line["kwargs"]?.objectValue ?? JSONObject() {
            named.append((member.name, try decoder.value(member.value, asInput: true)))
        }
        return Arguments(
            operation: name, variant: line["variant"]?.stringValue ?? "", positional: positional, named: named)
    }
}
