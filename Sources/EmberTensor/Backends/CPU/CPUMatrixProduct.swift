import CEmber

extension CPUBackend {
    func multiply(_ a: Tensor, _ b: Tensor, into c: Tensor, bias: Tensor?, accumulate: Bool) {
        let rank = c.rank, batch = rank - 2
        let bias = bias.map { $0.rank == 0 || $0.strides[0] == 1 ? $0 : $0.detach().contiguous() }
        let status = withUnsafeTemporaryAllocation(of: Int64.self, capacity: 4 * rank) { numbers in
            guard let base = numbers.baseAddress else { return Int32(0) }
            for d in 0..<rank { base[3 * rank + d] = Int64(c.shape[d]) }
            func view(_ tensor: Tensor, _ strides: UnsafeMutablePointer<Int64>) -> ember_view {
                let lead = rank - tensor.rank
                for d in 0..<rank {
                    let own = d - lead
                    let isBroadcast = own < 0 || (d < batch && tensor.shape[own] == 1)
                    strides[d] = isBroadcast ? 0 : Int64(tensor.strides[own])
                }
                return ember_view(data: tensor.pointer, strides: strides, dtype: tensor.dtype.rawValue)
            }
            var product = ember_matrix_product(
                dtype: c.dtype.rawValue, batch_rank: Int32(batch), batch_sizes: base + 3 * rank,
                m: Int64(c.shape[batch]), n: Int64(c.shape[batch + 1]), k: Int64(a.shape[a.rank - 1]),
                a: view(a, base), b: view(b, base + rank), c: view(c, base + 2 * rank),
                bias: bias.map { UnsafeRawPointer($0.pointer) }, accumulate: accumulate)
            return withExtendedLifetime(bias) { ember_multiply_matrices(&product) }
        }
        guard status == Int32(EMBER_DNNL_OK.rawValue) else { fatalError("Ember: out of memory in a matrix product") }
    }
}
