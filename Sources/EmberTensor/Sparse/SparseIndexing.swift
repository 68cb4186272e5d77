extension SparseTensor {
    /// Two dimensions exchanged, both sparse or both dense. PyTorch: `Tensor.transpose`.
    public func transpose(_ a: Int, _ b: Int) -> SparseTensor {
        Self.sparse("SparseTensor.transpose", [self]) { () throws(TensorError) in
            let d0 = try ShapeRule.dim(a, rank: rank), d1 = try ShapeRule.dim(b, rank: rank)
            guard (d0 < sparseDim) == (d1 < sparseDim) else { throw TensorError("a sparse and a dense dimension, \(a) and \(b), cannot be exchanged") }
            if d0 == d1 { return self }
            var sizes = shape
            sizes.swapAt(d0, d1)
            if d0 >= sparseDim {
                return SparseTensor(indices, values.transpose(d0 - sparseDim + 1, d1 - sparseDim + 1), sizes, isCoalesced: isCoalesced)
            }
            var order = Array(0..<sparseDim)
            order.swapAt(d0, d1)
            return SparseTensor(indices.indexSelect(0, Tensor(order)), values, sizes, isCoalesced: false)
        }
    }

    /// The transposed matrix. PyTorch: `Tensor.t`.
    public func t() -> SparseTensor {
        Self.sparse("SparseTensor.t", [self]) { () throws(TensorError) in
            guard rank <= 2 else { throw TensorError("needs at most 2 dimensions, not \(rank)") }
            return rank == 2 ? transpose(0, 1) : self
        }
    }

    /// `count` entries of a dimension from `start` on. PyTorch: `Tensor.narrow_copy`.
    public func narrow(_ dim: Int, start: Int, count: Int) -> SparseTensor {
        Self.sparse("SparseTensor.narrow", [self]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let first = start < 0 ? start + shape[d] : start
            guard first >= 0, count >= 0, first + count <= shape[d] else {
                throw TensorError("\(count) entries from \(start) do not lie within the \(shape[d]) of dimension \(dim)")
            }
            var sizes = shape
            sizes[d] = count
            if d >= sparseDim {
                return SparseTensor(indices, values.narrow(d - sparseDim + 1, start: first, count: count), sizes, isCoalesced: isCoalesced)
            }
            let row = indices[d]
            let kept = ((row .>= Double(first)) & (row .< Double(first + count))).nonzero().squeeze(1)
            var offsets = [Int](repeating: 0, count: sparseDim)
            offsets[d] = first
            return SparseTensor(indices.indexSelect(1, kept) - Tensor(offsets).unsqueeze(1), values.indexSelect(0, kept), sizes, isCoalesced: isCoalesced)
        }
    }

    /// The entry `index` of a dimension, which goes. PyTorch: `Tensor.select`.
    public func select(_ dim: Int, _ index: Int) -> SparseTensor {
        Self.sparse("SparseTensor.select", [self]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            guard (-shape[d]..<shape[d]).contains(index) else { throw TensorError("index \(index) is out of range for the size \(shape[d])") }
            let part = narrow(d, start: index, count: 1)
            var sizes = shape
            sizes.remove(at: d)
            if d >= sparseDim { return SparseTensor(indices, part.values.squeeze(d - sparseDim + 1), sizes, isCoalesced: isCoalesced) }
            let others = (0..<sparseDim).filter { $0 != d }
            return SparseTensor(part.indices.indexSelect(0, Tensor(others, dtype: .int64)), part.values, sizes, isCoalesced: isCoalesced)
        }
    }

    /// The entries of a dimension that the vector `index` names, in its order. PyTorch: `torch.index_select`.
    public func indexSelect(_ dim: Int, _ index: Tensor) -> SparseTensor {
        Self.sparse("SparseTensor.indexSelect", [self], [index]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let wanted = try IndexRule.slices(index)
            var sizes = shape
            sizes[d] = wanted.count
            if d >= sparseDim { return SparseTensor(indices, values.indexSelect(d - sparseDim + 1, wanted), sizes, isCoalesced: isCoalesced) }
            // For each wanted entry the stored elements that have it, in their order.
            let (sorted, order) = indices[d].sort(stable: true)
            let numbers = wanted.array(of: Int.self)
            if let wrong = numbers.first(where: { $0 < 0 || $0 >= shape[d] }) {
                throw TensorError("index \(wrong) is out of range for the size \(shape[d])")
            }
            let starts = sorted.searchsorted(wanted).array(of: Int.self), ends = sorted.searchsorted(wanted, right: true).array(of: Int.self)
            let elements = Tensor(zip(starts, ends).flatMap { Array($0..<$1) }, dtype: .int64)
            let places = Tensor(zip(starts, ends).enumerated().flatMap { i, range in [Int](repeating: i, count: range.1 - range.0) }, dtype: .int64)
            let chosen = order.indexSelect(0, elements)
            var rows = indices.indexSelect(1, chosen).unbind(0)
            rows[d] = places
            return SparseTensor(stack(rows), values.indexSelect(0, chosen), sizes, isCoalesced: false)
        }
    }

    /// Sparse tensors joined along a sparse dimension. PyTorch: `torch.cat`.
    public static func cat(_ tensors: [SparseTensor], dim: Int = 0) -> SparseTensor {
        sparse("SparseTensor.cat", tensors) { () throws(TensorError) in
            guard let first = tensors.first else { throw TensorError("needs at least one tensor") }
            let d = try ShapeRule.dim(dim, rank: first.rank)
            guard d < first.sparseDim else { throw TensorError("dimension \(dim) is dense; only sparse dimensions can be joined") }
            var sizes = first.shape, offset = 0
            var coordinates: [Tensor] = []
            for (i, tensor) in tensors.enumerated() {
                guard tensor.rank == first.rank, tensor.sparseDim == first.sparseDim,
                      tensor.shape.indices.allSatisfy({ $0 == d || tensor.shape[$0] == first.shape[$0] }) else {
                    throw TensorError("tensor \(i) has shape \(tensor.shape), the first \(first.shape); they may differ in dimension \(d) only")
                }
                var shift = [Int](repeating: 0, count: first.sparseDim)
                shift[d] = offset
                coordinates.append(tensor.indices + Tensor(shift).unsqueeze(1))
                offset += tensor.shape[d]
            }
            sizes[d] = offset
            return SparseTensor(EmberTensor.cat(coordinates, dim: 1), EmberTensor.cat(tensors.map(\.values)), sizes, isCoalesced: false)
        }
    }
}
