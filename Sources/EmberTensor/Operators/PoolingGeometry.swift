/// The sizes of a pooling, in any number of spatial dimensions.
struct PoolingGeometry: Sendable, Equatable {
    var inputSize: [Int]
    var outputSize: [Int]
    /// Window o of O over I elements is ⌊o·I/O⌋ ..< ⌈(o+1)·I/O⌉; the following sizes mean nothing then.
    var isAdaptive = false
    var kernelSize: [Int] = []
    var stride: [Int] = []
    var dilation: [Int] = []
    /// Before the input; behind it, windows end where it does.
    var padding: [Int] = []
    /// Averages: padding counts in the divisor.
    var countsPadding = true
    /// Averages: the divisor, 0 for the window's size.
    var divisor = 0

    var spatialRank: Int { inputSize.count }

    var attributes: Attributes {
        ["inputSize": .ints(inputSize), "outputSize": .ints(outputSize), "isAdaptive": .bool(isAdaptive), "kernelSize": .ints(kernelSize),
         "stride": .ints(stride), "dilation": .ints(dilation), "padding": .ints(padding), "countsPadding": .bool(countsPadding),
         "divisor": .int(divisor)]
    }

    init(_ attributes: Attributes) {
        inputSize = attributes.ints("inputSize")
        outputSize = attributes.ints("outputSize")
        isAdaptive = attributes.bool("isAdaptive")
        kernelSize = attributes.ints("kernelSize")
        stride = attributes.ints("stride")
        dilation = attributes.ints("dilation")
        padding = attributes.ints("padding")
        countsPadding = attributes.bool("countsPadding")
        divisor = attributes.int("divisor")
    }

    /// Windows of a fixed size; `stride` is the kernel's size unless given.
    init(_ inputSize: [Int], kernelSize: any SpatialExtent, stride: (any SpatialExtent)?, padding: any SpatialExtent,
         dilation: any SpatialExtent, ceilMode: Bool) throws(TensorError) {
        let rank = inputSize.count
        self.inputSize = inputSize
        let kernel = try kernelSize.expanded(to: rank, "kernelSize")
        self.kernelSize = kernel
        // PyTorch also takes an empty stride for an absent one.
        if let stride, !stride.sizes.isEmpty {
            self.stride = try stride.expanded(to: rank, "stride")
        } else {
            self.stride = kernel
        }
        self.padding = try padding.expanded(to: rank, "padding", atLeast: 0)
        self.dilation = try dilation.expanded(to: rank, "dilation")
        outputSize = []
        for d in 0..<rank {
            let reach = self.dilation[d] * (self.kernelSize[d] - 1) + 1
            guard self.padding[d] <= reach / 2 else {
                throw TensorError("padding \(self.padding[d]) is more than half of the window's \(reach) elements: windows would see nothing else")
            }
            let free = inputSize[d] + 2 * self.padding[d] - reach
            guard free >= 0 || ceilMode && free + self.stride[d] - 1 >= 0 else {
                throw TensorError("windows reach over \(reach) elements of spatial dimension \(d), the padded input has only "
                    + "\(inputSize[d] + 2 * self.padding[d])")
            }
            var size = (free + (ceilMode ? self.stride[d] - 1 : 0)) / self.stride[d] + 1
            // Rounded up, but the last window must begin inside the input or the padding before it.
            if ceilMode && (size - 1) * self.stride[d] >= inputSize[d] + self.padding[d] { size -= 1 }
            guard size > 0 else { throw TensorError("spatial dimension \(d) of the result would be empty") }
            outputSize.append(size)
        }
    }

    /// Windows that together cover the input.
    init(_ inputSize: [Int], adaptiveTo outputSize: any AdaptiveExtent) throws(TensorError) {
        let sizes = outputSize.optionalSizes
        guard sizes.count == 1 || sizes.count == inputSize.count else {
            throw TensorError("outputSize must be one number or have one for each of the \(inputSize.count) spatial dimensions, not \(sizes.count)")
        }
        guard !inputSize.contains(0) else { throw TensorError("the input's spatial dimensions must not be empty, they are \(inputSize)") }
        self.inputSize = inputSize
        self.outputSize = inputSize.indices.map { (sizes.count == 1 ? sizes[0] : sizes[$0]) ?? inputSize[$0] }
        if let size = self.outputSize.first(where: { $0 < 0 }) { throw TensorError("outputSize must not be negative, got \(size)") }
        isAdaptive = true
    }
}

/// What adaptive pooling's `outputSize` accepts: `Int`, `[Int]`, or `[Int?]`, in which nil keeps the input's size.
public protocol AdaptiveExtent: Sendable {
    /// The sizes as written: one, or one per dimension.
    var optionalSizes: [Int?] { get }
}

extension Int: AdaptiveExtent {
    public var optionalSizes: [Int?] { [self] }
}

/// One size of an ``AdaptiveExtent``: `Int` or `Int?`.
public protocol AdaptiveSize: Sendable {
    /// The size, nil for the input's own.
    var optionalSize: Int? { get }
}

extension Int: AdaptiveSize {
    public var optionalSize: Int? { self }
}

extension Optional: AdaptiveSize where Wrapped == Int {
    public var optionalSize: Int? { self }
}

extension Array: AdaptiveExtent where Element: AdaptiveSize {
    public var optionalSizes: [Int?] { map(\.optionalSize) }
}
