import EmberTensor

/// A differentiable map with the logarithm of its Jacobian determinant: what random variables are pushed through.
///
/// PyTorch: `torch.distributions.transforms.Transform`.
public protocol Transform: Sendable {
    /// The values it takes. PyTorch: `Transform.domain`.
    var domain: Constraint { get }
    /// The values it gives. PyTorch: `Transform.codomain`.
    var codomain: Constraint { get }
    /// Whether every value of ``codomain`` comes from exactly one of ``domain``. PyTorch: `Transform.bijective`.
    var isBijective: Bool { get }
    /// 1 where an element-wise map grows, -1 where it falls. An error for other maps. PyTorch: `Transform.sign`.
    var sign: Tensor { get }
    /// The image of `x`. PyTorch: `Transform.__call__`.
    func callAsFunction(_ x: Tensor) -> Tensor
    /// A value whose image is `y`. PyTorch: `Transform.inv`.
    func inverse(_ y: Tensor) -> Tensor
    /// log |det ∂y/∂x| at `x`, whose image is `y`, without the event dimensions. PyTorch: `Transform.log_abs_det_jacobian`.
    func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor
    /// The shape of the image of a tensor of `shape`. PyTorch: `Transform.forward_shape`.
    func forwardShape(_ shape: Shape) -> Shape
    /// The shape of a tensor whose image has `shape`. PyTorch: `Transform.inverse_shape`.
    func inverseShape(_ shape: Shape) -> Shape
    /// The numbers that the map depends on.
    var parameters: [Tensor] { get }
    /// The transforms it is made of.
    var parts: [any Transform] { get }
}

extension Transform {
    public var isBijective: Bool { true }
    public var sign: Tensor { unknown("sign") }
    public func forwardShape(_ shape: Shape) -> Shape { shape }
    public func inverseShape(_ shape: Shape) -> Shape { shape }
    public var parameters: [Tensor] { [] }
    public var parts: [any Transform] { [] }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { unknown("logAbsDetJacobian") }

    /// The transform backwards. PyTorch: `Transform.inv`.
    public var inverted: any Transform { (self as? InverseTransform)?.base ?? InverseTransform(self) }

    /// Whether another transform is the same map: of the same type, with equal parameters and parts. PyTorch: `Transform.__eq__`.
    public func isEqual(to other: any Transform) -> Bool {
        guard type(of: self) == type(of: other), parameters.count == other.parameters.count, parts.count == other.parts.count else {
            return false
        }
        return zip(parameters, other.parameters).allSatisfy { $0.equal($1) } && zip(parts, other.parts).allSatisfy { $0.isEqual(to: $1) }
    }

    func unknown(_ member: String) -> Tensor {
        TensorError("there is no \(member) of this transform").report(in: "\(Self.self).\(member)")
        return .inert
    }
}

/// A transform backwards. PyTorch: `Transform.inv`.
public struct InverseTransform: Transform {
    let base: any Transform

    public init(_ base: any Transform) { self.base = base }

    public var domain: Constraint { base.codomain }
    public var codomain: Constraint { base.domain }
    public var isBijective: Bool { base.isBijective }
    public var sign: Tensor { base.sign }
    public var parts: [any Transform] { [base] }
    public func callAsFunction(_ x: Tensor) -> Tensor { base.inverse(x) }
    public func inverse(_ y: Tensor) -> Tensor { base(y) }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { -base.logAbsDetJacobian(y, x) }
    public func forwardShape(_ shape: Shape) -> Shape { base.inverseShape(shape) }
    public func inverseShape(_ shape: Shape) -> Shape { base.forwardShape(shape) }
}

/// Transforms one after another, the first of the list first. PyTorch: `torch.distributions.ComposeTransform`.
public struct ComposeTransform: Transform {
    public let parts: [any Transform]

    public init(_ parts: [any Transform]) { self.parts = parts }

    public var domain: Constraint { Self.widened(parts.first?.domain ?? .real, to: eventDims.input) }
    public var codomain: Constraint { Self.widened(parts.last?.codomain ?? .real, to: eventDims.output) }
    public var isBijective: Bool { parts.allSatisfy { $0.isBijective } }
    public var sign: Tensor { parts.reduce(Tensor(1.0)) { $0 * $1.sign } }

    public func callAsFunction(_ x: Tensor) -> Tensor { parts.reduce(x) { $1($0) } }
    public func inverse(_ y: Tensor) -> Tensor { parts.reversed().reduce(y) { $1.inverse($0) } }
    public func forwardShape(_ shape: Shape) -> Shape { parts.reduce(shape) { $1.forwardShape($0) } }
    public func inverseShape(_ shape: Shape) -> Shape { parts.reversed().reduce(shape) { $1.inverseShape($0) } }

    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        guard !parts.isEmpty else { return x.zerosLike() }
        var values = [x]
        for part in parts.dropLast() { values.append(part(values[values.count - 1])) }
        values.append(y)
        var eventDim = eventDims.input
        var total: Tensor?
        for (i, part) in parts.enumerated() {
            let term = part.logAbsDetJacobian(values[i], values[i + 1]).sumRightmost(eventDim - part.domain.eventDim)
            total = total.map { $0 + term } ?? term
            eventDim += part.codomain.eventDim - part.domain.eventDim
        }
        return total ?? .inert
    }

    /// How many event dimensions the chain takes and gives: those that its most demanding part needs.
    private var eventDims: (input: Int, output: Int) {
        // Backwards for what the input needs, forwards for what comes out.
        var needed = 0
        for part in parts.reversed() { needed = max(needed + part.domain.eventDim - part.codomain.eventDim, part.domain.eventDim) }
        let output = parts.reduce(needed) { $0 + $1.codomain.eventDim - $1.domain.eventDim }
        return (needed, output)
    }

    private static func widened(_ constraint: Constraint, to eventDim: Int) -> Constraint {
        eventDim > constraint.eventDim ? .independent(constraint, eventDim - constraint.eventDim) : constraint
    }
}

/// The map that changes nothing. PyTorch: `torch.distributions.identity_transform`.
public let identityTransform = ComposeTransform([])

/// A transform whose last `dims` batch dimensions are event dimensions: Jacobians are summed over them.
/// PyTorch: `torch.distributions.IndependentTransform`.
public struct IndependentTransform: Transform {
    let base: any Transform
    let dims: Int

    public init(_ base: any Transform, dims: Int) {
        self.base = base
        self.dims = dims
    }

    public var domain: Constraint { .independent(base.domain, dims) }
    public var codomain: Constraint { .independent(base.codomain, dims) }
    public var isBijective: Bool { base.isBijective }
    public var sign: Tensor { base.sign }
    public var parts: [any Transform] { [base] }
    public func callAsFunction(_ x: Tensor) -> Tensor { base(x) }
    public func inverse(_ y: Tensor) -> Tensor { base.inverse(y) }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { base.logAbsDetJacobian(x, y).sumRightmost(dims) }
    public func forwardShape(_ shape: Shape) -> Shape { base.forwardShape(shape) }
    public func inverseShape(_ shape: Shape) -> Shape { base.inverseShape(shape) }
}
