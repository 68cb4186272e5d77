import EmberTensor

/// What a module holds directly, found by reflection.
struct ModuleMembers {
    enum Member {
        case parameter(Parameter)
        case buffer(Buffer)
        case module(Module)
    }

    var members: [(name: String, member: Member)] = []

    init(of module: Module) {
        // Superclasses first, as their properties are declared first.
        var mirrors: [Mirror] = []
        var mirror: Mirror? = Mirror(reflecting: module)
        while let current = mirror, current.subjectType != Module.self {
            mirrors.append(current)
            mirror = current.superclassMirror
        }
        let names = module.pathNames
        for mirror in mirrors.reversed() {
            for (label, value) in mirror.children {
                guard let label else { continue }
                let property = label.hasPrefix("_") ? String(label.dropFirst()) : label
                add(value, names[property] ?? Self.snakeCase(property))
            }
        }
    }

    private mutating func add(_ value: Any, _ name: String) {
        switch value {
        case let parameter as Parameter:
            members.append((name: name, member: .parameter(parameter)))
        case let buffer as Buffer:
            members.append((name: name, member: .buffer(buffer)))
        case let optional as OptionalParameter:
            if let parameter = optional.projectedValue { add(parameter, name) }
        case let optional as OptionalBuffer:
            if let buffer = optional.projectedValue { add(buffer, name) }
        case let module as Module:
            members.append((name: name, member: .module(module)))
        case is Tensor, is String, is Int, is Double, is Bool, is [Int]:
            return
        default:
            addElements(of: value, name)
        }
    }

    /// Arrays, tuples, dictionaries and optionals of modules and parameters.
    private mutating func addElements(of value: Any, _ name: String) {
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional:
            if let (_, wrapped) = mirror.children.first { add(wrapped, name) }
        case .collection:
            for (i, element) in mirror.children.enumerated() { add(element.value, Self.joined(name, "\(i)")) }
        case .tuple:
            for (i, element) in mirror.children.enumerated() {
                let label = element.label.flatMap { $0.hasPrefix(".") ? nil : Self.snakeCase($0) }
                add(element.value, Self.joined(name, label ?? "\(i)"))
            }
        case .dictionary:
            let entries = mirror.children.compactMap { child -> (String, Any)? in
                let pair = Array(Mirror(reflecting: child.value).children)
                return pair.count == 2 ? (String(describing: pair[0].value), pair[1].value) : nil
            }
            for (key, element) in entries.sorted(by: { $0.0 < $1.0 }) { add(element, Self.joined(name, key)) }
        default:
            return
        }
    }

    static func joined(_ path: String, _ name: String) -> String {
        path.isEmpty ? name : name.isEmpty ? path : path + "." + name
    }

    /// `runningMean` → `running_mean`: the field's state dicts are in Python's spelling.
    static func snakeCase(_ name: String) -> String {
        var result = ""
        for character in name {
            if character.isUppercase {
                if let last = result.last, last != "_" { result.append("_") }
                result += character.lowercased()
            } else {
                result.append(character)
            }
        }
        return result
    }
}

extension Module {
    /// The members as they are listed: parametrized parameters are represented by what their values are computed from, behind the others
    /// (PyTorch registers it later than them).
    final func listedMembers() -> [(name: String, member: ModuleMembers.Member)] {
        var own = members(), replaced: [(name: String, member: ModuleMembers.Member)] = []
        own.removeAll { name, member in
            guard case .parameter(let parameter) = member, let origin = parameter.origin else { return false }
            replaced += origin.listed(inPlaceOf: name)
            return true
        }
        return own + replaced
    }
}

/// Everything in a module tree with its path, in the order of declaration.
struct ModuleListing {
    var modules: [(path: String, module: Module)] = []
    /// Under every path, also when one object is reachable by several.
    var parameters: [(path: String, parameter: Parameter)] = []
    var buffers: [(path: String, buffer: Buffer)] = []
    /// Parameters and buffers in the order of a state dict: of each module first its parameters, then its buffers, then its children.
    var state: [(path: String, member: ModuleMembers.Member)] = []
    let generation: Int

    init(of module: Module) {
        generation = ModuleGeneration.current
        var ancestors: Set<ObjectIdentifier> = []
        visit(module, "", &ancestors)
    }

    private mutating func visit(_ module: Module, _ path: String, _ ancestors: inout Set<ObjectIdentifier>) {
        // A property that leads back to a parent is no child.
        guard ancestors.insert(ObjectIdentifier(module)).inserted else { return }
        defer { ancestors.remove(ObjectIdentifier(module)) }
        modules.append((path, module))
        let members = module.listedMembers()
        for (name, member) in members {
            guard case .parameter(let parameter) = member else { continue }
            parameters.append((ModuleMembers.joined(path, name), parameter))
            state.append((ModuleMembers.joined(path, name), member))
        }
        for (name, member) in members {
            guard case .buffer(let buffer) = member else { continue }
            buffers.append((ModuleMembers.joined(path, name), buffer))
            if buffer.isPersistent { state.append((ModuleMembers.joined(path, name), member)) }
        }
        for (name, member) in members {
            guard case .module(let child) = member else { continue }
            visit(child, ModuleMembers.joined(path, name), &ancestors)
        }
    }
}
