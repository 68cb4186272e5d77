import CEmber

extension CPUBackend {
    func maxPool(_ geometry: PoolingGeometry, _ x: Tensor, into result: Tensor, indices: Tensor?) {
        pool(geometry, [x, result] + (indices.map { [$0] } ?? []), x.dtype) {
            ember_max_pool($0, $1[0], $1[1], indices == nil ? ember_view() : $1[2])
        }
    }

    func maxPoolGradient(_ geometry: PoolingGeometry, _ g: Tensor, indices: Tensor, into result: Tensor) {
        pool(geometry, [g, indices, result], g.dtype) { ember_max_pool_backward($0, $1[0], $1[1], $1[2]) }
    }

    func averagePool(_ geometry: PoolingGeometry, _ x: Tensor, into result: Tensor) {
        pool(geometry, [x, result], x.dtype) { ember_average_pool($0, $1[0], $1[1]) }
    }

    func averagePoolGradient(_ geometry: PoolingGeometry, _ g: Tensor, into result: Tensor) {
        pool(geometry, [g, result], g.dtype) { ember_average_pool_backward($0, $1[0], $1[1]) }
    }

    /// Calls a kernel with the pooling's sizes and a view of each tensor under its own shape.
    private func pool(_ geometry: PoolingGeometry, _ tensors: [Tensor], _ dtype: DType,
                      _ kernel: (UnsafePointer<ember_pooling>, UnsafePointer<ember_view>) -> Int32) {
        func triple(_ sizes: [Int], _ absent: Int64) -> (Int64, Int64, Int64) {
            func size(_ d: Int) -> Int64 { d < sizes.count ? Int64(sizes[d]) : absent }
            return (size(0), size(1), size(2))
        }
        var description = ember_pooling(
            dtype: dtype.rawValue, spatial_rank: Int32(geometry.spatialRank), batch: Int64(tensors[0].shape[0]),
            channels: Int64(tensors[0].shape[1]), input_size: triple(geometry.inputSize, 1), output_size: triple(geometry.outputSize, 1),
            adaptive: geometry.isAdaptive, kernel_size: triple(geometry.kernelSize, 1), stride: triple(geometry.stride, 1),
            dilation: triple(geometry.dilation, 1), padding: triple(geometry.padding, 0),
            count_include_padding: geometry.countsPadding, divisor: Int64(geometry.divisor))
        let rank = tensors[0].rank
        let status = withUnsafeTemporaryAllocation(of: Int64.self, capacity: tensors.count * rank) { strides in
            withUnsafeTemporaryAllocation(of: ember_view.self, capacity: tensors.count) { views in
                for (i, tensor) in tensors.enumerated() {
                    for d in 0..<rank { strides[i * rank + d] = Int64(tensor.strides[d]) }
                    views[i] = ember_view(data: tensor.pointer, strides: strides.baseAddress.map { UnsafePointer($0 + i * rank) },
                                          dtype: tensor.dtype.rawValue)
                }
                guard let base = views.baseAddress else { return Int32(EMBER_POOLING_OUT_OF_MEMORY) }
                return kernel(&description, base)
            }
        }
        // Indices come from the forward pass, so lack of memory is the only failure left.
        guard status == Int32(EMBER_POOLING_OK) else { fatalError("Ember: out of memory in a pooling") }
    }
}
