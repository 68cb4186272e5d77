extension SparseTensor {
    /// The sum of all elements. PyTorch: `torch.sparse.sum`.
    public func sum(dtype: DType? = nil) -> Tensor { Self.dense("SparseTensor.sum", [self]) { () throws(TensorError) in values.sum(dtype: dtype) } }

    /// Sums over dimensions, which go. When all sparse ones go, what is left is stored as one block: ``toDense()`` gives it as a tensor.
    /// PyTorch: `torch.sparse.sum` with `dim`.
    public func sum(_ dims: [Int], dtype: DType? = nil) -> SparseTensor {
        Self.sparse("SparseTensor.sum", [self]) { () throws(TensorError) in
            var summed: Set<Int> = []
            for dim in dims where !summed.insert(try ShapeRule.dim(dim, rank: rank)).inserted {
                throw TensorError("dimension \(dim) appears more than once in \(dims)")
            }
            let blockDims = summed.filter { $0 >= sparseDim }.map { $0 - sparseDim + 1 }.sorted()
            var blocks = values.to(dtype ?? (self.dtype.isInteger || self.dtype == .bool ? .int64 : self.dtype))
            if !blockDims.isEmpty { blocks = blocks.sum(blockDims) }
            let kept = (0..<sparseDim).filter { !summed.contains($0) }
            let rest = shape.indices.filter { !summed.contains($0) }.map { shape[$0] }
            if kept.count == sparseDim { return SparseTensor(indices, blocks, rest, isCoalesced: isCoalesced) }
            let coordinates = indices.indexSelect(0, Tensor(kept, dtype: .int64))
            return SparseTensor(coordinates, blocks, rest, isCoalesced: false).coalesced()
        }
    }

    /// Exponentials that sum to 1 along `dim`, over the stored elements: the others count as -∞. PyTorch: `torch.sparse.softmax`.
    public func softmax(_ dim: Int, dtype: DType? = nil) -> SparseTensor {
        normalised("SparseTensor.softmax", dim, dtype, blocks: { $0.softmax($1) }) { shifted, sums in shifted.exp() / sums }
    }

    /// The logarithms of ``softmax(_:dtype:)``. PyTorch: `torch.sparse.log_softmax`.
    public func logSoftmax(_ dim: Int, dtype: DType? = nil) -> SparseTensor {
        normalised("SparseTensor.logSoftmax", dim, dtype, blocks: { $0.logSoftmax($1) }) { shifted, sums in shifted - sums.log() }
    }

    private func normalised(_ name: String, _ dim: Int, _ dtype: DType?, blocks: (Tensor, Int) -> Tensor,
                            _ finish: (_ shifted: Tensor, _ sums: Tensor) -> Tensor) -> SparseTensor {
        Self.sparse(name, [self]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let source = coalesced(), x = dtype.map { source.values.to($0) } ?? source.values
            guard x.dtype.isFloatingPoint else { throw TensorError("needs floating-point values, not \(x.dtype.name)") }
            if d >= sparseDim { return source.withValues(blocks(x, d - sparseDim + 1)) }
            // Elements that differ in `dim` alone share a group.
            let others = (0..<sparseDim).filter { $0 != d }
            let groups = Self.places(source.indices.indexSelect(0, Tensor(others, dtype: .int64)), sizes: others.map { shape[$0] })
            let (different, inverse, _) = groups.unique(returnInverse: true)
            guard let inverse else { return .inert }
            let largest = Tensor.full([different.count] + denseShape, .double(-Double.infinity), dtype: x.dtype)
                .indexReduce(0, inverse, x.detach(), .max)
            let shifted = x - largest.indexSelect(0, inverse)
            let sums = shifted.exp().summed(into: different.count, by: inverse)
            return source.withValues(finish(shifted, sums.indexSelect(0, inverse)))
        }
    }
}
