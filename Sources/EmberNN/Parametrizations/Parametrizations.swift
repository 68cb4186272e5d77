import EmberTensor

/// The parametrizations that PyTorch provides. PyTorch: `torch.nn.utils.parametrizations`.
public enum Parametrizations {
    /// ``EmberNN/weightNorm(_:name:dim:)`` with the keys of `torch.nn.utils.parametrizations.weight_norm`:
    /// `parametrizations.weight.original0` is the length, `original1` the direction.
    @discardableResult
    public static func weightNorm<M: Module>(_ module: M, name: String = "weight", dim: Int? = 0) -> M {
        parametrize(module, name, by: WeightNormParametrization(dim: dim))
    }

    /// ``EmberNN/spectralNorm(_:name:powerIterations:eps:dim:)`` with the keys of `torch.nn.utils.parametrizations.spectral_norm`:
    /// `parametrizations.weight.original`, `parametrizations.weight.0._u` and `_v`. The estimate starts with 15 iterations.
    @discardableResult
    public static func spectralNorm<M: Module>(_ module: M, name: String = "weight", powerIterations: Int = 1, eps: Double = 1e-12,
                                               dim: Int? = nil) -> M {
        guard let weight = module.heldParameter(name) else {
            TensorError("\(type(of: module)) has no parameter \(name)").report(in: "spectralNorm")
            return module
        }
        let norm = SpectralNormParametrization(weight.value, dim: dim ?? spectralDim(module), iterations: powerIterations, eps: eps,
                                               order: .leftFirst)
        noGrad { norm.iterate(weight.value.detach(), 15) }
        return parametrize(module, name, by: norm)
    }

    /// Keeps a weight (…, n, k) orthogonal: orthonormal columns, or rows when those are fewer. The state dict has
    /// `parametrizations.weight.original`, and `parametrizations.weight.0.base` with trivialization.
    ///
    /// - Parameters:
    ///   - map: from matrices to orthogonal ones; nil: the matrix exponential for square weights, reflections for others.
    ///   - useTrivialization: trains the way from a fixed orthogonal matrix, the base (Lezcano-Casado, arXiv:1909.09501). Without it no values can
    ///     be assigned, but for reflections.
    ///
    /// PyTorch: `torch.nn.utils.parametrizations.orthogonal`.
    @discardableResult
    public static func orthogonal<M: Module>(_ module: M, name: String = "weight", map: OrthogonalMap? = nil, useTrivialization: Bool = true) -> M {
        guard let shape = module.heldParameter(name)?.shape, shape.count >= 2 else {
            TensorError("\(type(of: module)) has no matrix \(name)").report(in: "orthogonal")
            return module
        }
        let isSquare = shape[shape.count - 1] == shape[shape.count - 2]
        let parametrization = OrthogonalParametrization(map ?? (isSquare ? .matrixExponential : .householder), trivialized: useTrivialization)
        return parametrize(module, name, by: parametrization)
    }
}
