/// Runs `segment` without keeping what its gradient needs, and runs it again in the backward pass: memory for time.
/// PyTorch: `torch.utils.checkpoint.checkpoint`.
///
/// - Parameters:
///   - inputs: what the segment is differentiated with respect to. Parameters that it captures get their gradients too.
///   - preservingRandomState: dropout in the second run draws the same numbers as in the first.
///   - segment: may use modules; the backward pass must run on the thread that called this.
public func checkpoint(_ inputs: [Tensor], preservingRandomState: Bool = true,
                       _ segment: @escaping ([Tensor]) -> Tensor) -> Tensor {
    let confined = ThreadConfined(segment)
    let state = preservingRandomState ? Generator.default.stateBytes : nil
    let forward: Operator.Forward = { inputs, _ throws(TensorError) in
        guard let segment = confined.value else { throw ThreadConfined<Void>.error }
        return [noGrad { segment(inputs.map { $0.detach() }) }]
    }
    let backward: Operator.Backward = { call in
        guard let segment = confined.value else {
            ThreadConfined<Void>.error.report(in: "checkpoint")
            return call.inputs.map { _ in nil }
        }
        // Bytes that a generator gave are always a valid state, so restoring them cannot fail.
        let after = state.map { _ in Generator.default.stateBytes }
        if let state { try? Generator.default.restore(state) }
        defer { if let after { try? Generator.default.restore(after) } }
        return enableGrad {
            let leaves = call.inputs.map { $0.dtype.isDifferentiable ? $0.detach().requiringGrad() : $0 }
            let output = segment(leaves)
            guard output.requiresGrad else { return call.inputs.map { _ in nil } }
            // backward(), not gradients(of:): captured parameters are leaves that must receive theirs.
            output.backward(call.cotangent())
            return leaves.map(\.grad)
        }
    }
    // Captured parameters do not show among the inputs, so the call is recorded even when no input needs a gradient.
    var anchored = inputs
    if isGradEnabled && !inputs.contains(where: \.requiresGrad) { anchored.append(Tensor.zeros([]).requiringGrad()) }
    let count = inputs.count
    let anchoredForward: Operator.Forward = { all, attributes throws(TensorError) in try forward(Array(all.prefix(count)), attributes) }
    let anchoredBackward: Operator.Backward = { call in backward(call) }
    return Operator("checkpoint", saving: .inputs, takesComplex: true, forward: anchored.count == count ? forward : anchoredForward,
                    backward: anchoredBackward)(anchored)[0]
}

/// Runs functions one after the other in `segments` parts, each of which but the last is a ``checkpoint(_:preservingRandomState:_:)``.
/// PyTorch: `torch.utils.checkpoint.checkpoint_sequential`.
public func checkpointSequential(_ functions: [(Tensor) -> Tensor], segments: Int, _ input: Tensor,
                                 preservingRandomState: Bool = true) -> Tensor {
    composed("checkpointSequential", [input]) { () throws(TensorError) in
        guard segments > 0, segments <= functions.count else {
            throw TensorError("\(functions.count) functions cannot be cut into \(segments) segments")
        }
        let size = functions.count / segments
        var x = input
        for s in 0..<segments - 1 {
            let part = Array(functions[s * size..<(s + 1) * size])
            x = checkpoint([x], preservingRandomState: preservingRandomState) { inputs in part.reduce(inputs[0]) { $1($0) } }
        }
        return functions[((segments - 1) * size)...].reduce(x) { $1($0) }
    }
}
