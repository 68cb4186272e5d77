import CEmber

/// Computes cotangents in descending creation order, which is a topological order of the graph.
struct BackwardPass {
    let retainGraph: Bool
    let createGraph: Bool
    /// Nodes at which gradients are wanted instead of accumulated into leaves; nil for `backward()`.
    let wanted: [ObjectIdentifier: [Int: Int]]?

    private struct Pending {
        let node: GradientNode
        var cotangents: [Tensor?]
    }

    /// Every node that a cotangent has reached; nil once it was handled.
    private var pending: [Pending?] = []
    /// Where in `pending` the node of a sequence number stands.
    private var places: [Int: Int] = [:]
    /// Max-heap of sequence numbers.
    private var heap: [(sequence: Int, place: Int)] = []
    private(set) var results: [Tensor?]

    init(retainGraph: Bool, createGraph: Bool, wanted: [ObjectIdentifier: [Int: Int]]?, resultCount: Int) {
        self.retainGraph = retainGraph
        self.createGraph = createGraph
        self.wanted = wanted
        results = [Tensor?](repeating: nil, count: resultCount)
    }

    /// Adds a cotangent that flows into output `index` of `node`.
    mutating func add(_ cotangent: Tensor, to node: GradientNode, _ index: Int) {
        let place = places[node.sequence] ?? enter(node)
        if pending[place]?.cotangents[index] == nil {
            pending[place]?.cotangents[index] = cotangent
        } else {
            pending[place]?.cotangents[index]? += cotangent
        }
    }

    private mutating func enter(_ node: GradientNode) -> Int {
        let outputs = (node as? OperationNode)?.outputCount ?? 1
        pending.append(Pending(node: node, cotangents: [Tensor?](repeating: nil, count: outputs)))
        places[node.sequence] = pending.count - 1
        push(node.sequence, pending.count - 1)
        return pending.count - 1
    }

    mutating func run() throws(TensorError) {
        while let place = pop(), let next = pending[place].take() {
            var cotangents = next.cotangents
            guard let node = next.node as? OperationNode else {
                if let leaf = next.node as? Leaf, let cotangent = cotangents[0] { arrive(at: leaf, cotangent) }
                continue
            }
            if node.isObserved {
                node.applyHooks(&cotangents)
                if wanted == nil { node.accumulateRetained(cotangents) }
            }
            if let slots = wanted?[ObjectIdentifier(node)] {
                for (output, slot) in slots { results[slot] = cotangents[output] }
            }
            try propagate(node, cotangents)
        }
    }

    private mutating func arrive(at leaf: Leaf, _ cotangent: Tensor) {
        guard let wanted else { return leaf.accumulate(cotangent) }
        if let slot = wanted[ObjectIdentifier(leaf)]?[0] { results[slot] = leaf.transformed(cotangent) }
    }

    private mutating func propagate(_ node: OperationNode, _ cotangents: [Tensor?]) throws(TensorError) {
        guard let rule = node.operation.backward else { return }
        guard let call = node.backwardCall(cotangents, accumulates: wanted == nil && !createGraph) else {
            throw TensorError("the values saved for the gradient of \(node.operation.name) were released by an earlier backward; "
                + "pass retainGraph: true to that one if you need to go through the graph twice")
        }
        let edges = call.edges
        let inputCotangents = Profiler.gradientRule(node.operation, call.operands) { rule(call) }
        precondition(inputCotangents.count == edges.count, "\(node.operation.name) has \(edges.count) inputs, "
            + "its gradient rule returned \(inputCotangents.count) cotangents")
        if ember_thread()!.pointee.anomaly_detection != 0 { try checkAnomaly(node, inputCotangents) }
        for (edge, cotangent) in zip(edges, inputCotangents) {
            guard let target = edge.node, var cotangent, !cotangent.isInert else { continue }
            // What a real operand does to a complex result: only the real part of the product counts.
            if cotangent.dtype.isComplex && !edge.dtype.isComplex { cotangent = cotangent.real.contiguous() }
            if cotangent.shape != edge.shape { cotangent = cotangent.sum(to: edge.shape) }
            if cotangent.dtype != edge.dtype { cotangent = cotangent.to(edge.dtype) }
            add(cotangent, to: target, edge.outputIndex)
        }
        if !retainGraph { node.release() }
    }

    private func checkAnomaly(_ node: OperationNode, _ cotangents: [Tensor?]) throws(TensorError) {
        for (i, cotangent) in cotangents.enumerated() {
            guard let cotangent, cotangent.detach().isNaN().any().item(as: Bool.self) else { continue }
            let place = node.callStack?.userLocation.map { ", whose forward call is at \($0)" }
                ?? " (run the forward pass inside detectAnomaly too to learn where it was called)"
            throw TensorError("the gradient of \(node.operation.name) has NaN in the cotangent of its operand \(i)\(place)")
        }
    }

    private mutating func push(_ sequence: Int, _ place: Int) {
        heap.append((sequence, place))
        var child = heap.count - 1
        while child > 0, heap[(child - 1) / 2].sequence < heap[child].sequence {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The place of the node that was created last.
    private mutating func pop() -> Int? {
        guard let top = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var largest = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].sequence > heap[largest].sequence {
                    largest = child
                }
                if largest == parent { break }
                heap.swapAt(parent, largest)
                parent = largest
            }
        }
        return top.place
    }
}

extension Tensor {
    /// Adds the derivative of this tensor to the ``grad`` of every leaf it was computed from.
    ///
    /// - Parameters:
    ///   - cotangent: the derivative of the objective with respect to this tensor, of the same shape. May be left out for a single element, where it is 1.
    ///   - retainGraph: keep the saved values, so that the graph can be gone through again. Default: the value of `createGraph`.
    ///   - createGraph: record the backward pass itself, so that gradients can be differentiated.
    ///
    /// PyTorch: `Tensor.backward`.
    public func backward(_ cotangent: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false) {
        backwardAll([self], [cotangent], retainGraph: retainGraph, createGraph: createGraph)
    }

    /// Keeps this computed tensor's gradient in ``grad``, as leaves keep theirs. PyTorch: `Tensor.retain_grad`.
    public func retainGrad() {
        if let node = body.gradientNode as? OperationNode {
            if !node.retains(output: body.outputIndex) { node.retain(nil, output: body.outputIndex) }
        } else if !requiresGrad && !isInert {
            TensorError("the tensor does not require gradients, so there is none to keep").report(in: "retainGrad", operands: [self])
        }
    }

    /// Calls `hook` with this tensor's gradient in every backward pass; what it returns takes the gradient's place.
    /// PyTorch: `Tensor.register_hook`.
    @discardableResult
    public func registerHook(_ hook: @escaping GradientHook) -> HookHandle {
        switch body.gradientNode {
        case let leaf as Leaf:
            let id = leaf.addHook(hook)
            return HookHandle { leaf.removeHook(id) }
        case let node as OperationNode:
            let id = node.addHook(output: body.outputIndex, hook)
            return HookHandle { node.removeHook(id) }
        default:
            TensorError("the tensor does not require gradients, so no gradient ever reaches a hook")
                .report(in: "registerHook", operands: [self])
            return HookHandle {}
        }
    }
}

/// Removes a hook again. PyTorch: `torch.utils.hooks.RemovableHandle`.
public struct HookHandle: Sendable {
    private let removal: @Sendable () -> Void
    init(_ removal: @escaping @Sendable () -> Void) { self.removal = removal }
    /// The hook is not called any more.
    public func remove() { removal() }
}

/// Backward from several tensors in one pass. PyTorch: `torch.autograd.backward`.
public func backwardAll(_ outputs: [Tensor], _ cotangents: [Tensor?]? = nil, retainGraph: Bool? = nil, createGraph: Bool = false) {
    _ = differentiate(outputs, cotangents, wanted: nil, retainGraph: retainGraph, createGraph: createGraph, operation: "backward")
}

/// The derivatives of `outputs` (weighted by `cotangents`) with respect to `inputs`; nothing is accumulated in leaves.
///
/// - Returns: one tensor per input; nil where no output depends on it.
///
/// PyTorch: `torch.autograd.grad` with `allow_unused=True`.
public func gradients(of outputs: [Tensor], with inputs: [Tensor], cotangents: [Tensor?]? = nil, retainGraph: Bool? = nil,
                      createGraph: Bool = false) -> [Tensor?] {
    differentiate(outputs, cotangents, wanted: inputs, retainGraph: retainGraph, createGraph: createGraph, operation: "gradients")
}

/// The derivatives of one `output` with respect to `inputs`. PyTorch: `torch.autograd.grad`.
public func gradients(of output: Tensor, with inputs: [Tensor], cotangent: Tensor? = nil, retainGraph: Bool? = nil,
                      createGraph: Bool = false) -> [Tensor?] {
    gradients(of: [output], with: inputs, cotangents: [cotangent], retainGraph: retainGraph, createGraph: createGraph)
}

private func differentiate(_ outputs: [Tensor], _ cotangents: [Tensor?]?, wanted: [Tensor]?, retainGraph: Bool?,
                           createGraph: Bool, operation: String) -> [Tensor?] {
    let none = [Tensor?](repeating: nil, count: wanted?.count ?? 0)
    if outputs.contains(where: \.isInert) || (wanted ?? []).contains(where: \.isInert) { return none }
    do throws(TensorError) {
        var slots: [ObjectIdentifier: [Int: Int]]?
        var aliases: [Int: Int] = [:]  // the same tensor asked for twice
        if let wanted {
            var found: [ObjectIdentifier: [Int: Int]] = [:]
            for (slot, tensor) in wanted.enumerated() {
                guard let node = tensor.body.gradientNode else {
                    throw TensorError("input \(slot) does not require gradients: set requiresGrad before computing with it")
                }
                if let first = found[ObjectIdentifier(node)]?[tensor.body.outputIndex] { aliases[slot] = first }
                else { found[ObjectIdentifier(node), default: [:]][tensor.body.outputIndex] = slot }
            }
            slots = found
        }
        var pass = BackwardPass(retainGraph: retainGraph ?? createGraph, createGraph: createGraph, wanted: slots,
                                resultCount: wanted?.count ?? 0)
        if let cotangents, cotangents.count != outputs.count {
            throw TensorError("\(outputs.count) outputs need as many cotangents, not \(cotangents.count)")
        }
        for (i, output) in outputs.enumerated() {
            guard let node = output.body.gradientNode else {
                throw TensorError("the tensor was not computed from any that requires gradients, so it has no derivative")
            }
            let cotangent: Tensor
            if let given = cotangents?[i] {
                guard given.shape == output.shape else {
                    throw TensorError("the cotangent has shape \(given.shape), the tensor \(output.shape); they must be equal")
                }
                guard output.dtype.isComplex || !given.dtype.isComplex else {
                    throw TensorError("the cotangent of a \(output.dtype.name) tensor cannot be \(given.dtype.name)")
                }
                cotangent = given.dtype == output.dtype ? given : given.to(output.dtype)
            } else {
                guard !output.dtype.isComplex else {
                    throw TensorError("a \(output.dtype.name) tensor needs a cotangent; only a single real element has the default, 1")
                }
                guard output.count == 1 else {
                    throw TensorError("a tensor of shape \(output.shape) needs a cotangent of that shape; only a single element has the default, 1")
                }
                cotangent = Tensor.ones(output.shape, dtype: output.dtype)
            }
            pass.add(cotangent, to: node, output.body.outputIndex)
        }
        let outcome: Result<Void, TensorError> = Profiler.backwardPass {
            withGradient(enabled: createGraph) {
                do throws(TensorError) { try pass.run(); return .success(()) } catch { return .failure(error) }
            }
        }
        try outcome.get()
        var results = pass.results
        for (slot, first) in aliases { results[slot] = results[first] }
        return results
    } catch {
        error.report(in: operation, operands: outputs)
        return none
    }
}
