import Ember

/// `modules/`: layers and losses built from their arguments, given their recorded state and run.
enum ModuleSuite: Suite {
    static let folder = "modules"

    static func subject(_ line: JSON) -> String {
        let name = line["module"]?.stringValue ?? ""
        return name.hasPrefix("nn.") ? String(name.dropFirst(3)) : name
    }

    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws {
        let name = subject(line)
        guard let build = moduleCalls[name] else { throw Unsupported("no such layer", name) }
        let random = line["random"]?.booleanValue ?? false
        try Judgement.run(randomly: random) { try findings(name, build, line, tensors, random, widened: $0) }
    }

    private static func findings(
        _ name: String, _ build: ModuleCall, _ line: JSON, _ tensors: SafeTensorsFile, _ random: Bool, widened: Bool
    ) throws -> [Finding] {
        var decoder = Decoder(tensors: tensors, widened: widened)
        let construction = try arguments(name, line["ctor_args"], line["ctor_kwargs"], &decoder, asInput: false)
        let call = try arguments(name, line["args"], line["kwargs"], &decoder, asInput: true)
        let state = try state(line["state"], decoder)
        var result = Value.none
        var module = Module()
        try checked {
            let built = try build(construction)
            module = built.module
            // Type and mode first: the state is converted to the type of the parameters.
            if let dtype = state.values.map(\.dtype).first(where: \.isFloatingPoint) { module.to(dtype) }
            try module.loadStateDict(StateDict(state))
            module.train(line["training"]?.booleanValue ?? true)
            result = try built.call(call)
        }
        for arguments in [construction, call] where !arguments.unused.isEmpty {
            throw Unsupported("arguments Ember does not have", "\(name): \(arguments.unused.joined(separator: ", "))")
        }
        var findings = [Finding("result", result, try decoder.decoded(line["out"]))]
        if random { return findings }
        let after = module.stateDict()
        for (key, expected) in try Self.state(line["state_after"], decoder).sorted(by: { $0.key < $1.key }) {
            guard let value = after[key] else { throw Failure("no \(key) in the state afterwards") }
            findings.append(Finding("\(key) afterwards", .tensor(value), .tensor(expected)))
        }
        let parameters = try (line["param_grads"]?.objectValue ?? JSONObject()).map { member in
            guard let parameter = module.parameter(at: member.name) else {
                throw Failure("no parameter \(member.name)")
            }
            return (name: member.name, value: parameter.value, expected: member.value)
        }
        return findings + (try Gradients.findings(line, of: result, decoder, others: parameters))
    }

    private static func arguments(
        _ name: String, _ positional: JSON?, _ named: JSON?, _ decoder: inout Decoder, asInput: Bool
    ) throws -> Arguments {
        Arguments(
            operation: name,
            positional: try (positional?.arrayValue ?? []).map { try decoder.value($0, asInput: asInput) },
            named: try (named?.objectValue ?? JSONObject()).map {
                ($0.name, try decoder.value($0.value, asInput: asInput))
            })
    }

    private static func state(_ json: JSON?, _ decoder: Decoder) throws -> [String: Tensor] {
        var state: [String: Tensor] = [:]
        for member in json?.objectValue ?? JSONObject() {
            guard case .tensor(let tensor) = try decoder.decoded(member.value) else {
                throw Failure("\(member.name) is no tensor")
            }
            state[member.name] = tensor
        }
        return state
    }
}

/// A module with how the recorded call is made on it.
struct BuiltModule {
    let module: Module
    let call: (Arguments) throws -> Value
}

/// How a layer is built from PyTorch's arguments.
typealias ModuleCall = @Sendable (Arguments) throws -> BuiltModule

/// All layers, by PyTorch's name.
let moduleCalls: [String: ModuleCall] = {
    var all: [String: ModuleCall] = [:]
    for family in [activationModules, layerModules, poolingModules, lossModules, sequenceModules] {
        all.merge(family) { _, _ in preconditionFailure("a layer is mapped twice") }
    }
    return all
}()

/// A layer of one tensor.
func layer(_ build: @escaping @Sendable (Arguments) throws -> any Layer) -> ModuleCall {
    { construction in
        let layer = try build(construction)
        return BuiltModule(module: layer) { .tensor(layer(try $0.tensor(0, "input"))) }
    }
}
