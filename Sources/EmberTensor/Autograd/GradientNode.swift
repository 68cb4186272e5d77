import CEmber
import Synchronization

/// A vertex of the recorded graph: a leaf that collects a gradient, or an operator call.
class GradientNode: @unchecked Sendable {
    // `@unchecked Sendable`: this class has only constants; the subclasses guard what changes by a Mutex.

    /// Creation order. A call's inputs exist before it, so descending order is an order in which every node comes after all its consumers.
    let sequence: Int

    private static let counter = Atomic<Int>(0)

    init() { sequence = Self.counter.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// A function applied to a gradient on its way; returns a replacement or nil to leave it as it is.
public typealias GradientHook = @Sendable (Tensor) -> Tensor?

/// The end of the graph at a tensor that a user marked with `requiresGrad`.
final class Leaf: GradientNode, @unchecked Sendable {
    private struct State {
        var gradient: Tensor?
        /// The gradient as long as only sparse ones came; at most one of the two is there.
        var sparseGradient: SparseTensor?
        var hooks: [(id: Int, hook: GradientHook)] = []
        var nextID = 0
    }
    private let state = Mutex(State())
    let shape: Shape
    let dtype: DType

    init(_ tensor: Tensor) {
        shape = tensor.shape
        dtype = tensor.dtype
    }

    var gradient: Tensor? {
        get {
            let (dense, sparse) = state.withLock { ($0.gradient, $0.sparseGradient) }
            return dense ?? sparse?.toDense()
        }
        set {
            state.withLock {
                $0.gradient = newValue
                $0.sparseGradient = nil
            }
        }
    }

    var sparseGradient: SparseTensor? {
        get { state.withLock { $0.sparseGradient } }
        set {
            state.withLock {
                $0.sparseGradient = newValue
                $0.gradient = nil
            }
        }
    }

    /// Hooks, and a dense gradient that is there already, make it a dense one.
    func accumulate(_ cotangent: SparseTensor) {
        let staysSparse = state.withLock { state in
            guard state.gradient == nil, state.hooks.isEmpty else { return false }
            state.sparseGradient = state.sparseGradient.map { $0 + cotangent } ?? cotangent
            return true
        }
        if !staysSparse { accumulate(cotangent.toDense()) }
    }

    func accumulate(_ cotangent: Tensor) {
        var cotangent = cotangent
        if let sparse = state.withLock({ $0.sparseGradient.take() }) { cotangent += sparse.toDense() }
        for (_, hook) in state.withLock({ $0.hooks }) { cotangent = hook(cotangent) ?? cotangent }
        // A gradient stays until the next step: as an expression it would keep the forward pass's values alive.
        cotangent.evaluate()
        state.withLock { state in
            if state.gradient == nil {
                state.gradient = cotangent
            } else {
                // Moved out so that the sum can reuse the memory: nobody else holds it then.
                var sum = state.gradient.take()
                sum? += cotangent
                state.gradient = sum
            }
        }
    }

    func addHook(_ hook: @escaping GradientHook) -> Int {
        state.withLock { state in
            state.nextID += 1
            state.hooks.append((state.nextID, hook))
            return state.nextID
        }
    }

    func removeHook(_ id: Int) { state.withLock { $0.hooks.removeAll { $0.id == id } } }

    /// Applies the hooks without accumulating, for `gradients(of:with:)`.
    func transformed(_ cotangent: Tensor) -> Tensor {
        state.withLock { $0.hooks }.reduce(cotangent) { $1.hook($0) ?? $0 }
    }
}

/// A recorded operator call.
final class OperationNode: GradientNode, @unchecked Sendable {
    // `@unchecked Sendable`: constants, and `state` under its Mutex.

    /// Where an input's cotangent goes, and what is known of the input without keeping its values.
    struct Input {
        let node: GradientNode?
        let outputIndex: Int
        let shape: Shape
        let dtype: DType

        init(_ tensor: Tensor) {
            let body = tensor.body
            (node, outputIndex, shape, dtype) = (body.gradientNode, body.outputIndex, body.shape, body.dtype)
        }
    }

    private struct State {
        var inputs: [Tensor]
        var outputs: [Tensor]
        var edges: [Input]
        var isReleased = false
        var hooks: [(id: Int, output: Int, hook: GradientHook)] = []
        var nextID = 0
        /// By output: the gradients that `retainGrad` asked for, nil until there is one.
        var retained: [Int: Tensor?] = [:]
    }

    let operation: Operator
    let attributes: Attributes
    let callStack: CallStack?
    /// Shape and type of each output. The first lies here: nearly all operators have one, and an array would be an allocation a call.
    private let firstOutput: (shape: Shape, dtype: DType)
    private let otherOutputs: [(shape: Shape, dtype: DType)]
    private let state: Mutex<State>

    var outputCount: Int { 1 + otherOutputs.count }
    func output(_ i: Int) -> (shape: Shape, dtype: DType) { i == 0 ? firstOutput : otherOutputs[i - 1] }

    convenience init(_ operation: Operator, _ inputs: [Tensor], _ attributes: Attributes, _ firstOutput: Tensor, _ otherOutputs: [Tensor] = []) {
        self.init(operation, inputs.map(Input.init), saving: operation.saved.contains(.inputs) ? inputs : [], attributes, firstOutput, otherOutputs)
    }

    /// The call's inputs as edges, and those tensors that are kept for the rule.
    init(_ operation: Operator, _ edges: [Input], saving inputs: [Tensor], _ attributes: Attributes, _ firstOutput: Tensor,
         _ otherOutputs: [Tensor]) {
        self.operation = operation
        self.attributes = attributes
        self.firstOutput = (firstOutput.shape, firstOutput.dtype)
        self.otherOutputs = otherOutputs.isEmpty ? [] : otherOutputs.map { ($0.shape, $0.dtype) }
        callStack = ember_thread()!.pointee.anomaly_detection != 0 ? CallStack.capture() : nil
        let saved = operation.saved, isFirstSaved = saved.contains(.outputs), areOthersSaved = isFirstSaved || saved.contains(.laterOutputs)
        state = Mutex(State(
            inputs: inputs,
            // Without history: an output that knew this node would be a reference cycle.
            outputs: areOthersSaved ? ([isFirstSaved ? firstOutput : .inert] + otherOutputs).map {
                Tensor(TensorBody(sharing: $0.body, gradientNode: nil, outputIndex: 0))
            } : [],
            edges: edges))
    }

    var edges: [Input] { state.withLock { $0.edges } }
    /// The inputs, as long as the rule needs their values; empty otherwise.
    var savedInputs: [Tensor] { state.withLock { $0.inputs } }
    /// Whether anybody wants to see, or to change, the cotangents that arrive here.
    var isObserved: Bool { state.withLock { !$0.hooks.isEmpty || !$0.retained.isEmpty } }

    /// The rule's view of the call; nil once the saved values are released. Where the pass is recorded, saved outputs get their history back, so
    /// that gradients of gradients reach this call.
    func backwardCall(_ cotangents: [Tensor?], accumulates: Bool) -> BackwardCall? {
        let saved = state.withLock { $0.isReleased ? nil : ($0.inputs, $0.outputs, $0.edges) }
        guard let (inputs, kept, edges) = saved else { return nil }
        var outputs = kept
        if isGradEnabled {
            for i in outputs.indices where outputs[i].dtype.isDifferentiable && !outputs[i].isInert {
                outputs[i] = Tensor(TensorBody(sharing: outputs[i].body, gradientNode: self, outputIndex: i))
            }
        }
        return BackwardCall(node: self, inputs: inputs, outputs: outputs, edges: edges, cotangents: cotangents, accumulates: accumulates)
    }

    /// Drops the saved values; a second backward through this call is then an error.
    func release() {
        let dropped = state.withLock { state in
            let dropped = (state.inputs, state.outputs)
            state.inputs = []
            state.outputs = []
            state.isReleased = true
            return dropped
        }
        _ = dropped  // released outside the lock
    }

    func addHook(output: Int, _ hook: @escaping GradientHook) -> Int {
        state.withLock { state in
            state.nextID += 1
            state.hooks.append((state.nextID, output, hook))
            return state.nextID
        }
    }

    func removeHook(_ id: Int) { state.withLock { $0.hooks.removeAll { $0.id == id } } }

    /// The gradient of an output, if it is kept: see ``Tensor/retainGrad()``.
    func retainedGradient(output: Int) -> Tensor? { state.withLock { $0.retained[output] ?? nil } }

    /// Keeps the gradient of an output from now on, or exchanges the one that is kept.
    func retain(_ gradient: Tensor?, output: Int) { state.withLock { $0.retained[output] = .some(gradient) } }

    func retains(output: Int) -> Bool { state.withLock { $0.retained[output] != nil } }

    /// Adds what has arrived to the gradients that are kept.
    func accumulateRetained(_ cotangents: [Tensor?]) {
        for output in state.withLock({ Array($0.retained.keys) }) {
            guard let cotangent = cotangents[output] else { continue }
            retain(retainedGradient(output: output).map { $0 + cotangent } ?? cotangent, output: output)
        }
    }

    func applyHooks(_ cotangents: inout [Tensor?]) {
        for (_, output, hook) in state.withLock({ $0.hooks }) {
            if let cotangent = cotangents[output] { cotangents[output] = hook(cotangent) ?? cotangent }
        }
    }

    deinit {
        // A chain of 100,000 calls must not be released by recursion: what this node refers to goes to a list of this thread, and
        // whoever started to empty the list goes on until it is empty.
        let references = state.withLock { state in
            let references = Graveyard.Item(edges: state.edges, tensors: state.inputs)
            state.edges = []
            state.inputs = []
            return references
        }
        // With nothing but leaves and plain values there is nothing to recurse into.
        if references.isShallow { return }
        Graveyard.bury(consume references)  // a reference left in this frame would be released by recursion after all
    }
}

/// The list that `OperationNode.deinit` empties instead of recursing.
private final class Graveyard {
    struct Item {
        let edges: [OperationNode.Input]
        let tensors: [Tensor]

        var isShallow: Bool {
            edges.allSatisfy { !($0.node is OperationNode) } && tensors.allSatisfy { !($0.body.gradientNode is OperationNode) }
        }
    }
    private var items: [Item] = []

    static func bury(_ item: consuming Item) {
        let state = ember_thread()!
        let graveyard: Graveyard
        if let existing = state.pointee.graveyard {
            graveyard = Unmanaged<Graveyard>.fromOpaque(existing).takeUnretainedValue()
        } else {
            graveyard = Graveyard()
            state.pointee.graveyard = Unmanaged.passRetained(graveyard).toOpaque()
        }
        graveyard.items.append(consume item)
        guard state.pointee.draining_graph == 0 else { return }
        state.pointee.draining_graph = 1
        while let next = graveyard.items.popLast() { _ = next }
        state.pointee.draining_graph = 0
        // Nothing per thread stays behind: the next graph makes a new list.
        Unmanaged<Graveyard>.fromOpaque(state.pointee.graveyard!).release()
        state.pointee.graveyard = nil
    }
}

/// What a gradient rule sees of the call it differentiates.
public struct BackwardCall {
    private let node: OperationNode
    /// The operator whose rule this is.
    public var operation: Operator { node.operation }
    /// The call's other arguments.
    public var attributes: Attributes { node.attributes }
    let inputs: [Tensor]
    let outputs: [Tensor]
    let edges: [OperationNode.Input]
    let cotangents: [Tensor?]
    /// Whether the pass adds gradients to leaves and is not recorded itself.
    private let accumulates: Bool

    init(node: OperationNode, inputs: [Tensor], outputs: [Tensor], edges: [OperationNode.Input], cotangents: [Tensor?], accumulates: Bool) {
        self.node = node
        self.inputs = inputs
        self.outputs = outputs
        self.edges = edges
        self.cotangents = cotangents
        self.accumulates = accumulates
    }

    /// The i-th input; the operator must save inputs.
    func input(_ i: Int) -> Tensor { inputs[i] }
    /// The i-th output; the operator must save outputs.
    func output(_ i: Int = 0) -> Tensor { outputs[i] }
    /// The cotangent of output `i`, zeros when nothing downstream depended on it.
    func cotangent(_ i: Int = 0) -> Tensor {
        if let cotangent = cotangents[i] { return cotangent }
        let output = node.output(i)
        return Tensor.zeros(output.shape, dtype: output.dtype)
    }
    func shape(ofInput i: Int) -> Shape { edges[i].shape }
    func dtype(ofInput i: Int) -> DType { edges[i].dtype }
    /// Whether anybody wants the cotangent of input `i`.
    func needs(_ i: Int) -> Bool { edges[i].node != nil }
    var inputCount: Int { edges.count }
    /// Every tensor that the rule may read.
    var operands: [Tensor] { cotangents.compactMap { $0 } + inputs + outputs }

    /// Adds a sparse cotangent to the gradient of input `i`, past the pass itself, which carries dense ones. False where that cannot be:
    /// the input is no leaf, or gradients are asked for instead of accumulated; the rule then returns a dense cotangent.
    func accumulate(_ cotangent: @autoclosure () -> SparseTensor, intoInput i: Int) -> Bool {
        guard accumulates, let leaf = edges[i].node as? Leaf else { return false }
        leaf.accumulate(cotangent())
        return true
    }
}
