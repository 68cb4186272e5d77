import EmberTensor

/// Events of shape `input` as events of shape `output`, with the same number of elements. PyTorch: `torch.distributions.ReshapeTransform`.
public struct ReshapeTransform: Transform {
    let input: Shape
    let output: Shape

    public init(from input: Shape, to output: Shape) {
        if input.reduce(1, *) != output.reduce(1, *) {
            TensorError("shapes \(input) and \(output) have different numbers of elements").report(in: "ReshapeTransform")
        }
        (self.input, self.output) = (input, output)
    }

    public var domain: Constraint { .independent(.real, input.count) }
    public var codomain: Constraint { .independent(.real, output.count) }
    public var parameters: [Tensor] { [Tensor(input), Tensor(output)] }
    public func callAsFunction(_ x: Tensor) -> Tensor { x.reshape(forwardShape(x.shape)) }
    public func inverse(_ y: Tensor) -> Tensor { y.reshape(inverseShape(y.shape)) }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.zeros(Array(x.shape.dropLast(input.count)), dtype: x.dtype) }
    public func forwardShape(_ shape: Shape) -> Shape { shape.dropLast(input.count) + output }
    public func inverseShape(_ shape: Shape) -> Shape { shape.dropLast(output.count) + input }
}

/// A transform for each part along `dim`, of the given lengths. PyTorch: `torch.distributions.CatTransform`.
public struct CatTransform: Transform {
    public let parts: [any Transform]
    let dim: Int
    let lengths: [Int]

    /// Each part is 1 long unless `lengths` says otherwise.
    public init(_ parts: [any Transform], dim: Int = 0, lengths: [Int]? = nil) {
        let lengths = lengths ?? [Int](repeating: 1, count: parts.count)
        if lengths.count != parts.count {
            TensorError("\(parts.count) transforms need as many lengths, got \(lengths)").report(in: "CatTransform")
        }
        (self.parts, self.dim, self.lengths) = (parts, dim, lengths)
    }

    public var domain: Constraint { .cat(parts.map(\.domain), dim: dim, lengths: lengths) }
    public var codomain: Constraint { .cat(parts.map(\.codomain), dim: dim, lengths: lengths) }
    public var isBijective: Bool { parts.allSatisfy { $0.isBijective } }
    public var parameters: [Tensor] { [Tensor([dim] + lengths)] }

    public func callAsFunction(_ x: Tensor) -> Tensor { cat(zip(parts, x.split(lengths, dim: dim)).map { $0($1) }, dim: dim) }
    public func inverse(_ y: Tensor) -> Tensor { cat(zip(parts, y.split(lengths, dim: dim)).map { $0.inverse($1) }, dim: dim) }

    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        let eventDim = domain.eventDim
        let terms = zip(parts, zip(x.split(lengths, dim: dim), y.split(lengths, dim: dim))).map { part, pair in
            part.logAbsDetJacobian(pair.0, pair.1).sumRightmost(eventDim - part.domain.eventDim)
        }
        // Along an event dimension terms add up; along a batch dimension they stand side by side.
        let fromEnd = dim >= 0 ? dim - x.rank : dim
        return fromEnd + eventDim < 0 ? cat(terms, dim: fromEnd + eventDim) : terms.dropFirst().reduce(terms[0]) { $0 + $1 }
    }
}

/// A transform for each position along `dim`. PyTorch: `torch.distributions.StackTransform`.
public struct StackTransform: Transform {
    public let parts: [any Transform]
    let dim: Int

    public init(_ parts: [any Transform], dim: Int = 0) { (self.parts, self.dim) = (parts, dim) }

    public var domain: Constraint { .stack(parts.map(\.domain), dim: dim) }
    public var codomain: Constraint { .stack(parts.map(\.codomain), dim: dim) }
    public var isBijective: Bool { parts.allSatisfy { $0.isBijective } }
    public var parameters: [Tensor] { [Tensor(dim)] }

    public func callAsFunction(_ x: Tensor) -> Tensor { stack(zip(parts, x.unbind(dim)).map { $0($1) }, dim: dim) }
    public func inverse(_ y: Tensor) -> Tensor { stack(zip(parts, y.unbind(dim)).map { $0.inverse($1) }, dim: dim) }
    public func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        stack(zip(parts, zip(x.unbind(dim), y.unbind(dim))).map { $0.logAbsDetJacobian($1.0, $1.1) }, dim: dim)
    }
}
