// ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto and ValueInfoProto of onnx/onnx.proto: the fields that a picture needs.
extension ModelGraph {
    /// The graph of a model in an ONNX file: its operators, with initial values as nodes `Parameter`. Subgraphs of control flow are left out,
    /// and no weights are read.
    ///
    /// Throws a ``FormatError`` when the file cannot be read or is no ONNX model.
    public init(onnx path: String) throws(FormatError) {
        try self.init(onnxModel: MappedFile(path: path).byteArray[...], file: path)
    }

    private init(onnxModel message: ArraySlice<UInt8>, file: String) throws(FormatError) {
        let model = try OnnxMessage(message, "the model", file)
        guard let graph = try model.messages(7, "the graph").first else {
            throw FormatError(.malformed, file: file, "this is no ONNX model: it has no graph")
        }
        var builder = OnnxGraphBuilder()
        for tensor in try graph.messages(5, "an initial value") {
            builder.add(value: tensor.string(8), "Parameter", shape: tensor.integers(1))
        }
        for value in try graph.messages(11, "an input") { builder.add(value: value.string(1), "Input", shape: try value.valueShape()) }
        for node in try graph.messages(1, "a node") {
            let attributes = try node.messages(5, "an attribute").map { "\($0.string(1))=\($0.attributeText)" }
            builder.add(node: node.string(4), named: node.string(3), inputs: node.strings(1), outputs: node.strings(2),
                        attributes: attributes.joined(separator: ", "))
        }
        for value in try graph.messages(12, "an output") { builder.add(output: value.string(1), shape: try value.valueShape()) }
        nodes = builder.nodes
    }
}

extension SummaryWriter {
    /// Logs the graph of an ONNX file. Throws a ``FormatError`` that names the file. PyTorch: `SummaryWriter.add_onnx_graph`.
    public func addOnnxGraph(_ path: String, wallTime: Double? = nil) throws(FormatError) {
        addGraph(try ModelGraph(onnx: path), wallTime: wallTime)
    }
}

/// Nodes in TensorBoard's manner: edges name the node that a value comes from, not the value.
private struct OnnxGraphBuilder {
    var nodes: [ModelGraph.Node] = []
    private var sources: [String: String] = [:]
    private var uses: [String: Int] = [:]

    private mutating func unique(_ name: String) -> String {
        let count = uses[name, default: 0]
        uses[name] = count + 1
        return count == 0 ? name : "\(name)_\(count)"
    }

    /// An input or an initial value; older files list the latter among the inputs too.
    mutating func add(value: String, _ operation: String, shape: [Int]) {
        guard sources[value] == nil else { return }
        let name = unique(value)
        sources[value] = name
        nodes.append(.init(name: name, operation: operation, inputs: [], outputShapes: [shape], attributes: ""))
    }

    mutating func add(node operation: String, named given: String, inputs: [String], outputs: [String], attributes: String) {
        let name = unique(given.isEmpty ? outputs.first ?? operation : given)
        // An empty name stands for an optional operand that is left out.
        let edges = inputs.filter { !$0.isEmpty }.map { sources[$0] ?? $0 }
        nodes.append(.init(name: name, operation: operation, inputs: edges, outputShapes: [], attributes: attributes))
        for (i, output) in outputs.enumerated() { sources[output] = i == 0 ? name : "\(name):\(i)" }
    }

    mutating func add(output: String, shape: [Int]) {
        nodes.append(.init(name: unique("output/\(output)"), operation: "Output", inputs: [sources[output] ?? output],
                           outputShapes: [shape], attributes: ""))
    }
}

/// A message of the file, understood field by field.
private struct OnnxMessage {
    private let fields: [ProtobufField]
    private let file: String

    init(_ bytes: ArraySlice<UInt8>, _ subject: String, _ file: String) throws(FormatError) {
        guard let fields = ProtobufField.fields(of: bytes) else {
            throw FormatError(.malformed, file: file, "\(subject) is damaged, or this is no ONNX model")
        }
        (self.fields, self.file) = (fields, file)
    }

    func messages(_ number: Int, _ subject: String) throws(FormatError) -> [OnnxMessage] {
        var messages: [OnnxMessage] = []
        for field in fields where field.number == number && field.type == .lengthDelimited {
            messages.append(try OnnxMessage(field.bytes, subject, file))
        }
        return messages
    }

    func strings(_ number: Int) -> [String] { fields.filter { $0.number == number }.compactMap(\.string) }
    func string(_ number: Int) -> String { strings(number).first ?? "" }
    func integers(_ number: Int) -> [Int] { fields.filter { $0.number == number }.flatMap { $0.integers ?? [] } }

    /// The shape of a ValueInfoProto: type, tensor_type, shape, dim, dim_value. A size that has only a name is -1, as in TensorFlow.
    func valueShape() throws(FormatError) -> [Int] {
        guard let type = try messages(2, "a type").first, let tensor = try type.messages(1, "a tensor's type").first,
              let shape = try tensor.messages(2, "a shape").first else { return [] }
        return try shape.messages(1, "a dimension").map { $0.integers(1).first ?? -1 }
    }

    /// The value of an AttributeProto: one of its fields is there.
    var attributeText: String {
        for field in fields {
            switch field.number {
            case 2: if let value = field.float { return "\(value)" }
            case 3: return "\(field.integer)"
            case 4: if let value = field.string { return value }
            case 5: return "tensor"
            case 6: return "graph"
            case 7: return "\(fields.filter { $0.number == 7 }.flatMap { $0.floats ?? [] })"
            case 8: return "\(integers(8))"
            case 9: return "\(strings(9))"
            default: continue
            }
        }
        return ""
    }
}
