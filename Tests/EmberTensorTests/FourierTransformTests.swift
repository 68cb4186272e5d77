import Ember
import Testing

@Suite struct FourierTransformTests {
    private let x = numbers([6])
    private let z = Tensor.complex(numbers([5]), numbers([5], 0.5))
    private let plane = numbers([2, 3])
    private let complexPlane = Tensor.complex(numbers([2, 3]), numbers([2, 3], 0.5))

    /// Complex results as real and imaginary parts in turn.
    private func matches(_ result: Tensor, _ expected: [Double]) -> Bool { close(result.dtype.isComplex ? result.viewAsReal() : result, expected) }

    @Test func oneDimension() {
        #expect(matches(FFT.fft(x), [0.364184, 0, 1.746756, -1.345299, -1.418069, 0.578068, -1.021558, 0, -1.418069, -0.578068, 1.746756, 1.345299]))
        #expect(matches(FFT.ifft(z, n: 4, norm: .ortho), [0.273404, 0.170993, -1.17061, 1.190783, 0.117481, 0.210184, 0.779725, -0.613109]))
        #expect(matches(FFT.fft(z, n: 7, norm: .forward), [
            -0.02468, 0.006203, 0.323417, 0.165774, -0.002009, -0.188348, -0.069001, -0.024678, -0.015479, -0.019602, -0.435881, 0.059473,
            0.223634, 0.480604,
        ]))
        #expect(matches(FFT.rfft(x), [0.364184, 0, 1.746756, -1.345299, -1.418069, 0.578068, -1.021558, 0]))
        #expect(matches(FFT.irfft(z), [0.046756, 0.440323, -0.675251, -0.246574, -0.031206, -0.211306, 0.299916, 0.377342]))
        #expect(matches(FFT.irfft(z, n: 7), [0.156231, 0.299048, -0.810271, 0.006457, -0.266915, 0.190859, 0.42459]))
        #expect(matches(FFT.hfft(z, n: 7), [1.093617, 2.972132, 1.336016, -1.868403, 0.045202, -5.671899, 2.093335]))
        #expect(matches(FFT.ihfft(x), [0.060697, 0, 0.291126, 0.224216, -0.236345, -0.096345, -0.17026, 0]))
    }

    @Test func severalDimensions() {
        #expect(matches(FFT.fft2(plane), [
            0.364184, 0, -1.418069, 0.578068, -1.418069, -0.578068, 2.377401, 0, 0.047276, -1.598287, 0.047276, 1.598287,
        ]))
        #expect(matches(FFT.rfft2(plane, s: [3, 4]), [
            0.364184, 0, -1.751817, -0.260336, -0.156488, 0, 1.874097, 0.871748, 0.912749, -0.161092, -0.805291, -0.374586, 1.874097, -0.871748,
            -0.333586, -2.518296, -0.805291, 0.374586,
        ]))
        #expect(matches(FFT.irfftn(complexPlane, dim: [1, 0]), [0.060697, -0.218965, -0.253724, 0.396234, -0.313712, 0.32947]))
        #expect(matches(FFT.hfft2(complexPlane), [0.624521, -0.437797, -0.416825, -3.065836, 4.076881, 3.478314, -2.721038, -1.538219]))
        #expect(matches(FFT.ihfft2(plane), [0.060697, 0, -0.236345, -0.096345, 0.396234, 0, 0.007879, 0.266381]))
    }

    @Test func frequencies() {
        #expect(close(FFT.fftfreq(5, d: 0.5), [0, 0.4, 0.8, -0.8, -0.4]) && close(FFT.rfftfreq(6), [0, 0.166667, 0.333333, 0.5]))
        #expect(FFT.fftshift(.arange(5)).array(of: Int.self) == [3, 4, 0, 1, 2])
        #expect(FFT.ifftshift(.arange(5)).array(of: Int.self) == [2, 3, 4, 0, 1])
    }

    /// Small factors, large primes, their products: against the definition.
    @Test func everyLength() {
        for n in Array(1...36) + [49, 77, 97, 120, 125, 211] {
            let values = Tensor.complex(numbers([3, n]), numbers([3, n], 2))
            let k = Tensor.arange(0, .int(n), dtype: .float64)
            let angles = (k.unsqueeze(1) * k).remainder(.scalar(.int(n))) * (-2 * Double.pi / Double(n))
            let expected = values.matmul(.complex(angles.cos(), angles.sin()))
            #expect((FFT.fft(values) - expected).abs().max().item() < 1e-11, "\(n)")
            #expect((FFT.fft(values.transpose(0, 1), dim: 0) - expected.transpose(0, 1)).abs().max().item() < 1e-11, "\(n)")
            #expect((FFT.ifft(FFT.fft(values)) - values).abs().max().item() < 1e-13, "\(n)")
            #expect((FFT.irfft(FFT.rfft(values.real), n: n) - values.real).abs().max().item() < 1e-13, "\(n)")
        }
        let long = numbers([65_537]).to(.float32)
        #expect((FFT.ifft(FFT.fft(long)).real - long).abs().max().item() < 1e-6)
    }

    /// float32 is computed in float32: of every kind of length, along memory and across it, as exact as rounding allows.
    @Test func singlePrecision() {
        for n in [2, 15, 64, 100, 243, 512, 1000, 1009, 2048] {
            for shape in [[2, n, 1], [15, n, 1], [1, n, 3], [1, n, 33], [1, n, 37]] {
                let values = Tensor.complex(numbers(shape), numbers(shape, 2)), narrow = values.to(.complex64)
                func differs(_ a: Tensor, _ b: Tensor) -> Double { ((a.to(b.dtype) - b).abs().square().sum() / b.abs().square().sum()).sqrt().item() }
                #expect(differs(FFT.fft(narrow, dim: 1), FFT.fft(values, dim: 1)) < 1e-6, "\(shape)")
                #expect(differs(FFT.ifft(narrow, dim: 1), FFT.ifft(values, dim: 1)) < 1e-6, "\(shape)")
                #expect(differs(FFT.rfft(narrow.real, dim: 1), FFT.rfft(values.real, dim: 1)) < 1e-6, "\(shape)")
                #expect(differs(FFT.ihfft(narrow.real, dim: 1), FFT.ihfft(values.real, dim: 1)) < 1e-6, "\(shape)")
                #expect(differs(FFT.irfft(narrow, n: n, dim: 1), FFT.irfft(values, n: n, dim: 1)) < 1e-6, "\(shape)")
            }
        }
    }

    @Test func linesDoNotMeet() {
        var values = numbers([8, 8]).to(.float32)
        values[1, 3] = Tensor(.nan, dtype: .float32)
        let clean = FFT.rfft(values).viewAsReal().isNaN().any([1, 2]).array(of: Bool.self)
        #expect(clean == (0..<8).map { $0 == 1 })
    }

    @Test func typesAndEmptyBatches() {
        #expect(FFT.fft(Tensor.ones([4], dtype: .int64)).dtype == .complex64 && FFT.rfft(numbers([4])).dtype == .complex128)
        #expect(FFT.irfft(FFT.rfft(Tensor.ones([4]))).dtype == .float32)
        #expect(FFT.rfft(.zeros([0, 6])).shape == [0, 4])
    }

    @Test func gradientsToSecondOrder() {
        let parts = [numbers([2, 5]), numbers([2, 5], 0.7)]
        func complex(_ x: [Tensor]) -> Tensor { .complex(x[0], x[1]) }
        for norm in FourierNorm.allCases {
            #expect(gradientError(parts) { FFT.fft(complex($0), n: 6, norm: norm).viewAsReal().square() } < 1e-6)
            #expect(gradientError(parts) { FFT.ifft(complex($0), n: 3, dim: 0, norm: norm).viewAsReal().square() } < 1e-6)
            for n in [4, 5, 9] {
                #expect(gradientError([parts[0]]) { FFT.rfft($0[0], n: n, norm: norm).viewAsReal().square() } < 1e-6)
                #expect(gradientError(parts) { FFT.irfft(complex($0), n: n, norm: norm).square() } < 1e-6)
                #expect(gradientError(parts) { FFT.hfft(complex($0), n: n, norm: norm).square() } < 1e-6)
                #expect(gradientError([parts[0]]) { FFT.ihfft($0[0], n: n, norm: norm).viewAsReal().square() } < 1e-6)
            }
        }
        #expect(gradientError([parts[0]]) { FFT.rfft2($0[0]).abs().square() } < 1e-6)
        #expect(gradientError(parts) { FFT.irfft2(complex($0)).square() } < 1e-6)
        #expect(gradientError(parts) { FFT.fftshift(FFT.fft2(complex($0))).viewAsReal().square() } < 1e-6)
    }

    // MARK: Short-time transforms

    private let signal = numbers([12])
    private let hann = SignalWindow.hann(4, symmetric: false, dtype: .float64)

    @Test func spectrogramsOfPyTorch() {
        let spectra = stft(signal, fftSize: 4, hopLength: 3, window: hann)
        #expect(spectra.shape == [3, 5])
        #expect(matches(spectra, [
            0.979908, 0, -0.988328, 0, 1.119998, 0, -0.280882, 0, 1.086647, 0, 0, 0, 0.823984, -0.555228, -0.93376, -0.350709, 0.234176,
            0.952661, -0.905955, -0.414868, -0.979908, 0, -0.659641, 0, 0.747522, 0, -0.187469, 0, 0.725262, 0,
        ]))
        #expect(matches(stft(signal, fftSize: 4, hopLength: 2, windowLength: 3, window: hann[0..<3], center: false, normalized: true,
                             onesided: false), [
            0.440419, 0, -0.565782, 0, 0.601117, 0, -0.540801, 0, 0.394433, 0, -0.195442, -0.244977, 0.359786, 0.205996, -0.46688, -0.134237,
            0.499684, 0.041118, -0.452977, 0.058544, -0.049535, 0, -0.15379, 0, 0.332643, 0, -0.458566, 0, 0.511521, 0, -0.195442, 0.244977,
            0.359786, -0.205996, -0.46688, 0.134237, 0.499684, -0.041118, -0.452977, -0.058544,
        ]))
    }

    @Test func inverseSpectrograms() {
        let spectra = stft(signal, fftSize: 4, hopLength: 2, window: hann)
        let turned = spectra * Tensor.complex(Tensor(1, dtype: .float64), Tensor(0.1, dtype: .float64))
        #expect(matches(istft(turned, fftSize: 4, hopLength: 2, window: hann), [
            0, 0.999452, 0.345787, -0.879507, -0.685548, 0.619614, 0.916224, -0.261128, -1.00111, -0.13891, 0.926698, 0.595561,
        ]))
        #expect((istft(spectra, fftSize: 4, hopLength: 2, window: hann, length: 9) - signal[0..<9]).abs().max().item() < 1e-12)
        #expect(istft(spectra, fftSize: 4, hopLength: 2, window: hann, length: 20).shape == [20])
        let complexSignal = Tensor.complex(numbers([2, 16]), numbers([2, 16], 1))
        let all = stft(complexSignal, fftSize: 8, hopLength: 2, normalized: true)
        #expect(all.shape == [2, 8, 9])
        let back = istft(all, fftSize: 8, hopLength: 2, normalized: true, complexSignal: true)
        #expect((back - complexSignal).abs().max().item() < 1e-12)
    }

    @Test func gradientsOfSpectrograms() {
        #expect(gradientError([signal, hann]) { stft($0[0], fftSize: 4, window: $0[1]).viewAsReal().square() } < 1e-6)
        #expect(gradientError([numbers([3, 5]), numbers([3, 5], 1)]) {
            istft(.complex($0[0], $0[1]), fftSize: 4, hopLength: 2).square()
        } < 1e-6)
    }

    @Test func wrongCallsAreErrors() {
        #expect(throws: TensorError.self) { try checked { FFT.fft(Tensor(1.0)) } }
        #expect(throws: TensorError.self) { try checked { FFT.fft(x, n: 0) } }
        #expect(throws: TensorError.self) { try checked { FFT.rfft(z) } }
        #expect(throws: TensorError.self) { try checked { FFT.irfft(z[0..<1]) } }
        #expect(throws: TensorError.self) { try checked { FFT.fftn(plane, s: [2], dim: [0, 1]) } }
        #expect(throws: TensorError.self) { try checked { FFT.fft2(plane, dim: [0, 0]) } }
        #expect(throws: TensorError.self) { try checked { FFT.fftfreq(0) } }
        #expect(throws: TensorError.self) { try checked { stft(signal, fftSize: 40, center: false) } }
        #expect(throws: TensorError.self) { try checked { stft(signal, fftSize: 4, window: hann[0..<3]) } }
        #expect(throws: TensorError.self) { try checked { stft(z, fftSize: 4, onesided: true) } }
        let spectra = stft(signal, fftSize: 4, hopLength: 4, window: hann, center: false)
        #expect(throws: TensorError.self) { try checked { istft(spectra, fftSize: 4, hopLength: 4, window: hann, center: false) } }
        #expect(throws: TensorError.self) { try checked { istft(spectra, fftSize: 8) } }
    }
}
