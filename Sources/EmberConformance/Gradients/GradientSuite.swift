import Ember

/// The recorded calls as points at which gradients, and gradients of gradients, are compared with differences
/// (`--gradients`): every operator, with every combination of arguments that was recorded, on operands without and
/// with gaps in memory.
enum GradientSuite: Suite {
    static let folder = "ops"

    static func subject(_ line: JSON) -> String { OperatorSuite.subject(line) }

    static func outcome(_ line: JSON, _ tensors: SafeTensorsFile) -> Outcome {
        do {
            try run(line, tensors)
            return .passed(byTypes: false)
        } catch is DirectionalDerivative.NotDifferentiable {
            return .unsupported(reason: "points without a derivative", detail: subject(line))
        } catch let error as Unsupported {
            return .unsupported(reason: error.reason, detail: error.detail)
        } catch {
            return .failed("\(error)".replacing("\n", with: " "))
        }
    }

    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws {
        guard let chosen = line["diff_out"]?.arrayValue?.compactMap(\.integerValue), line["random"] == nil else {
            throw Unsupported("no gradient recorded", subject(line))
        }
        guard let call = OperatorSuite.calls[subject(line)] else { throw Unsupported("no such operator", subject(line)) }
        var decoder = Decoder(tensors: tensors, widened: true)
        _ = try OperatorSuite.decodeArguments(subject(line), line, &decoder)
        let point = decoder.leaves.map { $0.detach() }
        if DirectionRule.isAmbiguous(line, point) { throw Unsupported("rules that differences do not follow", subject(line)) }
        let projection = DirectionRule.projection(of: line)
        let directions = try point.enumerated().map { try projection($0, DirectionalDerivative.weights($1.shape, $0 + 3)) }
        for layout in ["as recorded", "with gaps in memory"] {
            let derivative = DirectionalDerivative(
                function: { leaves in
                    let placed = layout == "as recorded" ? leaves : leaves.map { $0.nonContiguous() }
                    var decoder = Decoder(tensors: tensors, widened: true, replacingLeaves: placed)
                    let arguments = try OperatorSuite.decodeArguments(subject(line), line, &decoder)
                    let outputs = try call(arguments).flattened
                    return try chosen.map { index in
                        guard index < outputs.count, case .tensor(let output) = outputs[index] else {
                            throw Failure("output \(index) is no tensor")
                        }
                        // A conversion to a narrower type is a staircase.
                        guard output.dtype == .float64 else { throw DirectionalDerivative.NotDifferentiable() }
                        return output
                    }
                }, point: point, directions: directions)
            try checked { try derivative.check(layout) }
        }
    }
}
