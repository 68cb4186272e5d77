import EmberTensor

/// A softmax for very many classes of unequal frequency: the frequent ones first and alone, the rare ones in clusters that share a head entry
/// and get fewer features (Grave et al., arXiv:1609.04309). PyTorch: `torch.nn.AdaptiveLogSoftmaxWithLoss`.
public final class AdaptiveLogSoftmaxWithLoss: Module {
    /// Frequent classes, then one output for each cluster.
    public let head: Linear
    /// For each cluster a projection to fewer features and the output.
    public let tail: ModuleList<Sequential>
    public let inFeatures: Int
    public let classes: Int
    /// Where clusters begin, and the number of classes.
    public let cutoffs: [Int]

    /// - Parameters:
    ///   - classes: their number; they are numbered by falling frequency.
    ///   - cutoffs: the first class of each cluster, rising.
    ///   - divisor: by which each cluster has fewer features than the one before.
    public init(_ inFeatures: Int, _ classes: Int, cutoffs: [Int], divisor: Double = 4, headBias: Bool = false, dtype: DType? = nil) {
        self.inFeatures = inFeatures
        self.classes = classes
        self.cutoffs = cutoffs + [classes]
        let isRising = zip(self.cutoffs, self.cutoffs.dropFirst()).allSatisfy { $0 < $1 }
        if cutoffs.isEmpty || (cutoffs.first ?? 0) <= 0 || !isRising {
            TensorError("cutoffs must rise from above 0 to below the \(classes) classes, got \(cutoffs)").report(in: "AdaptiveLogSoftmaxWithLoss")
        }
        head = Linear(inFeatures, (cutoffs.first ?? 0) + cutoffs.count, bias: headBias, dtype: dtype)
        tail = ModuleList(zip(self.cutoffs, self.cutoffs.dropFirst()).enumerated().map { i, range in
            var features = Double(inFeatures)
            for _ in 0...i { features /= divisor }
            let width = Int(features)
            return Sequential(Linear(inFeatures, width, bias: false, dtype: dtype),
                              Linear(width, max(range.1 - range.0, 0), bias: false, dtype: dtype))
        })
    }

    private var shortlist: Int { cutoffs[0] }

    /// The log-probability of each target, and the mean of their negatives.
    ///
    /// - Parameters:
    ///   - input: (batch, inFeatures), or (inFeatures) for one example.
    ///   - target: (batch), or 0-d.
    public func callAsFunction(_ input: Tensor, _ target: Tensor) -> (output: Tensor, loss: Tensor) {
        let output = composed("AdaptiveLogSoftmaxWithLoss", [input, target]) { () throws(TensorError) in
            try check(input)
            guard target.shape == Array(input.shape.dropLast()) else {
                throw TensorError("an input of shape \(input.shape) needs a target of shape \(Array(input.shape.dropLast())), not \(target.shape)")
            }
            let x = input.rank == 2 ? input : input.unsqueeze(0), y = target.reshape([target.count])
            let labels = y.array(of: Int.self)
            if let wrong = labels.first(where: { $0 < 0 || $0 >= classes }) {
                throw TensorError("targets must lie in 0..<\(classes), one is \(wrong)")
            }
            // Where each target stands in the head: itself, or its cluster.
            let cluster = labels.map { label in cutoffs.count { $0 <= label } }
            let places = zip(labels, cluster).map { label, c in c == 0 ? label : shortlist + c - 1 }
            var result = head(x).logSoftmax(1).gather(1, Tensor(places).unsqueeze(1)).squeeze(1)
            for c in 1..<cutoffs.count {
                let rows = labels.indices.filter { cluster[$0] == c }
                if rows.isEmpty { continue }
                let within = tail[c - 1](x.indexSelect(0, Tensor(rows))).logSoftmax(1)
                let own = within.gather(1, Tensor(rows.map { labels[$0] - cutoffs[c - 1] }).unsqueeze(1)).squeeze(1)
                result = result.indexAdd(0, Tensor(rows), own)
            }
            return input.rank == 2 ? result : result.squeeze(0)
        }
        return (output, -output.mean())
    }

    /// Log-probabilities of all classes: (batch, inFeatures) → (batch, classes). PyTorch: `log_prob`.
    public func logProbabilities(_ input: Tensor) -> Tensor {
        composed("AdaptiveLogSoftmaxWithLoss.logProbabilities", [input]) { () throws(TensorError) in
            try check(input)
            let x = input.rank == 2 ? input : input.unsqueeze(0)
            let top = head(x).logSoftmax(1)
            var parts = [top.narrow(1, start: 0, count: shortlist)]
            for c in tail.elements.indices { parts.append(tail[c](x).logSoftmax(1) + top.narrow(1, start: shortlist + c, count: 1)) }
            let all = cat(parts, dim: 1)
            return input.rank == 2 ? all : all.squeeze(0)
        }
    }

    /// The most probable class of each example: (batch, inFeatures) → (batch). PyTorch: `predict`.
    public func predict(_ input: Tensor) -> Tensor { logProbabilities(input).argmax(-1) }

    private func check(_ input: Tensor) throws(TensorError) {
        guard input.rank == 1 || input.rank == 2, input.shape.last == inFeatures else {
            throw TensorError("takes (batch, \(inFeatures)) or (\(inFeatures)), not shape \(input.shape)")
        }
    }
}
