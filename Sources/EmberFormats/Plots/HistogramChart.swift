#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How many values lie where.
public struct HistogramChart: Plot {
    public var title: String
    public var xLabel: String
    public var yLabel: String
    public var values: [Double]
    /// Equal bins between the least and the greatest value; nil chooses by the values.
    public var binCount: Int?
    public var color = Color.series[0]
    /// Logical pixels.
    public var width = 720.0
    public var height = 420.0

    public init(title: String = "", xLabel: String = "", yLabel: String = "count", values: [Double]) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.values = values
    }

    /// The limits of the bins and the counts between them. NaN and infinities are not counted.
    ///
    /// Without `binCount` the width of a bin is 2 · IQR / ∛n (Freedman and Diaconis 1981), between 5 and 120 bins.
    public var bins: (limits: [Double], counts: [Int]) {
        let sorted = values.filter(\.isFinite).sorted()
        guard let low = sorted.first, let high = sorted.last else { return ([0, 1], [0]) }
        guard high > low, (high - low).isFinite else { return ([low - 0.5, high + 0.5], [sorted.count]) }
        let spread = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
        let ideal = (high - low) * cbrt(Double(sorted.count)) / (2 * spread)
        let count = max(1, binCount ?? Int(max(5, min(120, ideal.isFinite ? ideal.rounded(.up) : 30))))
        var counts = [Int](repeating: 0, count: count)
        for value in sorted { counts[min(count - 1, Int((value - low) / (high - low) * Double(count)))] += 1 }
        return ((0 ... count).map { low + (high - low) * Double($0) / Double(count) }, counts)
    }

    public func drawing() -> Drawing {
        var drawing = Drawing(width: width, height: height)
        let (limits, counts) = bins
        let area = PlotArea(
            &drawing, title: title, xLabel: xLabel, yLabel: yLabel, x: Axis(values: limits, tickCount: 8, padding: 0.02),
            y: Axis(values: counts.map(Double.init), includesZero: true), hasVerticalGrid: false)
        let gap = limits.count < 60 ? 1.0 : 0
        for (index, count) in counts.enumerated() where count > 0 {
            guard let start = area.place(x: limits[index]), let end = area.place(x: limits[index + 1]),
                let top = area.place(y: Double(count)), let bottom = area.place(y: 0)
            else { continue }
            drawing.rectangle(
                x: start + gap / 2, y: top, width: end - start - gap, height: bottom - top, color: color.withAlpha(0.85))
        }
        return drawing
    }
}
