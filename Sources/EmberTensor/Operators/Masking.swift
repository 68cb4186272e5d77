private let maskedSelectOperator: Operator = Operator("masked_select", saving: .inputs, takesComplex: true, forward: {
    inputs, _ throws(TensorError) in
    let x = inputs[0].detach().contiguous(), mask = inputs[1].detach().contiguous()
    let backend = x.device.backend
    let result = Tensor.empty([backend.countNonzero(mask)], x.dtype, device: x.device)
    backend.maskedSelect(x, mask: mask, into: result)
    return [result]
}, backward: { call in
    let g = call.cotangent()
    return [maskedScatterOperator(Tensor.unstoredZeros(call.shape(ofInput: 0), dtype: g.dtype), call.input(1), g), nil]
})

/// x, a mask of its shape, and as many source elements (1-d) as the mask has true ones.
private let maskedScatterOperator: Operator = Operator("masked_scatter", saving: .inputs, takesComplex: true, forward: {
    inputs, _ throws(TensorError) in
    let result = inputs[0].copied()
    result.device.backend.maskedScatter(inputs[2].detach().contiguous(), mask: inputs[1].detach().contiguous(), into: result)
    return [result]
}, backward: { call in
    let g = call.cotangent(), mask = call.input(1)
    return [call.needs(0) ? g.maskedFill(mask, 0) : nil, nil, call.needs(2) ? maskedSelectOperator(g, mask) : nil]
})

enum MaskRule {
    /// A mask must be bool.
    static func check(_ mask: Tensor) throws(TensorError) {
        guard mask.dtype == .bool else { throw TensorError("the mask must be bool, not \(mask.dtype.name)") }
    }
}

extension Tensor {
    /// The elements where `mask` is true, in row-major order, as a vector; the two broadcast. PyTorch: `torch.masked_select`.
    public func maskedSelect(_ mask: Tensor) -> Tensor {
        composed("maskedSelect", [self, mask]) { () throws(TensorError) in
            try MaskRule.check(mask)
            let shape = try ShapeRule.broadcast(shape, mask.shape)
            return maskedSelectOperator(expand(shape), mask.expand(shape))
        }
    }

    /// `value` where `mask` (which broadcasts) is true. PyTorch: `Tensor.masked_fill`.
    public func maskedFill(_ mask: Tensor, _ value: Scalar) -> Tensor {
        if isInert { return .inert }
        return maskedFill(mask, Tensor(value, dtype: dtype))
    }

    /// The 0-d `value` where `mask` (which broadcasts) is true. PyTorch: `Tensor.masked_fill`.
    public func maskedFill(_ mask: Tensor, _ value: Tensor) -> Tensor {
        composed("maskedFill", [self, mask, value]) { () throws(TensorError) in
            try MaskRule.check(mask)
            guard value.rank == 0 else { throw TensorError("the value must have no dimensions, this one has shape \(value.shape)") }
            return value.to(dtype).where(mask, else: self)
        }
    }

    /// A copy in which the elements where `mask` (which broadcasts) is true are those of `source`, in order. PyTorch: `Tensor.masked_scatter`.
    public func maskedScatter(_ mask: Tensor, _ source: Tensor) -> Tensor {
        composed("maskedScatter", [self, mask, source]) { () throws(TensorError) in
            try MaskRule.check(mask)
            guard source.dtype == dtype else {
                throw TensorError("the source is \(source.dtype.name), the tensor \(dtype.name); they must be of one type")
            }
            let shape = try ShapeRule.broadcast(shape, mask.shape)
            let mask = mask.detach().expand(shape).contiguous()
            let needed = device.backend.countNonzero(mask)
            guard source.count >= needed else {
                throw TensorError("the mask has \(needed) true elements, the source only \(source.count) elements")
            }
            return maskedScatterOperator(expand(shape), mask, source.reshape([source.count]).narrow(0, start: 0, count: needed))
        }
    }

    /// The coordinates of the elements that are not zero, one row each. PyTorch: `torch.nonzero`.
    public func nonzero() -> Tensor {
        composed("nonzero", [self]) { () throws(TensorError) in
            let x = (dtype.isComplex ? detach() .!= 0.0 : detach()).contiguous()
            let result = Tensor.empty([x.device.backend.countNonzero(x), rank], .int64, device: device)
            x.device.backend.nonzero(x, into: result)
            return result
        }
    }

    /// The same as ``nonzero()``. PyTorch: `torch.argwhere`.
    public func argwhere() -> Tensor { nonzero() }

    /// One index tensor per dimension for the elements that are not zero: `x[x.nonzeroAsTuple()[0], …]`.
    /// PyTorch: `torch.nonzero(as_tuple=True)`, `torch.where(condition)`.
    public func nonzeroAsTuple() -> [Tensor] { isInert ? [] : atleast1d().nonzero().unbind(1) }
}

/// One index tensor per dimension for the elements where `condition` is true. PyTorch: `torch.where(condition)`.
public func `where`(_ condition: Tensor) -> [Tensor] { condition.nonzeroAsTuple() }

/// Elements of `a` where `condition` holds, of `b` elsewhere; all broadcast. PyTorch: `torch.where`.
public func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor { a.where(condition, else: b) }

/// `formula(x)` where `condition` holds, `other` elsewhere; all broadcast. Where the condition does not hold the formula sees `safe` instead of
/// x, so that neither its values nor its derivatives there, infinite or NaN as they may be, reach the result or the gradient.
///
///     let roots = `where`(x .> 0, x, else: Tensor(0.0)) { $0.sqrt() }   // its gradient at 0 is 0, not NaN
///
/// PyTorch: `torch.where` applied twice.
public func `where`(_ condition: Tensor, _ x: Tensor, safe: Double = 1, else other: Tensor, _ formula: (Tensor) -> Tensor) -> Tensor {
    composed("where", [condition, x, other]) { () throws(TensorError) in
        formula(x.where(condition, else: Tensor(safe, dtype: x.dtype))).where(condition, else: other)
    }
}
