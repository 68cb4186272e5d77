import Ember

/// `beta · input + alpha · product`.
private func added(_ method: @escaping @Sendable (Tensor, Tensor, Tensor, Scalar, Scalar) -> Tensor) -> OperatorCall {
    { arguments in
        .tensor(
            method(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "mat1"), try arguments.tensor(2, "mat2"),
                try arguments.scalar(nil, "beta", default: 1), try arguments.scalar(nil, "alpha", default: 1)))
    }
}

/// Products of matrices and vectors.
let linearCalls: [String: OperatorCall] = [
    "matmul": tensorPair { $0.matmul($1) }, "mm": tensorPair { $0.mm($1) }, "bmm": tensorPair { $0.bmm($1) },
    "mv": tensorPair { $0.mv($1) },
    "dot": tensorPair { $0.dot($1) }, "vdot": tensorPair { $0.vdot($1) }, "outer": tensorPair { $0.outer($1) },
    "inner": tensorPair { $0.inner($1) },
    "addmm": added { $0.addmm($1, $2, beta: $3, alpha: $4) },
    "baddbmm": added { $0.baddbmm($1, $2, beta: $3, alpha: $4) },
    "addbmm": added { $0.addbmm($1, $2, beta: $3, alpha: $4) },
    "addmv": added { $0.addmv($1, $2, beta: $3, alpha: $4) },
    "addr": added { $0.addr($1, $2, beta: $3, alpha: $4) },
    "einsum": { arguments in
        // The samples put the operands first.
        guard case .string(let equation) = arguments.value(1, "equation") else {
            return .tensor(
                einsum(
                    try arguments.string(0, "equation", default: ""), try arguments.variadicTensors(from: 1, "operands")
                ))
        }
        return .tensor(einsum(equation, try arguments.tensors(0, "operands")))
    },
    "tensordot": { arguments in
        let a = try arguments.tensor(0, "a"), b = try arguments.tensor(1, "b")
        guard case .list(let pairs) = arguments.value(2, "dims") else {
            return .tensor(a.tensordot(b, dims: try arguments.int(2, "dims", default: 2)))
        }
        let dims = pairs.map { pair -> [Int] in
            switch pair {
            case .int(let number): [number]
            case .list(let values): values.compactMap { if case .int(let number) = $0 { number } else { nil } }
            default: []
            }
        }
        guard dims.count == 2 else { throw IllTyped("tensordot: dims are two lists") }
        return .tensor(a.tensordot(b, dims: (dims[0], dims[1])))
    },
    "F.linear": {
        .tensor(linear(try $0.tensor(0, "input"), try $0.tensor(1, "weight"), bias: try $0.optionalTensor(2, "bias")))
    },
    "F.bilinear": { arguments in
        .tensor(
            bilinear(
                try arguments.tensor(0, "input1"), try arguments.tensor(1, "input2"), try arguments.tensor(2, "weight"),
                bias: try arguments.optionalTensor(3, "bias")))
    },
    "F.conv1d": convolution { conv1d($0, $1, bias: $2, stride: $3, padding: $4, dilation: $5, groups: $6) },
    "F.conv2d": convolution { conv2d($0, $1, bias: $2, stride: $3, padding: $4, dilation: $5, groups: $6) },
    "F.conv3d": convolution { conv3d($0, $1, bias: $2, stride: $3, padding: $4, dilation: $5, groups: $6) },
    "F.conv_transpose1d": transposed {
        convTranspose1d($0, $1, bias: $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)
    },
    "F.conv_transpose2d": transposed {
        convTranspose2d($0, $1, bias: $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)
    },
    "F.conv_transpose3d": transposed {
        convTranspose3d($0, $1, bias: $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)
    },
]

private func convolution(
    _ function:
        @escaping @Sendable (Tensor, Tensor, Tensor?, any SpatialExtent, any SpatialPadding, any SpatialExtent, Int) ->
        Tensor
) -> OperatorCall {
    { arguments in
        .tensor(
            function(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "weight"),
                try arguments.optionalTensor(2, "bias"),
                try arguments.extent(3, "stride", default: 1), try arguments.padding(4, "padding"),
                try arguments.extent(5, "dilation", default: 1),
                try arguments.int(6, "groups", default: 1)))
    }
}

private func transposed(
    _ function:
        @escaping @Sendable (
            Tensor, Tensor, Tensor?, any SpatialExtent, any SpatialExtent, any SpatialExtent, Int, any SpatialExtent
        ) -> Tensor
) -> OperatorCall {
    { arguments in
        .tensor(
            function(
                try arguments.tensor(0, "input"), try arguments.tensor(1, "weight"),
                try arguments.optionalTensor(2, "bias"),
                try arguments.extent(3, "stride", default: 1), try arguments.extent(4, "padding", default: 0),
                try arguments.extent(5, "output_padding", default: 0), try arguments.int(6, "groups", default: 1),
                try arguments.extent(7, "dilation", default: 1)))
    }
}
