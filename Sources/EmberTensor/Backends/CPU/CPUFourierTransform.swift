import CEmber

extension CPUBackend {
    func fourierTransform(_ x: Tensor, _ line: FourierLine, into result: Tensor) {
        let (outer, _, inner) = SoftmaxRule.extents(x.shape, dim: line.dim)
        var c = ember_fft(dtype: x.dtype.realType.rawValue, kind: ember_fft_kind(line.kind.rawValue), inverse: line.inverse, scale: line.scale,
                          n: Int64(line.n), outer: Int64(outer), inner: Int64(inner))
        checkStatus(ember_fft_transform(&c, x.pointer, result.pointer), "Fourier transform of \(x.dtype.name)")
    }
}
