import CEmber
import Synchronization

private let defaultDTypeState = Atomic<Int32>(DType.float32.rawValue)

extension Tensor {
    /// The type of new tensors of real numbers, and of integers in true division: float32 unless changed.
    /// PyTorch: `torch.get_default_dtype`, `torch.set_default_dtype`.
    public static var defaultDType: DType {
        get { DType(rawValue: defaultDTypeState.load(ordering: .relaxed)) ?? .float32 }
        set {
            guard newValue.isFloatingPoint else {
                TensorError("the default type must be a floating-point one, not \(newValue.name)").report(in: "defaultDType")
                return
            }
            defaultDTypeState.store(newValue.rawValue, ordering: .relaxed)
        }
    }

    /// Zeros that take no memory of their own: for operators that copy the operand before they write, whose copy is then the fill.
    static func unstoredZeros(_ shape: Shape, dtype: DType) -> Tensor {
        let zero = Tensor.zeros([], dtype: dtype)
        return zero.view(shape: shape, strides: [Int](repeating: 0, count: shape.count), offset: zero.body.offset)
    }

    /// A Swift number as an operand: 0-d, and in type promotion weaker than any tensor.
    init(wrapping scalar: Scalar) {
        let dtype: DType
        switch scalar {
        case .bool: dtype = .bool
        case .int: dtype = .int64
        case .double: dtype = .float64
        case .complex: dtype = .complex128
        }
        let storage = Storage(byteCount: dtype.size, device: .cpu)
        switch scalar {
        case .bool(let value): storage.pointer.storeBytes(of: value, as: Bool.self)
        case .int(let value): storage.pointer.storeBytes(of: value, as: Int.self)
        case .double(let value): storage.pointer.storeBytes(of: value, as: Double.self)
        case .complex(let value): storage.pointer.storeBytes(of: value, as: Complex128.self)
        }
        self.init(TensorBody(storage: storage, offset: 0, shape: [], strides: [], dtype: dtype, count: 1, isContiguous: true,
                             isWrappedNumber: true))
    }

    /// A Swift `Double` in an arithmetic expression. A whole number does not turn an integer tensor into a floating-point one.
    init(wrapping value: Double) {
        self.init(wrapping: value.rounded() == value && Swift.abs(value) < 9_007_199_254_740_992 ? Scalar.int(Int(value)) : .double(value))
    }

    /// A 0-d tensor. PyTorch: `torch.tensor(3.0)`.
    public init(_ scalar: Scalar, dtype: DType? = nil) {
        self = Tensor.full([], scalar, dtype: dtype)
    }

    /// A 0-d tensor of the default floating type. PyTorch: `torch.tensor(3.0)`.
    public init(_ value: Double, dtype: DType? = nil) { self.init(Scalar.double(value), dtype: dtype) }

    /// A 0-d int64 tensor. PyTorch: `torch.tensor(3)`.
    public init(_ value: Int, dtype: DType? = nil) { self.init(Scalar.int(value), dtype: dtype) }

    /// A 0-d tensor of the complex type of the default floating type. PyTorch: `torch.tensor(1 + 2j)`.
    public init(_ value: Complex128, dtype: DType? = nil) { self.init(Scalar.complex(value), dtype: dtype) }

    /// A 0-d bool tensor. PyTorch: `torch.tensor(True)`.
    public init(_ value: Bool, dtype: DType? = nil) { self.init(Scalar.bool(value), dtype: dtype) }

    /// A tensor of `shape` with `values` in row-major order, of the element type that matches Swift's.
    ///
    /// `Double` arrays give ``defaultDType`` unless `dtype` says otherwise, as Python's numbers do in PyTorch, and ``Complex128`` arrays the
    /// complex type that goes with it.
    public init<Element: TensorElement>(_ values: [Element], shape: Shape, dtype: DType? = nil) {
        self = composed("Tensor.init", []) { () throws(TensorError) in
            try ShapeRule.checkRank(shape)
            guard shape.allSatisfy({ $0 >= 0 }), ShapeRule.count(shape) == values.count else {
                throw TensorError("\(values.count) values do not fill shape \(shape)")
            }
            let own = Tensor.empty(shape, Element.dtype)
            values.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { own.pointer.copyMemory(from: base, byteCount: bytes.count) }
            }
            let natural = Element.self == Double.self ? Tensor.defaultDType
                : Element.self == Complex128.self ? Tensor.defaultDType.complexType : Element.dtype
            return own.to(dtype ?? natural)
        }
    }

    /// A 1-d tensor of `values`. PyTorch: `torch.tensor([…])`.
    public init<Element: TensorElement>(_ values: [Element], dtype: DType? = nil) {
        self.init(values, shape: [values.count], dtype: dtype)
    }

    /// A 2-d tensor of `rows`, which have equal lengths. PyTorch: `torch.tensor([[…], …])`.
    public init<Element: TensorElement>(_ rows: [[Element]], dtype: DType? = nil) {
        self = composed("Tensor.init", []) { () throws(TensorError) in
            let width = rows.first?.count ?? 0
            if let i = rows.firstIndex(where: { $0.count != width }) {
                throw TensorError("row \(i) has \(rows[i].count) values, row 0 has \(width); all rows must have the same length")
            }
            return Tensor(rows.flatMap { $0 }, shape: [rows.count, width], dtype: dtype)
        }
    }

    /// A 3-d tensor of nested arrays of equal lengths. PyTorch: `torch.tensor([[[…]]])`.
    public init<Element: TensorElement>(_ planes: [[[Element]]], dtype: DType? = nil) {
        self = composed("Tensor.init", []) { () throws(TensorError) in
            let height = planes.first?.count ?? 0, width = planes.first?.first?.count ?? 0
            guard planes.allSatisfy({ $0.count == height && $0.allSatisfy { $0.count == width } }) else {
                throw TensorError("nested arrays have different lengths; all planes and all rows must be alike")
            }
            return Tensor(planes.flatMap { $0.flatMap { $0 } }, shape: [planes.count, height, width], dtype: dtype)
        }
    }

    /// Zeros. PyTorch: `torch.zeros`.
    public static func zeros(_ shape: Shape, dtype: DType? = nil) -> Tensor { full(shape, .double(0), dtype: dtype) }

    /// Ones. PyTorch: `torch.ones`.
    public static func ones(_ shape: Shape, dtype: DType? = nil) -> Tensor { full(shape, .double(1), dtype: dtype) }

    /// Every element `value`; the type follows the scalar's kind unless given. PyTorch: `torch.full`.
    public static func full(_ shape: Shape, _ value: Scalar, dtype: DType? = nil) -> Tensor {
        composed("full", []) { () throws(TensorError) in
            if let d = shape.firstIndex(where: { $0 < 0 }) {
                throw TensorError("dimension \(d) of shape \(shape) is negative")
            }
            try ShapeRule.checkRank(shape)
            let type = dtype ?? value.dtype
            if case .complex = value, !type.isComplex { throw TensorError("\(value) is no \(type.name); pass a complex dtype") }
            let result = Tensor.empty(shape, type)
            Profiler.event("full", reading: [], writing: [result]) { result.fill(value) }
            return result
        }
    }

    /// Writes `value` into every element; for tensors nobody else has seen yet.
    func fill(_ value: Scalar) {
        let number = Tensor(wrapping: value)
        device.backend.copy(from: number.view(shape: shape, strides: [Int](repeating: 0, count: rank), offset: 0), to: self)
    }

    /// Zeros of this tensor's shape. PyTorch: `torch.zeros_like`.
    public func zerosLike(dtype: DType? = nil) -> Tensor { isInert ? .inert : .zeros(shape, dtype: dtype ?? self.dtype) }

    /// Ones of this tensor's shape. PyTorch: `torch.ones_like`.
    public func onesLike(dtype: DType? = nil) -> Tensor { isInert ? .inert : .ones(shape, dtype: dtype ?? self.dtype) }

    /// `value` in this tensor's shape and type. PyTorch: `torch.full_like`.
    public func fullLike(_ value: Scalar, dtype: DType? = nil) -> Tensor { isInert ? .inert : .full(shape, value, dtype: dtype ?? self.dtype) }

    /// `start, start + step, …` below `end` (above, for a negative step). Integers give int64, otherwise ``defaultDType``.
    /// PyTorch: `torch.arange`.
    public static func arange(_ start: Scalar, _ end: Scalar, step: Scalar = 1, dtype: DType? = nil) -> Tensor {
        composed("arange", []) { () throws(TensorError) in
            for case .complex(let bound) in [start, end, step] { throw TensorError("complex numbers such as \(bound) have no order") }
            var (first, last, stepValue) = (start.doubleValue, end.doubleValue, step.doubleValue)
            // As in PyTorch, int64 cuts off the fractions of all three, and narrower integers those of start and step after counting.
            if dtype == .int64 {
                (first, last, stepValue) = (first.rounded(.towardZero), last.rounded(.towardZero), stepValue.rounded(.towardZero))
            }
            guard stepValue != 0, first.isFinite, last.isFinite, stepValue.isFinite else {
                throw TensorError("needs finite bounds and a step that is not 0, got \(start), \(end), step \(step)")
            }
            guard (last - first) * stepValue >= 0 else {
                throw TensorError("a step of \(step) does not lead from \(start) to \(end)")
            }
            if case .int(let first) = start, case .int(let last) = end, case .int(let step) = step {
                let values = Array(stride(from: first, to: last, by: step))
                return Tensor(values).to(dtype ?? .int64)
            }
            let count = Int(((last - first) / stepValue).rounded(.up))
            if let dtype, !dtype.isDifferentiable {
                (first, stepValue) = (first.rounded(.towardZero), stepValue.rounded(.towardZero))
            }
            let values = (0..<count).map { first + Double($0) * stepValue }
            return Tensor(values, dtype: dtype ?? defaultDType)
        }
    }

    /// `0, 1, …` below `end`. PyTorch: `torch.arange(end)`.
    public static func arange(_ end: Scalar, dtype: DType? = nil) -> Tensor { arange(0, end, dtype: dtype) }

    /// `count` numbers evenly from `start` through `end`. PyTorch: `torch.linspace`.
    public static func linspace(_ start: Double, _ end: Double, count: Int, dtype: DType? = nil) -> Tensor {
        composed("linspace", []) { () throws(TensorError) in
            guard count >= 0 else { throw TensorError("count must not be negative, got \(count)") }
            // An integer result has whole ends, as in PyTorch.
            let isWhole = dtype.map { !$0.isDifferentiable } ?? false
            let start = isWhole ? start.rounded(.towardZero) : start, end = isWhole ? end.rounded(.towardZero) : end
            let step = count > 1 ? (end - start) / Double(count - 1) : 0
            // From both ends, as PyTorch does, so that the last value is exact.
            let values = (0..<count).map { $0 < count / 2 || count == 1 ? start + step * Double($0) : end - step * Double(count - 1 - $0) }
            return Tensor(values, dtype: dtype ?? defaultDType)
        }
    }

    /// `base` to the power of ``linspace(_:_:count:dtype:)``. Integer types round the bounds and the results towards zero.
    /// PyTorch: `torch.logspace`.
    public static func logspace(_ start: Double, _ end: Double, count: Int, base: Double = 10, dtype: DType? = nil) -> Tensor {
        composed("logspace", []) { () throws(TensorError) in
            guard count >= 0 else { throw TensorError("count must not be negative, got \(count)") }
            let isInteger = !(dtype ?? defaultDType).isDifferentiable
            let exponents = linspace(isInteger ? start.rounded(.towardZero) : start, isInteger ? end.rounded(.towardZero) : end, count: count,
                                     dtype: .float64)
            return Tensor(base, dtype: .float64).pow(exponents).to(dtype ?? defaultDType)
        }
    }

    /// Ones on the diagonal, zeros elsewhere. PyTorch: `torch.eye`.
    public static func eye(_ rows: Int, _ columns: Int? = nil, dtype: DType? = nil) -> Tensor {
        composed("eye", []) { () throws(TensorError) in
            let columns = columns ?? rows
            guard rows >= 0, columns >= 0 else { throw TensorError("sizes must not be negative, got \(rows) and \(columns)") }
            let result = Tensor.zeros([rows, columns], dtype: dtype)
            let diagonal = Swift.min(rows, columns)
            if diagonal > 0 { result.view(shape: [diagonal], strides: [columns + 1], offset: 0).fill(.double(1)) }
            return result
        }
    }
}

extension Tensor {
    /// A number as an operand: 0-d, and weaker in type promotion than any tensor, as a Python number is in PyTorch. `x * 2.0` does this
    /// by itself; use it where the kind matters: `.scalar(.double(2))` makes an integer tensor's product floating-point.
    public static func scalar(_ value: Scalar) -> Tensor { Tensor(wrapping: value) }
}
