import EmberTensor
import Synchronization

/// Two types of distributions, in order.
private struct TypePair: Hashable, Sendable {
    let p: ObjectIdentifier
    let q: ObjectIdentifier
}

private typealias DivergenceRule = @Sendable (any Distribution, any Distribution) -> Tensor

/// The rules that programs have added.
private let addedRules = Mutex<[TypePair: DivergenceRule]>([:])

/// Ember's own rules, as a table that is built once.
struct DivergenceTable: Sendable {
    fileprivate private(set) var rules: [TypePair: DivergenceRule] = [:]

    mutating func add<P: Distribution, Q: Distribution>(_ p: P.Type, _ q: Q.Type, _ rule: @escaping @Sendable (P, Q) -> Tensor) {
        rules[TypePair(p: ObjectIdentifier(p), q: ObjectIdentifier(q))] = erased(rule)
    }

    /// Pairs of which p takes values that q does not.
    mutating func addInfinite<P: Distribution>(_ p: P.Type, _ others: [any Distribution.Type],
                                                 like shape: @escaping @Sendable (P) -> Tensor) {
        for q in others {
            rules[TypePair(p: ObjectIdentifier(p), q: ObjectIdentifier(q))] = { first, second in
                guard let first = first as? P else { return .inert }
                let model = shape(first).detach()
                return Tensor.full(broadcastShape(model.shape, [Tensor.zeros(second.batchShape)]), .double(.infinity), dtype: model.dtype)
            }
        }
    }

    fileprivate static let standard: DivergenceTable = {
        var table = DivergenceTable()
        table.addSameFamily()
        table.addCrossFamily()
        table.addMultivariateNormal()
        table.addCompositions()
        return table
    }()
}

/// A rule behind types that are only known when it is called.
private func erased<P: Distribution, Q: Distribution>(_ rule: @escaping @Sendable (P, Q) -> Tensor) -> DivergenceRule {
    { first, second in
        // The key of the table says that these casts succeed.
        guard let first = first as? P, let second = second as? Q else { return .inert }
        return rule(first, second)
    }
}

/// Adds a rule for the divergence of two types of distributions, or replaces Ember's. PyTorch: `torch.distributions.kl.register_kl`.
///
/// ```swift
/// registerKL(Triangular.self, Normal.self) { p, q in … }
/// ```
public func registerKL<P: Distribution, Q: Distribution>(_ p: P.Type, _ q: Q.Type, _ rule: @escaping @Sendable (P, Q) -> Tensor) {
    addedRules.withLock { $0[TypePair(p: ObjectIdentifier(p), q: ObjectIdentifier(q))] = erased(rule) }
}

/// The Kullback-Leibler divergence KL(p ‖ q) = E_p[log p(x) - log q(x)], of the broadcast batch shape.
///
/// The rule of the two types is used, else that of the families to which they belong (``Distribution/generalized``); two members of one
/// ``ExponentialFamily`` need no rule. A pair that has none is an error. PyTorch: `torch.distributions.kl_divergence`.
public func klDivergence(_ p: any Distribution, _ q: any Distribution) -> Tensor {
    for first in [p, p.generalized] {
        for second in [q, q.generalized] {
            let pair = TypePair(p: ObjectIdentifier(type(of: first)), q: ObjectIdentifier(type(of: second)))
            if let rule = addedRules.withLock({ $0[pair] }) ?? DivergenceTable.standard.rules[pair] { return rule(first, second) }
        }
    }
    if let p = p as? any ExponentialFamily, let divergence = divergenceWithinFamily(p, q) { return divergence }
    TensorError("there is no rule for the divergence of \(type(of: p)) from \(type(of: q)); registerKL adds one").report(in: "klDivergence")
    return .inert
}

/// By the log normaliser; nil for members of different families.
private func divergenceWithinFamily<Family: ExponentialFamily>(_ p: Family, _ q: any Distribution) -> Tensor? {
    (q as? Family).map { p.bregmanDivergence(from: $0) }
}
