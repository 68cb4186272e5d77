/// Running folds that a device offers as primitives; raw values are CEmber's `ember_scan_kind`.
enum ScanKind: UInt32, Sendable {
    case sum = 0, product, logSumExp
}

private func scanForward(_ kind: ScanKind) -> Operator.Forward {
    { inputs, attributes throws(TensorError) in
        let x = inputs[0].detach().contiguous()
        let result = Tensor.empty(x.shape, attributes.dtype("dtype"), device: x.device)
        if x.dtype.isComplex {
            if x.rank == 0 { return [x.clone()] }
            if kind == .product { return [x.productsByDoubling(attributes.int("dim"))] }
            if kind == .logSumExp { return [x.complexLogCumSumExp(attributes.int("dim"))] }
            // Sums of complex numbers are those of their parts.
            x.device.backend.scan(kind, x.parts(), into: result.parts(), dim: attributes.int("dim"))
            return [result]
        }
        x.device.backend.scan(kind, x, into: result, dim: attributes.int("dim"))
        return [result]
    }
}

private let cumsumOperator = Operator("cumsum", takesComplex: true, forward: scanForward(.sum), backward: { call in
    [call.cotangent().reversedCumsum(call.attributes.int("dim"))]
})

private let cumprodOperator = Operator("cumprod", saving: [.inputs, .outputs], takesComplex: true, forward: scanForward(.product), backward: { call in
    let x = call.input(0), g = call.cotangent(), dim = call.attributes.int("dim")
    guard x.rank > 0, x.count > 0 else { return [g] }
    // dx_k = Σ_{i ≥ k} g_i Π_{j ≤ i, j ≠ k} x_j, where the product is y_i / x_k unless x_k is 0.
    if !(x.detach() .== 0.0).any().item(as: Bool.self) { return [(g * call.output().conj()).reversedCumsum(dim) / x.conj()] }
    return [x.conj().cumprodCotangent(g, dim)]
})

private let logCumSumExpOperator = Operator("logcumsumexp", saving: [.inputs, .outputs], takesComplex: true, forward: scanForward(.logSumExp),
                                            backward: { call in
    // dx_k = Σ_{i ≥ k} g_i conj(exp(x_k - y_i)), as a running log-sum-exp from the end: of the positive and of the negative g, or, as complex
    // numbers have logarithms, of all.
    let g = call.cotangent(), dim = call.attributes.int("dim")
    guard !call.shape(ofInput: 0).isEmpty else { return [g] }
    let lowest = Tensor.full([], .double(g.dtype.lowest), dtype: g.dtype)
    let isZero = g.detach() .== 0.0, isComplex = g.dtype.isComplex
    let logarithm = Tensor.ones([], dtype: g.dtype).where(isZero, else: isComplex ? g : g.abs()).log()
    func part(_ chosen: Tensor) -> Tensor {
        let terms = logarithm.where(chosen, else: lowest) - call.output().conj()
        return (terms.flip([dim]).logCumSumExp(dim).flip([dim]) + call.input(0).conj()).exp()
    }
    return [isComplex ? part(isZero.logicalNot()) : part(g.detach() .> 0.0) - part(g.detach() .< 0.0)]
})

/// The extreme so far and where it stands.
private let cumulativeExtremeOperator = Operator("cumulative_extreme", saving: .outputs, outputs: 2, forward: {
    inputs, attributes throws(TensorError) in
    let x = inputs[0].detach().contiguous()
    let values = Tensor.empty(x.shape, x.dtype, device: x.device), indices = Tensor.empty(x.shape, .int64, device: x.device)
    x.device.backend.scanExtreme(maximum: attributes.bool("maximum"), x, values: values, indices: indices, dim: attributes.int("dim"))
    return [values, indices]
}, backward: { call in
    let g = call.cotangent()
    guard g.rank > 0 else { return [g] }
    return [Tensor.unstoredZeros(call.shape(ofInput: 0), dtype: g.dtype).scatterAdd(call.attributes.int("dim"), call.output(1), g)]
})

extension DType {
    /// The lowest finite value of a floating-point type.
    fileprivate var lowest: Double {
        switch realType {
        case .float16: -65504
        case .bfloat16: -3.3895313892515355e38
        case .float32: -Double(Float.greatestFiniteMagnitude)
        default: -Double.greatestFiniteMagnitude
        }
    }
}

extension Tensor {
    private func scanned(_ name: String, _ operation: Operator, _ dim: Int, _ dtype: DType?) -> Tensor {
        composed(name, [self]) { () throws(TensorError) in
            let d = try ShapeRule.dim(dim, rank: rank)
            let x = dtype.map { to($0) } ?? self
            guard dtype != .bool else { throw TensorError("has no bool result") }
            let type = dtype ?? (x.dtype.isDifferentiable ? x.dtype : .int64)
            return operation(x, attributes: ["dim": .int(d), "dtype": .dtype(type)])
        }
    }

    /// Running sums along `dim`. Integers and bool are summed as int64. PyTorch: `torch.cumsum`.
    public func cumsum(_ dim: Int, dtype: DType? = nil) -> Tensor { scanned("cumsum", cumsumOperator, dim, dtype) }

    /// Running products along `dim`. Integers and bool are multiplied as int64. PyTorch: `torch.cumprod`.
    public func cumprod(_ dim: Int, dtype: DType? = nil) -> Tensor { scanned("cumprod", cumprodOperator, dim, dtype) }

    /// log of running sums of exp(x) along `dim`, without overflow. PyTorch: `torch.logcumsumexp`.
    public func logCumSumExp(_ dim: Int) -> Tensor {
        composed("logCumSumExp", [self]) { () throws(TensorError) in
            guard dtype.isDifferentiable else { throw TensorError("takes floating-point tensors, not \(dtype.name)") }
            return scanned("logCumSumExp", logCumSumExpOperator, dim, nil)
        }
    }

    /// The largest value so far along `dim` and where it stands, the last of equal ones. PyTorch: `torch.cummax`.
    public func cummax(_ dim: Int) -> (values: Tensor, indices: Tensor) { cumulativeExtreme("cummax", true, dim) }

    /// The smallest value so far along `dim` and where it stands, the last of equal ones. PyTorch: `torch.cummin`.
    public func cummin(_ dim: Int) -> (values: Tensor, indices: Tensor) { cumulativeExtreme("cummin", false, dim) }

    private func cumulativeExtreme(_ name: String, _ maximum: Bool, _ dim: Int) -> (values: Tensor, indices: Tensor) {
        let results = composed(name, [self], outputs: 2) { () throws(TensorError) in
            cumulativeExtremeOperator([self], ["dim": .int(try ShapeRule.dim(dim, rank: rank)), "maximum": .bool(maximum)])
        }
        return (results[0], results[1])
    }

    /// Running products along `dim`, in steps of 1, 2, 4 …: each product of k factors takes in the k before them.
    fileprivate func productsByDoubling(_ dim: Int) -> Tensor {
        var y = self, step = 1
        let n = shape[dim]
        while step < n {
            let rest = y.narrow(dim, start: step, count: n - step) * y.narrow(dim, start: 0, count: n - step)
            y = cat([y.narrow(dim, start: 0, count: step), rest], dim: dim)
            step *= 2
        }
        return n < 2 ? y.clone() : y
    }

    /// Sums from each element to the last along `dim`.
    fileprivate func reversedCumsum(_ dim: Int) -> Tensor {
        rank == 0 ? self : flip([dim]).cumsum(dim).flip([dim])
    }

    /// The cotangent of these factors of a running product without a division; takes a pass over what follows for each
    /// factor.
    fileprivate func cumprodCotangent(_ g: Tensor, _ dim: Int) -> Tensor {
        let n = shape[dim]
        var before = narrow(dim, start: 0, count: 1).onesLike()
        var parts: [Tensor] = []
        for k in 0..<n {
            var sum = g.narrow(dim, start: k, count: 1)
            if k + 1 < n {
                let after = narrow(dim, start: k + 1, count: n - k - 1).cumprod(dim)
                sum = sum + (g.narrow(dim, start: k + 1, count: n - k - 1) * after).sum(dim, keepDim: true)
            }
            parts.append(sum * before)
            before = before * narrow(dim, start: k, count: 1)
        }
        return cat(parts, dim: dim)
    }
}
