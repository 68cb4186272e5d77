/// The element type of an operator's result, from its operands' types. PyTorch: "Type promotion" in its tensor attributes page.
enum TypePromotion {
    /// The type of a computation on `operands`. Tensors with dimensions decide; 0-d tensors, and below them Swift numbers, change the
    /// result only by being of a higher kind (bool < integer < floating < complex).
    static func common(_ operands: [Tensor]) throws(TensorError) -> DType {
        var withDims: DType?, zeroDims: DType?, numbers: DType?
        for operand in operands {
            if operand.body.isWrappedNumber {
                numbers = try merge(numbers, operand.dtype == .float64 ? Tensor.defaultDType
                    : operand.dtype == .complex128 ? Tensor.defaultDType.complexType : operand.dtype)
            } else if operand.rank == 0 {
                zeroDims = try merge(zeroDims, operand.dtype)
            } else {
                withDims = try merge(withDims, operand.dtype)
            }
        }
        return try combine(withDims, combine(zeroDims, numbers)) ?? Tensor.defaultDType
    }

    private static func merge(_ a: DType?, _ b: DType) throws(TensorError) -> DType {
        guard let a else { return b }
        return try DType.promote(a, b)
    }

    private static func combine(_ higher: DType?, _ lower: DType?) throws(TensorError) -> DType? {
        guard let higher else { return lower }
        guard let lower else { return higher }
        if higher.isComplex { return higher }
        if higher.isFloatingPoint { return lower.isComplex ? higher.complexType : higher }
        return higher == .bool || lower.isDifferentiable ? try DType.promote(higher, lower) : higher
    }
}

/// A formula of several steps whose result is of a 16-bit type: computed in float32 and rounded once, not at every step.
package func roundedOnce(_ operands: [Tensor], _ formula: ([Tensor]) -> Tensor) -> Tensor {
    // Operands without a common type are the formula's to report.
    guard let type = try? TypePromotion.common(operands), type.isFloatingPoint, type.size == 2 else { return formula(operands) }
    return formula(operands.map { $0.to(.float32) }).to(type)
}
