/// The rows that arithmetic, comparison and logic use; looked up once.
enum ScalarRows {
    static let add = ScalarOperator.named("add")
    static let sub = ScalarOperator.named("sub")
    static let mul = ScalarOperator.named("mul")
    static let div = ScalarOperator.named("div")
    static let neg = ScalarOperator.named("neg")
    static let eq = ScalarOperator.named("eq")
    static let ne = ScalarOperator.named("ne")
    static let lt = ScalarOperator.named("lt")
    static let le = ScalarOperator.named("le")
    static let gt = ScalarOperator.named("gt")
    static let ge = ScalarOperator.named("ge")
    static let bitwiseAnd = ScalarOperator.named("bitwise_and")
    static let bitwiseOr = ScalarOperator.named("bitwise_or")
    static let bitwiseXor = ScalarOperator.named("bitwise_xor")
    static let bitwiseNot = ScalarOperator.named("bitwise_not")
}

// Scalars take part as Double only: more overloads make type checking of long expressions exponential.
extension Tensor {
    /// Sum, broadcasting. PyTorch: `torch.add`.
    public static func + (a: Tensor, b: Tensor) -> Tensor { ScalarRows.add(a, b) }
    public static func + (a: Tensor, b: Double) -> Tensor { ScalarRows.add(a, Tensor(wrapping: b)) }
    public static func + (a: Double, b: Tensor) -> Tensor { ScalarRows.add(Tensor(wrapping: a), b) }

    /// Difference, broadcasting. PyTorch: `torch.sub`.
    public static func - (a: Tensor, b: Tensor) -> Tensor { ScalarRows.sub(a, b) }
    public static func - (a: Tensor, b: Double) -> Tensor { ScalarRows.sub(a, Tensor(wrapping: b)) }
    public static func - (a: Double, b: Tensor) -> Tensor { ScalarRows.sub(Tensor(wrapping: a), b) }

    /// Element-wise product, broadcasting. PyTorch: `torch.mul`.
    public static func * (a: Tensor, b: Tensor) -> Tensor { ScalarRows.mul(a, b) }
    public static func * (a: Tensor, b: Double) -> Tensor { ScalarRows.mul(a, Tensor(wrapping: b)) }
    public static func * (a: Double, b: Tensor) -> Tensor { ScalarRows.mul(Tensor(wrapping: a), b) }

    /// Quotient, broadcasting; integers give floating-point results. PyTorch: `torch.div`.
    public static func / (a: Tensor, b: Tensor) -> Tensor { ScalarRows.div(a, b) }
    public static func / (a: Tensor, b: Double) -> Tensor { ScalarRows.div(a, Tensor(wrapping: b)) }
    public static func / (a: Double, b: Tensor) -> Tensor { ScalarRows.div(Tensor(wrapping: a), b) }

    /// Negation. PyTorch: `torch.neg`.
    public static prefix func - (a: Tensor) -> Tensor { ScalarRows.neg(a) }

    // In place when nobody else holds the memory, and the result has this tensor's shape and type.
    public static func += (a: inout Tensor, b: Tensor) { a.update(ScalarRows.add, b) }
    public static func += (a: inout Tensor, b: Double) { a.update(ScalarRows.add, Tensor(wrapping: b)) }
    public static func -= (a: inout Tensor, b: Tensor) { a.update(ScalarRows.sub, b) }
    public static func -= (a: inout Tensor, b: Double) { a.update(ScalarRows.sub, Tensor(wrapping: b)) }
    public static func *= (a: inout Tensor, b: Tensor) { a.update(ScalarRows.mul, b) }
    public static func *= (a: inout Tensor, b: Double) { a.update(ScalarRows.mul, Tensor(wrapping: b)) }
    public static func /= (a: inout Tensor, b: Tensor) { a.update(ScalarRows.div, b) }
    public static func /= (a: inout Tensor, b: Double) { a.update(ScalarRows.div, Tensor(wrapping: b)) }

    /// Comparison, element by element, as a bool tensor. PyTorch: `torch.lt`, `torch.le`, `torch.gt`, `torch.ge`, `torch.eq`, `torch.ne`.
    public static func .< (a: Tensor, b: Tensor) -> Tensor { ScalarRows.lt(a, b) }
    public static func .< (a: Tensor, b: Double) -> Tensor { ScalarRows.lt(a, Tensor(wrapping: b)) }
    public static func .<= (a: Tensor, b: Tensor) -> Tensor { ScalarRows.le(a, b) }
    public static func .<= (a: Tensor, b: Double) -> Tensor { ScalarRows.le(a, Tensor(wrapping: b)) }
    public static func .> (a: Tensor, b: Tensor) -> Tensor { ScalarRows.gt(a, b) }
    public static func .> (a: Tensor, b: Double) -> Tensor { ScalarRows.gt(a, Tensor(wrapping: b)) }
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { ScalarRows.ge(a, b) }
    public static func .>= (a: Tensor, b: Double) -> Tensor { ScalarRows.ge(a, Tensor(wrapping: b)) }
    public static func .== (a: Tensor, b: Tensor) -> Tensor { ScalarRows.eq(a, b) }
    public static func .== (a: Tensor, b: Double) -> Tensor { ScalarRows.eq(a, Tensor(wrapping: b)) }
    public static func .!= (a: Tensor, b: Tensor) -> Tensor { ScalarRows.ne(a, b) }
    public static func .!= (a: Tensor, b: Double) -> Tensor { ScalarRows.ne(a, Tensor(wrapping: b)) }

    /// Bits, or truth values, of integer and bool tensors. PyTorch: `torch.bitwise_and` and so on.
    public static func & (a: Tensor, b: Tensor) -> Tensor { ScalarRows.bitwiseAnd(a, b) }
    public static func | (a: Tensor, b: Tensor) -> Tensor { ScalarRows.bitwiseOr(a, b) }
    public static func ^ (a: Tensor, b: Tensor) -> Tensor { ScalarRows.bitwiseXor(a, b) }
    public static prefix func ~ (a: Tensor) -> Tensor {
        a.dtype == .bool ? ScalarOperator.named("logical_not")(a) : ScalarRows.bitwiseNot(a)
    }

    /// `self = operation(self, b)`, written into this tensor's memory when that is unobservable.
    mutating func update(_ operation: ScalarOperator, _ b: Tensor) {
        if isInert || b.isInert { self = .inert; return }
        let recorded = isGradEnabled && (requiresGrad || b.requiresGrad)
        guard !recorded, b.shape == shape || b.count == 1 && b.rank <= rank,
              let types = try? operation.types([self, b]), types.result == dtype,
              !body.isWrappedNumber, !isDeferred, ownsMemory()
        else {
            // Outside recording, a leaf that is updated stays the leaf it was, whether or not its memory could be reused.
            let leaf = recorded ? nil : body.gradientNode as? Leaf
            self = operation(self, b)
            if let leaf, !isInert { body = TensorBody(sharing: body, gradientNode: leaf, outputIndex: 0) }
            return
        }
        do throws(TensorError) {
            _ = try Profiler.event(operation.name, reading: [self, b], writing: [self], flops: count) { () throws(TensorError) in
                try operation.evaluate([self, b], into: self)
            }
        } catch {
            error.report(in: operation.name, operands: [self, b])
        }
    }
}
