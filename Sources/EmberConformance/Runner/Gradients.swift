import Ember

/// The recorded gradients: of the weighted sum of outputs with respect to each leaf.
enum Gradients {
    /// Findings for `decoder`'s leaves, and for `others` (a layer's parameters) under their names.
    static func findings(
        _ line: JSON, of result: Value, _ decoder: Decoder,
        others: [(name: String, value: Tensor, expected: JSON)] = []
    ) throws -> [Finding] {
        guard let chosen = line["diff_out"]?.arrayValue, let weights = line["cot"]?.arrayValue else { return [] }
        let outputs = result.flattened, leaves = decoder.leaves
        var differentiated: [Tensor] = []
        var cotangents: [Tensor] = []
        for (index, weight) in zip(chosen, weights) {
            guard let index = index.integerValue, index < outputs.count, case .tensor(let output) = outputs[index],
                let key = weight["t"]?.stringValue
            else { throw Failure("output \(index.encoded) is no tensor") }
            guard output.requiresGrad else { continue }
            differentiated.append(output)
            cotangents.append(try decoder.tensor(key))
        }
        let inputs = leaves + others.map(\.value)
        var found = [Tensor?](repeating: nil, count: inputs.count)
        if !differentiated.isEmpty {
            try checked { found = gradients(of: differentiated, with: inputs, cotangents: cotangents) }
        }

        let recorded = line["grads"]?.arrayValue ?? []
        var findings: [Finding] = []
        for (i, entry) in (recorded + others.map(\.expected)).enumerated() where i < inputs.count {
            let what = i < leaves.count ? "gradient \(i)" : "gradient of \(others[i - leaves.count].name)"
            let gradient = found[i] ?? inputs[i].detach().zerosLike()
            guard let key = entry["t"]?.stringValue else {
                findings.append(Finding(what, .tensor(gradient), nil))
                continue
            }
            // One tensor given twice was recorded as two with the same values; each then has the gradient of both.
            let twins = leaves.indices.filter {
                i < leaves.count && $0 != i && leaves[$0].dtype == leaves[i].dtype
                    && leaves[$0].detach().equal(leaves[i].detach())
            }
            let sum = twins.isEmpty ? nil : twins.reduce(gradient) { $0 + (found[$1] ?? gradient.zerosLike()) }
            findings.append(
                Finding(what, .tensor(gradient), .tensor(try decoder.tensor(key)), alternative: sum.map(Value.tensor)))
        }
        return findings
    }
}
