extension SparseTensor {
    /// Adds `factor` times this tensor to `target`, touching nothing else of it: the step of an optimiser with sparse gradients.
    /// `target` has this shape and type, is contiguous and holds its memory alone: the caller has called ``Tensor/makeUnique()``.
    package func add(to target: Tensor, factor: Double = 1) {
        if isInert || target.isInert { return }
        do throws(TensorError) {
            guard target.shape == shape, target.dtype == dtype, target.isContiguous else {
                throw TensorError("the target must be contiguous, of type \(dtype.name) and shape \(shape), not \(target.dtype.name)\(target.shape)")
            }
            let rows = target.view(shape: [ShapeRule.count(sparseShape)] + denseShape,
                                   strides: ShapeRule.contiguousStrides([ShapeRule.count(sparseShape)] + denseShape), offset: target.body.offset)
            let source = (factor == 1 ? values : values * factor).detach().contiguous()
            try target.device.backend.indexAdd(source, dim: 0, places().contiguous(), into: rows)
        } catch {
            error.report(in: "SparseTensor.add", operands: [target])
        }
    }
}
