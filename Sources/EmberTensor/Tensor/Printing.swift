import Foundation
import Synchronization

private let defaultPrintOptions = Mutex(PrintOptions())

/// How tensors print. PyTorch: `torch.set_printoptions`.
///
///     PrintOptions.default.precision = 2
///     print(x)
public struct PrintOptions: Sendable, Hashable {
    /// Digits after the decimal point.
    public var precision = 4
    /// Tensors of more elements are summarised.
    public var threshold = 1000
    /// Elements shown at each end of a summarised dimension.
    public var edgeItems = 3
    /// Characters a line.
    public var lineWidth = 80
    /// Whether numbers are written as `1.0000e+02`; nil leaves it to the numbers. PyTorch: `sci_mode`.
    public var isScientific: Bool?

    public init() {}

    /// What ``Tensor/description`` prints with, for the whole program. PyTorch: `torch.set_printoptions`.
    public static var `default`: PrintOptions {
        get { defaultPrintOptions.withLock { $0 } }
        set { defaultPrintOptions.withLock { $0 = newValue } }
    }

    /// Two digits, and two elements at each end. PyTorch: `torch.set_printoptions(profile="short")`.
    public static var short: PrintOptions {
        var options = PrintOptions()
        options.precision = 2
        options.edgeItems = 2
        return options
    }

    /// Every element. PyTorch: `torch.set_printoptions(profile="full")`.
    public static var full: PrintOptions {
        var options = PrintOptions()
        options.threshold = .max
        return options
    }
}

extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
    /// The values as PyTorch prints them.
    public var description: String { formatted() }
    public var debugDescription: String { formatted() }

    /// The values as PyTorch prints them: `tensor([[1., 2.], [3., 4.]])` with the type where it is not the default, and
    /// how the tensor takes part in gradients. PyTorch: `repr(tensor)`.
    public func formatted(_ options: PrintOptions = .default) -> String {
        if isInert { return "tensor(failed)" }
        var notes: [String] = []
        if count == 0 {
            if shape != [0] { notes.append("size=(\(shape.map(String.init).joined(separator: ", ")))") }
            if dtype != Tensor.defaultDType { notes.append("dtype=\(dtype.name)") }
        } else if dtype != Tensor.defaultDType && dtype != Tensor.defaultDType.complexType && dtype != .int64 && dtype != .bool {
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
            let format = TensorFormat(detach(), options, summarise: summarise)
            body = format.lines(detach(), indent: prefix.count)
        }
        return prefix + ([body] + notes).joined(separator: ", ") + ")"
    }
}

/// The common width and style of real numbers.
private struct NumberFormat {
    private let precision: Int
    private let dtype: DType
    private(set) var width = 0
    private var style = Style.integer

    private enum Style { case integer, wholeReal, fixed, scientific, truth }

    /// - Parameter shown: the numbers that will be printed.
    init(_ shown: [Tensor], _ options: PrintOptions) {
        precision = options.precision
        dtype = shown.first?.dtype ?? .float32
        switch dtype {
        case .bool:
            style = .truth
        case let type where type.isInteger:
            style = .integer
        default:
            // PyTorch's rule (torch/_tensor_str.py describes it): whole numbers without decimals, a large ratio or very large
            // or small numbers in scientific form.
            let values = shown.flatMap { $0.to(.float64).array(of: Double.self) }
            let finite = values.filter { $0.isFinite && $0 != 0 }.map(abs)
            if let largest = finite.max(), let smallest = finite.min() {
                let whole = values.allSatisfy { !$0.isFinite || $0 == $0.rounded() }
                if options.isScientific ?? (largest / smallest > 1000 || largest > 1e8 || (!whole && smallest < 1e-4)) {
                    style = .scientific
                } else {
                    style = whole ? .wholeReal : .fixed
                }
            } else {
                style = .wholeReal
            }
        }
        width = shown.flatMap { strings($0) }.map(\.count).max() ?? 0
    }

    private func strings(_ x: Tensor) -> [String] {
        // Integers beyond 2^53 must not pass through Double.
        switch style {
        case .integer: dtype == .uint64 ? x.array(of: UInt64.self).map(String.init) : x.array(of: Int.self).map { String($0) }
        case .truth: x.array(of: Bool.self).map { $0 ? "True" : "False" }
        default: x.to(.float64).array(of: Double.self).map(text)
        }
    }

    private func text(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        switch style {
        case .fixed: return String(format: "%.\(precision)f", value)
        case .scientific: return String(format: "%.\(precision)e", value)
        default: return String(format: "%.0f.", value)
        }
    }

    /// The number that `x` holds, as wide as all.
    func padded(_ x: Tensor) -> String {
        let own = strings(x)[0]
        return String(repeating: " ", count: max(0, width - own.count)) + own
    }
}

/// The formats of a tensor's numbers, or of their parts, and the nested brackets around them.
private struct TensorFormat {
    private let options: PrintOptions
    private let summarise: Bool
    private let real: NumberFormat
    private let imaginary: NumberFormat?

    init(_ tensor: Tensor, _ options: PrintOptions, summarise: Bool) {
        self.options = options
        self.summarise = summarise
        let shown = Self.shown(tensor, options, summarise)
        real = NumberFormat(shown.map(\.real), options)
        imaginary = tensor.dtype.isComplex ? NumberFormat(shown.map(\.imag), options) : nil
    }

    private static func shown(_ x: Tensor, _ options: PrintOptions, _ summarise: Bool) -> [Tensor] {
        if summarise {
            for d in x.shape.indices where x.shape[d] > 2 * options.edgeItems {
                let head = x.narrow(d, start: 0, count: options.edgeItems)
                let tail = x.narrow(d, start: x.shape[d] - options.edgeItems, count: options.edgeItems)
                // Only the widths of both ends matter here, so they are looked at one after the other.
                return shown(head, options, true) + shown(tail, options, true)
            }
        }
        return [x]
    }

    private func text(_ x: Tensor) -> String {
        guard let imaginary else { return real.padded(x) }
        let part = String(imaginary.padded(x.imag).drop { $0 == " " })
        return real.padded(x.real) + (part.hasPrefix("-") ? "" : "+") + part + "j"
    }

    func lines(_ x: Tensor, indent: Int) -> String {
        if x.rank == 0 { return text(x) }
        let edge = options.edgeItems
        let size = x.shape[0]
        let short = summarise && size > 2 * edge
        let positions = short ? Array(0..<edge) + [-1] + Array((size - edge)..<size) : Array(0..<size)
        if x.rank == 1 {
            let width = real.width + (imaginary.map { $0.width + 1 } ?? 0)
            let perLine = max(1, (options.lineWidth - indent) / (width + 2))
            let items = positions.map { $0 < 0 ? " ..." : text(x.select(0, $0)) }
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
