import EmberTensor

/// What a model consists of, layer by layer, as an example input showed it.
///
///     print(ModelSummary(of: net, shapes: [[1, 1, 28, 28]]) { net, x in net(x[0]) })
public struct ModelSummary: Sendable, CustomStringConvertible {
    /// One module of the tree.
    public struct Row: Sendable {
        /// The path; empty for the model itself.
        public let path: String
        /// The class.
        public let kind: String
        /// The shape of the last output; nil for modules that were not called, or do not report calls.
        public let outputShape: Shape?
        /// Parameters of this module and all below, shared ones counted once.
        public let parameterCount: Int
        /// Parameters of this module alone.
        public let ownParameterCount: Int
        /// Multiplications with addition that the calls took, of convolutions and linear layers; nil where that is not known.
        public let multiplyAdds: Int?
    }

    /// The model first, then all modules below, parents first.
    public let rows: [Row]
    public let parameterCount: Int
    public let trainableParameterCount: Int
    /// Bytes of all parameters and buffers.
    public let byteCount: Int

    /// The multiply-adds of all layers together.
    public var multiplyAdds: Int { rows.reduce(0) { $0 + ($1.multiplyAdds ?? 0) } }

    /// Runs `body` with the model in evaluation mode and without recording, and notes what passes through its layers.
    ///
    /// ``Layer``s and Ember's modules report their calls by themselves; a module with a `callAsFunction` of its own does when that ends in
    /// ``Module/hooked(_:_:)``.
    public init<M: Module>(of model: M, _ body: (M) throws -> Tensor) rethrows {
        let modules = model.namedModules()
        let seen = Seen()
        let handles = modules.map { _, module in
            module.registerForwardHook { module, inputs, output in
                seen.note(module, inputs, output)
                return nil
            }
        }
        let modes = modules.map(\.module.isTraining)
        model.eval()
        defer {
            for handle in handles { handle.remove() }
            for ((_, module), isTraining) in zip(modules, modes) { module.setMode(isTraining) }
        }
        let output = try noGrad { try body(model) }
        if seen.outputs[ObjectIdentifier(model)] == nil { seen.outputs[ObjectIdentifier(model)] = output.shape }
        rows = modules.map { path, module in
            let id = ObjectIdentifier(module)
            return Row(path: path, kind: String(describing: type(of: module)), outputShape: seen.outputs[id],
                       parameterCount: module.parameterCount(), ownParameterCount: module.ownParameters().reduce(0) { $0 + $1.count },
                       multiplyAdds: seen.multiplyAdds[id])
        }
        parameterCount = model.parameterCount()
        trainableParameterCount = model.parameterCount(trainableOnly: true)
        byteCount = model.parameters().reduce(0) { $0 + $1.count * $1.dtype.size }
            + model.namedBuffers().reduce(0) { $0 + $1.buffer.value.count * $1.buffer.value.dtype.size }
    }

    /// A summary from inputs of zeros with the given shapes.
    public init<M: Module>(of model: M, shapes: [Shape], _ body: (M, [Tensor]) throws -> Tensor) rethrows {
        try self.init(of: model) { try body($0, shapes.map { .zeros($0) }) }
    }

    /// A summary of a layer from an input of zeros.
    public init(of layer: some Layer, inputShape: Shape) {
        self.init(of: layer) { $0(.zeros(inputShape)) }
    }

    /// The rows as a table, and the totals.
    public var description: String {
        let header = ["layer", "output shape", "parameters", "multiply-adds"]
        let cells = rows.map { row in
            let depth = row.path.isEmpty ? 0 : row.path.split(separator: ".").count
            let name = row.path.split(separator: ".").last.map { "\($0): \(row.kind)" } ?? row.kind
            return [String(repeating: "  ", count: depth) + name, row.outputShape.map { "\($0)" } ?? "",
                    row.ownParameterCount > 0 ? Self.grouped(row.ownParameterCount) : "",
                    row.multiplyAdds.map { $0 > 0 ? Self.grouped($0) : "" } ?? ""]
        }
        let widths = header.indices.map { column in ([header] + cells).map { $0[column].count }.max() ?? 0 }
        func line(_ row: [String]) -> String {
            var text = ""
            for (i, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[i] - cell.count)
                text += (i < 2 ? cell + space : space + cell) + (i < row.count - 1 ? "  " : "")
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        let rule = String(repeating: "─", count: widths.reduce(2 * (widths.count - 1), +))
        let total = "\(Self.grouped(parameterCount)) parameters, \(Self.grouped(trainableParameterCount)) trainable; "
            + "\(Self.grouped(multiplyAdds)) multiply-adds; \(Self.grouped(byteCount)) bytes"
        return ([line(header), rule] + cells.map(line) + [rule, total]).joined(separator: "\n")
    }

    /// 1234567 → 1,234,567
    private static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.enumerated().reduce(into: "") { text, digit in
            if digit.offset > 0 && (digits.count - digit.offset) % 3 == 0 { text.append(",") }
            text.append(digit.element)
        }
    }
}

/// What the hooks collect while the example runs.
private final class Seen {
    var outputs: [ObjectIdentifier: Shape] = [:]
    var multiplyAdds: [ObjectIdentifier: Int] = [:]

    func note(_ module: Module, _ inputs: [Tensor], _ output: Tensor) {
        let id = ObjectIdentifier(module)
        outputs[id] = output.shape
        guard let input = inputs.first else { return }
        let count: Int? = switch module {
        case let linear as Linear: output.count * linear.inFeatures
        case let convolution as ConvolutionLayer: output.count * convolution.weight.shape.dropFirst().reduce(1, *)
        case let convolution as TransposedConvolutionLayer: input.count * convolution.weight.shape.dropFirst().reduce(1, *)
        default: nil
        }
        if let count { multiplyAdds[id, default: 0] += count }
    }
}
