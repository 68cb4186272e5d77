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

/// Modules by name, in the order they were added. PyTorch: `torch.nn.ModuleDict`.
public final class ModuleDict<Element: Module>: Module {
    private var entries: [(name: String, module: Element)]

    public init(_ modules: KeyValuePairs<String, Element> = [:]) { entries = modules.map { ($0.key, $0.value) } }

    public var keys: [String] { entries.map(\.name) }

    /// The module of that name; setting nil removes it.
    public subscript(name: String) -> Element? {
        get { entries.first { $0.name == name }?.module }
        set {
            if let i = entries.firstIndex(where: { $0.name == name }) {
                if let newValue { entries[i].module = newValue } else { entries.remove(at: i) }
            } else if let newValue {
                entries.append((name, newValue))
            }
            structureDidChange()
        }
    }

    override func members() -> [(name: String, member: ModuleMembers.Member)] { entries.map { ($0.name, .module($0.module)) } }
}

/// Parameters by name, in the order they were added. PyTorch: `torch.nn.ParameterDict`.
public final class ParameterDict: Module {
    private var entries: [(name: String, parameter: Parameter)]

    public init(_ parameters: [(name: String, parameter: Parameter)] = []) { entries = parameters }

    public var keys: [String] { entries.map(\.name) }

    /// The parameter of that name; setting nil removes it.
    public subscript(name: String) -> Parameter? {
        get { entries.first { $0.name == name }?.parameter }
        set {
            if let i = entries.firstIndex(where: { $0.name == name }) {
                if let newValue { entries[i].parameter = newValue } else { entries.remove(at: i) }
            } else if let newValue {
                entries.append((name, newValue))
            }
            structureDidChange()
        }
    }

    override func members() -> [(name: String, member: ModuleMembers.Member)] { entries.map { ($0.name, .parameter($0.parameter)) } }
}
