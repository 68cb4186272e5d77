extension Tensor {
    // MARK: Sorted sequences

    /// For each of `values`, the place in this ascending sequence where it would be inserted: before equal elements, or after them when `right`.
    ///
    /// This tensor is a vector for all values, or has a sequence in its last dimension for each row of `values`. `sorter` is the order
    /// (from ``argsort(_:descending:stable:)``) of a sequence that is not ascending itself. Places are int64, or int32 on request. PyTorch: `torch.searchsorted`.
    public func searchsorted(_ values: Tensor, right: Bool = false, sorter: Tensor? = nil, outInt32: Bool = false) -> Tensor {
        composed("searchsorted", [self, values]) { () throws(TensorError) in
            guard rank >= 1 else { throw TensorError("the sequence must have at least one dimension") }
            guard values.dtype == dtype else {
                throw TensorError("the sequence is \(dtype.name), the values \(values.dtype.name); they must be of one type")
            }
            guard rank == 1 || (values.rank == rank && values.shape.dropLast() == shape.dropLast()) else {
                throw TensorError("a sequence of shape \(shape) must be a vector or agree with the values' shape \(values.shape) "
                    + "in all dimensions but the last")
            }
            if let sorter {
                guard sorter.shape == shape, sorter.dtype == .int64 else {
                    throw TensorError("the sorter must be int64 of shape \(shape), not \(sorter.dtype.name)\(sorter.shape)")
                }
            }
            try Operator.checkReal([self, values])
            let result = Tensor.empty(values.shape, .int64, device: device)
            try device.backend.searchSorted(detach().contiguous(), sorter: sorter?.detach().contiguous(), values.detach().contiguous(),
                                            right: right, into: result)
            return outInt32 ? result.to(.int32) : result
        }
    }

    /// ``searchsorted(_:right:sorter:outInt32:)`` of one number, as this sequence's type. PyTorch: `torch.searchsorted` of a number.
    public func searchsorted(_ value: Scalar, right: Bool = false, sorter: Tensor? = nil, outInt32: Bool = false) -> Tensor {
        if isInert { return .inert }
        return searchsorted(Tensor(value, dtype: dtype), right: right, sorter: sorter, outInt32: outInt32)
    }

    /// The number of the interval between ascending `boundaries` in which each element lies: the first boundary that is not below it (above
    /// it, when `right`). PyTorch: `torch.bucketize`.
    public func bucketize(_ boundaries: Tensor, right: Bool = false, outInt32: Bool = false) -> Tensor {
        composed("bucketize", [self, boundaries]) { () throws(TensorError) in
            guard boundaries.rank == 1 else { throw TensorError("boundaries must be a vector, not of shape \(boundaries.shape)") }
            let type = try DType.promote(dtype, boundaries.dtype)
            return boundaries.to(type).searchsorted(to(type), right: right, outInt32: outInt32)
        }
    }

    /// Whether each element is one of `testElements`. PyTorch: `torch.isin`.
    public func isin(_ testElements: Tensor, invert: Bool = false) -> Tensor {
        composed("isin", [self, testElements]) { () throws(TensorError) in
            if testElements.count == 0 { return Tensor.full(shape, .bool(invert), dtype: .bool) }
            let type = try DType.promote(dtype, testElements.dtype)
            try Operator.checkReal([self, testElements])
            let x = detach().to(type).contiguous(), result = Tensor.empty(shape, .bool, device: device)
            device.backend.isMember(x, of: testElements.detach().to(type).contiguous(), invert: invert, into: result)
            return result
        }
    }

    // MARK: Counting

    /// How often each of the numbers 0, 1, … occurs in this vector of integers that are not negative, or the sum of their weights.
    /// At least `minLength` results. PyTorch: `torch.bincount`.
    public func bincount(weights: Tensor? = nil, minLength: Int = 0) -> Tensor {
        composed("bincount", [self] + (weights.map { [$0] } ?? [])) { () throws(TensorError) in
            guard rank == 1, dtype.isInteger else { throw TensorError("needs a vector of integers, not \(dtype.name)\(shape)") }
            guard minLength >= 0 else { throw TensorError("minLength must not be negative, got \(minLength)") }
            if let weights, weights.shape != shape {
                throw TensorError("weights have shape \(weights.shape), the tensor \(shape); they must be equal")
            }
            let values = detach().to(.int64).contiguous()
            let backend = device.backend
            guard let bins = backend.binsNeeded(values) else {
                throw TensorError("the tensor has negative elements; they cannot be counted")
            }
            let type: DType = weights.map { $0.dtype == .float32 ? .float32 : .float64 } ?? .int64
            let result = Tensor.empty([Swift.max(bins, minLength)], type, device: device)
            backend.binCount(values, weights: weights?.detach().to(type).contiguous(), into: result)
            return result
        }
    }

    /// How many elements lie in each of `bins` equal intervals from `min` to `max`, as the tensor's type; when both are equal, from the smallest
    /// to the largest element. PyTorch: `torch.histc`.
    public func histc(bins: Int = 100, min: Double = 0, max: Double = 0) -> Tensor {
        composed("histc", [self]) { () throws(TensorError) in
            guard dtype.isFloatingPoint else { throw TensorError("takes floating-point tensors, not \(dtype.name)") }
            guard bins > 0 else { throw TensorError("the number of bins must be positive, got \(bins)") }
            let x = detach().contiguous().reshape([count])
            var (low, high) = (min, max)
            if low == high && count > 0 {
                low = device.backend.reduced(.min, x, dims: [0], keepDim: false, dtype: dtype).item()
                high = device.backend.reduced(.max, x, dims: [0], keepDim: false, dtype: dtype).item()
            }
            if low == high { (low, high) = (low - 1, high + 1) }
            guard low.isFinite, high.isFinite, low < high else {
                throw TensorError("the range from \(low) to \(high) must be finite and ascending")
            }
            let counts = Tensor.empty([bins], dtype, device: device)
            device.backend.histogram(x, low: low, high: high, into: counts)
            return counts
        }
    }

    // MARK: Different values

    /// The different elements in ascending order (whether or not `sorted` asks for it); on request the place of every element among them, and how
    /// often each occurs. With `dim`, different slices along it, in lexicographic order. PyTorch: `torch.unique`.
    public func unique(sorted: Bool = true, returnInverse: Bool = false, returnCounts: Bool = false,
                       dim: Int? = nil) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
        different("unique", consecutive: false, returnInverse, returnCounts, dim)
    }

    /// The different elements in ascending order, or slices along `dim`, and where each occurs first: its row-major number, or its place along
    /// `dim`. PyTorch has no such; numpy: `unique(return_index=True)`.
    public func uniqueWithIndices(dim: Int? = nil) -> (values: Tensor, indices: Tensor) {
        let (values, inverse, _) = unique(returnInverse: true, dim: dim)
        guard let inverse, !inverse.isInert else { return (.inert, .inert) }
        let places = Tensor.arange(.int(inverse.count)), count = dim.map { values.shape[$0 < 0 ? $0 + values.rank : $0] } ?? values.count
        return (values, Tensor.full([count], .int(inverse.count), dtype: .int64).indexReduce(0, inverse.reshape([inverse.count]), places, .min))
    }

    /// The first of each run of equal elements (slices). PyTorch: `torch.unique_consecutive`.
    public func uniqueConsecutive(returnInverse: Bool = false, returnCounts: Bool = false,
                                  dim: Int? = nil) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
        different("uniqueConsecutive", consecutive: true, returnInverse, returnCounts, dim)
    }

    private func different(_ name: String, consecutive: Bool, _ withInverse: Bool, _ withCounts: Bool,
                           _ dim: Int?) -> (values: Tensor, inverse: Tensor?, counts: Tensor?) {
        let results = composed(name, [self], outputs: 3) { () throws(TensorError) in
            try Operator.checkReal([self])
            let rows: Int, number: Int
            let values: Tensor, inverse: Tensor?, counts: Tensor?
            if let dim {
                let d = try ShapeRule.dim(dim, rank: rank)
                let x = detach().atleast1d()
                rows = x.shape[d]
                guard x.shape.indices.allSatisfy({ $0 == d || x.shape[$0] > 0 }) else {
                    throw TensorError("slices without elements, along dimension \(d) of \(shape), cannot be compared")
                }
                let matrix = x.movedim(d, 0).reshape([rows, rows == 0 ? 0 : count / rows]).contiguous()
                let representatives = Tensor.empty([rows], .int64, device: device)
                inverse = withInverse ? Tensor.empty([rows], .int64, device: device) : nil
                counts = withCounts ? Tensor.empty([rows], .int64, device: device) : nil
                number = device.backend.uniqueRows(matrix, consecutive: consecutive, representatives: representatives, inverse: inverse,
                                                   counts: counts)
                values = x.indexSelect(d, representatives.narrow(0, start: 0, count: number))
            } else {
                let x = detach().contiguous()
                rows = count
                let room = Tensor.empty([count], dtype, device: device)
                inverse = withInverse ? Tensor.empty(shape, .int64, device: device) : nil
                counts = withCounts ? Tensor.empty([count], .int64, device: device) : nil
                number = device.backend.unique(x, consecutive: consecutive, values: room, inverse: inverse, counts: counts)
                // A copy, so that the room for all elements does not stay alive.
                values = room.narrow(0, start: 0, count: number).clone()
            }
            let none = Tensor.inert
            return [values, inverse ?? none, counts?.narrow(0, start: 0, count: number).clone() ?? none]
        }
        return (results[0], withInverse ? results[1] : nil, withCounts ? results[2] : nil)
    }

    // MARK: Coordinates

    /// For row-major numbers of elements, their coordinates in a tensor of `shape`, one tensor per dimension. PyTorch: `torch.unravel_index`.
    public func unravelIndex(_ shape: Shape) -> [Tensor] {
        composed("unravelIndex", [self], outputs: shape.count) { () throws(TensorError) in
            guard dtype.isInteger else { throw TensorError("needs integers, not \(dtype.name)") }
            guard shape.allSatisfy({ $0 >= 0 }) else { throw TensorError("sizes must not be negative, got \(shape)") }
            let total = ShapeRule.count(shape)
            var rest = detach().to(.int64)
            if ((rest .< 0) | (rest .>= Double(total))).any().item(as: Bool.self) {
                throw TensorError("an index is out of range for the \(total) elements of shape \(shape)")
            }
            var coordinates: [Tensor] = []
            for size in shape.reversed() {
                let divisor = Tensor(.int(Swift.max(size, 1)))
                coordinates.append(rest.remainder(divisor))
                rest = rest.floorDivide(divisor)
            }
            return coordinates.reversed()
        }
    }
}
