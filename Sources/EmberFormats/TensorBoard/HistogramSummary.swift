import EmberTensor

/// How values are distributed, in TensorBoard's form: the bucket with index i counts the values between `bucketLimits[i - 1]`
/// and `bucketLimits[i]`.
public struct HistogramSummary: Sendable, Equatable {
    public var minimum = 0.0
    public var maximum = 0.0
    public var count = 0.0
    public var sum = 0.0
    public var sumOfSquares = 0.0
    public var bucketLimits: [Double] = []
    public var bucketCounts: [Double] = []

    /// The buckets that PyTorch's `add_histogram` uses (`bins="tensorflow"`): their limits grow by 10 % from 1e-12 to 1e20 on
    /// both sides of zero. Like there, the first bucket is an empty one that gives the left end, and empty buckets at both
    /// ends are left out. NaN and infinities are not counted.
    public init(_ values: some Sequence<Double>) {
        let limits = HistogramSummary.defaultLimits
        var counts = [Double](repeating: 0, count: limits.count - 1)
        minimum = .infinity
        maximum = -.infinity
        for value in values where value.isFinite {
            count += 1
            sum += value
            sumOfSquares += value * value
            minimum = min(minimum, value)
            maximum = max(maximum, value)
            if let bucket = HistogramSummary.bucket(of: value) { counts[bucket] += 1 }
        }
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) else {
            if count == 0 { (minimum, maximum) = (0, 0) }
            return
        }
        bucketLimits = Array(limits[first ... last + 1])
        bucketCounts = [0] + counts[first ... last]
    }

    /// An empty distribution, to be filled by one who counts himself: `bucketLimits[i]` is the right end of bucket i.
    public init() {}

    private static let defaultLimits: [Double] = {
        var positive: [Double] = []
        var value = 1e-12
        while value < 1e20 {
            positive.append(value)
            value *= 1.1
        }
        return positive.reversed().map { -$0 } + [0] + positive
    }()

    /// Buckets contain their left limit but not their right one; the last contains both.
    private static func bucket(of value: Double) -> Int? {
        var low = 0
        var high = defaultLimits.count
        while low < high {
            let middle = (low + high) / 2
            if defaultLimits[middle] <= value { low = middle + 1 } else { high = middle }
        }
        if low == defaultLimits.count { return value == defaultLimits[low - 1] ? low - 2 : nil }
        return low == 0 ? nil : low - 1
    }
}

extension SummaryWriter {
    /// Logs the distribution of a tensor's elements, of any real type, in PyTorch's default buckets. PyTorch: `SummaryWriter.add_histogram`.
    public func addHistogram(_ tag: String, _ tensor: Tensor, step: Int, wallTime: Double? = nil) {
        guard !tensor.isInert else { return }
        guard !tensor.dtype.isComplex else {
            TensorError("complex numbers have no order to count them by; log .abs() or .real of them")
                .report(in: "SummaryWriter.addHistogram", operands: [tensor])
            return
        }
        addHistogram(tag, tensor.array(of: Double.self), step: step, wallTime: wallTime)
    }
}
