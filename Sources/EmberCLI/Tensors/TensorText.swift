/// Shapes and elements as people read them.
enum TensorText {
    /// [64, 3, 7, 7] → “64 × 3 × 7 × 7”.
    static func shape(_ shape: [Int]) -> String { shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: " × ") }

    /// About five digits.
    static func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e6 { return NumberText.fixed(value, 0) }
        return abs(value) >= 1e-4 && abs(value) < 1e6
            ? NumberText.fixed(value, abs(value) >= 100 ? 2 : abs(value) >= 1 ? 4 : 6) : NumberText.scientific(value)
    }
}
