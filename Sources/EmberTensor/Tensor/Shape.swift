import CEmber

/// The sizes of a tensor's dimensions, outermost first. A 0-d tensor has the empty shape.
public typealias Shape = [Int]

/// Rules about shapes that several operator families share. Families have their own rules beside their operators; kernels know none.
enum ShapeRule {
    /// The number of elements.
    static func count(_ shape: Shape) -> Int { shape.reduce(1, *) }

    /// The largest number of dimensions: that of the kernels' index arrays.
    static let maximumRank = Int(EMBER_MAX_RANK)

    static func checkRank(_ shape: Shape) throws(TensorError) {
        guard shape.count <= maximumRank else { throw TensorError("\(shape.count) dimensions are more than the \(maximumRank) that tensors can have") }
    }

    /// Row-major strides.
    static func contiguousStrides(_ shape: Shape) -> [Int] {
        if shape.count == 1 { return [1] }
        var strides = [Int](repeating: 1, count: shape.count)
        var step = 1
        for d in stride(from: shape.count - 1, through: 0, by: -1) {
            strides[d] = step
            step *= max(shape[d], 1)
        }
        return strides
    }

    /// The same; `strides` itself where it is equal, since sharing it spares an allocation.
    static func contiguousStrides(_ shape: Shape, sharing strides: [Int]) -> [Int] {
        var step = 1
        for d in stride(from: shape.count - 1, through: 0, by: -1) {
            if strides[d] != step { return contiguousStrides(shape) }
            step *= max(shape[d], 1)
        }
        return strides
    }

    /// Whether elements lie in row-major order without gaps; dimensions of size 1 may have any stride.
    static func isContiguous(_ shape: Shape, _ strides: [Int]) -> Bool {
        var step = 1
        for d in stride(from: shape.count - 1, through: 0, by: -1) {
            if shape[d] == 0 { return true }
            if shape[d] != 1 {
                if strides[d] != step { return false }
                step *= shape[d]
            }
        }
        return true
    }

    /// Strides of a dense tensor of `shape` whose dimensions lie in memory in the order of `strides`, as PyTorch keeps the
    /// layout of an operand (channels-last stays channels-last).
    static func denseStrides(_ shape: Shape, like strides: [Int]) -> [Int] {
        let order = shape.indices.sorted { strides[$0] != strides[$1] ? strides[$0] > strides[$1] : $0 < $1 }
        var result = [Int](repeating: 1, count: shape.count)
        var step = 1
        for d in order.reversed() {
            result[d] = step
            step *= max(shape[d], 1)
        }
        return result
    }

    /// Whether every element of 0..<count is touched exactly once: a permutation of a contiguous layout.
    static func isDense(_ shape: Shape, _ strides: [Int]) -> Bool {
        if isContiguous(shape, strides) { return true }
        let dims = shape.indices.filter { shape[$0] != 1 }.sorted { strides[$0] < strides[$1] }
        var step = 1
        for d in dims {
            if strides[d] != step { return false }
            step *= shape[d]
        }
        return true
    }

    /// The common shape of element-wise operands: aligned at the last dimension, sizes equal or 1.
    static func broadcast(_ a: Shape, _ b: Shape) throws(TensorError) -> Shape {
        if a == b { return a }
        var result = a.count >= b.count ? a : b
        let shorter = a.count >= b.count ? b : a
        let lead = result.count - shorter.count
        for d in shorter.indices {
            let x = result[lead + d], y = shorter[d]
            if x == y || y == 1 { continue }
            guard x == 1 else {
                throw TensorError("shapes \(a) and \(b) do not broadcast: "
                    + "dimension \(lead + d) has \(x) and \(y); they must be equal, or one of them 1")
            }
            result[lead + d] = y
        }
        return result
    }

    /// `dim` counted from the end when negative, checked. A 0-d tensor is treated as having one dimension.
    static func dim(_ dim: Int, rank: Int) throws(TensorError) -> Int {
        let bound = max(rank, 1)
        guard dim >= -bound && dim < bound else {
            throw TensorError("dim \(dim) is out of range for \(rank) dimension\(rank == 1 ? "" : "s"): "
                + "expected \(-bound) through \(bound - 1)")
        }
        return dim < 0 ? dim + bound : dim
    }

    /// Several dimensions, each at most once.
    static func dims(_ dims: [Int], rank: Int) throws(TensorError) -> [Int] {
        var result: [Int] = []
        for d in dims {
            let d = try dim(d, rank: rank)
            guard !result.contains(d) else { throw TensorError("dim \(d) appears more than once in \(dims)") }
            result.append(d)
        }
        return result
    }
}
