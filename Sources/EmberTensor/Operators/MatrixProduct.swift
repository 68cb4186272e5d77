/// Shape rules of matrix products.
enum MatrixProductRule {
    /// The shape of `a · b`, both with at least two dimensions; those before the last two broadcast.
    static func product(_ a: Shape, _ b: Shape) throws(TensorError) -> Shape {
        let m = a[a.count - 2], k = a[a.count - 1], n = b[b.count - 1]
        guard b[b.count - 2] == k else {
            throw TensorError("the left matrices are \(m)×\(k) and the right ones \(b[b.count - 2])×\(n): "
                + "columns on the left must equal rows on the right")
        }
        let batch: Shape
        if a.count == 2 && b.count == 2 {
            batch = []
        } else {
            do throws(TensorError) {
                batch = try ShapeRule.broadcast(Array(a.dropLast(2)), Array(b.dropLast(2)))
            } catch {
                throw TensorError("the batch dimensions before the matrices do not broadcast: \(error.reason)")
            }
        }
        return batch + [m, n]
    }

    /// The shape of `x · weightᵀ`.
    static func linear(_ x: Shape, _ weight: Shape, bias: Shape?) throws(TensorError) -> Shape {
        guard weight.count == 2 else {
            throw TensorError("the weight must have shape [outputs, inputs], got \(weight)")
        }
        guard let features = x.last else { throw TensorError("the input needs at least one dimension, of size \(weight[1])") }
        guard features == weight[1] else {
            throw TensorError("the input's last dimension has \(features) features, the weight \(weight) takes \(weight[1])")
        }
        if let bias, bias != [weight[0]] {
            throw TensorError("the bias has shape \(bias), it must have one value for each of the \(weight[0]) outputs")
        }
        return Array(x.dropLast()) + [weight[0]]
    }

    /// A multiplication and an addition for each element of the result and of the dimension that disappears; of complex numbers four each.
    static func flops(_ product: Tensor, inner: Int) -> Int { (product.dtype.isComplex ? 8 : 2) * product.count * inner }

    /// Operands of a product have one element type.
    static func check(types operands: [Tensor]) throws(TensorError) {
        for operand in operands where operand.dtype != operands[0].dtype {
            throw TensorError("the operands have different element types, \(operands[0].dtype.name) and \(operand.dtype.name); convert one")
        }
    }

    static func check(_ operand: Tensor, _ name: String, rank: Int) throws(TensorError) {
        guard operand.rank == rank else {
            throw TensorError("\(name) must have \(rank) dimension\(rank == 1 ? "" : "s"), it has shape \(operand.shape)")
        }
    }
}

extension Backend {
    /// ``multiply(_:_:into:bias:accumulate:)`` for every element type.
    ///
    /// Complex matrices are one real product: a row of a is its parts in turn, [x y …]; over them stands for each complex row of b its parts
    /// and below those of i times it, [[u v …], [-v u …]].
    fileprivate func product(_ a: Tensor, _ b: Tensor, into c: Tensor, bias: Tensor? = nil) {
        switch c.dtype {
        case .bool:
            // Truth values are multiplied by `and` and added by `or`.
            let counts = Tensor.empty(c.shape, .int32, device: c.device)
            multiply(a.detach().to(.int32), b.detach().to(.int32), into: counts, bias: bias?.detach().to(.int32), accumulate: false)
            copy(from: counts, to: c)
        case .complex64, .complex128:
            let a = a.strides[a.rank - 1] == 1 || a.shape[a.rank - 1] == 1 ? a.detach() : a.detach().contiguous()
            let k = b.shape[b.rank - 2], n = b.shape[b.rank - 1], batch = Array(b.shape.dropLast(2))
            let stacked = Tensor.empty(batch + [k, 2, n], b.dtype, device: b.device)
            copy(from: b, to: stacked.select(-2, 0))
            copy(from: b.detach().real, to: stacked.select(-2, 1).imag)
            copy(from: -b.detach().imag, to: stacked.select(-2, 1).real)
            let right = stacked.parts().view(shape: batch + [2 * k, 2 * n], strides: ShapeRule.contiguousStrides(batch + [2 * k, 2 * n]), offset: 0)
            func flattened(_ x: Tensor) -> Tensor {
                x.view(shape: Array(x.shape.dropLast(2)) + [2 * x.shape[x.rank - 2]], strides: Array(x.strides.dropLast(2)) + [1],
                       offset: x.body.offset)
            }
            multiply(flattened(a.parts()), right, into: flattened(c.parts()), bias: bias.map { flattened($0.detach().contiguous().parts()) },
                     accumulate: false)
        default:
            multiply(a, b, into: c, bias: bias, accumulate: false)
        }
    }
}

private let matmulOperator: Operator = Operator("matmul", saving: .inputs, takesComplex: true, forward: { inputs, _ throws(TensorError) in
    try MatrixProductRule.check(types: inputs)
    let result = Tensor.empty(try MatrixProductRule.product(inputs[0].shape, inputs[1].shape), inputs[0].dtype, device: inputs[0].device)
    result.device.backend.product(inputs[0], inputs[1], into: result)
    return [result]
}, backward: { call in
    let a = call.input(0), b = call.input(1), g = call.cotangent()
    return [call.needs(0) ? matmulOperator(g, b.mT.conj()).sum(to: a.shape) : nil,
            call.needs(1) ? productOfTransposed(a.conj(), g, to: b.shape) : nil]
}, flops: { inputs, outputs, _ in MatrixProductRule.flops(outputs[0], inner: inputs[0].shape[inputs[0].rank - 1]) })

/// aᵀ · g for every matrix of the batch, summed to `shape`. A right operand shared by the whole batch makes this one product over all rows.
private func productOfTransposed(_ a: Tensor, _ g: Tensor, to shape: Shape) -> Tensor {
    if g.rank > 2 && a.rank == g.rank && a.shape.dropLast() == g.shape.dropLast() && ShapeRule.count(Array(shape.dropLast(2))) == 1 {
        let rows = ShapeRule.count(Array(g.shape.dropLast()))
        let left = a.reshape([rows, a.shape[a.rank - 1]]), right = g.reshape([rows, g.shape[g.rank - 1]])
        return matmulOperator(left.mT, right).reshape(shape)
    }
    return matmulOperator(a.mT, g).sum(to: shape)
}

/// Inputs: x, weight [outputs, inputs] and perhaps bias.
private let linearOperator = Operator("linear", saving: .inputs, takesComplex: true, forward: { inputs, _ throws(TensorError) in
    try MatrixProductRule.check(types: inputs)
    let x = inputs[0], weight = inputs[1], bias = inputs.count > 2 ? inputs[2] : nil
    let shape = try MatrixProductRule.linear(x.shape, weight.shape, bias: bias?.shape)
    let result = Tensor.empty(shape, x.dtype, device: x.device)
    let transposed = weight.view(shape: [weight.shape[1], weight.shape[0]], strides: [weight.strides[1], weight.strides[0]],
                                 offset: weight.body.offset)
    if x.rank == 1 {
        let row = x.view(shape: [1, x.shape[0]], strides: [x.strides[0], x.strides[0]], offset: x.body.offset)
        let results = result.view(shape: [1, shape[0]], strides: [shape[0], 1], offset: 0)
        x.device.backend.product(row, transposed, into: results, bias: bias)
    } else {
        x.device.backend.product(x, transposed, into: result, bias: bias)
    }
    return [result]
}, backward: { call in
    let x = call.input(0), weight = call.input(1), g = call.cotangent()
    let rows = ShapeRule.count(Array(x.shape.dropLast()))
    var cotangents: [Tensor?] = [nil, nil]
    if call.needs(0) { cotangents[0] = g.matmul(weight.conj()) }
    let flat = call.needs(1) || call.inputCount > 2 ? g.reshape([rows, weight.shape[0]]) : g
    if call.needs(1) { cotangents[1] = matmulOperator(flat.mT, x.conj().reshape([rows, weight.shape[1]])) }
    if call.inputCount > 2 { cotangents.append(call.needs(2) ? flat.sum(0) : nil) }
    return cotangents
}, flops: { inputs, outputs, _ in MatrixProductRule.flops(outputs[0], inner: inputs[1].shape[1]) })

/// `x · weightᵀ + bias` over the last dimension of `x`: [*, inputs] and [outputs, inputs] give [*, outputs].
/// PyTorch: `torch.nn.functional.linear`.
public func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    if weight.rank == 1 && !weight.isInert {
        // PyTorch takes one output's weights without their dimension; the result has none for it either.
        return composed("linear", [x, weight]) { () throws(TensorError) in
            if let bias, bias.rank != 0 { throw TensorError("the bias of a 1-d weight must be 0-d, it has shape \(bias.shape)") }
            let product = x.matmul(weight)
            return bias.map { product + $0 } ?? product
        }
    }
    return linearOperator(bias.map { [x, weight, $0] } ?? [x, weight])[0]
}

/// `x1ᵀ · weight[o] · x2 + bias[o]` for each output o: [*, n1], [*, n2] and [outputs, n1, n2] give [*, outputs].
/// PyTorch: `torch.nn.functional.bilinear`.
public func bilinear(_ x1: Tensor, _ x2: Tensor, _ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    composed("bilinear", [x1, x2, weight] + (bias.map { [$0] } ?? [])) { () throws(TensorError) in
        try MatrixProductRule.check(weight, "the weight", rank: 3)
        guard x1.rank > 0, x1.rank == x2.rank, x1.shape.dropLast() == x2.shape.dropLast() else {
            throw TensorError("the inputs' dimensions but the last must agree, got \(x1.shape) and \(x2.shape)")
        }
        guard x1.shape[x1.rank - 1] == weight.shape[1], x2.shape[x2.rank - 1] == weight.shape[2] else {
            throw TensorError("the weight \(weight.shape) does not take inputs with \(x1.shape[x1.rank - 1]) and \(x2.shape[x2.rank - 1]) features")
        }
        if let bias, bias.shape != [weight.shape[0]] {
            throw TensorError("the bias has shape \(bias.shape), it must have one value for each of the \(weight.shape[0]) outputs")
        }
        let outputs = weight.shape[0], n1 = weight.shape[1], n2 = weight.shape[2]
        let rows = ShapeRule.count(Array(x1.shape.dropLast()))
        let left = linear(x1.reshape([rows, n1]), weight.permute(0, 2, 1).reshape([outputs * n2, n1]))
        let sums = left.reshape([rows, outputs, n2]).matmul(x2.reshape([rows, n2, 1]))
        let result = sums.reshape(Array(x1.shape.dropLast()) + [outputs])
        return bias.map { result + $0 } ?? result
    }
}

extension Tensor {
    /// The matrix product by PyTorch's rules: vectors are rows on the left and columns on the right, whose dimension
    /// disappears again; dimensions before the last two are a batch and broadcast. PyTorch: `torch.matmul`.
    public func matmul(_ other: Tensor) -> Tensor {
        if rank >= 2 && other.rank >= 2 { return matmulOperator(self, other) }
        return composed("matmul", [self, other]) { () throws(TensorError) in
            guard rank > 0, other.rank > 0 else {
                throw TensorError("needs vectors or matrices, a 0-d tensor is neither; use * for scalars")
            }
            try MatrixProductRule.check(types: [self, other])
            let left = rank == 1 ? reshape([1, count]) : self
            let right = other.rank == 1 ? other.reshape([other.count, 1]) : other
            var shape = try MatrixProductRule.product(left.shape, right.shape)
            let product = matmulOperator(left, right)
            if other.rank == 1 { shape.removeLast() }
            if rank == 1 { shape.remove(at: shape.count - (other.rank == 1 ? 1 : 2)) }
            return product.reshape(shape)
        }
    }

    /// The product of two matrices. PyTorch: `torch.mm`.
    public func mm(_ other: Tensor) -> Tensor { product("mm", other, ranks: 2, 2) }

    /// The products of two equally long batches of matrices. PyTorch: `torch.bmm`.
    public func bmm(_ other: Tensor) -> Tensor {
        composed("bmm", [self, other]) { () throws(TensorError) in
            try MatrixProductRule.check(self, "the left operand", rank: 3)
            try MatrixProductRule.check(other, "the right operand", rank: 3)
            guard shape[0] == other.shape[0] else {
                throw TensorError("the batches have \(shape[0]) and \(other.shape[0]) matrices; they must have equally many")
            }
            return matmulOperator(self, other)
        }
    }

    /// A matrix times a vector. PyTorch: `torch.mv`.
    public func mv(_ vector: Tensor) -> Tensor { product("mv", vector, ranks: 2, 1) }

    /// The sum of the products of two vectors' elements. PyTorch: `torch.dot`.
    public func dot(_ other: Tensor) -> Tensor {
        composed("dot", [self, other]) { () throws(TensorError) in
            try MatrixProductRule.check(self, "the left operand", rank: 1)
            try MatrixProductRule.check(other, "the right operand", rank: 1)
            guard count == other.count else { throw TensorError("the vectors have \(count) and \(other.count) elements") }
            return matmul(other)
        }
    }

    /// All products of an element of this vector with one of the other. PyTorch: `torch.outer`.
    public func outer(_ other: Tensor) -> Tensor {
        composed("outer", [self, other]) { () throws(TensorError) in
            try MatrixProductRule.check(self, "the left operand", rank: 1)
            try MatrixProductRule.check(other, "the right operand", rank: 1)
            return unsqueeze(1) * other
        }
    }

    /// Sums of products over the last dimensions of both. PyTorch: `torch.inner`.
    public func inner(_ other: Tensor) -> Tensor {
        composed("inner", [self, other]) { () throws(TensorError) in
            if rank == 0 || other.rank == 0 { return self * other }
            try MatrixProductRule.check(types: [self, other])
            let k = shape[rank - 1]
            guard other.shape[other.rank - 1] == k else {
                throw TensorError("the last dimensions have \(k) and \(other.shape[other.rank - 1]) elements; they must be equal")
            }
            let rows = ShapeRule.count(Array(shape.dropLast())), columns = ShapeRule.count(Array(other.shape.dropLast()))
            let product = matmulOperator(reshape([rows, k]), other.reshape([columns, k]).mT)
            return product.reshape(Array(shape.dropLast()) + Array(other.shape.dropLast()))
        }
    }

    private func product(_ name: String, _ other: Tensor, ranks left: Int, _ right: Int) -> Tensor {
        composed(name, [self, other]) { () throws(TensorError) in
            try MatrixProductRule.check(self, "the left operand", rank: left)
            try MatrixProductRule.check(other, "the right operand", rank: right)
            return matmul(other)
        }
    }

    /// `beta · self + alpha · a · b` for matrices; `self` broadcasts. With `beta` 0 the values of `self` do not matter.
    /// PyTorch: `torch.addmm`.
    public func addmm(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
        composed("addmm", [self, a, b]) { () throws(TensorError) in
            try MatrixProductRule.check(a, "the left matrix", rank: 2)
            try MatrixProductRule.check(b, "the right matrix", rank: 2)
            return try adding(a, b, shape: MatrixProductRule.product(a.shape, b.shape), beta, alpha) { $0.matmul($1) }
        }
    }

    /// `beta · self + alpha · a · b` for batches of matrices; `self` broadcasts. PyTorch: `torch.baddbmm`.
    public func baddbmm(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
        composed("baddbmm", [self, a, b]) { () throws(TensorError) in
            try MatrixProductRule.check(a, "the left operand", rank: 3)
            try MatrixProductRule.check(b, "the right operand", rank: 3)
            guard a.shape[0] == b.shape[0] else {
                throw TensorError("the batches have \(a.shape[0]) and \(b.shape[0]) matrices; they must have equally many")
            }
            return try adding(a, b, shape: MatrixProductRule.product(a.shape, b.shape), beta, alpha) { $0.matmul($1) }
        }
    }

    /// `beta · self + alpha · Σ a[i] · b[i]` over the batch. PyTorch: `torch.addbmm`.
    public func addbmm(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
        composed("addbmm", [self, a, b]) { () throws(TensorError) in
            try MatrixProductRule.check(a, "the left operand", rank: 3)
            try MatrixProductRule.check(b, "the right operand", rank: 3)
            guard a.shape[0] == b.shape[0] else {
                throw TensorError("the batches have \(a.shape[0]) and \(b.shape[0]) matrices; they must have equally many")
            }
            let shape = try MatrixProductRule.product(a.shape, b.shape)
            // Summing over the batch is part of one long inner dimension.
            let k = a.shape[0] * a.shape[2]
            return try adding(a, b, shape: Array(shape.dropFirst()), beta, alpha) {
                $0.permute(1, 0, 2).reshape([a.shape[1], k]).matmul($1.reshape([k, b.shape[2]]))
            }
        }
    }

    /// `beta · self + alpha · matrix · vector`. PyTorch: `torch.addmv`.
    public func addmv(_ matrix: Tensor, _ vector: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
        composed("addmv", [self, matrix, vector]) { () throws(TensorError) in
            try MatrixProductRule.check(matrix, "the matrix", rank: 2)
            try MatrixProductRule.check(vector, "the vector", rank: 1)
            _ = try MatrixProductRule.product(matrix.shape, [vector.count, 1])
            return try adding(matrix, vector, shape: [matrix.shape[0]], beta, alpha) { $0.matmul($1) }
        }
    }

    /// `beta · self + alpha · a ⊗ b` for vectors. PyTorch: `torch.addr`.
    public func addr(_ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
        composed("addr", [self, a, b]) { () throws(TensorError) in
            try MatrixProductRule.check(a, "the left vector", rank: 1)
            try MatrixProductRule.check(b, "the right vector", rank: 1)
            return try adding(a, b, shape: [a.count, b.count], mixed: true, beta, alpha) { $0.outer($1) }
        }
    }

    /// `mixed`: operands of different types are promoted.
    private func adding(_ a: Tensor, _ b: Tensor, shape: Shape, mixed: Bool = false, _ beta: Scalar, _ alpha: Scalar,
                        _ product: (Tensor, Tensor) -> Tensor) throws(TensorError) -> Tensor {
        if !mixed { try MatrixProductRule.check(types: [self, a, b]) }
        guard (try? ShapeRule.broadcast(self.shape, shape)) == shape else {
            throw TensorError("the summand of shape \(self.shape) does not broadcast to the product's shape \(shape)")
        }
        let type = try TypePromotion.common([self, a, b])
        if type == .bool {
            let result = alpha.doubleValue == 0 ? Tensor.zeros(shape, dtype: .bool) : product(a, b)
            return beta.doubleValue == 0 ? result : logicalOr(result)
        }
        // Integer tensors are scaled by whole numbers; a fraction is cut off, as in PyTorch.
        func scaled(_ x: Tensor, by factor: Scalar) -> Tensor {
            if factor == 1 || factor == 1.0 { return x }
            if case .complex = factor { return x * Tensor(wrapping: factor) }
            return x * (type.isDifferentiable ? factor.doubleValue : factor.doubleValue.rounded(.towardZero))
        }
        // 16-bit results are rounded once, at the end.
        let wide: DType? = type.isFloatingPoint && type.size == 2 ? .float32 : nil
        var result = scaled(wide.map { product(a.to($0), b.to($0)) } ?? product(a, b), by: alpha)
        if beta != 0 && beta != 0.0 { result = scaled(wide.map { to($0) } ?? self, by: beta) + result }
        return wide == nil ? result : result.to(type)
    }
}
