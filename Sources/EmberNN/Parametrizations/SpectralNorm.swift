import EmberTensor

/// w = v / σ(v), σ the largest singular value, estimated by power iteration (Miyato et al., arXiv:1802.05957).
final class SpectralNormParametrization: Parametrization {
    /// Which singular vector an iteration renews first: PyTorch's two functions differ.
    enum Order { case leftFirst, rightFirst }

    /// Estimates of the left and right singular vector.
    @Buffer var u: Tensor
    @Buffer var v: Tensor
    private let dim: Int
    private let iterations: Int
    private let eps: Double
    private let order: Order

    override var pathNames: [String: String] { ["u": "_u", "v": "_v"] }

    init(_ weight: Tensor, dim: Int, iterations: Int, eps: Double, order: Order) {
        self.dim = dim < 0 ? dim + weight.rank : dim
        self.iterations = iterations
        self.eps = eps
        self.order = order
        if !(0..<max(weight.rank, 1)).contains(self.dim) || iterations < 1 {
            TensorError("needs a dimension of the weight, of shape \(weight.shape), and at least one power iteration; got \(dim) and \(iterations)")
                .report(in: "spectralNorm")
        }
        let rows = weight.rank > 1 ? weight.shape[self.dim] : 1
        func start(_ count: Int) -> Tensor { Self.normalized(.normal([count], dtype: weight.dtype), eps) }
        u = start(rows)
        v = start(weight.count / max(rows, 1))
    }

    private static func normalized(_ vector: Tensor, _ eps: Double) -> Tensor { vector / vector.vectorNorm().clamp(min: .double(eps)) }

    /// The weight with `dim` first and all others as columns.
    private func matrix(_ weight: Tensor) -> Tensor { weight.movedim(dim, 0).flatten(from: 1) }

    /// Improves the estimates of the singular vectors.
    func iterate(_ weight: Tensor, _ count: Int) {
        guard weight.rank > 1 else { return }
        let w = matrix(weight)
        for _ in 0..<count {
            if order == .leftFirst { u = Self.normalized(w.mv(v), eps) }
            v = Self.normalized(w.mT.mv(u), eps)
            if order == .rightFirst { u = Self.normalized(w.mv(v), eps) }
        }
    }

    override func forward(_ originals: [Tensor]) -> Tensor {
        let weight = originals[0]
        if weight.rank < 2 { return Self.normalized(weight, eps) }
        if isTrainingHost { noGrad { iterate(weight.detach(), iterations) } }
        return weight / u.dot(matrix(weight).mv(v))
    }
}

/// Transposed convolutions have their outputs in dimension 1.
func spectralDim(_ module: Module) -> Int { module is TransposedConvolutionLayer ? 1 : 0 }

/// Divides a layer's weight by its largest singular value (Miyato et al., arXiv:1802.05957), which each use of the weight in training
/// estimates better by power iteration. Optimisers must be made afterwards. PyTorch: `torch.nn.utils.spectral_norm`, whose keys the state dict
/// has: `weight_orig`, and the singular vectors `weight_u` and `weight_v`.
///
/// - Parameter dim: the dimension of the outputs; nil: 1 for transposed convolutions, 0 otherwise.
/// - Returns: the module.
@discardableResult
public func spectralNorm<M: Module>(_ module: M, name: String = "weight", powerIterations: Int = 1, eps: Double = 1e-12, dim: Int? = nil) -> M {
    guard let weight = module.heldParameter(name) else {
        TensorError("\(type(of: module)) has no parameter \(name)").report(in: "spectralNorm")
        return module
    }
    let norm = SpectralNormParametrization(weight.value, dim: dim ?? spectralDim(module), iterations: powerIterations, eps: eps,
                                           order: .rightFirst)
    module.reparametrize(name, norm, naming: .suffixes(["_orig"]), caller: "spectralNorm")
    return module
}

/// Undoes ``spectralNorm(_:name:powerIterations:eps:dim:)``; the weight keeps its normalised values. PyTorch: `torch.nn.utils.remove_spectral_norm`.
@discardableResult
public func removeSpectralNorm<M: Module>(_ module: M, name: String = "weight") -> M {
    module.unparametrize(name, keepingComputedValue: true, caller: "removeSpectralNorm") { $0 is SpectralNormParametrization }
    return module
}
