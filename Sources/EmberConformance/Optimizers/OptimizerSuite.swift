import Ember

/// `optim/`: twelve steps of every optimiser on a small problem, and thirty learning rates of every schedule.
enum OptimizerSuite: Suite {
    static let folder = "optim"

    static func subject(_ line: JSON) -> String { line["optim"]?.stringValue ?? line["scheduler"]?.stringValue ?? "" }

    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws {
        var decoder = Decoder(tensors: tensors)
        let arguments = try arguments(subject(line), line, &decoder)
        if line["scheduler"] != nil {
            try ScheduleCalls.run(line, arguments)
        } else {
            try descend(line, arguments, decoder)
        }
    }

    private static func arguments(_ name: String, _ line: JSON, _ decoder: inout Decoder) throws -> Arguments {
        var named: [(name: String, value: Value)] = []
        for member in line["kwargs"]?.objectValue ?? JSONObject() {
            named.append((member.name, try decoder.value(member.value)))
        }
        return Arguments(operation: name, positional: [], named: named)
    }

    private static func tensors(_ json: JSON?, _ decoder: Decoder) throws -> [Tensor] {
        guard case .list(let values) = try decoder.decoded(json) else { throw Failure("no tensors") }
        return try values.map {
            guard case .tensor(let tensor) = $0 else { throw Failure("no tensor") }
            return tensor
        }
    }

    private static func descend(_ line: JSON, _ arguments: Arguments, _ decoder: Decoder) throws {
        let parameters = try tensors(line["params"], decoder).map { Parameter($0) }
        guard case .tensor(let x) = try decoder.decoded(line["x"]),
            case .tensor(let y) = try decoder.decoded(line["y"]), parameters.count == 2,
            let trace = line["trace"]?.arrayValue
        else { throw Failure("the problem is incomplete") }
        try checked {
            guard let build = optimizerCalls[subject(line)] else {
                throw Unsupported("no such optimiser", subject(line))
            }
            let optimizer = try build(parameters, arguments)
            guard arguments.unused.isEmpty else {
                throw Unsupported(
                    "arguments Ember does not have", "\(subject(line)): \(arguments.unused.joined(separator: ", "))")
            }
            for (i, entry) in trace.enumerated() {
                let loss = optimizer.step {
                    optimizer.zeroGrad()
                    let p0 = parameters[0].value, p1 = parameters[1].value
                    let loss = (x.matmul(p0) - y).square().mean() + p1.square().sum() * 0.1 + p1.sin().sum() * 0.05
                    loss.backward()
                    return loss
                }
                guard let expected = entry["loss"]?.doubleValue else { throw Failure("no recorded loss") }
                try Comparison.check(
                    loss.detach(), Tensor([expected], shape: [], dtype: loss.dtype), "loss of step \(i)")
                for (k, expected) in try tensors(entry["params"], decoder).enumerated() {
                    try Comparison.check(parameters[k].value.detach(), expected, "parameter \(k) after step \(i)")
                }
            }
        }
    }
}
