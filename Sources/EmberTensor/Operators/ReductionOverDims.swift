/// Reductions that PyTorch has along one dimension, over several at once. Where they give places, these are row-major numbers within the
/// reduced dimensions, in the order in which the tensor has those. No dimensions at all means all of them.
extension Tensor {
    /// The product over `dims`. PyTorch has one dimension: `torch.prod`.
    public func prod(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        overJoined("prod", dims, keepDim, outputs: 1) { [$0.prod(-1, dtype: dtype)] }[0]
    }

    /// The largest values over `dims` and where they stand first. PyTorch has one dimension: `torch.max(input, dim)`.
    public func max(_ dims: [Int], keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        valuesAndPlaces("max", dims, keepDim) { $0.max(-1) }
    }

    /// The smallest values over `dims` and where they stand first. PyTorch has one dimension: `torch.min(input, dim)`.
    public func min(_ dims: [Int], keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        valuesAndPlaces("min", dims, keepDim) { $0.min(-1) }
    }

    /// Where the largest value over `dims` stands. PyTorch has one dimension: `torch.argmax`.
    public func argmax(_ dims: [Int], keepDim: Bool = false) -> Tensor { overJoined("argmax", dims, keepDim, outputs: 1) { [$0.argmax(-1)] }[0] }

    /// Where the smallest value over `dims` stands. PyTorch has one dimension: `torch.argmin`.
    public func argmin(_ dims: [Int], keepDim: Bool = false) -> Tensor { overJoined("argmin", dims, keepDim, outputs: 1) { [$0.argmin(-1)] }[0] }

    /// The lower median over `dims` and its place; NaN where there is one. PyTorch has one dimension: `torch.median(input, dim)`.
    public func median(_ dims: [Int], keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        valuesAndPlaces("median", dims, keepDim) { $0.median(-1) }
    }

    /// The same without NaNs. PyTorch has one dimension: `torch.nanmedian`.
    public func nanmedian(_ dims: [Int], keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        valuesAndPlaces("nanmedian", dims, keepDim) { $0.nanmedian(-1) }
    }

    private func valuesAndPlaces(_ name: String, _ dims: [Int], _ keepDim: Bool,
                                 _ reduce: (Tensor) -> (values: Tensor, indices: Tensor)) -> (values: Tensor, indices: Tensor) {
        let results = overJoined(name, dims, keepDim, outputs: 2) { joined in
            let (values, indices) = reduce(joined)
            return [values, indices]
        }
        return (results[0], results[1])
    }

    /// Runs a reduction of the last dimension on this tensor with `dims` joined into that.
    private func overJoined(_ name: String, _ dims: [Int], _ keepDim: Bool, outputs: Int, _ reduce: (Tensor) -> [Tensor]) -> [Tensor] {
        composed(name, [self], outputs: outputs) { () throws(TensorError) in
            let reduced = try ReductionRule.dims(dims, rank: rank).sorted()
            let kept = (0..<rank).filter { !reduced.contains($0) }
            let joined = permute(kept + reduced).reshape(kept.map { shape[$0] } + [reduced.reduce(1) { $0 * shape[$1] }])
            let result = ReductionRule.shape(shape, reduced, keepDim: keepDim)
            return reduce(joined).map { $0.reshape(result) }
        }
    }
}
