import EmberTensor

/// Layers one after the other. PyTorch: `torch.nn.Sequential`.
///
///     let net = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
///
/// The paths of the layers are "0", "1" and so on, or the names given.
public final class Sequential: Module, Layer {
    private var entries: [(name: String, layer: any Layer)]

    public init(_ layers: [any Layer]) { entries = layers.enumerated().map { ("\($0)", $1) } }

    public convenience init(_ layers: any Layer...) { self.init(layers) }

    /// Layers with names of their own, which become their path components.
    public init(named layers: KeyValuePairs<String, any Layer>) { entries = layers.map { ($0.key, $0.value) } }

    /// The layers in order.
    public var layers: [any Layer] { entries.map(\.layer) }

    public var count: Int { entries.count }

    /// The i-th layer; setting it exchanges the layer and keeps its name.
    public subscript(i: Int) -> any Layer {
        get { entries[i].layer }
        set {
            entries[i].layer = newValue
            structureDidChange()
        }
    }

    /// Adds a layer at the end.
    public func append(_ layer: any Layer) {
        entries.append(("\(entries.count)", layer))
        structureDidChange()
    }

    public func forward(_ input: Tensor) -> Tensor { entries.reduce(input) { $1.layer($0) } }

    override func members() -> [(name: String, member: ModuleMembers.Member)] { entries.map { ($0.name, .module($0.layer)) } }
}

/// A list of modules whose paths are "0", "1" and so on. An ordinary array property does the same. PyTorch: `torch.nn.ModuleList`.
public final class ModuleList<Element: Module>: Module {
    /// The modules in order.
    public var elements: [Element] { didSet { structureDidChange() } }

    public init(_ elements: [Element] = []) { self.elements = elements }

    public func append(_ element: Element) { elements.append(element) }

    /// Adds several at the end. PyTorch: `ModuleList.extend`.
    public func append(contentsOf more: some Sequence<Element>) { elements.append(contentsOf: more) }

    public func insert(_ element: Element, at i: Int) { elements.insert(element, at: i) }

    override func members() -> [(name: String, member: ModuleMembers.Member)] {
        elements.enumerated().map { ("\($0)", .module($1)) }
    }
}

extension ModuleList: Sequence {
    public func makeIterator() -> IndexingIterator<[Element]> { elements.makeIterator() }
    public var count: Int { elements.count }
    public subscript(i: Int) -> Element {
        get { elements[i] }
        set { elements[i] = newValue }
    }
}

/// What ``ModuleDict`` and ``ParameterDict`` share: values by name, in the order they were added.
public class ModuleDictionary<Value>: Module {
    fileprivate var entries: [(name: String, value: Value)] { didSet { structureDidChange() } }

    fileprivate init(_ entries: [(name: String, value: Value)]) { self.entries = entries }

    public final var count: Int { entries.count }

    /// The names in order.
    public final var keys: [String] { entries.map(\.name) }

    /// The values in order.
    public final var values: [Value] { entries.map(\.value) }

    /// Names and values in order. PyTorch: `items()`.
    public final var items: [(name: String, value: Value)] { entries }

    /// The value of that name; setting nil removes it.
    public final subscript(name: String) -> Value? {
        get { entries.first { $0.name == name }?.value }
        set {
            if let i = entries.firstIndex(where: { $0.name == name }) {
                if let newValue { entries[i].value = newValue } else { entries.remove(at: i) }
            } else if let newValue {
                entries.append((name, newValue))
            }
        }
    }

    /// Takes the value of that name out. PyTorch: `pop`.
    @discardableResult
    public final func removeValue(forKey name: String) -> Value? {
        defer { self[name] = nil }
        return self[name]
    }

    /// PyTorch: `clear`.
    public final func removeAll() { entries = [] }

    /// Adds values; of a name that exists already, the new one stays. PyTorch: `update`.
    public final func merge(_ others: some Sequence<(name: String, value: Value)>) {
        for (name, value) in others { self[name] = value }
    }
}

/// Modules by name, in the order they were added. PyTorch: `torch.nn.ModuleDict`.
public final class ModuleDict<Element: Module>: ModuleDictionary<Element> {
    public init(_ modules: KeyValuePairs<String, Element> = [:]) { super.init(modules.map { ($0.key, $0.value) }) }

    override func members() -> [(name: String, member: ModuleMembers.Member)] { entries.map { ($0.name, .module($0.value)) } }
}

/// Parameters by name, in the order they were added. PyTorch: `torch.nn.ParameterDict`.
public final class ParameterDict: ModuleDictionary<Parameter> {
    override public init(_ parameters: [(name: String, value: Parameter)] = []) { super.init(parameters) }

    override func members() -> [(name: String, member: ModuleMembers.Member)] { entries.map { ($0.name, .parameter($0.value)) } }
}

/// A list of parameters whose paths are "0", "1" and so on. PyTorch: `torch.nn.ParameterList`.
public final class ParameterList: Module {
    /// The parameters in order.
    public var elements: [Parameter] { didSet { structureDidChange() } }

    public init(_ elements: [Parameter] = []) { self.elements = elements }

    /// A parameter for each tensor.
    public convenience init(_ values: [Tensor]) { self.init(values.map { Parameter($0) }) }

    public func append(_ element: Parameter) { elements.append(element) }

    /// Adds several at the end. PyTorch: `ParameterList.extend`.
    public func append(contentsOf more: some Sequence<Parameter>) { elements.append(contentsOf: more) }

    override func members() -> [(name: String, member: ModuleMembers.Member)] {
        elements.enumerated().map { ("\($0)", .parameter($1)) }
    }
}

extension ParameterList: Sequence {
    public func makeIterator() -> IndexingIterator<[Parameter]> { elements.makeIterator() }
    public var count: Int { elements.count }
    public subscript(i: Int) -> Parameter {
        get { elements[i] }
        set { elements[i] = newValue }
    }
}
