/// Runs `segment` without keeping what its gradient needs, and runs it again in the backward pass: memory for time.
/// PyTorch: `torch.utils.checkpoint.checkpoint`.
///
/// - Parameters:
///   - inputs: what the segment is differentiated with respect to. Parameters that it captures get their gradients too.
///   - preservingRandomState: dropout in the second run draws the same numbers as in the first.
public func checkpoint(_ inputs: [Tensor], preservingRandomState: Bool = true,
                       _ segment: @escaping @Sendable ([Tensor]) -> Tensor) -> Tensor {
    let state = preservingRandomState ? Generator.default.stateBytes : nil
    let forward: Operator.Forward = { inputs, _ throws(TensorError) in
        [noGrad { segment(inputs.map { $0.detach() }) }]
    }
    let backward: Operator.Backward = { call in
        // Bytes that a generator gave are always a valid state, so restoring them cannot fail.
        let after = state.map { _ in Generator.default.stateBytes }
        if let state { try? Generator.default.restore(state) }
        defer { if let after { try? Generator.default.restore(after) } }
        return enableGrad {
            let leaves = call.inputs.map { $0.dtype.isFloatingPoint ? $0.detach().requiringGrad() : $0 }
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
