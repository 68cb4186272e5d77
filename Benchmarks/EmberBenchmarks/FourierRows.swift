import Ember

private func complex(_ name: String, _ shape: Shape, _ call: @escaping @Sendable (Tensor) -> Tensor) -> Row {
    Row(name) {
        let x = Tensor.randn(shape, dtype: .complex64)
        return { call(x) }
    }
}

/// Fourier transforms: lengths of every kind.
let fourierRows: [Row] = [
    complex("fft 2^20", [1 << 20]) { FFT.fft($0) },
    complex("fft 1000", [1000]) { FFT.fft($0) },
    complex("fft 1000 x1000", [1000, 1000]) { FFT.fft($0) },
    complex("fft 1024 x1024", [1024, 1024]) { FFT.fft($0) },
    complex("fft columns 1024 x1024", [1024, 1024]) { FFT.fft($0, dim: 0) },
    complex("fft prime 10007", [10_007]) { FFT.fft($0) },
    complex("fft prime 1009 x100", [100, 1009]) { FFT.fft($0) },
    complex("ifft 1024 x1024", [1024, 1024]) { FFT.ifft($0) },
    complex("fft2 512²", [512, 512]) { FFT.fft2($0) },
    Row("rfft 4096 x256", [256, 4096]) { FFT.rfft($0) },
    Row("irfft 4096 x256", [256, 4096]) { FFT.irfft(FFT.rfft($0)) },
    Row("rfft2 16x128²", [16, 128, 128]) { FFT.rfft2($0) },
    Row("stft 10 s at 16 kHz", [160_000]) { stft($0, fftSize: 512, hopLength: 128, window: SignalWindow.hann(512, symmetric: false)) },
]
