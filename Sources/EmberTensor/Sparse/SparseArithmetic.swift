extension SparseTensor {
    /// The sum; coalesced when both operands are. PyTorch: `torch.add` of sparse tensors.
    public static func + (a: SparseTensor, b: SparseTensor) -> SparseTensor { a.adding(b) }

    /// The difference; coalesced when both operands are. PyTorch: `torch.sub` of sparse tensors.
    public static func - (a: SparseTensor, b: SparseTensor) -> SparseTensor { a.adding(b, alpha: -1) }

    /// The product, of elements that both operands store. PyTorch: `torch.mul` of sparse tensors.
    public static func * (a: SparseTensor, b: SparseTensor) -> SparseTensor { a.multiplied(by: b) }

    public static func * (a: SparseTensor, b: Double) -> SparseTensor { a.withValues(a.values * b) }
    public static func * (a: Double, b: SparseTensor) -> SparseTensor { b.withValues(a * b.values) }
    public static func / (a: SparseTensor, b: Double) -> SparseTensor { a.withValues(a.values / b) }
    public static prefix func - (a: SparseTensor) -> SparseTensor { a.withValues(-a.values) }

    /// Other values at the same coordinates.
    func withValues(_ values: Tensor) -> SparseTensor { SparseTensor(indices, values, shape, isCoalesced: isCoalesced) }

    /// self + alpha · other. PyTorch: `torch.add` with `alpha`.
    public func adding(_ other: SparseTensor, alpha: Double = 1) -> SparseTensor {
        Self.sparse("SparseTensor.adding", [self, other]) { () throws(TensorError) in
            try checkFit(other)
            let addend = alpha == 1 ? other.values : other.values * alpha
            let sum = SparseTensor(EmberTensor.cat([indices, other.indices], dim: 1), EmberTensor.cat([values, addend]), shape, isCoalesced: false)
            return isCoalesced && other.isCoalesced ? sum.coalesced() : sum
        }
    }

    /// A dense sum of this shape. PyTorch: `torch.add` of a dense and a sparse tensor.
    public func adding(_ dense: Tensor, alpha: Double = 1) -> Tensor {
        Self.dense("SparseTensor.adding", [self], [dense]) { () throws(TensorError) in
            guard dense.shape == shape else { throw TensorError("the dense tensor has shape \(dense.shape), the sparse one \(shape)") }
            return toDense() + (alpha == 1 ? dense : dense * alpha)
        }
    }

    /// The product of elements that both store. PyTorch: `torch.mul` of sparse tensors.
    public func multiplied(by other: SparseTensor) -> SparseTensor {
        Self.sparse("SparseTensor.multiplied", [self, other]) { () throws(TensorError) in
            try checkFit(other)
            let (a, b) = (coalesced(), other.coalesced())
            if a.storedCount == 0 || b.storedCount == 0 {
                let none = a.values.narrow(0, start: 0, count: 0) * b.values.narrow(0, start: 0, count: 0)
                return SparseTensor(.zeros([sparseDim, 0], dtype: .int64), none, shape, isCoalesced: true)
            }
            let places = a.places(), others = b.places()
            let found = others.searchsorted(places).clamp(max: .int(others.count - 1))
            let common = (others.indexSelect(0, found) .== places).nonzero().squeeze(1)
            return SparseTensor(a.indices.indexSelect(1, common),
                                a.values.indexSelect(0, common) * b.values.indexSelect(0, found.indexSelect(0, common)), shape, isCoalesced: true)
        }
    }

    /// The product with a dense tensor that broadcasts to this shape; it is read at the stored coordinates only.
    /// PyTorch: `torch.mul` of a sparse and a dense tensor.
    public func multiplied(by dense: Tensor) -> SparseTensor {
        Self.sparse("SparseTensor.multiplied", [self], [dense]) { () throws(TensorError) in
            guard dense.rank <= rank, try ShapeRule.broadcast(dense.shape, shape) == shape else {
                throw TensorError("the dense tensor, of shape \(dense.shape), does not broadcast to shape \(shape)")
            }
            let full = [Int](repeating: 1, count: rank - dense.rank) + dense.shape
            let own = Array(full.prefix(sparseDim)), rest = Array(full.dropFirst(sparseDim))
            // Dimensions that broadcast are stepped over with stride 0.
            let strides = zip(ShapeRule.contiguousStrides(own), own).map { $1 == 1 ? 0 : $0 }
            let places = sparseDim == 0 ? self.places() : (indices * Tensor(strides).unsqueeze(1)).sum(0)
            return withValues(values * dense.reshape([ShapeRule.count(own)] + rest).indexSelect(0, places))
        }
    }

    /// `transform` of every stored element, repeated coordinates added up before. It must map 0 to 0: the other elements stay zero.
    ///
    ///     let roots = a.mapValues { $0.sqrt() }
    public func mapValues(_ transform: (Tensor) -> Tensor) -> SparseTensor {
        Self.sparse("SparseTensor.mapValues", [self]) { () throws(TensorError) in
            let source = coalesced(), result = transform(source.values)
            guard result.isInert || result.shape == source.values.shape else {
                throw TensorError("the values got shape \(result.shape) from \(source.values.shape); they must keep it")
            }
            return source.withValues(result)
        }
    }

    private func checkFit(_ other: SparseTensor) throws(TensorError) {
        guard shape == other.shape, sparseDim == other.sparseDim else {
            throw TensorError("the operands have shapes \(shape) and \(other.shape) with \(sparseDim) and \(other.sparseDim) sparse dimensions; "
                + "both must agree")
        }
    }
}
