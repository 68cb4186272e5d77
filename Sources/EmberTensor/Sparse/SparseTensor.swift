/// A tensor of which only the elements that may differ from zero are stored, with their coordinates (COO): a value, as ``Tensor`` is.
///
/// The first ``sparseDim`` dimensions have coordinates; those behind them, if any, are stored whole ("hybrid"). Coordinates may repeat: such
/// elements count as their sum, and ``coalesced()`` adds them up.
///
/// Gradients flow through ``values``: make a sparse tensor from values that require gradients, and every function here that gives a
/// ``Tensor`` or a ``SparseTensor`` is differentiable with respect to them (and to its dense operands).
///
///     let a = SparseTensor(indices: Tensor([[0, 1, 1], [2, 0, 2]]), values: Tensor([3.0, 4, 5]), shape: [2, 3])
///     let y = a.matmul(x)
///
/// PyTorch: a tensor of layout `torch.sparse_coo`, made by `torch.sparse_coo_tensor`.
public struct SparseTensor: Sendable {
    /// The coordinates, int64 (``sparseDim``, ``storedCount``). PyTorch: `Tensor._indices`.
    public let indices: Tensor
    /// The elements, (``storedCount``, sizes of the dense dimensions…). PyTorch: `Tensor._values`.
    public let values: Tensor
    /// The sizes of all dimensions.
    public let shape: Shape
    /// Whether coordinates are in ascending order and none repeats. PyTorch: `Tensor.is_coalesced`.
    public let isCoalesced: Bool

    /// From coordinates (sparse dimensions, n), int64 or int32, and n values (n, dense dimensions…), which share memory with the arguments.
    ///
    /// - Parameter shape: nil: the smallest that holds all coordinates.
    ///
    /// Coordinates out of range, and sizes that do not fit, are errors. PyTorch: `torch.sparse_coo_tensor`.
    public init(indices: Tensor, values: Tensor, shape: Shape? = nil) {
        var sizes: Shape = [], coordinates = Tensor.inert
        let checked = composed("SparseTensor", [indices, values]) { () throws(TensorError) in
            guard indices.rank == 2 else {
                throw TensorError("the indices must be a matrix (sparse dimensions, elements), these have shape \(indices.shape)")
            }
            let at = try IndexRule.int64(indices).contiguous()
            guard values.rank >= 1, values.shape[0] == at.shape[1] else {
                throw TensorError("\(at.shape[1]) coordinates need as many values, not those of shape \(values.shape)")
            }
            let dense = Array(values.shape.dropFirst()), sparse = at.shape[0]
            let isEmpty = at.count == 0
            if !isEmpty, at.min().item(as: Int.self) < 0 { throw TensorError("a coordinate is negative: \(at.min().item(as: Int.self))") }
            let reach = isEmpty ? [Int](repeating: 0, count: sparse) : (at.amax(1) + 1).array(of: Int.self)
            sizes = shape ?? reach + dense
            guard sizes.count == sparse + dense.count, Array(sizes.dropFirst(sparse)) == dense, sizes.allSatisfy({ $0 >= 0 }) else {
                throw TensorError("\(sparse) sparse dimensions and values of shape \(values.shape) do not make up shape \(sizes)")
            }
            if let d = reach.indices.first(where: { reach[$0] > sizes[$0] }) {
                throw TensorError("a coordinate of dimension \(d) is \(reach[d] - 1), the size of that dimension \(sizes[d])")
            }
            try Self.checkSize(sizes)
            coordinates = at
            return values
        }
        self.indices = coordinates
        self.values = checked
        self.shape = sizes
        isCoalesced = checked.isInert || values.shape[0] < 2
    }

    /// From parts that fit.
    init(_ indices: Tensor, _ values: Tensor, _ shape: Shape, isCoalesced: Bool) {
        self.indices = indices
        self.values = values
        self.shape = shape
        self.isCoalesced = isCoalesced || indices.isInert || indices.shape[1] < 2
    }

    /// The result of a function that failed inside ``checked(_:)``.
    static let inert = SparseTensor(.inert, .inert, [0], isCoalesced: true)

    package var isInert: Bool { values.isInert || indices.isInert }

    /// Elements are numbered for sorting, so their number must be an `Int`.
    static func checkSize(_ shape: Shape) throws(TensorError) {
        var count = 1
        for size in shape where size > 0 {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            if overflow { throw TensorError("shape \(shape) has more elements than can be numbered") }
            count = product
        }
    }

    // MARK: Properties

    /// The number of dimensions. PyTorch: `Tensor.dim()`.
    public var rank: Int { shape.count }
    /// The element type.
    public var dtype: DType { values.dtype }
    /// The number of dimensions with coordinates. PyTorch: `Tensor.sparse_dim()`.
    public var sparseDim: Int { isInert ? 0 : indices.shape[0] }
    /// The number of dimensions that are stored whole. PyTorch: `Tensor.dense_dim()`.
    public var denseDim: Int { shape.count - sparseDim }
    /// The number of stored elements, or dense blocks of them. PyTorch: `Tensor._nnz()`.
    public var storedCount: Int { isInert ? 0 : indices.shape[1] }
    /// Whether gradients flow into the values.
    public var requiresGrad: Bool { values.requiresGrad }

    var sparseShape: Shape { Array(shape.prefix(sparseDim)) }
    var denseShape: Shape { Array(shape.dropFirst(sparseDim)) }

    /// The same without history.
    public func detach() -> SparseTensor { SparseTensor(indices, values.detach(), shape, isCoalesced: isCoalesced) }

    /// The same with values that are a leaf: after a backward pass, `values.grad` has their gradient, one for each stored element.
    public func requiringGrad(_ value: Bool = true) -> SparseTensor {
        SparseTensor(indices, values.requiringGrad(value), shape, isCoalesced: isCoalesced)
    }

    /// Conversion of the values. PyTorch: `Tensor.to`.
    public func to(_ dtype: DType) -> SparseTensor { SparseTensor(indices, values.to(dtype), shape, isCoalesced: isCoalesced) }

    // MARK: Coordinates as numbers

    /// For each stored element, the row-major number of its place in the sparse dimensions.
    func places() -> Tensor { Self.places(indices, sizes: sparseShape) }

    /// The row-major numbers of coordinates in a grid.
    static func places(_ indices: Tensor, sizes: Shape) -> Tensor {
        switch sizes.count {
        case 0: .zeros([indices.shape[1]], dtype: .int64)
        case 1: indices[0]
        default: (0..<sizes.count - 1).reduce(indices[sizes.count - 1]) { sum, d in
            sum + indices[d] * Tensor(ShapeRule.count(Array(sizes[(d + 1)...])))
        }
        }
    }

    /// The coordinates of places in a grid of `sizes`.
    static func coordinates(_ places: Tensor, sizes: Shape) -> Tensor {
        switch sizes.count {
        case 0: .zeros([0, places.count], dtype: .int64)
        case 1: places.unsqueeze(0)
        default: stack(places.unravelIndex(sizes))
        }
    }

    /// Runs the checks of a function that gives a sparse tensor.
    static func sparse(_ name: String, _ operands: [SparseTensor], _ others: [Tensor] = [],
                         _ body: () throws(TensorError) -> SparseTensor) -> SparseTensor {
        if operands.contains(where: \.isInert) || others.contains(where: \.isInert) { return .inert }
        do {
            return try body()
        } catch {
            error.report(in: name, operands: operands.map(\.values) + others)
            return .inert
        }
    }

    /// Functions that give a dense tensor.
    static func dense(_ name: String, _ operands: [SparseTensor], _ others: [Tensor] = [], _ body: () throws(TensorError) -> Tensor) -> Tensor {
        if operands.contains(where: \.isInert) { return .inert }
        return composed(name, operands.map(\.values) + others, body)
    }

    // MARK: Conversion

    /// The same with repeated coordinates added up, in ascending order. PyTorch: `Tensor.coalesce`.
    public func coalesced() -> SparseTensor {
        if isCoalesced { return self }
        return Self.sparse("SparseTensor.coalesced", [self]) { () throws(TensorError) in
            let (places, inverse, _) = places().unique(returnInverse: true)
            guard let inverse else { return .inert }
            let sums: Tensor
            if dtype == .bool {
                sums = values.to(.int64).summed(into: places.count, by: inverse).to(.bool)
            } else {
                sums = values.summed(into: places.count, by: inverse)
            }
            return SparseTensor(Self.coordinates(places, sizes: sparseShape), sums, shape, isCoalesced: true)
        }
    }

    /// All elements, zeros included. PyTorch: `Tensor.to_dense`.
    public func toDense() -> Tensor {
        Self.dense("SparseTensor.toDense", [self]) { () throws(TensorError) in
            // Truth values are counted.
            let addends = dtype == .bool ? values.to(.int64) : values
            return addends.summed(into: ShapeRule.count(sparseShape), by: places()).reshape(shape).to(dtype)
        }
    }
}

extension Tensor {
    /// The slices along the first dimension added up in `count` sums: `owners[i]` says in which the i-th goes.
    func summed(into count: Int, by owners: Tensor) -> Tensor {
        Tensor.unstoredZeros([count] + shape.dropFirst(), dtype: dtype).indexAdd(0, owners, self)
    }

    /// The elements that are not zero, with coordinates for the first `sparseDim` dimensions (all, when not given); of the others whole blocks
    /// are kept in which any element is not zero. Differentiable. PyTorch: `Tensor.to_sparse`.
    public func toSparse(_ sparseDim: Int? = nil) -> SparseTensor {
        SparseTensor.sparse("toSparse", [], [self]) { () throws(TensorError) in
            let sparse = sparseDim ?? rank
            guard sparse >= 0, sparse <= rank, sparse > 0 || rank == 0 else {
                throw TensorError("the number of sparse dimensions must lie from 1 through \(rank), got \(sparse)")
            }
            try SparseTensor.checkSize(shape)
            let sizes = Array(shape.prefix(sparse)), rest = Array(shape.dropFirst(sparse))
            let blocks = reshape([ShapeRule.count(sizes)] + rest)
            var present = blocks.detach() .!= 0
            if sparse < rank { present = present.flatten(from: 1).any(1) }
            let places = present.nonzero().squeeze(1)
            return SparseTensor(SparseTensor.coordinates(places, sizes: sizes), blocks.indexSelect(0, places), shape, isCoalesced: true)
        }
    }

    /// The elements (blocks) of this tensor at the coordinates of `mask`, whose values do not matter. Differentiable.
    /// PyTorch: `Tensor.sparse_mask`.
    public func sparseMask(_ mask: SparseTensor) -> SparseTensor {
        SparseTensor.sparse("sparseMask", [mask], [self]) { () throws(TensorError) in
            guard shape == mask.shape else { throw TensorError("the mask has shape \(mask.shape), the tensor \(shape)") }
            let blocks = reshape([ShapeRule.count(mask.sparseShape)] + mask.denseShape)
            return SparseTensor(mask.indices, blocks.indexSelect(0, mask.places()), shape, isCoalesced: mask.isCoalesced)
        }
    }
}
