/// A value that one of TensorBoard's plug-ins shows: a tensor, with what the plug-in wants to know about it.
public struct PluginSummary: Sendable, Equatable {
    /// The elements of the tensor, in row-major order.
    public enum Content: Sendable, Equatable {
        case numbers([Float], shape: [Int])
        case strings([[UInt8]], shape: [Int])
    }

    /// The plug-in: `pr_curves`, `mesh`, `hparams`, `custom_scalars`, `text`….
    public var name: String
    /// The plug-in's own message about the value, as it lies in the file.
    public var data: [UInt8]
    public var content: Content?

    public init(_ name: String, data: [UInt8] = [], content: Content? = nil) {
        self.name = name
        self.data = data
        self.content = content
    }
}

// Field numbers from tensorflow/core/framework/summary.proto, tensor.proto, tensor_shape.proto and types.proto.
extension PluginSummary {
    private static let floatType = 1, stringType = 7

    /// Adds the fields `tensor` and `metadata` to a message `Summary.Value`.
    func encode(into entry: inout ProtobufWriter) {
        switch content {
        case nil: break
        case .numbers(let numbers, let shape)?:
            entry.message(8) { tensor in
                tensor.integer(1, PluginSummary.floatType)
                tensor.message(2) { encode(shape, into: &$0) }
                tensor.floats(5, numbers)
            }
        case .strings(let strings, let shape)?:
            entry.message(8) { tensor in
                tensor.integer(1, PluginSummary.stringType)
                tensor.message(2) { encode(shape, into: &$0) }
                for string in strings { tensor.bytes(8, string) }
            }
        }
        entry.message(9) { metadata in
            metadata.message(1) { plugin in
                plugin.string(1, name)
                if !data.isEmpty { plugin.bytes(2, data) }
            }
        }
    }

    private func encode(_ shape: [Int], into message: inout ProtobufWriter) {
        for size in shape { message.message(2) { $0.integer(1, size) } }
    }

    /// What the fields of a message `Summary.Value` hold for a plug-in; nil when they name none.
    init?(decoding fields: [ProtobufField]) {
        func message(_ number: Int, in fields: [ProtobufField]) -> [ProtobufField]? {
            fields.last { $0.number == number && $0.type == .lengthDelimited }.flatMap { ProtobufField.fields(of: $0.bytes) }
        }
        guard let metadata = message(9, in: fields), let plugin = message(1, in: metadata),
            let name = plugin.last(where: { $0.number == 1 })?.string
        else { return nil }
        self.init(name, data: Array(plugin.last { $0.number == 2 }?.bytes ?? []))
        guard let tensor = message(8, in: fields) else { return }
        let sizes = (message(2, in: tensor) ?? []).filter { $0.number == 2 && $0.type == .lengthDelimited }
        let shape = sizes.map { size in ProtobufField.fields(of: size.bytes)?.last { $0.number == 1 }?.integer ?? 0 }
        switch tensor.last(where: { $0.number == 1 })?.integer {
        case PluginSummary.floatType:
            content = .numbers(tensor.filter { $0.number == 5 }.flatMap { $0.floats ?? [] }, shape: shape)
        case PluginSummary.stringType:
            content = .strings(tensor.filter { $0.number == 8 }.map { Array($0.bytes) }, shape: shape)
        default: break
        }
    }
}
