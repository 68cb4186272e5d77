#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How an axis maps values to places.
public enum AxisScale: Sendable {
    case linear
    /// Decades are equally long; values that are not positive are left out.
    case logarithmic
}

/// The range and the ticks of one axis.
struct Axis: Sendable {
    let scale: AxisScale
    let low: Double
    let high: Double
    let ticks: [(value: Double, label: String)]

    /// An axis that shows all finite values.
    /// - Parameters:
    ///   - includesZero: begins (or ends) at zero.
    ///   - tickCount: about how many ticks there is room for.
    ///   - padding: the fraction of the range left free at both ends.
    init(
        values: some Sequence<Double>, scale: AxisScale = .linear, includesZero: Bool = false, tickCount: Int = 6,
        padding: Double = 0.04
    ) {
        let usable = values.filter { Axis.canShow($0, scale) }
        var low = usable.min() ?? (scale == .linear ? 0 : 1)
        var high = usable.max() ?? (scale == .linear ? 1 : 10)
        if includesZero && scale == .linear { (low, high) = (min(low, 0), max(high, 0)) }
        switch scale {
        case .linear:
            if high == low { (low, high) = low == 0 ? (0, 1) : (low - abs(low) / 2, high + abs(high) / 2) }
            let room = (high - low) * padding
            if !(includesZero && low == 0) { low -= room }
            if !(includesZero && high == 0) { high += room }
            ticks = Axis.linearTicks(low, high, tickCount)
        case .logarithmic:
            if high == low { (low, high) = (low / 2, high * 2) }
            let room = exp((log(high) - log(low)) * padding)
            (low, high) = (low / room, high * room)
            ticks = Axis.logarithmicTicks(low, high, tickCount)
        }
        (self.scale, self.low, self.high) = (scale, low, high)
    }

    /// An axis of categories, which have no ticks: category i lies between i and i + 1.
    init(categories count: Int) { (scale, low, high, ticks) = (.linear, 0, Double(max(1, count)), []) }

    /// Finite, positive on a logarithmic axis, and far enough from the limits of a double that ranges can be computed.
    private static func canShow(_ value: Double, _ scale: AxisScale) -> Bool {
        abs(value) <= 1e300 && (scale == .linear || value >= 1e-300)
    }

    /// Where the value lies between the ends, 0 to 1; nil when it cannot be shown.
    func fraction(_ value: Double) -> Double? {
        guard Axis.canShow(value, scale) else { return nil }
        return switch scale {
        case .linear: (value - low) / (high - low)
        case .logarithmic: (log(value) - log(low)) / (log(high) - log(low))
        }
    }

    /// Multiples of 1, 2 or 5 times a power of ten (Heckbert 1990, "Nice numbers for graph labels").
    static func linearTicks(_ low: Double, _ high: Double, _ count: Int) -> [(value: Double, label: String)] {
        let rough = (high - low) / Double(max(1, count))
        guard rough > 0, rough.isFinite else { return [] }
        let power = log10(rough).rounded(.down)
        let base = pow(10, power)
        let factor = [1.0, 2, 5, 10].first { $0 * base >= rough * 0.9 } ?? 10
        let step = factor * base
        let decimals = max(0, -Int(power) - (factor == 10 ? 1 : 0))
        let first = (low / step).rounded(.up)
        let last = (high / step).rounded(.down)
        guard first <= last, last - first < 1000 else { return [] }
        return stride(from: first, through: last, by: 1).map { index in
            let value = index * step
            return (value, label(value, decimals: decimals, largest: max(abs(low), abs(high))))
        }
    }

    private static func logarithmicTicks(_ low: Double, _ high: Double, _ count: Int) -> [(value: Double, label: String)] {
        let first = Int(log10(low).rounded(.up))
        let last = Int(log10(high).rounded(.down))
        if first > last || last - first < 1 {
            // Less than two decades: 1, 2 and 5 of each.
            var ticks: [(Double, String)] = []
            for exponent in Int(log10(low).rounded(.down)) ... Int(log10(high).rounded(.up)) {
                for digit in [1.0, 2, 5] {
                    let value = digit * pow(10, Double(exponent))
                    if value >= low && value <= high {
                        ticks.append((value, label(value, decimals: max(0, -exponent), largest: high)))
                    }
                }
            }
            return ticks
        }
        let step = max(1, Int((Double(last - first + 1) / Double(count)).rounded(.up)))
        return stride(from: first, through: last, by: step).map { exponent in
            let value = pow(10, Double(exponent))
            return (value, label(value, decimals: max(0, -exponent), largest: high))
        }
    }

    /// A number for a tick: as it is, or as `1e6` where that is shorter to read.
    static func label(_ value: Double, decimals: Int, largest: Double) -> String {
        if value == 0 { return "0" }
        if largest >= 1e6 || decimals > 4 {
            let exponent = Int(log10(abs(value)).rounded(.down))
            let significand = value / pow(10, Double(exponent))
            let digits = (significand * 100).rounded() / 100
            let text = digits == digits.rounded() ? String(Int(digits)) : "\(digits)"
            return "\(text)e\(exponent)".replacingMinus
        }
        return fixed(value, decimals: decimals).replacingMinus
    }

    /// The value with a fixed number of decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        let scale = pow(10, Double(decimals))
        let scaled = Int((abs(value) * scale).rounded())
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(scaled)" }
        let digits = String(scaled)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }
}

extension String {
    /// With the typographic minus.
    fileprivate var replacingMinus: String { String(map { $0 == "-" ? "−" : $0 }) }
}
