/// Swift functions of elements. They run one element after the other on the calling thread, so they are for what no operator does.
extension Tensor {
    /// `transform` of every element, as this tensor's type. There is no gradient; ``CustomFunction`` gives one. PyTorch: `Tensor.apply_`.
    public func map(_ transform: (Double) throws -> Double) rethrows -> Tensor {
        guard isPlain(real: true) else { return .inert }
        return Tensor(try array(of: Double.self).map(transform), shape: shape, dtype: dtype)
    }

    /// `transform` of every pair of elements of this tensor and `other`, which broadcast, as the type of their sum. PyTorch: `Tensor.map_`.
    public func map(_ other: Tensor, _ transform: (Double, Double) throws -> Double) rethrows -> Tensor {
        guard isPlain(real: true), other.isPlain(real: true) else { return .inert }
        let pair = composed("map", [self, other], outputs: 2) { () throws(TensorError) in
            let type = try TypePromotion.common([self, other]), shape = try ShapeRule.broadcast(shape, other.shape)
            return [to(type).expand(shape), other.to(type).expand(shape)]
        }
        if pair[0].isInert { return .inert }
        let values = try zip(pair[0].array(of: Double.self), pair[1].array(of: Double.self)).map(transform)
        return Tensor(values, shape: pair[0].shape, dtype: pair[0].dtype)
    }

    /// `transform` of every element as a Swift number, as the type of the results: for integers that `Double` cannot hold, for truth
    /// values, for functions from one type into another.
    public func map<Element: TensorElement, Result: TensorElement>(
        as type: Element.Type, _ transform: (Element) throws -> Result
    ) rethrows -> Tensor {
        guard isPlain(real: false) else { return .inert }
        return Tensor(try array(of: type).map(transform), shape: shape, dtype: Result.dtype)
    }

    /// Whether a Swift function may take the elements: one that needs a gradient would lose it silently, a complex one its imaginary part.
    private func isPlain(real: Bool) -> Bool {
        if isInert { return false }
        if isGradEnabled && requiresGrad {
            TensorError("a Swift function of elements has no gradient; detach() the tensor first, or write a CustomFunction")
                .report(in: "map", operands: [self])
            return false
        }
        if real && dtype.isComplex {
            TensorError("complex elements are no Doubles; use map(as: Complex64.self)").report(in: "map", operands: [self])
            return false
        }
        return true
    }
}
