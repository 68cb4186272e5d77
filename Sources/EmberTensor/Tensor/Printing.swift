import Foundation

/// How tensors print. PyTorch: `torch.set_printoptions`.
public struct PrintOptions: Sendable {
    /// Digits after the decimal point.
    public var precision = 4
    /// Tensors of more elements are summarised.
    public var threshold = 1000
    /// Elements shown at each end of a summarised dimension.
    public var edgeItems = 3
    /// Characters a line.
    public var lineWidth = 80

    public init() {}
}

extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
    /// The values as PyTorch prints them.
    public var description: String { formatted() }
    public var debugDescription: String { formatted() }

    /// The values as PyTorch prints them: `tensor([[1., 2.], [3., 4.]])` with the type where it is not the default, and
    /// how the tensor takes part in gradients. PyTorch: `repr(tensor)`.
    public func formatted(_ options: PrintOptions = PrintOptions()) -> String {
        if isInert { return "tensor(failed)" }
        var notes: [String] = []
        if count == 0 {
            if shape != [0] { notes.append("size=(\(shape.map(String.init).joined(separator: ", ")))") }
            if dtype != Tensor.defaultDType { notes.append("dtype=\(dtype.name)") }
        } else if dtype != Tensor.defaultDType && dtype != .int64 && dtype != .bool {
            notes.append("dtype=\(dtype.name)")
        }
        switch body.gradientNode {
        case let node as OperationNode: notes.append("grad_fn=<\(node.operation.name)>")
        case is Leaf: notes.append("requires_grad=True")
        default: break
        }
        let prefix = "tensor("
        let body: String
        if count == 0 {
            body = "[]"
        } else {
            let summarise = count > options.threshold
            let format = NumberFormat(self, options, summarise: summarise)
            body = format.lines(detach(), indent: prefix.count)
        }
        return prefix + ([body] + notes).joined(separator: ", ") + ")"
    }
}

/// The common width and style of a tensor's numbers, and the nested brackets around them.
private struct NumberFormat {
    private let options: PrintOptions
    private let summarise: Bool
    private let dtype: DType
    private var width = 0
    private var style = Style.integer

    private enum Style { case integer, wholeReal, fixed, scientific, truth }

    init(_ tensor: Tensor, _ options: PrintOptions, summarise: Bool) {
        self.options = options
        self.summarise = summarise
        dtype = tensor.dtype
        let shown = Self.shownValues(tensor.detach(), options, summarise)
        switch dtype {
        case .bool:
            style = .truth
        case let type where type.isInteger:
            style = .integer
        default:
            // PyTorch's rule (torch/_tensor_str.py describes it): whole numbers without decimals, a large ratio or very large
            // or small numbers in scientific form.
            let finite = shown.filter { $0.isFinite && $0 != 0 }.map(abs)
            if let largest = finite.max(), let smallest = finite.min() {
                let whole = shown.allSatisfy { !$0.isFinite || $0 == $0.rounded() }
                if largest / smallest > 1000 || largest > 1e8 || (!whole && smallest < 1e-4) {
                    style = .scientific
                } else {
                    style = whole ? .wholeReal : .fixed
                }
            } else {
                style = .wholeReal
            }
        }
        width = shown.map { text($0).count }.max() ?? 0
    }

    private static func shownValues(_ x: Tensor, _ options: PrintOptions, _ summarise: Bool) -> [Double] {
        if summarise {
            for d in x.shape.indices where x.shape[d] > 2 * options.edgeItems {
                let head = x.narrow(d, start: 0, count: options.edgeItems)
                let tail = x.narrow(d, start: x.shape[d] - options.edgeItems, count: options.edgeItems)
                // Only the widths of both ends matter here, so they are looked at one after the other.
                return shownValues(head, options, true) + shownValues(tail, options, true)
            }
        }
        return x.to(.float64).array()
    }

    private func text(_ value: Double) -> String {
        if style == .truth { return value != 0 ? "True" : "False" }
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        switch style {
        case .integer: return String(Int64(value))
        case .wholeReal: return String(format: "%.0f.", value)
        case .fixed: return String(format: "%.\(options.precision)f", value)
        case .scientific: return String(format: "%.\(options.precision)e", value)
        case .truth: return ""
        }
    }

    private func padded(_ x: Tensor) -> String {
        // Integers beyond 2^53 must not pass through Double.
        let own = dtype.isInteger ? String(x.item(as: Int.self)) : text(x.item())
        return String(repeating: " ", count: max(0, width - own.count)) + own
    }

    func lines(_ x: Tensor, indent: Int) -> String {
        if x.rank == 0 { return padded(x) }
        let edge = options.edgeItems
        let size = x.shape[0]
        let short = summarise && size > 2 * edge
        let positions = short ? Array(0..<edge) + [-1] + Array((size - edge)..<size) : Array(0..<size)
        if x.rank == 1 {
            let perLine = max(1, (options.lineWidth - indent) / (width + 2))
            let items = positions.map { $0 < 0 ? " ..." : padded(x.select(0, $0)) }
            var rows: [String] = []
            for start in stride(from: 0, to: items.count, by: perLine) {
                rows.append(items[start..<min(start + perLine, items.count)].joined(separator: ", "))
            }
            return "[" + rows.joined(separator: ",\n" + String(repeating: " ", count: indent + 1)) + "]"
        }
        let parts = positions.map { $0 < 0 ? "..." : lines(x.select(0, $0), indent: indent + 1) }
        let separator = "," + String(repeating: "\n", count: x.rank - 1) + String(repeating: " ", count: indent + 1)
        return "[" + parts.joined(separator: separator) + "]"
    }
}
