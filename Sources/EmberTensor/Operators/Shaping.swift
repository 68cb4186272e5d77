/// Two-dimensional coordinates' order in ``meshgrid(_:indexing:)``.
public enum GridIndexing: Sendable {
    /// Matrix order: the first tensor varies along dimension 0.
    case ij
    /// Cartesian order: the first tensor varies along dimension 1.
    case xy
}

/// Elements moved along dimensions, those that leave come back at the other end.
private let rollOperator = Operator("roll", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    var x = inputs[0].detach()
    for (shift, d) in zip(attributes.ints("shifts"), attributes.ints("dims")) where x.count > 0 {
        let size = x.shape[d], first = ((shift % size) + size) % size
        if first > 0 { x = cat([x.narrow(d, start: size - first, count: first), x.narrow(d, start: 0, count: size - first)], dim: d) }
    }
    return [x]
}, backward: { call in [call.cotangent().roll(call.attributes.ints("shifts").map { -$0 }, dims: call.attributes.ints("dims"))] })

extension Tensor {
    // MARK: Repetition

    /// The tensor repeated `sizes[d]` times along each dimension; more sizes than dimensions make new leading ones. PyTorch: `Tensor.repeat`.
    public func `repeat`(_ sizes: [Int]) -> Tensor {
        composed("repeat", [self]) { () throws(TensorError) in
            guard sizes.count >= rank else {
                throw TensorError("\(sizes) has fewer entries than the tensor's shape \(shape) has dimensions")
            }
            guard sizes.allSatisfy({ $0 >= 0 }) else { throw TensorError("numbers of repetitions must not be negative, got \(sizes)") }
            let own = [Int](repeating: 1, count: sizes.count - rank) + shape
            if sizes.allSatisfy({ $0 == 1 }) { return reshape(own) }
            // Each dimension as (repetitions, size): an expansion, then joined.
            let pairs = own.flatMap { [1, $0] }
            let expanded = zip(sizes, own).flatMap { [$0, $1] }
            return reshape(pairs).expand(expanded).reshape(zip(sizes, own).map { $0 * $1 })
        }
    }

    /// ``repeat(_:)`` with the counts listed.
    public func `repeat`(_ sizes: Int...) -> Tensor { `repeat`(sizes) }

    /// The same, where missing leading counts are 1. PyTorch: `torch.tile`.
    public func tile(_ sizes: [Int]) -> Tensor { `repeat`([Int](repeating: 1, count: Swift.max(rank - sizes.count, 0)) + sizes) }

    /// ``tile(_:)`` with the counts listed.
    public func tile(_ sizes: Int...) -> Tensor { tile(sizes) }

    /// Every element (slice of `dim`) repeated `repeats` times in a row; without `dim` of the flattened tensor. PyTorch: `torch.repeat_interleave`.
    public func repeatInterleave(_ repeats: Int, dim: Int? = nil) -> Tensor {
        composed("repeatInterleave", [self]) { () throws(TensorError) in
            guard repeats >= 0 else { throw TensorError("the number of repetitions must not be negative, got \(repeats)") }
            let x = dim == nil ? reshape([count]) : atleast1d()
            let d = try ShapeRule.dim(dim ?? 0, rank: x.rank)
            var expanded = x.shape, joined = x.shape
            expanded.insert(repeats, at: d + 1)
            joined[d] *= repeats
            return x.unsqueeze(d + 1).expand(expanded).reshape(joined)
        }
    }

    /// The same with a number for each element (slice), or one for all. PyTorch: `torch.repeat_interleave` with a tensor.
    public func repeatInterleave(_ repeats: Tensor, dim: Int? = nil) -> Tensor {
        composed("repeatInterleave", [self, repeats]) { () throws(TensorError) in
            guard repeats.rank <= 1, repeats.dtype == .int64 || repeats.dtype == .int32 else {
                throw TensorError("numbers of repetitions must be a vector of int64 or int32, not \(repeats.dtype.name)\(repeats.shape)")
            }
            let x = dim == nil ? reshape([count]) : atleast1d()
            let d = try ShapeRule.dim(dim ?? 0, rank: x.rank)
            let numbers = repeats.array(of: Int.self)
            guard numbers.allSatisfy({ $0 >= 0 }) else { throw TensorError("numbers of repetitions must not be negative") }
            if numbers.count == 1 { return x.repeatInterleave(numbers[0], dim: d) }
            guard numbers.count == x.shape[d] else {
                throw TensorError("\(numbers.count) numbers of repetitions for dimension \(d) of size \(x.shape[d])")
            }
            let index = numbers.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
            return x.indexSelect(d, Tensor(index))
        }
    }

    // MARK: Order of elements and dimensions

    /// Elements moved by `shifts` along `dims`; those that leave come back at the other end. Without `dims`, along the flattened tensor.
    /// PyTorch: `torch.roll`.
    public func roll(_ shifts: [Int], dims: [Int] = []) -> Tensor {
        composed("roll", [self]) { () throws(TensorError) in
            if dims.isEmpty {
                guard shifts.count == 1 else { throw TensorError("\(shifts.count) shifts need as many dims, not none") }
                return reshape([count]).roll(shifts, dims: [0]).reshape(shape)
            }
            guard shifts.count == dims.count else { throw TensorError("\(shifts.count) shifts need as many dims, not \(dims.count)") }
            var checked: [Int] = []
            for d in dims { checked.append(try ShapeRule.dim(d, rank: rank)) }
            guard rank > 0 else { throw TensorError("a 0-d tensor has no dimension to shift along") }
            return rollOperator(self, attributes: ["shifts": .ints(shifts), "dims": .ints(checked)])
        }
    }

    /// ``roll(_:dims:)`` along one dimension.
    public func roll(_ shift: Int, dim: Int? = nil) -> Tensor { roll([shift], dims: dim.map { [$0] } ?? []) }

    /// Turned by `k` quarter turns from the first of two dimensions towards the second. PyTorch: `torch.rot90`.
    public func rot90(_ k: Int = 1, dims: [Int] = [0, 1]) -> Tensor {
        composed("rot90", [self]) { () throws(TensorError) in
            guard dims.count == 2, rank >= 2 else { throw TensorError("needs two dims of at least two, got \(dims) of \(rank)") }
            let dims = try ShapeRule.dims(dims, rank: rank)
            switch ((k % 4) + 4) % 4 {
            case 1: return flip([dims[1]]).transpose(dims[0], dims[1])
            case 2: return flip(dims)
            case 3: return flip([dims[0]]).transpose(dims[0], dims[1])
            default: return self
            }
        }
    }

    /// Dimensions moved to other places, the rest in order; O(1). PyTorch: `torch.movedim`.
    public func movedim(_ source: [Int], _ destination: [Int]) -> Tensor {
        composed("movedim", [self]) { () throws(TensorError) in
            guard source.count == destination.count else {
                throw TensorError("\(source) and \(destination) must be equally long")
            }
            let from = try ShapeRule.dims(source, rank: rank), to = try ShapeRule.dims(destination, rank: rank)
            if rank == 0 { return self }
            var order = [Int?](repeating: nil, count: rank)
            for (f, t) in zip(from, to) { order[t] = f }
            var rest = (0..<rank).filter { !from.contains($0) }.makeIterator()
            return permute(order.map { $0 ?? rest.next() ?? 0 })
        }
    }

    /// ``movedim(_:_:)`` of one dimension.
    public func movedim(_ source: Int, _ destination: Int) -> Tensor { movedim([source], [destination]) }

    /// The same as ``transpose(_:_:)``. PyTorch: `torch.swapdims`.
    public func swapdims(_ a: Int, _ b: Int) -> Tensor { transpose(a, b) }

    /// Upside down: dimension 0 reversed. PyTorch: `torch.flipud`.
    public func flipud() -> Tensor {
        composed("flipud", [self]) { () throws(TensorError) in
            guard rank >= 1 else { throw TensorError("needs at least one dimension") }
            return flip([0])
        }
    }

    /// Left to right: dimension 1 reversed. PyTorch: `torch.fliplr`.
    public func fliplr() -> Tensor {
        composed("fliplr", [self]) { () throws(TensorError) in
            guard rank >= 2 else { throw TensorError("needs at least two dimensions, not shape \(shape)") }
            return flip([1])
        }
    }

    /// All dimensions in reverse order: a matrix transposed. PyTorch: `Tensor.T`.
    public var T: Tensor { isInert ? .inert : permute((0..<rank).reversed()) }

    /// Matrices transposed and conjugated. PyTorch: `Tensor.adjoint`, `Tensor.mH`.
    public func adjoint() -> Tensor {
        composed("adjoint", [self]) { () throws(TensorError) in
            guard rank != 1 else { throw TensorError("a vector has no adjoint; needs matrices") }
            return rank == 0 ? conj() : mT.conj()
        }
    }

    // MARK: Shapes

    /// ``reshape(_:)`` that never copies: an error where the memory does not allow it. PyTorch: `Tensor.view`.
    public func view(_ shape: Shape) -> Tensor {
        composed("view", [self]) { () throws(TensorError) in
            let target = try ViewRule.reshape(shape, count: count)
            guard ViewRule.strides(of: self.shape, strides, as: target) != nil else {
                throw TensorError("memory with strides \(strides) cannot be seen as \(target) without a copy; reshape copies")
            }
            return reshape(target)
        }
    }

    /// ``view(_:)`` with the sizes listed.
    public func view(_ sizes: Int...) -> Tensor { view(sizes) }

    /// In the shape of `other`. PyTorch: `Tensor.view_as`.
    public func view(as other: Tensor) -> Tensor { other.isInert ? .inert : view(other.shape) }

    /// In the shape of `other`. PyTorch: `Tensor.reshape_as`.
    public func reshape(as other: Tensor) -> Tensor { other.isInert ? .inert : reshape(other.shape) }

    /// Expanded to the shape of `other`. PyTorch: `Tensor.expand_as`.
    public func expand(as other: Tensor) -> Tensor { other.isInert ? .inert : expand(other.shape) }

    /// A vector of all elements in row-major order. PyTorch: `torch.ravel`.
    public func ravel() -> Tensor { isInert ? .inert : reshape([count]).contiguous() }

    /// Dimension `dim` as several ones of these sizes, of which one may be -1. PyTorch: `torch.unflatten`.
    public func unflatten(_ dim: Int, _ sizes: [Int]) -> Tensor {
        composed("unflatten", [self]) { () throws(TensorError) in
            guard rank > 0 else { throw TensorError("a 0-d tensor has no dimension to divide") }
            guard !sizes.isEmpty else { throw TensorError("sizes must not be empty") }
            let d = try ShapeRule.dim(dim, rank: rank)
            var result = shape
            result.replaceSubrange(d...d, with: try ViewRule.reshape(sizes, count: shape[d]))
            return reshape(result)
        }
    }
}

// MARK: Several tensors

/// All tensors expanded to their common shape; O(1). PyTorch: `torch.broadcast_tensors`.
public func broadcastTensors(_ tensors: [Tensor]) -> [Tensor] {
    composed("broadcastTensors", tensors, outputs: tensors.count) { () throws(TensorError) in
        var shape: Shape = []
        for tensor in tensors { shape = try ShapeRule.broadcast(shape, tensor.shape) }
        return tensors.map { $0.expand(shape) }
    }
}

/// The common shape of operands: aligned at the last dimension, sizes equal or 1. PyTorch: `torch.broadcast_shapes`.
public func broadcastShapes(_ shapes: [Shape]) -> Shape {
    do throws(TensorError) {
        var result: Shape = []
        for shape in shapes { result = try ShapeRule.broadcast(result, shape) }
        return result
    } catch {
        error.report(in: "broadcastShapes")
        return []
    }
}

/// For vectors of n₀, n₁, … elements, tensors of shape (n₀, n₁, …) that vary along one dimension each. PyTorch: `torch.meshgrid`.
public func meshgrid(_ tensors: [Tensor], indexing: GridIndexing = .ij) -> [Tensor] {
    composed("meshgrid", tensors, outputs: tensors.count) { () throws(TensorError) in
        guard !tensors.isEmpty else { throw TensorError("needs at least one tensor") }
        if let k = tensors.firstIndex(where: { $0.rank > 1 }) {
            throw TensorError("tensor \(k) has shape \(tensors[k].shape); vectors and 0-d tensors make a grid")
        }
        if let k = tensors.firstIndex(where: { $0.dtype != tensors[0].dtype }) {
            throw TensorError("tensor \(k) is \(tensors[k].dtype.name), tensor 0 \(tensors[0].dtype.name); all must be of one type")
        }
        let swaps = indexing == .xy && tensors.count >= 2
        let ordered = swaps ? [tensors[1], tensors[0]] + tensors.dropFirst(2) : tensors
        let shape = ordered.map(\.count)
        var grids = ordered.enumerated().map { d, tensor in
            var own = [Int](repeating: 1, count: shape.count)
            own[d] = shape[d]
            return tensor.reshape(own).expand(shape)
        }
        if swaps { grids.swapAt(0, 1) }
        return grids
    }
}

/// All combinations of one element of each vector, as rows; of a single vector, itself. PyTorch: `torch.cartesian_prod`.
public func cartesianProd(_ tensors: [Tensor]) -> Tensor {
    composed("cartesianProd", tensors) { () throws(TensorError) in
        guard !tensors.isEmpty else { throw TensorError("needs at least one vector") }
        if let k = tensors.firstIndex(where: { $0.rank != 1 }) {
            throw TensorError("tensor \(k) has shape \(tensors[k].shape); all must be vectors")
        }
        if tensors.count == 1 { return tensors[0] }
        return stack(meshgrid(tensors).map { $0.reshape([$0.count]) }, dim: 1)
    }
}

extension Tensor {
    /// All ways to choose `r` elements of a vector, in lexicographic order of their places, as rows. PyTorch: `torch.combinations`.
    public func combinations(_ r: Int = 2, withReplacement: Bool = false) -> Tensor {
        composed("combinations", [self]) { () throws(TensorError) in
            guard rank == 1 else { throw TensorError("needs a vector, not shape \(shape)") }
            guard r >= 0 else { throw TensorError("cannot choose \(r) elements") }
            if r == 0 { return Tensor.zeros([0], dtype: dtype) }
            var places: [Int] = [], rows = 0
            var current: [Int] = []
            func extend(from first: Int) {
                if current.count == r { places += current; rows += 1; return }
                for k in first..<Swift.max(count, first) {
                    current.append(k)
                    extend(from: withReplacement ? k : k + 1)
                    current.removeLast()
                }
            }
            extend(from: 0)
            return indexSelect(0, Tensor(places)).reshape([rows, r])
        }
    }
}
