import CEmber

/// An n-dimensional array of numbers: a value.
///
/// Copies are O(1) and share memory; a write copies first unless nobody else holds the memory, so two tensors never alias
/// observably and a tensor can cross threads freely. Element type, device and rank are run-time properties.
///
/// A wrong call (shapes, types, indices) stops the program with a message that names the operator and your line; inside
/// ``checked(_:)`` it is thrown as a ``TensorError`` instead. PyTorch: `torch.Tensor`.
public struct Tensor: Sendable {
    /// Everything about the tensor lies behind one reference, so that passing one around costs one retain.
    var body: TensorBody

    init(_ body: TensorBody) { self.body = body }

    /// The sizes of the dimensions. PyTorch: `Tensor.shape`.
    public var shape: Shape { body.shape }

    /// Elements to step over in memory for one step along each dimension; 0 for broadcast ones. PyTorch: `Tensor.stride()`.
    public var strides: [Int] { body.strides }

    /// The element type.
    public var dtype: DType { body.dtype }

    /// Where the tensor lives.
    public var device: Device { body.device }

    /// The number of dimensions. PyTorch: `Tensor.dim()`.
    public var rank: Int { body.shape.count }

    /// The number of elements. PyTorch: `Tensor.numel()`.
    public var count: Int { body.count }

    /// Whether elements lie in row-major order without gaps. PyTorch: `Tensor.is_contiguous()`.
    public var isContiguous: Bool { body.isContiguous }

    /// Whether operators on this tensor are recorded for gradients. PyTorch: `Tensor.requires_grad`.
    ///
    /// Setting it to true makes this value a leaf that collects a gradient in ``grad``; setting it to false on a leaf makes it a plain value.
    public var requiresGrad: Bool {
        get { body.gradientNode != nil }
        set {
            guard newValue != requiresGrad else { return }
            guard !newValue || dtype.isDifferentiable else {
                TensorError("only floating-point and complex tensors can require gradients, not \(dtype.name)").report(in: "requiresGrad")
                return
            }
            body = TensorBody(sharing: body, gradientNode: newValue ? Leaf(self) : nil, outputIndex: 0)
        }
    }

    /// Fluent form of ``requiresGrad``: the same values as a leaf.
    public func requiringGrad(_ value: Bool = true) -> Tensor {
        var copy = self
        copy.requiresGrad = value
        return copy
    }

    /// The gradient that ``backward(_:retainGraph:createGraph:)`` has accumulated into this leaf, or this tensor after ``retainGrad()``;
    /// nil before, and for anything else. PyTorch: `Tensor.grad`.
    public var grad: Tensor? {
        get {
            switch body.gradientNode {
            case let leaf as Leaf: leaf.gradient
            case let node as OperationNode: node.retainedGradient(output: body.outputIndex)
            default: nil
            }
        }
        nonmutating set {
            switch body.gradientNode {
            case let leaf as Leaf: leaf.gradient = newValue
            case let node as OperationNode where node.retains(output: body.outputIndex): node.retain(newValue, output: body.outputIndex)
            default: break
            }
        }
    }

    /// The gradient while only sparse ones were accumulated (``embedding(_:_:paddingIdx:maxNorm:normType:scaleGradByFreq:sparse:)``);
    /// ``grad`` then gives the same as a dense tensor. PyTorch: `Tensor.grad` of layout `torch.sparse_coo`.
    public var sparseGrad: SparseTensor? {
        get { (body.gradientNode as? Leaf)?.sparseGradient }
        nonmutating set { (body.gradientNode as? Leaf)?.sparseGradient = newValue }
    }

    /// Whether this tensor was not computed by a recorded operator. PyTorch: `Tensor.is_leaf`.
    public var isLeaf: Bool { !(body.gradientNode is OperationNode) }

    /// The same values without history. Shares memory. PyTorch: `Tensor.detach`.
    public func detach() -> Tensor {
        body.gradientNode == nil ? self : Tensor(TensorBody(sharing: body, gradientNode: nil, outputIndex: 0))
    }

    /// The address of the element with index zero everywhere.
    var pointer: UnsafeMutableRawPointer { body.storage.pointer + body.offset * body.dtype.size }

    /// The result of an operator that failed inside ``checked(_:)``: every operator on it returns it again.
    package var isInert: Bool { body.isInert }
}

/// What a ``Tensor`` refers to. Immutable after publication, except by the one who holds the only reference.
///
/// `@unchecked Sendable`: `gradientNode` and `outputIndex` are set once, by `Operator.record`, while the body is uniquely referenced.
final class TensorBody: @unchecked Sendable {
    /// The elements, or what computes them: one of the two is there. Changed only by `hasUniqueStorage`, whose caller holds the only reference.
    private var stored: Storage?
    private(set) var deferral: Deferral?
    let device: Device
    let offset: Int
    let shape: Shape
    let strides: [Int]
    let dtype: DType
    let count: Int
    let isContiguous: Bool
    /// A Swift number in arithmetic: takes part in type promotion only by its kind.
    let isWrappedNumber: Bool
    let isInert: Bool
    var gradientNode: GradientNode?
    var outputIndex: Int

    init(storage: Storage, offset: Int, shape: Shape, strides: [Int], dtype: DType, count: Int, isContiguous: Bool,
         isWrappedNumber: Bool = false, isInert: Bool = false, gradientNode: GradientNode? = nil, outputIndex: Int = 0) {
        stored = storage
        device = storage.device
        self.offset = offset
        self.shape = shape
        self.strides = strides
        self.dtype = dtype
        self.count = count
        self.isContiguous = isContiguous
        self.isWrappedNumber = isWrappedNumber
        self.isInert = isInert
        self.gradientNode = gradientNode
        self.outputIndex = outputIndex
    }

    /// A result that is computed when it is first read.
    init(deferral: Deferral) {
        self.deferral = deferral
        device = deferral.device
        offset = 0
        shape = deferral.shape
        strides = deferral.strides
        dtype = deferral.dtype
        count = ShapeRule.count(shape)
        isContiguous = ShapeRule.isContiguous(shape, strides)
        isWrappedNumber = false
        isInert = false
        outputIndex = 0
    }

    init(sharing other: TensorBody, gradientNode: GradientNode?, outputIndex: Int) {
        stored = other.stored
        deferral = other.deferral
        device = other.device
        offset = other.offset
        shape = other.shape
        strides = other.strides
        dtype = other.dtype
        count = other.count
        isContiguous = other.isContiguous
        isWrappedNumber = false
        isInert = false
        self.gradientNode = gradientNode
        self.outputIndex = outputIndex
    }

    /// The memory of the elements, which are computed now if they are still an expression.
    var storage: Storage {
        if let stored { return stored }
        guard let deferral else { preconditionFailure("a tensor has elements or an expression") }
        return deferral.storage
    }

    /// Whether this refers to `storage`, without computing anything.
    func holds(_ storage: Storage) -> Bool { (stored ?? deferral?.computed) === storage }

    /// Whether both lie in one piece of memory; expressions have none yet.
    func sharesMemory(with other: TensorBody) -> Bool { stored === other.stored && deferral === other.deferral }

    /// Whether both show the same elements in the same way.
    func isSame(as other: TensorBody) -> Bool {
        self === other || (stored === other.stored && deferral === other.deferral && offset == other.offset && dtype == other.dtype
            && shape == other.shape && strides == other.strides)
    }

    static let inert = TensorBody(storage: Storage(byteCount: 0, device: .cpu), offset: 0, shape: [0], strides: [1],
                                  dtype: .float32, count: 0, isContiguous: true, isInert: true)
}

extension Tensor {
    /// What operators return after a failure inside `checked`.
    package static let inert = Tensor(TensorBody.inert)

    /// Uninitialised memory; `strides` default to row-major.
    static func empty(_ shape: Shape, _ dtype: DType, device: Device = .cpu, strides: [Int]? = nil) -> Tensor {
        let count = ShapeRule.count(shape)
        return Tensor(TensorBody(
            storage: Storage(byteCount: count * dtype.size, device: device), offset: 0, shape: shape,
            strides: strides ?? ShapeRule.contiguousStrides(shape), dtype: dtype, count: count,
            isContiguous: strides.map { ShapeRule.isContiguous(shape, $0) } ?? true))
    }

    /// Uninitialised memory of row-major `contiguousStrides`.
    static func empty(_ shape: Shape, _ dtype: DType, device: Device, contiguousStrides: [Int]) -> Tensor {
        let count = ShapeRule.count(shape)
        return Tensor(TensorBody(storage: Storage(byteCount: count * dtype.size, device: device), offset: 0, shape: shape,
                                 strides: contiguousStrides, dtype: dtype, count: count, isContiguous: true))
    }

    /// A view of the same storage, without history: for the forward half of view operators and for kernels.
    func view(shape: Shape, strides: [Int], offset: Int) -> Tensor {
        Tensor(TensorBody(storage: body.storage, offset: offset, shape: shape, strides: strides, dtype: dtype,
                          count: ShapeRule.count(shape), isContiguous: ShapeRule.isContiguous(shape, strides)))
    }

    /// Whether nobody else holds the memory, so that it may be written. Expressions that were only waiting to read it are computed first.
    mutating func ownsMemory() -> Bool {
        guard !body.storage.isForeign else { return false }
        if isKnownUniquelyReferenced(&body) && body.hasUniqueStorage() { return true }
        return Deferral.evaluateReaders(of: body.storage) && isKnownUniquelyReferenced(&body) && body.hasUniqueStorage()
    }

    /// Makes this value the only holder of its memory, copying if it is not. After the call the memory may be written.
    package mutating func makeUnique() {
        if ownsMemory() { return }
        let copy = Tensor.empty(shape, dtype, device: device,
                                strides: body.isContiguous ? nil : ShapeRule.denseStrides(shape, like: strides))
        Profiler.event("copy on write", reading: [self], writing: [copy]) { device.backend.copy(from: self, to: copy) }
        copy.body.gradientNode = body.gradientNode
        copy.body.outputIndex = body.outputIndex
        body = copy.body
    }
}

extension TensorBody {
    /// Whether no other tensor shares the storage, and the layout names no element twice (an expanded view, or one of windows that overlap,
    /// is no place to write). The caller holds the only reference to this body, and may write the memory then.
    func hasUniqueStorage() -> Bool {
        if let computed = deferral?.storage {
            guard isKnownUniquelyReferenced(&deferral) else { return false }
            stored = computed
            deferral = nil
        }
        guard isKnownUniquelyReferenced(&stored) && (isContiguous || !mayOverlapItself) else { return false }
        stored?.forgetPackedWeights()
        return true
    }

    /// Whether nobody else could ask for the deferred elements. The caller holds the only reference to this body.
    func isOnlyHolderOfDeferral() -> Bool { isKnownUniquelyReferenced(&deferral) }

    /// Whether two positions may be one element: unless each dimension steps over all that the smaller steps reach.
    private var mayOverlapItself: Bool {
        var reach = 0
        for d in shape.indices.filter({ shape[$0] > 1 }).sorted(by: { abs(strides[$0]) < abs(strides[$1]) }) {
            if abs(strides[d]) <= reach { return true }
            reach += (shape[d] - 1) * abs(strides[d])
        }
        return strides.indices.contains { shape[$0] > 1 && strides[$0] == 0 }
    }
}
