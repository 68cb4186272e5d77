import Ember

/// Functions whose indices may name any of several equal elements: PyTorch documents no choice, and its own differs
/// between devices.
enum TieRule {
    /// By operator: the position of `dim`.
    private static let dimPositions = [
        "kthvalue": 2, "mode": 1, "topk": 2, "median": 1, "nanmedian": 1, "sort": 1, "argsort": 1,
    ]

    /// `result` with the recorded indices in place of Ember's where both select the same values; whether any differed.
    static func resolved(_ result: Value, _ expected: Value, _ arguments: Arguments) throws -> (
        result: Value, differs: Bool
    ) {
        guard let position = dimPositions[arguments.operation],
            let x = try arguments.optionalTensor(0, "input")?.detach()
        else { return (result, false) }
        let dim = try arguments.int(position, "dim", default: -1)
        switch (result, expected) {
        case (.list(let own), .list(let recorded)) where own.count == 2 && recorded.count == 2:
            guard case .tensor(let a) = own[1], case .tensor(let b) = recorded[1], try areEquivalent(a, b, x, dim)
            else { return (result, false) }
            return (.list([own[0], recorded[1]]), true)
        case (.tensor(let a), .tensor(let b)) where a.dtype == .int64 && arguments.operation == "argsort":
            return try areEquivalent(a, b, x, dim) ? (expected, true) : (result, false)
        default:
            return (result, false)
        }
    }

    private static func areEquivalent(_ a: Tensor, _ b: Tensor, _ x: Tensor, _ dim: Int) throws -> Bool {
        guard a.shape == b.shape, x.rank > 0, !a.equal(b) else { return false }
        let keeps = a.rank == x.rank
        return
            (try? checked { () -> Bool in
                let own = x.gather(dim, keeps ? a : a.unsqueeze(dim)),
                    recorded = x.gather(dim, keeps ? b : b.unsqueeze(dim))
                return own.isClose(recorded, rtol: 0, atol: 0, equalNaN: true).all().item(as: Bool.self)
            }) ?? false
    }
}
