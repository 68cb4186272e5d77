/// How one dimension is resampled: every new element as a weighted sum of neighbours in the old dimension. A sparse matrix whose rows have
/// their entries side by side; the gradient of resampling is resampling with the matrix transposed.
struct ResamplingTable: Sendable {
    /// The size of the dimension that is read.
    let inputSize: Int
    /// The first neighbour of each new element.
    private(set) var first: [Int] = []
    /// Where each new element's weights begin, and the end of the last.
    private(set) var offsets = [0]
    private(set) var weights: [Double] = []

    /// The size of the new dimension.
    var outputSize: Int { first.count }

    init(inputSize: Int) { self.inputSize = inputSize }

    /// Adds the next new element.
    mutating func append(first start: Int, _ row: [Double]) {
        first.append(start)
        weights += row
        offsets.append(weights.count)
    }

    private func row(_ o: Int) -> ArraySlice<Double> { weights[offsets[o]..<offsets[o + 1]] }

    /// The table in which old and new dimension have changed places.
    var transposed: ResamplingTable {
        var ranges = [ClosedRange<Int>?](repeating: nil, count: inputSize)
        for o in first.indices {
            for i in first[o]..<(first[o] + row(o).count) { ranges[i] = (ranges[i]?.lowerBound ?? o)...o }
        }
        var rows = ranges.map { [Double](repeating: 0, count: $0?.count ?? 0) }
        for o in first.indices {
            for (k, weight) in row(o).enumerated() {
                let i = first[o] + k
                rows[i][o - (ranges[i]?.lowerBound ?? 0)] = weight
            }
        }
        var result = ResamplingTable(inputSize: outputSize)
        for (range, row) in zip(ranges, rows) { result.append(first: range?.lowerBound ?? 0, row) }
        return result
    }

    /// The weights as multiples of 2⁻ᵖ, p the largest for which they fit into 16 bits: what 8-bit images are resampled with, in PyTorch as
    /// in Pillow.
    var fixedPoint: ResamplingTable {
        let largest = weights.max() ?? 0
        var scale = 1.0
        for _ in 0..<22 where (0.5 + largest * scale * 2).rounded(.down) < 32_768 { scale *= 2 }
        var result = self
        result.weights = weights.map { ($0 * scale).rounded(.toNearestOrAwayFromZero) / scale }
        return result
    }
}

/// A dimension's way from one size to another.
struct ResamplingAxis: Sendable, Equatable {
    enum Kernel: String, Sendable {
        /// Straight lines between neighbours.
        case linear
        /// Keys' cubic convolution over four neighbours (R. Keys, Cubic convolution interpolation for digital image processing, 1981).
        case cubic
        /// The mean of what the new element covers, whole elements only.
        case area
    }

    var kernel: Kernel
    var inputSize: Int
    var outputSize: Int
    /// Old elements for one new one, where the caller fixed it; the ratio of the sizes otherwise.
    var givenStep: Double?
    /// The centres of the outermost elements coincide; their outer edges otherwise.
    var alignCorners = false
    /// A kernel stretched over all old elements that a new one covers, when sizes shrink.
    var antialias = false

    /// Old elements for one new one.
    private var step: Double {
        if alignCorners { return outputSize > 1 ? Double(inputSize - 1) / Double(outputSize - 1) : 0 }
        return givenStep ?? Double(inputSize) / Double(outputSize)
    }

    var table: ResamplingTable {
        var table = ResamplingTable(inputSize: inputSize)
        for o in 0..<outputSize {
            switch kernel {
            case .area: appendMean(o, &table)
            case .linear where !antialias: appendLinear(o, &table)
            case .cubic where !antialias: appendCubic(o, &table)
            default: appendStretched(o, &table)
            }
        }
        return table
    }

    private func appendMean(_ o: Int, _ table: inout ResamplingTable) {
        let begin = o * inputSize / outputSize, end = ((o + 1) * inputSize + outputSize - 1) / outputSize
        table.append(first: begin, [Double](repeating: 1 / Double(end - begin), count: end - begin))
    }

    /// The place of new element `o` between the old ones: its lower neighbour and the distance from there.
    private func place(_ o: Int, clamped: Bool) -> (index: Int, distance: Double) {
        var position = alignCorners ? step * Double(o) : step * (Double(o) + 0.5) - 0.5
        if clamped { position = max(position, 0) }
        let index = min(position.rounded(.down), Double(inputSize - 1))
        return (Int(index), min(max(position - index, 0), 1))
    }

    private func appendLinear(_ o: Int, _ table: inout ResamplingTable) {
        if inputSize == outputSize { return table.append(first: o, [1]) }
        let (index, t) = place(o, clamped: true)
        table.append(first: index, index + 1 < inputSize ? [1 - t, t] : [1])
    }

    private func appendCubic(_ o: Int, _ table: inout ResamplingTable) {
        let (index, t) = place(o, clamped: false), last = inputSize - 1
        let start = min(max(index - 1, 0), last)
        var row = [Double](repeating: 0, count: min(max(index + 2, 0), last) - start + 1)
        // Beyond the border stands its element again.
        for (k, weight) in CubicConvolution.weights(t).enumerated() { row[min(max(index - 1 + k, 0), last) - start] += weight }
        table.append(first: start, row)
    }

    /// The kernel as wide as a new element, cut off at the border and normalised (as Pillow resamples).
    private func appendStretched(_ o: Int, _ table: inout ResamplingTable) {
        let stretch = max(step, 1), reach = (kernel == .cubic ? 2 : 1) * stretch
        let center = step * (Double(o) + 0.5)
        let begin = max(Int(center - reach + 0.5), 0), end = max(min(Int(center + reach + 0.5), inputSize), begin + 1)
        let row = (begin..<end).map { i in
            let distance = abs((Double(i) - center + 0.5) / stretch)
            return kernel == .cubic ? CubicConvolution.value(distance, a: -0.5) : max(1 - distance, 0)
        }
        let sum = row.reduce(0, +)
        table.append(first: begin, sum == 0 ? row : row.map { $0 / sum })
    }
}

extension ResamplingAxis {
    var attributes: Attributes {
        var attributes: Attributes = ["kernel": .string(kernel.rawValue), "inputSize": .int(inputSize), "outputSize": .int(outputSize),
                                      "alignCorners": .bool(alignCorners), "antialias": .bool(antialias)]
        if let givenStep { attributes["step"] = .double(givenStep) }
        return attributes
    }

    init(_ attributes: Attributes) {
        guard let kernel = Kernel(rawValue: attributes.string("kernel")) else { preconditionFailure("no such resampling kernel") }
        self.init(kernel: kernel, inputSize: attributes.int("inputSize"), outputSize: attributes.int("outputSize"),
                  givenStep: attributes["step"] == nil ? nil : attributes.double("step"), alignCorners: attributes.bool("alignCorners"),
                  antialias: attributes.bool("antialias"))
    }
}

/// Keys' family of cubic kernels; `a` is the slope at distance 1.
enum CubicConvolution {
    /// What PyTorch and OpenCV interpolate with. (Pillow, and with it antialiasing, has -0.5.)
    static let slope = -0.75

    static func value(_ distance: Double, a: Double = slope) -> Double {
        let x = distance
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }

    /// The weights of the four neighbours of a place at distance `t` behind the second.
    static func weights(_ t: Double) -> [Double] { [1 + t, t, 1 - t, 2 - t].map { value($0) } }
}
