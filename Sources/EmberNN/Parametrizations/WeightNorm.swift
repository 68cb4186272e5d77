import EmberTensor

/// w = g v / ‖v‖: direction and length of a weight trained apart (Salimans & Kingma, arXiv:1602.07868).
final class WeightNormParametrization: Parametrization {
    /// The dimension whose slices have lengths of their own; nil: one length.
    private let dim: Int?

    init(dim: Int?) { self.dim = dim }

    /// The norms over all other dimensions, which stay with size 1.
    private func lengths(_ direction: Tensor) -> Tensor {
        guard let dim else { return direction.vectorNorm() }
        let others = (0..<direction.rank).filter { $0 != (dim < 0 ? dim + direction.rank : dim) }
        return others.isEmpty ? direction.abs() : direction.vectorNorm(2, others, keepDim: true)
    }

    override func forward(_ originals: [Tensor]) -> Tensor { originals[1] * (originals[0] / lengths(originals[1])) }

    override func rightInverse(_ value: Tensor) -> [Tensor] { [lengths(value), value] }
}

/// Trains direction (`weight_v`) and length (`weight_g`) of a layer's weight apart: w = g v / ‖v‖ (Salimans & Kingma, arXiv:1602.07868).
/// Optimisers must be made afterwards. PyTorch: `torch.nn.utils.weight_norm`, whose keys the state dict has.
///
/// - Parameter dim: each slice along it has a length of its own; nil: one length for the whole weight.
/// - Returns: the module.
@discardableResult
public func weightNorm<M: Module>(_ module: M, name: String = "weight", dim: Int? = 0) -> M {
    module.reparametrize(name, WeightNormParametrization(dim: dim), naming: .suffixes(["_g", "_v"]), caller: "weightNorm")
    return module
}

/// Undoes ``weightNorm(_:name:dim:)``; the weight keeps its values. PyTorch: `torch.nn.utils.remove_weight_norm`.
@discardableResult
public func removeWeightNorm<M: Module>(_ module: M, name: String = "weight") -> M {
    module.unparametrize(name, keepingComputedValue: true, caller: "removeWeightNorm") { $0 is WeightNormParametrization }
    return module
}
