import Ember

private func line(_ function: @escaping @Sendable (Tensor, Int?, Int, FourierNorm) -> Tensor) -> OperatorCall {
    {
        .tensor(
            function(
                try $0.tensor(0, "input"), try $0.optionalInt(1, "n"), try $0.int(2, "dim", default: -1),
                try $0.choice(3, "norm", default: FourierNorm.backward)))
    }
}

private func grid(_ function: @escaping @Sendable (Tensor, [Int]?, [Int]?, FourierNorm) -> Tensor) -> OperatorCall {
    {
        .tensor(
            function(
                try $0.tensor(0, "input"), try $0.optionalInts(1, "s"), try $0.optionalInts(2, "dim"),
                try $0.choice(3, "norm", default: FourierNorm.backward)))
    }
}

/// Fourier transforms.
let fourierCalls: [String: OperatorCall] = [
    "fft.fft": line { FFT.fft($0, n: $1, dim: $2, norm: $3) },
    "fft.ifft": line { FFT.ifft($0, n: $1, dim: $2, norm: $3) },
    "fft.rfft": line { FFT.rfft($0, n: $1, dim: $2, norm: $3) },
    "fft.irfft": line { FFT.irfft($0, n: $1, dim: $2, norm: $3) },
    "fft.hfft": line { FFT.hfft($0, n: $1, dim: $2, norm: $3) },
    "fft.ihfft": line { FFT.ihfft($0, n: $1, dim: $2, norm: $3) },
    "fft.fftn": grid { FFT.fftn($0, s: $1, dim: $2, norm: $3) },
    "fft.ifftn": grid { FFT.ifftn($0, s: $1, dim: $2, norm: $3) },
    "fft.rfftn": grid { FFT.rfftn($0, s: $1, dim: $2, norm: $3) },
    "fft.irfftn": grid { FFT.irfftn($0, s: $1, dim: $2, norm: $3) },
    "fft.hfftn": grid { FFT.hfftn($0, s: $1, dim: $2, norm: $3) },
    "fft.ihfftn": grid { FFT.ihfftn($0, s: $1, dim: $2, norm: $3) },
    "fft.fft2": grid { FFT.fft2($0, s: $1, dim: $2 ?? [-2, -1], norm: $3) },
    "fft.ifft2": grid { FFT.ifft2($0, s: $1, dim: $2 ?? [-2, -1], norm: $3) },
    "fft.rfft2": grid { FFT.rfft2($0, s: $1, dim: $2 ?? [-2, -1], norm: $3) },
    "fft.irfft2": grid { FFT.irfft2($0, s: $1, dim: $2 ?? [-2, -1], norm: $3) },
    "fft.hfft2": grid { FFT.hfft2($0, s: $1, dim: $2 ?? [-2, -1], norm: $3) },
    "fft.ihfft2": grid { FFT.ihfft2($0, s: $1, dim: $2 ?? [-2, -1], norm: $3) },
    "fft.fftshift": { .tensor(FFT.fftshift(try $0.tensor(0, "input"), dim: try $0.optionalInts(1, "dim"))) },
    "fft.ifftshift": { .tensor(FFT.ifftshift(try $0.tensor(0, "input"), dim: try $0.optionalInts(1, "dim"))) },
    "stft": { arguments in
        let result = stft(
            try arguments.tensor(0, "input"), fftSize: try arguments.int(1, "n_fft"),
            hopLength: try arguments.optionalInt(2, "hop_length"),
            windowLength: try arguments.optionalInt(3, "win_length"),
            window: try arguments.optionalTensor(4, "window"), center: try arguments.bool(5, "center", default: true),
            padMode: try arguments.choice(6, "pad_mode", default: PadMode.reflect),
            normalized: try arguments.bool(7, "normalized", default: false),
            onesided: try arguments.optionalBool(8, "onesided"))
        return .tensor(
            try arguments.bool(9, "return_complex", default: true)
                ? result : result.viewAsReal())
    },
    "istft": { arguments in
        .tensor(
            istft(
                try arguments.tensor(0, "input"), fftSize: try arguments.int(1, "n_fft"),
                hopLength: try arguments.optionalInt(2, "hop_length"),
                windowLength: try arguments.optionalInt(3, "win_length"),
                window: try arguments.optionalTensor(4, "window"),
                center: try arguments.bool(5, "center", default: true),
                normalized: try arguments.bool(6, "normalized", default: false),
                onesided: try arguments.optionalBool(7, "onesided"), length: try arguments.optionalInt(8, "length"),
                complexSignal: try arguments.bool(9, "return_complex", default: false)))
    },
]
