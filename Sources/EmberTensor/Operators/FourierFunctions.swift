/// Discrete Fourier transforms. PyTorch: `torch.fft`.
///
/// y[k] = Σ_j x[j] exp(-2πi jk / n), of any length in O(n log n), and differentiable to any order. `n` (or `s`, a length for each dimension)
/// cuts the input off or fills it up with zeros first; `norm` says which direction is divided. Real numbers become complex of the same
/// precision (16-bit ones and integers complex64, computed from float32).
public enum FFT {
    // MARK: One dimension

    /// The transform along `dim`. PyTorch: `torch.fft.fft`.
    public static func fft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        composed("fft", [x]) { () throws(TensorError) in
            FourierRule.transformed(FourierRule.complex(x), [try FourierRule.line(x, n, dim)], inverse: false, norm)
        }
    }

    /// The inverse of ``fft(_:n:dim:norm:)``. PyTorch: `torch.fft.ifft`.
    public static func ifft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        composed("ifft", [x]) { () throws(TensorError) in
            FourierRule.transformed(FourierRule.complex(x), [try FourierRule.line(x, n, dim)], inverse: true, norm)
        }
    }

    /// The transform of real numbers: n / 2 + 1 elements, as the others are their conjugates. PyTorch: `torch.fft.rfft`.
    public static func rfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        composed("rfft", [x]) { () throws(TensorError) in
            FourierRule.halfSpectrum(try FourierRule.real(x), try FourierRule.line(x, n, dim), inverse: false, norm)
        }
    }

    /// The inverse of ``rfft(_:n:dim:norm:)``: real numbers, 2 (size - 1) unless `n` says otherwise. PyTorch: `torch.fft.irfft`.
    public static func irfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        composed("irfft", [x]) { () throws(TensorError) in
            FourierRule.realSignal(FourierRule.complex(x), try FourierRule.line(x, n, dim, half: true), inverse: true, norm)
        }
    }

    /// The real transform of a signal of which, as it is symmetric (element n - k the conjugate of element k), only the first half is given.
    /// PyTorch: `torch.fft.hfft`.
    public static func hfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        composed("hfft", [x]) { () throws(TensorError) in
            FourierRule.realSignal(FourierRule.complex(x), try FourierRule.line(x, n, dim, half: true), inverse: false, norm)
        }
    }

    /// The inverse of ``hfft(_:n:dim:norm:)``. PyTorch: `torch.fft.ihfft`.
    public static func ihfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        composed("ihfft", [x]) { () throws(TensorError) in
            FourierRule.halfSpectrum(try FourierRule.real(x), try FourierRule.line(x, n, dim), inverse: true, norm)
        }
    }

    // MARK: Several dimensions

    /// The transform along `dim`: all dimensions unless given, or the last ones when only their lengths `s` are. PyTorch: `torch.fft.fftn`.
    public static func fftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        composed("fftn", [x]) { () throws(TensorError) in
            FourierRule.transformed(FourierRule.complex(x), try FourierRule.lines(x, s, dim), inverse: false, norm)
        }
    }

    /// The inverse of ``fftn(_:s:dim:norm:)``. PyTorch: `torch.fft.ifftn`.
    public static func ifftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        composed("ifftn", [x]) { () throws(TensorError) in
            FourierRule.transformed(FourierRule.complex(x), try FourierRule.lines(x, s, dim), inverse: true, norm)
        }
    }

    /// The transform of real numbers; of the last transformed dimension only n / 2 + 1 elements. PyTorch: `torch.fft.rfftn`.
    public static func rfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        composed("rfftn", [x]) { () throws(TensorError) in
            let lines = try FourierRule.lines(x, s, dim), last = try last(lines)
            let half = FourierRule.halfSpectrum(try FourierRule.real(x), last, inverse: false, norm)
            return FourierRule.transformed(half, lines.dropLast(), inverse: false, norm)
        }
    }

    /// The inverse of ``rfftn(_:s:dim:norm:)``: real numbers. PyTorch: `torch.fft.irfftn`.
    public static func irfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        composed("irfftn", [x]) { () throws(TensorError) in
            let lines = try FourierRule.lines(x, s, dim, half: true), last = try last(lines)
            let others = FourierRule.transformed(FourierRule.complex(x), lines.dropLast(), inverse: true, norm)
            return FourierRule.realSignal(others, last, inverse: true, norm)
        }
    }

    /// The real transform of a signal that is symmetric in all transformed dimensions; of the last, the first half is given.
    /// PyTorch: `torch.fft.hfftn`.
    public static func hfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        composed("hfftn", [x]) { () throws(TensorError) in
            let lines = try FourierRule.lines(x, s, dim, half: true), last = try last(lines)
            let others = FourierRule.transformed(FourierRule.complex(x), lines.dropLast(), inverse: false, norm)
            return FourierRule.realSignal(others, last, inverse: false, norm)
        }
    }

    /// The inverse of ``hfftn(_:s:dim:norm:)``. PyTorch: `torch.fft.ihfftn`.
    public static func ihfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: FourierNorm = .backward) -> Tensor {
        composed("ihfftn", [x]) { () throws(TensorError) in
            let lines = try FourierRule.lines(x, s, dim), last = try last(lines)
            let half = FourierRule.halfSpectrum(try FourierRule.real(x), last, inverse: true, norm)
            return FourierRule.transformed(half, lines.dropLast(), inverse: true, norm)
        }
    }

    private static func last(_ lines: [(dim: Int, n: Int)]) throws(TensorError) -> (dim: Int, n: Int) {
        guard let last = lines.last else { throw TensorError("needs at least one dimension to transform") }
        return last
    }

    // MARK: Two dimensions

    /// ``fftn(_:s:dim:norm:)`` of the last two dimensions. PyTorch: `torch.fft.fft2`.
    public static func fft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        fftn(x, s: s, dim: dim, norm: norm)
    }

    /// ``ifftn(_:s:dim:norm:)`` of the last two dimensions. PyTorch: `torch.fft.ifft2`.
    public static func ifft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        ifftn(x, s: s, dim: dim, norm: norm)
    }

    /// ``rfftn(_:s:dim:norm:)`` of the last two dimensions. PyTorch: `torch.fft.rfft2`.
    public static func rfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        rfftn(x, s: s, dim: dim, norm: norm)
    }

    /// ``irfftn(_:s:dim:norm:)`` of the last two dimensions. PyTorch: `torch.fft.irfft2`.
    public static func irfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        irfftn(x, s: s, dim: dim, norm: norm)
    }

    /// ``hfftn(_:s:dim:norm:)`` of the last two dimensions. PyTorch: `torch.fft.hfft2`.
    public static func hfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        hfftn(x, s: s, dim: dim, norm: norm)
    }

    /// ``ihfftn(_:s:dim:norm:)`` of the last two dimensions. PyTorch: `torch.fft.ihfft2`.
    public static func ihfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: FourierNorm = .backward) -> Tensor {
        ihfftn(x, s: s, dim: dim, norm: norm)
    }

    // MARK: Frequencies

    /// The frequencies of the elements of a transform of n samples at distance `d`: 0, 1, …, -2, -1, divided by n d. PyTorch: `torch.fft.fftfreq`.
    public static func fftfreq(_ n: Int, d: Double = 1, dtype: DType? = nil) -> Tensor {
        frequencies("fftfreq", n, d, dtype) { n in Array(0..<(n + 1) / 2) + Array(-(n / 2)..<0) }
    }

    /// The frequencies of the elements of ``rfft(_:n:dim:norm:)``: 0, 1, …, n / 2, divided by n d. PyTorch: `torch.fft.rfftfreq`.
    public static func rfftfreq(_ n: Int, d: Double = 1, dtype: DType? = nil) -> Tensor {
        frequencies("rfftfreq", n, d, dtype) { n in Array(0...n / 2) }
    }

    private static func frequencies(_ name: String, _ n: Int, _ d: Double, _ dtype: DType?, _ numbers: (Int) -> [Int]) -> Tensor {
        composed(name, []) { () throws(TensorError) in
            guard n > 0 else { throw TensorError("the number of samples must be positive, got \(n)") }
            return Tensor(numbers(n).map { Double($0) / (Double(n) * d) }, dtype: dtype ?? Tensor.defaultDType)
        }
    }

    /// The zero frequency moved to the middle of `dim` (all dimensions, when nil). PyTorch: `torch.fft.fftshift`.
    public static func fftshift(_ x: Tensor, dim: [Int]? = nil) -> Tensor { shifted("fftshift", x, dim) { $0 / 2 } }

    /// The inverse of ``fftshift(_:dim:)``. PyTorch: `torch.fft.ifftshift`.
    public static func ifftshift(_ x: Tensor, dim: [Int]? = nil) -> Tensor { shifted("ifftshift", x, dim) { ($0 + 1) / 2 } }

    private static func shifted(_ name: String, _ x: Tensor, _ dim: [Int]?, _ shift: (Int) -> Int) -> Tensor {
        composed(name, [x]) { () throws(TensorError) in
            let dims = try ShapeRule.dims(dim ?? Array(0..<x.rank), rank: x.rank)
            return x.rank == 0 ? x : x.roll(dims.map { shift(x.shape[$0]) }, dims: dims)
        }
    }
}
