/// A batch of label sequences with blanks between and around their labels, and how many time steps of each example count: what a loss over
/// all alignments needs besides the distributions.
package struct AlignmentProblem: Sendable {
    /// Positions of the longest sequence.
    package let positions: Int
    /// The class at each position, (batch, positions), and whether a position may be reached from two before.
    package let labels: [Int], skips: [Bool]
    package let inputLengths: [Int], targetLengths: [Int]

    package init(positions: Int, labels: [Int], skips: [Bool], inputLengths: [Int], targetLengths: [Int]) {
        self.positions = positions
        self.labels = labels
        self.skips = skips
        self.inputLengths = inputLengths
        self.targetLengths = targetLengths
    }
}

/// The negative log probabilities (batch) of the label sequences under float32 or float64 `logProbabilities` (time, batch, classes), infinite
/// where a sequence does not fit.
///
/// - Parameter composition: the same of differentiable operators, for gradients that will be differentiated.
package func alignmentLosses(_ logProbabilities: Tensor, _ problem: AlignmentProblem,
                             composition: @escaping @Sendable (Tensor) -> Tensor) -> Tensor {
    let withGradient = isGradEnabled && logProbabilities.requiresGrad
    let operation = Operator("ctc_loss", saving: [.inputs, .outputs], outputs: 2, forward: { inputs, _ throws(TensorError) in
        let x = inputs[0].detach().contiguous()
        let losses = Tensor.empty([x.shape[1]], x.dtype, device: x.device)
        let gradient = Tensor.empty(withGradient ? x.shape : [0], x.dtype, device: x.device)
        x.device.backend.alignmentLosses(x, problem, into: losses, gradient: withGradient ? gradient : nil)
        return [losses, gradient]
    }, backward: { call in
        let g = call.cotangent()
        guard isGradEnabled else { return [call.output(1).detach() * g.reshape([1, g.count, 1])] }
        let x = call.input(0)
        let operand = x.reshape(x.shape)
        return gradients(of: composition(operand), with: [operand], cotangent: g, createGraph: true)
    })
    return operation([logProbabilities])[0]
}
