/// Where a diagonal of two dimensions starts and how long it is.
enum DiagonalRule {
    /// Shape and strides without the two dimensions and with the diagonal last, and the elements to skip to its start.
    static func diagonal(_ shape: Shape, _ strides: [Int], _ attributes: Attributes) -> (shape: Shape, strides: [Int], skip: Int) {
        let a = attributes.int("dim1"), b = attributes.int("dim2"), offset = attributes.int("offset")
        let length = max(offset >= 0 ? min(shape[a], shape[b] - offset) : min(shape[a] + offset, shape[b]), 0)
        let rest = shape.indices.filter { $0 != a && $0 != b }
        let skip = length == 0 ? 0 : offset >= 0 ? offset * strides[b] : -offset * strides[a]
        return (rest.map { shape[$0] } + [length], rest.map { strides[$0] } + [strides[a] + strides[b]], skip)
    }

    /// Two different dimensions, checked, as attributes.
    static func attributes(_ offset: Int, _ dim1: Int, _ dim2: Int, rank: Int) throws(TensorError) -> Attributes {
        guard rank >= 2 else { throw TensorError("needs at least two dimensions, the tensor has \(rank)") }
        let dims = try ShapeRule.dims([dim1, dim2], rank: rank)
        return ["offset": .int(offset), "dim1": .int(dims[0]), "dim2": .int(dims[1])]
    }
}

private func diagonalView(_ x: Tensor, _ attributes: Attributes) -> Tensor {
    let (shape, strides, skip) = DiagonalRule.diagonal(x.shape, x.strides, attributes)
    return x.view(shape: shape, strides: strides, offset: x.body.offset + skip)
}

private let diagonalOperator = Operator("diagonal", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    [diagonalView(inputs[0], attributes)]
}, backward: { call in
    let g = call.cotangent()
    return [diagonalScatterOperator(Tensor.unstoredZeros(call.shape(ofInput: 0), dtype: g.dtype), g, attributes: call.attributes)]
})

private let diagonalScatterOperator: Operator = Operator("diagonal_scatter", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let result = inputs[0].copied()
    result.device.backend.copy(from: inputs[1], to: diagonalView(result, attributes))
    return [result]
}, backward: { call in
    let g = call.cotangent()
    let base = call.needs(0)
        ? diagonalScatterOperator(g, Tensor.zeros(call.shape(ofInput: 1), dtype: g.dtype), attributes: call.attributes) : nil
    return [base, call.needs(1) ? diagonalOperator(g, attributes: call.attributes) : nil]
})

/// Matrices with zeros on the other side of a diagonal.
private let triangleOperator: Operator = Operator("triangle", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    let x = inputs[0].detach().contiguous(), result = Tensor.empty(x.shape, x.dtype, device: x.device)
    x.device.backend.copyTriangle(of: x, upper: attributes.bool("upper"), diagonal: attributes.int("diagonal"), to: result)
    return [result]
}, backward: { call in [triangleOperator(call.cotangent(), attributes: call.attributes)] })

extension Tensor {
    /// The diagonal of two dimensions as the last one, `offset` above (below, when negative) the main one; a view. PyTorch: `torch.diagonal`.
    public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
        composed("diagonal", [self]) { () throws(TensorError) in
            diagonalOperator(self, attributes: try DiagonalRule.attributes(offset, dim1, dim2, rank: rank))
        }
    }

    /// A copy whose diagonal is `source`, of the shape that ``diagonal(offset:dim1:dim2:)`` gives. PyTorch: `torch.diagonal_scatter`.
    public func diagonalScatter(_ source: Tensor, offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
        composed("diagonalScatter", [self, source]) { () throws(TensorError) in
            let attributes = try DiagonalRule.attributes(offset, dim1, dim2, rank: rank)
            let expected = DiagonalRule.diagonal(shape, strides, attributes).shape
            guard source.shape == expected else { throw TensorError("the source has shape \(source.shape), the diagonal \(expected)") }
            return diagonalScatterOperator(self, source.to(dtype), attributes: attributes)
        }
    }

    /// Square matrices, in dimensions `dim1` and `dim2` of the result, with the last dimension as diagonal. PyTorch: `torch.diag_embed`.
    public func diagEmbed(offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor {
        composed("diagEmbed", [self]) { () throws(TensorError) in
            guard rank >= 1 else { throw TensorError("needs at least one dimension") }
            let attributes = try DiagonalRule.attributes(offset, dim1, dim2, rank: rank + 1)
            let size = shape[rank - 1] + Swift.abs(offset)
            var result = Array(shape.dropLast())
            for d in [attributes.int("dim1"), attributes.int("dim2")].sorted() { result.insert(size, at: d) }
            return diagonalScatterOperator(Tensor.unstoredZeros(result, dtype: dtype), self, attributes: attributes)
        }
    }

    /// Of a vector the matrix with that diagonal, of a matrix its diagonal. PyTorch: `torch.diag`.
    public func diag(_ diagonal: Int = 0) -> Tensor {
        composed("diag", [self]) { () throws(TensorError) in
            guard rank == 1 || rank == 2 else { throw TensorError("needs a vector or a matrix, not shape \(shape)") }
            return rank == 1 ? diagEmbed(offset: diagonal) : self.diagonal(offset: diagonal)
        }
    }

    /// A matrix with all elements as diagonal. PyTorch: `torch.diagflat`.
    public func diagflat(_ offset: Int = 0) -> Tensor { isInert ? .inert : reshape([count]).diagEmbed(offset: offset) }

    /// Matrices with zeros above the given diagonal. PyTorch: `torch.tril`.
    public func tril(_ diagonal: Int = 0) -> Tensor { triangle("tril", upper: false, diagonal) }

    /// Matrices with zeros below the given diagonal. PyTorch: `torch.triu`.
    public func triu(_ diagonal: Int = 0) -> Tensor { triangle("triu", upper: true, diagonal) }

    private func triangle(_ name: String, upper: Bool, _ diagonal: Int) -> Tensor {
        composed(name, [self]) { () throws(TensorError) in
            guard rank >= 2 else { throw TensorError("needs matrices, not shape \(shape)") }
            return triangleOperator(self, attributes: ["upper": .bool(upper), "diagonal": .int(diagonal)])
        }
    }

    /// Rows (first row of the result) and columns (second) of a matrix's elements on and below a diagonal. PyTorch: `torch.tril_indices`.
    public static func trilIndices(_ rows: Int, _ columns: Int, offset: Int = 0) -> Tensor {
        Tensor.ones([rows, columns], dtype: .bool).tril(offset).nonzero().mT.contiguous()
    }

    /// Rows and columns of a matrix's elements on and above a diagonal. PyTorch: `torch.triu_indices`.
    public static func triuIndices(_ rows: Int, _ columns: Int, offset: Int = 0) -> Tensor {
        Tensor.ones([rows, columns], dtype: .bool).triu(offset).nonzero().mT.contiguous()
    }
}
