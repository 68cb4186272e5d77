/// Shape and type rules of functions that normalise along one dimension.
enum SoftmaxRule {
    /// The tensor seen as [outer, n, inner], where the distribution lies along n.
    static func extents(_ shape: Shape, dim: Int) -> (outer: Int, n: Int, inner: Int) {
        guard !shape.isEmpty else { return (1, 1, 1) }
        return (ShapeRule.count(Array(shape[..<dim])), shape[dim], ShapeRule.count(Array(shape[(dim + 1)...])))
    }
}

private func softmaxForward(logarithm: Bool) -> Operator.Forward {
    { inputs, attributes throws(TensorError) in
        let x = inputs[0].detach().contiguous()
        let result = Tensor.empty(x.shape, x.dtype, device: x.device)
        x.device.backend.softmax(logarithm: logarithm, x, into: result, dim: attributes.int("dim"))
        return [result]
    }
}

private func softmaxBackwardForward(logarithm: Bool) -> Operator.Forward {
    { inputs, attributes throws(TensorError) in
        let g = inputs[0].detach().contiguous(), y = inputs[1].detach().contiguous()
        let result = Tensor.empty(y.shape, y.dtype, device: y.device)
        y.device.backend.softmaxBackward(logarithm: logarithm, g, y, into: result, dim: attributes.int("dim"))
        return [result]
    }
}

private let softmaxOperator = Operator("softmax", saving: .outputs, forward: softmaxForward(logarithm: false), backward: { call in
    [softmaxBackwardOperator(call.cotangent(), call.output(), attributes: call.attributes)]
})

/// y (g - Σ g y), from g and y.
private let softmaxBackwardOperator: Operator = Operator(
    "softmax_backward", saving: .inputs, forward: softmaxBackwardForward(logarithm: false), backward: { call in
        let h = call.cotangent(), g = call.input(0), y = call.input(1), dim = call.attributes.int("dim")
        let ofCotangent = call.needs(0) ? softmaxBackwardOperator(h, y, attributes: call.attributes) : nil
        let ofOutput = call.needs(1)
            ? h * (g - (g * y).sum(dim, keepDim: true)) - g * (h * y).sum(dim, keepDim: true) : nil
        return [ofCotangent, ofOutput]
    })

private let logSoftmaxOperator = Operator("log_softmax", saving: .outputs, forward: softmaxForward(logarithm: true), backward: { call in
    [logSoftmaxBackwardOperator(call.cotangent(), call.output(), attributes: call.attributes)]
})

/// g - exp(y) Σ g, from g and y.
private let logSoftmaxBackwardOperator = Operator(
    "log_softmax_backward", saving: .inputs, forward: softmaxBackwardForward(logarithm: true), backward: { call in
        let h = call.cotangent(), g = call.input(0), p = call.input(1).exp(), dim = call.attributes.int("dim")
        let ofCotangent = call.needs(0) ? h - (h * p).sum(dim, keepDim: true) : nil
        let ofOutput = call.needs(1) ? -(h * p * g.sum(dim, keepDim: true)) : nil
        return [ofCotangent, ofOutput]
    })

extension Tensor {
    /// exp(x) divided by its sum along `dim`: probabilities. PyTorch: `torch.softmax`.
    public func softmax(_ dim: Int, dtype: DType? = nil) -> Tensor {
        normalised("softmax", softmaxOperator, dim, dtype)
    }

    /// The logarithm of ``softmax(_:dtype:)``, exact for small probabilities. PyTorch: `torch.log_softmax`.
    public func logSoftmax(_ dim: Int, dtype: DType? = nil) -> Tensor {
        normalised("logSoftmax", logSoftmaxOperator, dim, dtype)
    }

    /// ``softmax(_:dtype:)`` of the negated values. PyTorch: `torch.nn.functional.softmin`.
    public func softmin(_ dim: Int, dtype: DType? = nil) -> Tensor { (-self).softmax(dim, dtype: dtype) }

    private func normalised(_ name: String, _ operation: Operator, _ dim: Int, _ dtype: DType?) -> Tensor {
        composed(name, [self]) { () throws(TensorError) in
            let x = dtype.map { to($0) } ?? self
            guard x.dtype.isFloatingPoint else {
                throw TensorError("takes floating-point tensors, not \(x.dtype.name); pass dtype: .float32, say")
            }
            return operation(x, attributes: ["dim": .int(try ShapeRule.dim(dim, rank: rank))])
        }
    }
}

/// exp(x) divided by its sum along `dim`. PyTorch: `torch.nn.functional.softmax`.
public func softmax(_ x: Tensor, _ dim: Int, dtype: DType? = nil) -> Tensor { x.softmax(dim, dtype: dtype) }

/// The logarithm of the softmax along `dim`. PyTorch: `torch.nn.functional.log_softmax`.
public func logSoftmax(_ x: Tensor, _ dim: Int, dtype: DType? = nil) -> Tensor { x.logSoftmax(dim, dtype: dtype) }

/// The softmax of the negated values along `dim`. PyTorch: `torch.nn.functional.softmin`.
public func softmin(_ x: Tensor, _ dim: Int, dtype: DType? = nil) -> Tensor { x.softmin(dim, dtype: dtype) }
