import EmberTensor

/// What a model consists of, layer by layer, as an example input showed it.
///
///     print(ModelSummary(of: net, shapes: [[1, 1, 28, 28]]) { net, x in net(x[0]) })
///
/// PyTorch: the package torchinfo.
public struct ModelSummary: Sendable, CustomStringConvertible {
    /// One module of the tree.
    public struct Row: Sendable {
        /// The path; empty for the model itself.
        public let path: String
        /// The class.
        public let kind: String
        /// The shapes of the last call's inputs; empty for modules that were not called, or do not report calls.
        public let inputShapes: [Shape]
        /// The shape of the last output; nil for modules that were not called, or do not report calls.
        public let outputShape: Shape?
        /// How often it was called.
        public let calls: Int
        /// Parameters of this module and all below, shared ones counted once.
        public let parameterCount: Int
        /// Parameters of this module alone.
        public let ownParameterCount: Int
        /// Whether training changes any parameter of this module alone.
        public let isTrainable: Bool
        /// Multiplications with addition that the calls took; nil where that is not known. Counted are those of convolutions, linear,
        /// bilinear and recurrent layers, attention, and one for every element that a normalisation scales.
        public let multiplyAdds: Int?
    }

    /// The model first, then all modules below, parents first.
    public let rows: [Row]
    public let parameterCount: Int
    public let trainableParameterCount: Int
    /// Bytes of all parameters and buffers.
    public let byteCount: Int
    /// Bytes of the inputs.
    public let inputByteCount: Int
    /// Bytes of the outputs of all layers that have parameters of their own: what a forward pass keeps for the backward pass, about.
    public let activationByteCount: Int

    /// The multiply-adds of all layers together.
    public var multiplyAdds: Int { rows.reduce(0) { $0 + ($1.multiplyAdds ?? 0) } }

    /// Bytes that a step of training takes, without the optimiser's: inputs, parameters and their gradients, activations and theirs.
    public var trainingByteCount: Int { inputByteCount + 2 * byteCount + 2 * activationByteCount }

    /// Runs `body` with the model in evaluation mode and without recording, and notes what passes through its layers.
    ///
    /// ``Layer``s and Ember's modules report their calls by themselves; a module with a `callAsFunction` of its own does when that ends in
    /// ``Module/hooked(_:_:)``.
    public init<M: Module>(of model: M, _ body: (M) throws -> Tensor) rethrows {
        let modules = model.namedModules()
        let log = CallLog()
        let handles = modules.map { _, module in
            module.registerForwardHook { module, inputs, output in
                log.note(module, inputs, output)
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
        if log.calls[ObjectIdentifier(model)] == nil { log.note(model, [], output) }
        rows = modules.map { path, module in
            let call = log.calls[ObjectIdentifier(module)], own = module.ownParameters()
            return Row(
                path: path, kind: String(describing: type(of: module)), inputShapes: call?.inputShapes ?? [],
                outputShape: call?.outputShape, calls: call?.count ?? 0, parameterCount: module.parameterCount(),
                ownParameterCount: own.reduce(0) { $0 + $1.count }, isTrainable: own.contains(where: \.requiresGrad),
                multiplyAdds: call?.multiplyAdds)
        }
        parameterCount = model.parameterCount()
        trainableParameterCount = model.parameterCount(trainableOnly: true)
        byteCount = model.parameters().reduce(0) { $0 + $1.count * $1.dtype.size }
            + model.namedBuffers().reduce(0) { $0 + $1.buffer.value.count * $1.buffer.value.dtype.size }
        inputByteCount = log.calls[ObjectIdentifier(model)]?.inputBytes ?? 0
        activationByteCount = modules.reduce(0) { sum, entry in
            sum + (entry.module.ownParameters().isEmpty ? 0 : log.calls[ObjectIdentifier(entry.module)]?.outputBytes ?? 0)
        }
    }

    /// A summary from inputs of zeros with the given shapes.
    public init<M: Module>(of model: M, shapes: [Shape], _ body: (M, [Tensor]) throws -> Tensor) rethrows {
        try self.init(of: model) { try body($0, shapes.map { .zeros($0) }) }
    }

    /// A summary of a layer from an input of zeros.
    public init(of layer: some Layer, inputShape: Shape) {
        self.init(of: layer) { $0(.zeros(inputShape)) }
    }
}

/// What the hooks collect while the example runs.
private final class CallLog {
    struct Call {
        var count = 0
        var inputShapes: [Shape] = []
        var inputBytes = 0
        var outputShape: Shape = []
        var outputBytes = 0
        var multiplyAdds: Int?
    }

    var calls: [ObjectIdentifier: Call] = [:]

    func note(_ module: Module, _ inputs: [Tensor], _ output: Tensor) {
        var call = calls[ObjectIdentifier(module)] ?? Call()
        call.count += 1
        call.inputShapes = inputs.map(\.shape)
        call.inputBytes += inputs.reduce(0) { $0 + $1.count * $1.dtype.size }
        call.outputShape = output.shape
        call.outputBytes += output.count * output.dtype.size
        if let count = CallLog.multiplyAdds(module, inputs, output) { call.multiplyAdds = (call.multiplyAdds ?? 0) + count }
        calls[ObjectIdentifier(module)] = call
    }

    private static func multiplyAdds(_ module: Module, _ inputs: [Tensor], _ output: Tensor) -> Int? {
        guard let input = inputs.first else { return nil }
        switch module {
        case let linear as Linear: return output.count * linear.inFeatures
        case let bilinear as Bilinear: return output.count * bilinear.weight.shape.dropFirst().reduce(1, *)
        case let convolution as ConvolutionLayer: return output.count * convolution.weight.shape.dropFirst().reduce(1, *)
        case let convolution as TransposedConvolutionLayer: return input.count * convolution.weight.shape.dropFirst().reduce(1, *)
        case let recurrent as RecurrentLayer:
            // Every matrix once for each step of each sequence.
            let matrices = recurrent.parameters().filter { $0.shape.count == 2 }.reduce(0) { $0 + $1.count }
            return matrices * (input.count / max(1, recurrent.inputSize))
        case let attention as MultiheadAttention: return multiplyAdds(attention, inputs)
        case is BatchNorm1d, is BatchNorm2d, is BatchNorm3d, is LayerNorm, is GroupNorm, is RMSNorm: return output.count
        default: return nil
        }
    }

    /// Projections of the inputs and of the result, which is as large as the queries; scores and weighted sums.
    private static func multiplyAdds(_ attention: MultiheadAttention, _ inputs: [Tensor]) -> Int? {
        guard inputs.count == 3, let query = inputs.first, let sources = inputs.last?.shape, query.rank >= 2 else { return nil }
        let shape = query.shape
        let size = attention.embedDim, batch = shape.count == 2 ? 1 : attention.batchFirst ? shape[0] : shape[1]
        func length(_ shape: Shape) -> Int { shape.dropLast().reduce(1, *) / max(1, batch) }
        let projections = (inputs + [query]).reduce(0) { $0 + $1.count * size }
        return projections + 2 * batch * length(shape) * length(sources) * size
    }
}
