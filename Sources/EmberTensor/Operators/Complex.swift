// Complex numbers and their parts. real, imag, viewAsReal and viewAsComplex are views: a complex tensor's memory is that of its real and
// imaginary parts in turn.

extension Tensor {
    /// The memory of a complex tensor as real numbers: a last dimension of 2 behind the others. Without history.
    func parts() -> Tensor {
        view(as: dtype.realType, shape: shape + [2], strides: strides.map { 2 * $0 } + [1], offset: 2 * body.offset)
    }

    /// The same of a tensor with at least one dimension before the parts'.
    func partsWithDimension() -> Tensor {
        rank == 0 ? view(shape: [1], strides: [1], offset: body.offset).parts() : parts()
    }

    /// The same memory as another element type. Strides and offset count its elements.
    fileprivate func view(as dtype: DType, shape: Shape, strides: [Int], offset: Int) -> Tensor {
        Tensor(TensorBody(storage: body.storage, offset: offset, shape: shape, strides: strides, dtype: dtype,
                          count: ShapeRule.count(shape), isContiguous: ShapeRule.isContiguous(shape, strides)))
    }
}

enum ComplexRule {
    /// The operand of a function of complex tensors only.
    static func check(_ x: Tensor) throws(TensorError) {
        guard x.dtype.isComplex else { throw TensorError("takes complex tensors, not \(x.dtype.name)") }
    }

    /// Real and imaginary parts: one type of 32 or 64 bits.
    static func check(parts a: Tensor, _ b: Tensor) throws(TensorError) {
        guard a.dtype == b.dtype, a.dtype == .float32 || a.dtype == .float64 else {
            throw TensorError("both parts must be float32 or both float64, not \(a.dtype.name) and \(b.dtype.name)")
        }
    }
}

private let viewAsRealOperator: Operator = Operator("view_as_real", takesComplex: true, forward: { inputs, _ throws(TensorError) in
    try ComplexRule.check(inputs[0])
    try ShapeRule.checkRank(inputs[0].shape + [2])
    return [inputs[0].parts()]
}, backward: { call in [call.cotangent().contiguous().viewAsComplex()] })

private let viewAsComplexOperator: Operator = Operator("view_as_complex", forward: { inputs, _ throws(TensorError) in
    let x = inputs[0]
    guard x.dtype == .float32 || x.dtype == .float64 else {
        throw TensorError("takes float32 and float64 tensors, not \(x.dtype.name)")
    }
    guard x.shape.last == 2 else { throw TensorError("the last dimension of \(x.shape) must be 2: the real and the imaginary part") }
    let strides = x.strides.dropLast()
    guard x.count == 0 || x.strides[x.rank - 1] == 1 && strides.allSatisfy({ $0 % 2 == 0 }) && x.body.offset % 2 == 0 else {
        throw TensorError("the parts of a number must lie side by side, at even offsets; strides are \(x.strides): use contiguous() first")
    }
    return [x.view(as: x.dtype.complexType, shape: Array(x.shape.dropLast()), strides: strides.map { $0 / 2 }, offset: x.body.offset / 2)]
}, backward: { call in [call.cotangent().viewAsReal()] })

/// The real part (`part` 0) or the imaginary one (1) as a view.
private let partOperator: Operator = Operator("complex_part", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0]
    return [x.view(as: x.dtype.realType, shape: x.shape, strides: x.strides.map { 2 * $0 }, offset: 2 * x.body.offset + attributes.int("part"))]
}, backward: { call in
    let g = call.cotangent(), none = Tensor.zeros(g.shape, dtype: g.dtype)
    return [call.attributes.int("part") == 0 ? .complex(g, none) : .complex(none, g)]
})

private let complexOperator: Operator = Operator("complex", forward: { inputs, _ throws(TensorError) in
    let re = inputs[0], im = inputs[1]
    try ComplexRule.check(parts: re, im)
    let result = Tensor.empty(try ShapeRule.broadcast(re.shape, im.shape), re.dtype.complexType, device: re.device)
    let parts = result.parts()
    for (part, source) in [re, im].enumerated() {
        let target = parts.view(shape: result.shape, strides: Array(parts.strides.dropLast()), offset: part)
        result.device.backend.copy(from: source, to: target)
    }
    return [result]
}, backward: { call in
    let g = call.cotangent()
    return [g.real.sum(to: call.shape(ofInput: 0)), g.imag.sum(to: call.shape(ofInput: 1))]
})

private let angleRow = ScalarOperator.named("angle")
private let conjugateRow = ScalarOperator.named("conj")
private let directionRow = ScalarOperator.named("sign")

/// The angle of a complex number changes by Im(dz / z): its gradient is g · i z / |z|², 0 at 0.
private let angleOperator = Operator("angle", saving: .inputs, takesComplex: true, forward: { inputs, _ throws(TensorError) in
    [try angleRow.evaluate(inputs)]
}, backward: { call in
    let z = call.input(0), g = call.cotangent()
    guard z.dtype.isComplex else { return [g.zerosLike()] }
    let square = z.real.square() + z.imag.square(), vanishes = square.detach() .== 0.0
    let scale = Tensor.zeros([], dtype: g.dtype).where(vanishes, else: g / Tensor.ones([], dtype: g.dtype).where(vanishes, else: square))
    return [.complex(-z.imag * scale, z.real * scale)]
})

extension Tensor {
    /// Complex numbers of real and imaginary parts, both float32 or both float64, broadcasting. PyTorch: `torch.complex`.
    public static func complex(_ real: Tensor, _ imaginary: Tensor) -> Tensor { complexOperator(real, imaginary) }

    /// Complex numbers of absolute values and angles (radians), both float32 or both float64, broadcasting. PyTorch: `torch.polar`.
    public static func polar(_ magnitude: Tensor, _ angle: Tensor) -> Tensor {
        composed("polar", [magnitude, angle]) { () throws(TensorError) in
            try ComplexRule.check(parts: magnitude, angle)
            return .complex(magnitude * angle.cos(), magnitude * angle.sin())
        }
    }

    /// The real parts, O(1); itself when it is real. PyTorch: `torch.real`.
    public var real: Tensor { dtype.isComplex ? partOperator(self, attributes: ["part": .int(0)]) : self }

    /// The imaginary parts, O(1). PyTorch: `torch.imag`.
    public var imag: Tensor {
        composed("imag", [self]) { () throws(TensorError) in
            try ComplexRule.check(self)
            return partOperator(self, attributes: ["part": .int(1)])
        }
    }

    /// A complex tensor as real numbers with a last dimension of 2, O(1). PyTorch: `torch.view_as_real`.
    public func viewAsReal() -> Tensor { viewAsRealOperator(self) }

    /// Pairs of real numbers in the last dimension as complex numbers, O(1). PyTorch: `torch.view_as_complex`.
    public func viewAsComplex() -> Tensor { viewAsComplexOperator(self) }

    /// Conjugates; itself when it is real. PyTorch: `torch.conj`, which need not be resolved here.
    public func conj() -> Tensor { dtype.isComplex ? conjugateRow(self) : self }

    /// The angle from the positive real axis in radians, of a real number 0 or π; integers give ``defaultDType``. PyTorch: `torch.angle`.
    public func angle() -> Tensor { angleOperator(dtype.isDifferentiable ? self : to(Tensor.defaultDType)) }

    /// x / |x|, and 0 at 0; for real numbers ``sign()``. PyTorch: `torch.sgn`.
    public func sgn() -> Tensor { directionRow(self) }

    /// Whether each element is real: true, but for complex numbers with an imaginary part. PyTorch: `torch.isreal`.
    public func isReal() -> Tensor { isInert ? .inert : dtype.isComplex ? imag .== 0.0 : Tensor.full(shape, true) }

    /// Matrices transposed and conjugated: ``adjoint()``. PyTorch: `Tensor.mH`.
    public var mH: Tensor { adjoint() }

    /// A matrix transposed and conjugated. PyTorch: `Tensor.H`.
    public var H: Tensor {
        composed("H", [self]) { () throws(TensorError) in
            guard rank == 0 || rank == 2 else { throw TensorError("takes a matrix, not \(rank) dimensions; mH transposes batches of them") }
            return adjoint()
        }
    }

    /// Σ conj(a) b over two vectors. PyTorch: `torch.vdot`.
    public func vdot(_ other: Tensor) -> Tensor { conj().dot(other) }
}
