import CEmber

extension CPUBackend {
    func resample(_ x: Tensor, dim: Int, _ table: ResamplingTable, into result: Tensor) {
        let (outer, n, inner) = SoftmaxRule.extents(x.shape, dim: dim)
        let status = withSizes(table.first) { first in
            withSizes(table.offsets) { offsets in
                table.weights.withUnsafeBufferPointer { weights in
                    var c = ember_resampling_table(size: Int64(table.outputSize), first: first, offsets: offsets, weights: weights.baseAddress)
                    return ember_resample(x.dtype.rawValue, x.pointer, result.pointer, Int64(outer), Int64(n), Int64(inner), &c)
                }
            }
        }
        checkStatus(status, "resampling of \(x.dtype.name)")
    }

    func gridSample(_ problem: GridSampleProblem, into result: Tensor) {
        withKernelProblem(problem) { ember_grid_sample_forward($0, result.pointer) }
    }

    func gridSampleGradient(_ problem: GridSampleProblem, _ g: Tensor, ofElements: Tensor?, ofGrid: Tensor?) {
        withKernelProblem(problem) { ember_grid_sample_backward($0, g.pointer, ofElements?.pointer, ofGrid?.pointer) }
    }

    private func withKernelProblem(_ problem: GridSampleProblem, _ body: (UnsafePointer<ember_grid_sample>) -> Void) {
        let sizes = problem.sizes.map(Int64.init), batch = problem.grid.shape[0]
        let padding = switch problem.padding {
        case .zeros: EMBER_GRID_ZEROS
        case .border: EMBER_GRID_BORDER
        case .reflection: EMBER_GRID_REFLECTION
        }
        var kernel = ember_grid_sample(
            dtype: problem.elements.dtype.rawValue, mode: problem.mode == .nearest ? EMBER_GRID_NEAREST : EMBER_GRID_LINEAR, padding: padding,
            align_corners: problem.alignCorners, rank: Int32(sizes.count), sizes: (sizes[0], sizes[1], sizes.count > 2 ? sizes[2] : 1),
            batch: Int64(batch), channels: Int64(problem.channels), places: Int64(problem.grid.count / max(batch * sizes.count, 1)),
            x: UnsafeRawPointer(problem.elements.pointer), grid: UnsafeRawPointer(problem.grid.pointer))
        withExtendedLifetime(problem) { body(&kernel) }
    }
}
