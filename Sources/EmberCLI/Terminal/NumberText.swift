import Foundation

/// Numbers as people read them.
enum NumberText {
    static func fixed(_ value: Double, _ places: Int) -> String { value.isFinite ? String(format: "%.\(places)f", value) : "–" }

    static func percent(_ fraction: Double, _ places: Int = 2) -> String { fixed(fraction * 100, places) + " %" }

    /// 12345 → “12,345”.
    static func grouped(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        let groups = stride(from: digits.count, to: 0, by: -3).map { String(digits[max($0 - 3, 0) ..< $0]) }
        return (value < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
    }

    /// 1 → “1 tensor”, 12345 → “12,345 tensors”.
    static func counted(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }

    /// Four digits and a power of ten.
    static func scientific(_ value: Double) -> String { value.isFinite ? String(format: "%.3e", value) : "\(value)" }

    /// 75 → “1:15”.
    static func duration(_ seconds: Double) -> String {
        let total = Int(seconds.rounded(.up))
        let (hours, minutes) = (total / 3600, total / 60 % 60)
        return hours > 0 ? String(format: "%d:%02d:%02d", hours, minutes, total % 60) : String(format: "%d:%02d", minutes, total % 60)
    }

    static func right(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(width - text.count, 0)) + text }
    static func left(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(width - text.count, 0)) }
}
