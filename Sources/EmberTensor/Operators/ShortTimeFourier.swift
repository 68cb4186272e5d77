/// The lengths of a short-time transform, checked.
private struct Frames {
    let fftSize: Int
    let hopLength: Int
    /// One number for each element of a frame.
    let window: Tensor

    init(_ fftSize: Int, _ hopLength: Int?, _ windowLength: Int?, _ window: Tensor?, _ dtype: DType) throws(TensorError) {
        self.fftSize = fftSize
        self.hopLength = hopLength ?? fftSize / 4
        let length = windowLength ?? fftSize
        guard fftSize > 0, self.hopLength > 0 else {
            throw TensorError("fftSize and hopLength must be positive, they are \(fftSize) and \(self.hopLength)")
        }
        guard length > 0, length <= fftSize else { throw TensorError("a window of \(length) does not lie in frames of \(fftSize)") }
        if let window, window.shape != [length] {
            throw TensorError("the window has shape \(window.shape), it must be a vector of \(length), the window length")
        }
        let own = window ?? Tensor.ones([length], dtype: dtype)
        let before = (fftSize - length) / 2
        self.window = length == fftSize ? own : pad(own, [before, fftSize - length - before], value: 0)
    }

    /// Frames [batch, frames, fftSize] added where they came from.
    func overlapped(_ frames: Tensor) -> Tensor {
        let batch = frames.shape[0], count = frames.shape[1]
        let places = Tensor.arange(.int(count)).unsqueeze(1) * Double(hopLength) + Tensor.arange(.int(fftSize))
        return Tensor.zeros([batch, fftSize + hopLength * (count - 1)], dtype: frames.dtype)
            .indexAdd(1, places.reshape([count * fftSize]), frames.reshape([batch, count * fftSize]))
    }
}

/// The spectra of overlapping pieces of a signal [samples] or [batch, samples]: [*, frequencies, frames], complex.
///
/// - Parameters:
///   - fftSize: samples in a piece.
///   - hopLength: from one piece to the next; a quarter of `fftSize` unless given.
///   - windowLength: of the window, which stands in the middle of a piece; `fftSize` unless given.
///   - window: what pieces are multiplied with; ones unless given. See ``SignalWindow``, `symmetric: false`.
///   - center: piece t is centred at sample t · hopLength, the signal being continued at both ends as `padMode` says; else it begins there.
///   - normalized: the spectra are divided by √fftSize.
///   - onesided: only the first fftSize / 2 + 1 frequencies, as the others are their conjugates: for real signals and windows, whose default it is.
///
/// PyTorch: `torch.stft(return_complex=True)`; with `return_complex=False` it gives ``Tensor/viewAsReal()`` of this.
public func stft(_ x: Tensor, fftSize: Int, hopLength: Int? = nil, windowLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
                 padMode: PadMode = .reflect, normalized: Bool = false, onesided: Bool? = nil) -> Tensor {
    composed("stft", [x] + [window].compactMap { $0 }) { () throws(TensorError) in
        guard x.rank == 1 || x.rank == 2, x.dtype.isDifferentiable else {
            throw TensorError("the signal must be [samples] or [batch, samples] of a floating-point or complex type, not \(x.dtype.name)\(x.shape)")
        }
        let frames = try Frames(fftSize, hopLength, windowLength, window, x.dtype)
        let isComplex = x.dtype.isComplex || frames.window.dtype.isComplex, half = onesided ?? !isComplex
        guard !(half && isComplex) else { throw TensorError("the spectrum of a complex signal or window is not symmetric: onesided must be false") }
        var signal = x.rank == 1 ? x.unsqueeze(0) : x
        if center { signal = pad(signal.unsqueeze(1), [fftSize / 2, fftSize / 2], mode: padMode).squeeze(1) }
        guard signal.shape[1] >= fftSize else { throw TensorError("\(signal.shape[1]) samples are less than the fftSize of \(fftSize)") }
        let pieces = signal.unfold(1, size: fftSize, step: frames.hopLength) * frames.window
        let norm: FourierNorm = normalized ? .ortho : .backward
        let spectra = (half ? FFT.rfft(pieces, norm: norm) : FFT.fft(pieces, norm: norm)).transpose(1, 2)
        return x.rank == 1 ? spectra.squeeze(0) : spectra
    }
}

/// The signal whose overlapping pieces have the spectra [frequencies, frames] or [batch, frequencies, frames], in the sense of least squares
/// (D. Griffin and J. Lim, Signal estimation from modified short-time Fourier transform, 1984): the inverse of
/// ``stft(_:fftSize:hopLength:windowLength:window:center:padMode:normalized:onesided:)`` with the same arguments.
///
/// - Parameters:
///   - onesided: whether only fftSize / 2 + 1 frequencies are given; nil: whether there are fewer than `fftSize`.
///   - length: samples of the result; all that the pieces reach unless given.
///   - complexSignal: the signal is complex; then the spectra must have all frequencies. PyTorch: `return_complex`.
///
/// It is an error when the windows leave samples out, as nothing is known of those. PyTorch: `torch.istft`.
public func istft(_ x: Tensor, fftSize: Int, hopLength: Int? = nil, windowLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
                  normalized: Bool = false, onesided: Bool? = nil, length: Int? = nil, complexSignal: Bool = false) -> Tensor {
    composed("istft", [x] + [window].compactMap { $0 }) { () throws(TensorError) in
        guard x.rank == 2 || x.rank == 3, x.dtype.isComplex, !x.shape.contains(0) else {
            throw TensorError("the spectra must be complex [frequencies, frames] or [batch, frequencies, frames], not \(x.dtype.name)\(x.shape)")
        }
        let frames = try Frames(fftSize, hopLength, windowLength, window, complexSignal ? x.dtype : x.dtype.realType)
        let frequencies = x.shape[x.rank - 2], half = onesided ?? (frequencies != fftSize)
        guard frequencies == (half ? fftSize / 2 + 1 : fftSize) else {
            throw TensorError("\(half ? "onesided " : "")spectra of pieces of \(fftSize) have \(half ? fftSize / 2 + 1 : fftSize) frequencies, "
                + "these have \(frequencies)")
        }
        guard !(half && complexSignal) else { throw TensorError("the spectra of a complex signal have all frequencies: onesided must be false") }
        guard complexSignal || !frames.window.dtype.isComplex else { throw TensorError("a complex window needs a complexSignal") }
        guard frames.hopLength <= frames.window.count else {
            throw TensorError("pieces of \(frames.window.count), \(frames.hopLength) apart, leave samples out")
        }
        let spectra = (x.rank == 2 ? x.unsqueeze(0) : x).transpose(1, 2)
        let norm: FourierNorm = normalized ? .ortho : .backward
        let pieces = complexSignal ? FFT.ifft(spectra, norm: norm)
            : FFT.irfft(spectra.narrow(2, start: 0, count: fftSize / 2 + 1), n: fftSize, norm: norm)
        let sums = frames.overlapped(pieces * frames.window)
        let squares = frames.window.square().expand([1, spectra.shape[1], fftSize])
        let envelope = frames.overlapped(squares)

        let start = center ? fftSize / 2 : 0, reached = sums.shape[1]
        let end = length.map { start + $0 } ?? (center ? reached - fftSize / 2 : reached)
        guard end > start, start < reached else { throw TensorError("the signal would have no samples") }
        let count = min(end, reached) - start
        let weights = envelope.narrow(1, start: start, count: count)
        guard (weights.detach().abs().min().item() as Double) > 1e-11 else {
            throw TensorError("the windows leave samples out: the sum of their squares vanishes somewhere")
        }
        let signal = (sums.narrow(1, start: start, count: count) / weights).resized(1, to: end - start)
        return x.rank == 2 ? signal.squeeze(0) : signal
    }
}
