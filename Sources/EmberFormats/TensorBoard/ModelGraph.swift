import EmberNN
import EmberTensor

/// The operators of a model and what flows between them, as a forward call recorded them, in TensorBoard's form.
///
/// Names are paths: `Net/Linear[out]/linear` is the operator `linear` in the module `out` of class `Linear`. What needs no gradient is not
/// recorded: plain values are nodes `Const`, unless they are an input (the indices of an embedding) or a parameter, or a view of one.
public struct ModelGraph: Sendable, Equatable {
    public struct Node: Sendable, Equatable {
        public var name: String
        /// The operator; `Input`, `Output`, `Parameter` or `Const` for what is none.
        public var operation: String
        /// The names of the nodes whose results it takes; `name:1` is the second result.
        public var inputs: [String]
        public var outputShapes: [[Int]]
        /// The arguments that are no tensors.
        public var attributes: String
    }

    public var nodes: [Node]

    /// Runs `body` with the model in evaluation mode and follows the results back to the inputs and parameters.
    /// - Parameter inputs: example inputs; those of floating-point types are followed.
    public init<M: Module>(of model: M, inputs: [Tensor], _ body: (M, [Tensor]) throws -> Tensor) rethrows {
        let followed = inputs.map { $0.dtype.isFloatingPoint && !$0.isInert ? $0.detach().requiringGrad() : $0 }
        let scopes = ModuleScopes(model)
        let modes = model.modules().map { ($0, $0.isTraining) }
        model.eval()
        defer {
            scopes.stop()
            for (module, isTraining) in modes { module.train(isTraining) }
        }
        let output = try enableGrad { try body(model, followed) }
        scopes.claim(output, for: model)
        var builder = GraphBuilder(scopes: scopes)
        for (i, input) in followed.enumerated() { builder.add(input: input, number: i) }
        for (path, parameter) in model.namedParameters() { builder.add(parameter: parameter, path: path) }
        builder.add(output: output)
        nodes = builder.nodes
    }

    /// The same for a layer and one input.
    public init(of layer: some Layer, input: Tensor) {
        self.init(of: layer, inputs: [input]) { $0($1[0]) }
    }
}

/// Which module each recorded call belongs to: the innermost whose output depends on it and whose inputs do not.
private final class ModuleScopes {
    private let root: Module
    private var names: [ObjectIdentifier: String] = [:]
    private var handles: [ModuleHookHandle] = []
    private(set) var scope: [RecordedVertex: String] = [:]

    init(_ root: Module) {
        self.root = root
        for (path, module) in root.namedModules() {
            names[ObjectIdentifier(module)] = name(path)
            // Modules that are called inside finish first, so the first to claim a call is the innermost.
            handles.append(module.registerForwardHook { [unowned self] module, inputs, output in
                claim(output, for: module, inputs: inputs)
                return nil
            })
        }
    }

    func stop() { for handle in handles { handle.remove() } }

    /// `conv.weight` → `Net/Conv2d[conv]`, without the parameter.
    func name(_ path: String) -> String {
        var parts = [String(describing: type(of: root))]
        var prefix = ""
        for component in path.split(separator: ".") {
            prefix += prefix.isEmpty ? String(component) : "." + component
            guard let module = root.module(at: prefix) else { parts.append(String(component)); continue }
            parts.append("\(type(of: module))[\(component)]")
        }
        return parts.joined(separator: "/")
    }

    func claim(_ output: Tensor, for module: Module, inputs: [Tensor] = []) {
        guard let name = names[ObjectIdentifier(module)] else { return }
        let before = ancestors(inputs)
        for vertex in ancestors([output]) where scope[vertex] == nil && !before.contains(vertex) { scope[vertex] = name }
    }

    private func ancestors(_ tensors: [Tensor]) -> Set<RecordedVertex> {
        var found: Set<RecordedVertex> = []
        var open = tensors.compactMap(\.recordedVertex)
        while let vertex = open.popLast() {
            guard found.insert(vertex).inserted else { continue }
            open += vertex.inputs.compactMap(\.vertex)
        }
        return found
    }
}

private struct GraphBuilder {
    let scopes: ModuleScopes
    var nodes: [ModelGraph.Node] = []
    private var names: [RecordedVertex: String] = [:]
    /// The inputs and parameters by their memory, to know those again that are read as plain values.
    private var plainNames: [ObjectIdentifier: String] = [:]
    private var uses: [String: Int] = [:]

    init(scopes: ModuleScopes) { self.scopes = scopes }

    /// The name, with a number when it was given before.
    private mutating func unique(_ name: String) -> String {
        let count = uses[name, default: 0]
        uses[name] = count + 1
        return count == 0 ? name : "\(name)_\(count)"
    }

    private mutating func add(
        _ name: String, _ operation: String, inputs: [String] = [], shapes: [Shape], attributes: String = ""
    ) -> String {
        let name = unique(name)
        nodes.append(.init(name: name, operation: operation, inputs: inputs, outputShapes: shapes, attributes: attributes))
        return name
    }

    mutating func add(input: Tensor, number: Int) {
        let name = add("input/\(number)", "Input", shapes: [input.shape], attributes: input.dtype.name)
        if let vertex = input.recordedVertex { names[vertex] = name }
        plainNames[input.memory] = name
    }

    mutating func add(parameter: Parameter, path: String) {
        let name = add(scopes.name(path), "Parameter", shapes: [parameter.shape], attributes: parameter.dtype.name)
        if let vertex = parameter.value.recordedVertex { names[vertex] = name }
        plainNames[parameter.value.memory] = name
    }

    /// Adds all calls that the output depends on, in the order in which they were made, then the output.
    mutating func add(output: Tensor) {
        var calls: [RecordedVertex] = []
        var seen: Set<RecordedVertex> = []
        var open = [output.recordedVertex].compactMap(\.self)
        while let vertex = open.popLast() {
            guard names[vertex] == nil, seen.insert(vertex).inserted else { continue }
            calls.append(vertex)
            open += vertex.inputs.compactMap(\.vertex)
        }
        for vertex in calls.sorted(by: { $0.sequence < $1.sequence }) { add(vertex) }
        let source = output.recordedVertex.flatMap { names[$0] }
        _ = add("output", "Output", inputs: source.map { [reference($0, output.recordedOutput)] } ?? [], shapes: [output.shape])
    }

    private mutating func add(_ vertex: RecordedVertex) {
        let scope = scopes.scope[vertex] ?? "other"
        guard let operation = vertex.operatorName else {
            names[vertex] = add("\(scope)/value", "Const", shapes: vertex.outputShapes)
            return
        }
        var inputs: [String] = []
        for input in vertex.inputs {
            if let source = input.vertex, let name = names[source] {
                inputs.append(reference(name, input.output))
            } else if let name = input.memory.flatMap({ plainNames[$0] }) {
                inputs.append(name)
            } else {
                inputs.append(add("\(scope)/constant", "Const", shapes: [input.shape], attributes: input.dtype.name))
            }
        }
        let attributes = vertex.attributes.all.map { "\($0.name)=\(text($0.value))" }.joined(separator: ", ")
        names[vertex] = add("\(scope)/\(operation)", operation, inputs: inputs, shapes: vertex.outputShapes, attributes: attributes)
    }

    private func reference(_ name: String, _ output: Int) -> String { output == 0 ? name : "\(name):\(output)" }

    private func text(_ value: Attributes.Value) -> String {
        switch value {
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .ints(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .dtype(let value): value.name
        }
    }
}

// GraphDef, NodeDef and AttrValue of tensorflow/core/framework.
extension ModelGraph {
    /// The message `GraphDef`.
    var message: [UInt8] {
        var graph = ProtobufWriter()
        for node in nodes {
            graph.message(1) { message in
                message.string(1, node.name)
                message.string(2, node.operation)
                for input in node.inputs { message.string(3, input) }
                if !node.attributes.isEmpty {
                    message.message(5) { entry in
                        entry.string(1, "attr")
                        entry.message(2) { $0.string(2, node.attributes) }
                    }
                }
                message.message(5) { entry in
                    entry.string(1, "_output_shapes")
                    entry.message(2) { value in
                        value.message(1) { list in
                            for shape in node.outputShapes {
                                list.message(7) { message in for size in shape { message.message(2) { $0.integer(1, size) } } }
                            }
                        }
                    }
                }
            }
        }
        graph.message(4) { $0.integer(1, 22) }
        return graph.bytes
    }

    /// The message `Event` with this graph.
    func event(wallTime: Double) -> [UInt8] {
        var event = ProtobufWriter()
        event.double(1, wallTime)
        event.bytes(4, message)
        return event.bytes
    }
}

extension SummaryWriter {
    /// Logs the graph of a model. PyTorch: `SummaryWriter.add_graph`.
    public func addGraph(_ graph: ModelGraph, wallTime: Double? = nil) { append(graph.event(wallTime: wallTime ?? SummaryWriter.now)) }

    /// Logs the graph of a model that `body` calls with example inputs.
    public func addGraph<M: Module>(_ model: M, inputs: [Tensor], _ body: (M, [Tensor]) throws -> Tensor) rethrows {
        addGraph(try ModelGraph(of: model, inputs: inputs, body))
    }

    /// Logs the graph of a layer for an example input.
    public func addGraph(_ layer: some Layer, input: Tensor) { addGraph(ModelGraph(of: layer, input: input)) }
}
