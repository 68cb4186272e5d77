import Ember

/// `errors/`: calls that must fail. A `TensorError` inside `checked` is right, and so is a call that Swift's types
/// forbid.
enum ErrorSuite: Suite {
    static let folder = "errors"

    static func subject(_ line: JSON) -> String { OperatorSuite.subject(line) }

    static func outcome(_ line: JSON, _ tensors: SafeTensorsFile) -> Outcome {
        do {
            try run(line, tensors)
            return .passed(byTypes: false)
        } catch is IllTyped {
            return .passed(byTypes: true)
        } catch let error as Unsupported {
            return .unsupported(reason: error.reason, detail: error.detail)
        } catch {
            return .failed("\(error)".replacing("\n", with: " "))
        }
    }

    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws {
        let name = OperatorSuite.subject(line)
        guard line["kwargs"]?["out"] == nil else {
            throw Unsupported("out= arguments: Ember's functions return values")
        }
        guard let call = OperatorSuite.calls[name] else { throw Unsupported("no such operator", name) }
        var decoder = Decoder(tensors: tensors)
        do {
            var result = Value.none
            // Making the operands counts too: a tensor of more dimensions than Ember has fails there.
            let arguments = try checked {
                let arguments = try OperatorSuite.decodeArguments(name, line, &decoder)
                result = try call(arguments)
                return arguments
            }
            guard arguments.unused.isEmpty else {
                throw Unsupported(
                    "arguments Ember does not have", "\(name): \(arguments.unused.joined(separator: ", "))")
            }
            throw Failure("returned \(result.kind), PyTorch says: \(line["says"]?.stringValue ?? "")")
        } catch is TensorError {
        }
    }
}
