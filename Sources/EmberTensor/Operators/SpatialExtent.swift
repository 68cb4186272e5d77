/// One size for every spatial dimension, or one size each: what kernel sizes, strides and dilations are given as.
///
/// `Int` and `[Int]` are extents, so `kernelSize: 3` and `kernelSize: [3, 5]` both work, with variables as with literals.
public protocol SpatialExtent: Sendable {
    /// The sizes as written: one, or one per dimension.
    var sizes: [Int] { get }
}

extension Int: SpatialExtent {
    public var sizes: [Int] { [self] }
}

extension Array: SpatialExtent where Element == Int {
    public var sizes: [Int] { self }
}

extension SpatialExtent {
    /// One size for each of `rank` dimensions. `name` is the argument's, for the message.
    func expanded(to rank: Int, _ name: String, atLeast minimum: Int = 1) throws(TensorError) -> [Int] {
        let sizes = self.sizes
        guard sizes.count == 1 || sizes.count == rank else {
            throw TensorError("\(name) \(sizes) must be one number or have one for each of the \(rank) spatial dimensions")
        }
        if let size = sizes.first(where: { $0 < minimum }) {
            throw TensorError("\(name) must be at least \(minimum), got \(size)")
        }
        return sizes.count == rank ? sizes : [Int](repeating: sizes[0], count: rank)
    }
}

/// How a convolution's input is surrounded by zeros.
public struct Padding: Sendable, Hashable {
    enum Mode: Sendable, Hashable { case explicit([Int]), same, valid }
    let mode: Mode

    init(_ mode: Mode) { self.mode = mode }

    /// That many zeros on both sides: one number, or one for each dimension.
    public init(_ extent: any SpatialExtent) { mode = .explicit(extent.sizes) }

    /// The zeros before and behind an input of these sizes in each dimension.
    package func amounts(_ inputSize: [Int], kernel: [Int], dilation: [Int], stride: [Int]) throws(TensorError) -> [(before: Int, after: Int)] {
        switch mode {
        case .explicit(let sizes):
            return try sizes.expanded(to: kernel.count, "padding", atLeast: 0).map { ($0, $0) }
        case .valid:
            return kernel.map { _ in (0, 0) }
        case .same:
            // An odd total puts the extra zero behind, as PyTorch and TensorFlow do.
            return kernel.indices.map { d in
                // A stride of 0 is the convolution's to refuse.
                let step = max(stride[d], 1), reach = dilation[d] * (kernel[d] - 1) + 1
                let total = max(((inputSize[d] + step - 1) / step - 1) * step + reach - inputSize[d], 0)
                return (total / 2, total - total / 2)
            }
        }
    }
}

/// What `padding:` of a convolution accepts: `Int`, `[Int]`, `.same` or `.valid`.
public protocol SpatialPadding: Sendable {
    /// The padding as one type.
    var padding: Padding { get }
}

extension Padding: SpatialPadding {
    public var padding: Padding { self }
}

extension Int: SpatialPadding {
    public var padding: Padding { Padding(self) }
}

extension Array: SpatialPadding where Element == Int {
    public var padding: Padding { Padding(self) }
}

extension SpatialPadding where Self == Padding {
    /// As many zeros as make the result the input's size divided by the stride, rounded up. PyTorch: `padding='same'`, which takes no other
    /// stride than 1; with one it is what TensorFlow calls SAME and ONNX `SAME_UPPER`.
    public static var same: Padding { Padding(Padding.Mode.same) }

    /// No zeros. PyTorch: `padding='valid'`.
    public static var valid: Padding { Padding(Padding.Mode.valid) }
}
