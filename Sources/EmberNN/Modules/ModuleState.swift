import EmberTensor

extension Module {
    /// Parameters and persistent buffers by path: a snapshot that costs no copy. PyTorch: `Module.state_dict`.
    public final func stateDict() -> StateDict {
        var state = StateDict(stateMembers().map { path, member in
            switch member {
            case .parameter(let parameter): (path, parameter.value.detach())
            case .buffer(let buffer): (path, buffer.value.detach())
            case .module: preconditionFailure("modules are no state")
            }
        })
        for (path, module) in namedModules() {
            if let extra = module.extraState() { state[ModuleMembers.joined(path, Self.extraStateName)] = extra.detach() }
        }
        return state
    }

    private static var extraStateName: String { "_extra_state" }

    /// Takes over the values of a state dict, converted to the types of this model. PyTorch: `Module.load_state_dict`.
    ///
    /// - Parameter strict: whether missing and unexpected paths are errors. Different shapes always are, and then nothing is changed.
    /// - Returns: the paths that were missing and those that were unexpected, when not `strict`.
    @discardableResult
    public final func loadStateDict(_ state: StateDict, strict: Bool = true) throws -> (missing: [String], unexpected: [String]) {
        let own = stateMembers()
        let extras = namedModules().compactMap { path, module in
            module.extraState() == nil ? nil : (path: ModuleMembers.joined(path, Self.extraStateName), module: module)
        }
        var missing: [String] = []
        var misshapen: [(path: String, expected: Shape, found: Shape)] = []
        for (path, member) in own {
            guard let tensor = state[path] else { missing.append(path); continue }
            let shape = switch member {
            case .parameter(let parameter): parameter.shape
            case .buffer(let buffer): buffer.value.shape
            case .module: tensor.shape
            }
            if shape != tensor.shape { misshapen.append((path, shape, tensor.shape)) }
        }
        missing += extras.map(\.path).filter { state[$0] == nil }
        let paths = Set(own.map(\.path) + extras.map(\.path))
        let unexpected = state.keys.filter { !paths.contains($0) }
        if !misshapen.isEmpty || strict && !(missing.isEmpty && unexpected.isEmpty) {
            throw StateDictError(missing: strict ? missing : [], unexpected: strict ? unexpected : [], misshapen: misshapen)
        }
        for (path, member) in own {
            guard let tensor = state[path]?.detach() else { continue }
            switch member {
            case .parameter(let parameter): parameter.value = tensor.to(parameter.dtype).contiguous()
            case .buffer(let buffer): buffer.value = tensor.to(buffer.value.dtype).contiguous()
            case .module: continue
            }
        }
        for (path, module) in extras {
            if let extra = state[path] { try module.loadExtraState(extra) }
        }
        return (missing, unexpected)
    }

    /// Runs `body` with other tensors in the place of the parameters and buffers that `values` names; afterwards those are as they were.
    /// The tensors take part in gradients as they are: what they were computed from gets its share.
    /// PyTorch: `torch.func.functional_call`.
    ///
    ///     let adapted = StateDict(zip(paths, gradients).map { path, g in (path, weights[path] - 0.1 * g) })
    ///     let loss = net.with(adapted) { crossEntropy(net(x), labels) }
    public final func with<Result>(_ values: StateDict, _ body: () throws -> Result) rethrows -> Result {
        var undo: [() -> Void] = []
        defer { for step in undo.reversed() { step() } }
        for (path, tensor) in values {
            guard let (_, member) = stateMembers().first(where: { $0.path == path }) else {
                TensorError("\(type(of: self)) has no parameter or buffer \(path)").report(in: "Module.with")
                continue
            }
            switch member {
            case .parameter(let parameter):
                guard parameter.shape == tensor.shape else {
                    TensorError("\(path) has shape \(parameter.shape), the tensor for it \(tensor.shape)").report(in: "Module.with")
                    continue
                }
                let own = parameter.exchange(tensor)
                undo.append { _ = parameter.exchange(own) }
            case .buffer(let buffer):
                let own = buffer.value
                buffer.value = tensor
                undo.append { buffer.value = own }
            case .module: continue
            }
        }
        return try body()
    }
}
