/// What may stand in a tensor's subscript: integers, ranges, strides, ``TensorRange`` values, bool masks and index tensors.
public protocol TensorIndex {
    /// The index in its one general form.
    var tensorRange: TensorRange { get }
}

/// One position of a subscript. PyTorch: what may stand in `x[…]`.
public enum TensorRange: TensorIndex, Sendable {
    /// The element at this position, counted from the end when negative; the dimension disappears.
    case at(Int)
    /// From `start` up to, not including, `end`, as Python slices: nil means "from the first" or "past the last", negative numbers count from
    /// the end, positions beyond either end are cut off. A negative step walks backwards.
    case slice(start: Int?, end: Int?, step: Int)
    /// A new dimension of size 1: ``TensorIndex/newAxis`` in a subscript.
    case newDimension
    /// As many whole dimensions as are needed to reach the tensor's rank. PyTorch: `...`.
    case ellipsis
    /// A bool mask over as many dimensions as it has, or positions given by an integer tensor.
    case tensor(Tensor)

    public var tensorRange: TensorRange { self }
}

/// Short names in a subscript: `x[.all, 0]`, `x[.slice(by: -1)]`, `x[.newAxis]`.
extension TensorIndex where Self == TensorRange {
    /// The whole dimension. PyTorch: `:`.
    public static var all: TensorRange { .slice(start: nil, end: nil, step: 1) }

    /// A new dimension of size 1. PyTorch: `None`.
    public static var newAxis: TensorRange { .newDimension }

    /// PyTorch: `start:end:step`.
    public static func slice(from start: Int? = nil, to end: Int? = nil, by step: Int = 1) -> TensorRange {
        .slice(start: start, end: end, step: step)
    }
}

extension Int: TensorIndex { public var tensorRange: TensorRange { .at(self) } }
extension Range: TensorIndex where Bound == Int {
    public var tensorRange: TensorRange { .slice(start: lowerBound, end: upperBound, step: 1) }
}
extension ClosedRange: TensorIndex where Bound == Int {
    public var tensorRange: TensorRange { .slice(start: lowerBound, end: upperBound == -1 ? nil : upperBound + 1, step: 1) }
}
extension PartialRangeFrom: TensorIndex where Bound == Int {
    public var tensorRange: TensorRange { .slice(start: lowerBound, end: nil, step: 1) }
}
extension PartialRangeUpTo: TensorIndex where Bound == Int {
    public var tensorRange: TensorRange { .slice(start: nil, end: upperBound, step: 1) }
}
extension PartialRangeThrough: TensorIndex where Bound == Int {
    public var tensorRange: TensorRange { .slice(start: nil, end: upperBound == -1 ? nil : upperBound + 1, step: 1) }
}
extension Tensor: TensorIndex { public var tensorRange: TensorRange { .tensor(self) } }
extension Array: TensorIndex where Element == Int { public var tensorRange: TensorRange { .tensor(Tensor(self)) } }

extension Tensor {
    /// A part of the tensor. Integers and ranges give views in O(1); masks and index tensors copy.
    ///
    /// `x[0]`, `x[1..<3, -1]`, `x[.all, 2...]`, `x[.slice(by: -1)]`, `x[mask]`, `x[rows, columns]`. PyTorch: `x[…]`.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        get { element(indices.map(\.tensorRange)) }
        set { setElement(indices.map(\.tensorRange), newValue) }
    }

    /// `x[..., 0]`: the leading `...` stands for all dimensions that the other indices leave.
    public subscript(_ ellipsis: (UnboundedRange_) -> Void, _ rest: any TensorIndex...) -> Tensor {
        get { element([.ellipsis] + rest.map(\.tensorRange)) }
        set { setElement([.ellipsis] + rest.map(\.tensorRange), newValue) }
    }

    /// `x[0, ..., 1]`.
    public subscript(_ first: any TensorIndex, _ ellipsis: (UnboundedRange_) -> Void, _ rest: any TensorIndex...) -> Tensor {
        get { element([first.tensorRange, .ellipsis] + rest.map(\.tensorRange)) }
        set { setElement([first.tensorRange, .ellipsis] + rest.map(\.tensorRange), newValue) }
    }

    private func element(_ indices: [TensorRange]) -> Tensor {
        composed("subscript", [self]) { () throws(TensorError) in
            if let mask = wholeMask(indices) { return maskedSelect(mask) }
            let plan = try IndexPlan(indices, shape: shape)
            let view = slice(plan.starts, plan.steps, plan.sizes).reshape(plan.viewShape)
            return plan.tensors.allSatisfy { $0 == nil } ? view : try view.gathered(at: plan.tensors)
        }
    }

    private mutating func setElement(_ indices: [TensorRange], _ value: Tensor) {
        if isInert { return }
        do throws(TensorError) {
            if let mask = wholeMask(indices), value.count == 1, value.rank <= 1 {
                try fill(where: mask, value.reshape([]))
                return
            }
            let plan = try IndexPlan(indices, shape: shape)
            guard plan.tensors.allSatisfy({ $0 == nil }) else {
                try setGathered(plan, value)
                return
            }
            let target = plan.viewShape
            let expanded = value.detach().shape == target ? value : try value.fitting(target)
            // Undo integer indices and new axes: the slice itself has all of the tensor's dimensions.
            replaceSlice(plan.starts, plan.steps, plan.sizes, with: expanded.reshape(plan.sizes))
        } catch {
            error.report(in: "subscript", operands: [self, value])
            if isInert { self = .inert }
        }
    }

    /// The mask of this tensor's own shape that is the only index, if that is so.
    private func wholeMask(_ indices: [TensorRange]) -> Tensor? {
        guard indices.count == 1, case .tensor(let mask) = indices[0], mask.dtype == .bool, mask.shape == shape, rank > 0 else { return nil }
        return mask
    }

    /// Writes a 0-d value where `mask`, of this shape, is true.
    private mutating func fill(where mask: Tensor, _ value: Tensor) throws(TensorError) {
        if value.isInert || isGradEnabled && (requiresGrad || value.requiresGrad) {
            self = value.isInert ? .inert : maskedFill(mask, value)
            return
        }
        makeUnique()
        _ = try ScalarOperator.named("where").evaluate([mask, value.detach().to(dtype), self], into: self)
    }

    /// This value broadcast to `target`; leading dimensions of size 1 beyond its rank are dropped, as PyTorch does in assignments.
    func fitting(_ target: Shape) throws(TensorError) -> Tensor {
        var source = self
        while source.rank > target.count, source.shape.first == 1 { source = source.squeeze(0) }
        guard (try? ShapeRule.broadcast(source.shape, target)) == target else {
            throw TensorError("a value of shape \(shape) does not broadcast to the part of shape \(target) it is assigned to")
        }
        return source.expand(target)
    }
}

/// A subscript worked out for a shape: first a slice of every dimension, then a reshape, then index tensors.
struct IndexPlan {
    var starts: [Int] = []
    var steps: [Int] = []
    var sizes: [Int] = []
    /// The shape after the slice, without the dimensions that integers took and with new axes.
    var viewShape: Shape = []
    /// For each dimension of `viewShape`, the int64 index tensor that applies to it.
    var tensors: [Tensor?] = []

    /// `integersSelect`: 0-d integer tensors count as the integer they hold, as in PyTorch's subscripts.
    init(_ listed: [TensorRange], shape: Shape, integersSelect: Bool = true) throws(TensorError) {
        var indices = listed
        for (k, index) in listed.enumerated() {
            guard integersSelect, case .tensor(let tensor) = index, tensor.rank == 0, tensor.dtype.isInteger else { continue }
            indices[k] = .at(tensor.item(as: Int.self))
        }
        var consumed = 0
        var ellipses = 0
        for index in indices {
            switch index {
            case .at, .slice: consumed += 1
            case .tensor(let tensor): consumed += tensor.dtype == .bool ? max(tensor.rank, 0) : 1
            case .ellipsis: ellipses += 1
            case .newDimension: break
            }
        }
        guard ellipses <= 1 else { throw TensorError("only one ... can stand in a subscript") }
        guard consumed <= shape.count else {
            throw TensorError("\(consumed) indices for a tensor of \(shape.count) dimension\(shape.count == 1 ? "" : "s")")
        }
        var d = 0
        for index in ellipses == 1 ? indices : indices + [.ellipsis] {
            switch index {
            case .ellipsis:
                for _ in 0..<(shape.count - consumed) {
                    append(start: 0, step: 1, size: shape[d])
                    d += 1
                }
            case .newDimension:
                viewShape.append(1)
                tensors.append(nil)
            case .at(let position):
                guard position >= -shape[d], position < shape[d] else {
                    throw TensorError("index \(position) is out of range for dimension \(d) of size \(shape[d])")
                }
                starts.append(position < 0 ? position + shape[d] : position)
                steps.append(1)
                sizes.append(1)
                d += 1
            case .slice(let start, let end, let step):
                guard step != 0 else { throw TensorError("the step of a slice must not be 0") }
                let (first, count) = Self.resolve(start, end, step, size: shape[d])
                append(start: first, step: step, size: count)
                d += 1
            case .tensor(let tensor) where tensor.dtype == .bool:
                guard tensor.shape == Array(shape[d..<(d + tensor.rank)]) else {
                    throw TensorError("a mask of shape \(tensor.shape) does not fit dimensions \(d)… of shape \(shape)")
                }
                if tensor.rank == 0 {
                    viewShape.append(1)
                    tensors.append(tensor.item(as: Bool.self) ? Tensor([0]) : Tensor([Int]()))
                } else {
                    let positions = tensor.nonzero()
                    for k in 0..<tensor.rank {
                        append(start: 0, step: 1, size: shape[d])
                        tensors[tensors.count - 1] = positions.select(1, k)
                        d += 1
                    }
                }
            case .tensor(let tensor):
                guard tensor.dtype.isInteger else {
                    throw TensorError("an index tensor must be of an integer type or bool, not \(tensor.dtype.name)")
                }
                append(start: 0, step: 1, size: shape[d])
                tensors[tensors.count - 1] = tensor.to(.int64)
                d += 1
            }
        }
    }

    private mutating func append(start: Int, step: Int, size: Int) {
        starts.append(start)
        steps.append(step)
        sizes.append(size)
        viewShape.append(size)
        tensors.append(nil)
    }

    /// First position and count of a Python slice.
    static func resolve(_ start: Int?, _ end: Int?, _ step: Int, size: Int) -> (first: Int, count: Int) {
        func clamp(_ position: Int, _ low: Int, _ high: Int) -> Int {
            let absolute = position < 0 ? position + size : position
            return min(max(absolute, low), high)
        }
        if step > 0 {
            let first = clamp(start ?? 0, 0, size), last = clamp(end ?? size, 0, size)
            return first < last ? (first, (last - first + step - 1) / step) : (0, 0)
        }
        let first = start.map { clamp($0, -1, size - 1) } ?? size - 1
        let last = end.map { clamp($0, -1, size - 1) } ?? -1
        return first > last ? (first, (first - last - step - 1) / -step) : (0, 0)
    }
}
