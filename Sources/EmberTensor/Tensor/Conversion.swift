import CEmber

/// Conversion of element type, with its gradient.
private let convert = Operator("to", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let dtype = attributes.dtype("dtype")
    let x = inputs[0]
    if x.dtype.isComplex && !dtype.isComplex && dtype != .bool {
        throw TensorError("\(x.dtype.name) to \(dtype.name) would lose the imaginary parts; use .real (or .abs()) of the tensor")
    }
    let result = Tensor.empty(x.shape, dtype, device: x.device,
                              strides: x.isContiguous ? nil : ShapeRule.denseStrides(x.shape, like: x.strides))
    x.device.backend.copy(from: x, to: result)
    return [result]
}, backward: { call in
    let g = call.cotangent(), dtype = call.dtype(ofInput: 0)
    return [(dtype.isComplex ? g : g.real).to(dtype)]
})

/// Copying into row-major order, with its gradient.
private let makeContiguous = Operator("contiguous", takesComplex: true, forward: { inputs, _ throws(TensorError) in
    let result = Tensor.empty(inputs[0].shape, inputs[0].dtype, device: inputs[0].device)
    result.device.backend.copy(from: inputs[0], to: result)
    return [result]
}, backward: { call in [call.cotangent()] })

/// A copy with the same layout, with its gradient.
private let cloned = Operator("clone", takesComplex: true, forward: { inputs, _ throws(TensorError) in
    let x = inputs[0]
    let result = Tensor.empty(x.shape, x.dtype, device: x.device,
                              strides: x.isContiguous ? nil : ShapeRule.denseStrides(x.shape, like: x.strides))
    result.device.backend.copy(from: x, to: result)
    return [result]
}, backward: { call in [call.cotangent()] })

extension Tensor {
    /// The same values as another element type; itself when it already has it. Differentiable between floating-point and complex types.
    /// A complex number has no value as a real one: take its ``real`` part first. PyTorch: `Tensor.to(dtype)`.
    public func to(_ dtype: DType) -> Tensor {
        dtype == self.dtype && !body.isWrappedNumber ? self : convert(self, attributes: ["dtype": .dtype(dtype)])
    }

    /// The same values on `device`; itself when it is there. So far there is one device, the processor. PyTorch: `Tensor.to(device)`.
    public func to(_ device: Device) -> Tensor {
        switch device {
        case .cpu: self
        }
    }

    /// The same values in row-major order; itself when it already is. PyTorch: `Tensor.contiguous`.
    public func contiguous() -> Tensor { isContiguous ? self : makeContiguous(self) }

    /// A copy that shares no memory. Values never alias observably, so this is only needed to give memory its own place. PyTorch: `Tensor.clone`.
    public func clone() -> Tensor { cloned(self) }

    /// A tensor whose elements, in row-major order and this machine's byte order, are `bytes`. PyTorch: `torch.frombuffer`.
    public init(bytes: UnsafeRawBufferPointer, shape: Shape, dtype: DType) {
        self = composed("Tensor.init(bytes:)", []) { () throws(TensorError) in
            try ShapeRule.checkRank(shape)
            guard shape.allSatisfy({ $0 >= 0 }), ShapeRule.count(shape) * dtype.size == bytes.count else {
                throw TensorError("\(bytes.count) bytes do not fill shape \(shape) of \(dtype.name)")
            }
            let result = Tensor.empty(shape, dtype)
            if let base = bytes.baseAddress, bytes.count > 0 { result.pointer.copyMemory(from: base, byteCount: bytes.count) }
            return result
        }
    }

    /// The elements in row-major order and this machine's byte order.
    public func bytes() -> [UInt8] {
        let source = detach().contiguous()
        return withExtendedLifetime(source) { [UInt8](UnsafeRawBufferPointer(start: source.pointer, count: count * dtype.size)) }
    }

    /// All elements in row-major order, converted to `Element`. PyTorch: `Tensor.flatten().tolist()`.
    public func array<Element: TensorElement>(of type: Element.Type = Element.self) -> [Element] {
        let source = detach().to(Element.dtype).contiguous()
        let count = source.count  // none after a failure
        return [Element](unsafeUninitializedCapacity: count) { buffer, filled in
            if count > 0, let base = buffer.baseAddress {
                UnsafeMutableRawPointer(base).copyMemory(from: source.pointer, byteCount: count * Element.dtype.size)
            }
            filled = count
        }
    }

    /// The only element as another Swift type. The type is always named: were it inferred, `loss.item() > 0` would compare integers.
    /// PyTorch: `Tensor.item()`.
    public func item<Element: TensorElement & ExpressibleByScalarDefault>(as type: Element.Type) -> Element {
        if isInert { return Element.scalarDefault }
        guard count == 1 else {
            TensorError("needs a tensor of one element, this one has \(count)").report(in: "item", operands: [self])
            return Element.scalarDefault
        }
        return array(of: type).first ?? Element.scalarDefault
    }

    /// The only element as a `Double`. PyTorch: `Tensor.item()`.
    public func item() -> Double { item(as: Double.self) }

    /// Calls `body` with the elements in row-major order, without copying when they already lie so and have that type.
    public func withUnsafeBuffer<Element: TensorElement, Result>(
        as type: Element.Type = Element.self, _ body: (UnsafeBufferPointer<Element>) throws -> Result
    ) rethrows -> Result {
        let source = detach().to(Element.dtype).contiguous()
        return try withExtendedLifetime(source) {
            try body(UnsafeBufferPointer(start: source.pointer.assumingMemoryBound(to: Element.self), count: source.count))
        }
    }

    /// Calls `body` with the elements for writing, in row-major order. Copies first when another tensor shares the memory or the layout
    /// is not row-major. The tensor must have the type `Element` and carry no history.
    public mutating func withUnsafeMutableBuffer<Element: TensorElement, Result>(
        as type: Element.Type = Element.self, _ body: (UnsafeMutableBufferPointer<Element>) throws -> Result
    ) rethrows -> Result {
        precondition(dtype == Element.dtype, "the tensor is \(dtype.name), not \(Element.dtype.name)")
        if !isContiguous { self = contiguous() }
        makeUnique()
        return try body(UnsafeMutableBufferPointer(start: pointer.assumingMemoryBound(to: Element.self), count: count))
    }
}

/// Element types that ``Tensor/item(as:)`` can return; the default stands in after a failure inside ``checked(_:)``.
public protocol ExpressibleByScalarDefault {
    static var scalarDefault: Self { get }
}
extension Bool: ExpressibleByScalarDefault { public static var scalarDefault: Bool { false } }
extension UInt8: ExpressibleByScalarDefault { public static var scalarDefault: UInt8 { 0 } }
extension Int8: ExpressibleByScalarDefault { public static var scalarDefault: Int8 { 0 } }
extension Int16: ExpressibleByScalarDefault { public static var scalarDefault: Int16 { 0 } }
extension Int32: ExpressibleByScalarDefault { public static var scalarDefault: Int32 { 0 } }
extension Int64: ExpressibleByScalarDefault { public static var scalarDefault: Int64 { 0 } }
extension Int: ExpressibleByScalarDefault { public static var scalarDefault: Int { 0 } }
extension UInt16: ExpressibleByScalarDefault { public static var scalarDefault: UInt16 { 0 } }
extension UInt32: ExpressibleByScalarDefault { public static var scalarDefault: UInt32 { 0 } }
extension UInt64: ExpressibleByScalarDefault { public static var scalarDefault: UInt64 { 0 } }
extension UInt: ExpressibleByScalarDefault { public static var scalarDefault: UInt { 0 } }
extension Float: ExpressibleByScalarDefault { public static var scalarDefault: Float { 0 } }
extension Double: ExpressibleByScalarDefault { public static var scalarDefault: Double { 0 } }

// PyTorch's short names for ``Tensor/to(_:)``.
extension Tensor {
    /// As bool: true where not zero. PyTorch: `Tensor.bool`.
    public func bool() -> Tensor { to(.bool) }
    /// As uint8. PyTorch: `Tensor.byte`.
    public func byte() -> Tensor { to(.uint8) }
    /// As int8. PyTorch: `Tensor.char`.
    public func char() -> Tensor { to(.int8) }
    /// As int16. PyTorch: `Tensor.short`.
    public func short() -> Tensor { to(.int16) }
    /// As int32. PyTorch: `Tensor.int`.
    public func int() -> Tensor { to(.int32) }
    /// As int64. PyTorch: `Tensor.long`.
    public func long() -> Tensor { to(.int64) }
    /// As float16. PyTorch: `Tensor.half`.
    public func half() -> Tensor { to(.float16) }
    /// As bfloat16. PyTorch: `Tensor.bfloat16`.
    public func bfloat16() -> Tensor { to(.bfloat16) }
    /// As float32. PyTorch: `Tensor.float`.
    public func float() -> Tensor { to(.float32) }
    /// As float64. PyTorch: `Tensor.double`.
    public func double() -> Tensor { to(.float64) }
    /// As complex64. PyTorch: `Tensor.cfloat`.
    public func cfloat() -> Tensor { to(.complex64) }
    /// As complex128. PyTorch: `Tensor.cdouble`.
    public func cdouble() -> Tensor { to(.complex128) }
}
