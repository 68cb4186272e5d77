import Foundation

/// Windows that a signal is multiplied with before its spectrum is taken. PyTorch: `torch.signal.windows`.
///
/// All have the largest value 1 (about). `symmetric` ones are for filters; those that are not are one period of a periodic sequence, which is
/// what ``stft(_:fftSize:hopLength:windowLength:window:center:padMode:normalized:onesided:)`` wants: `SignalWindow.hann(400, symmetric: false)`
/// is PyTorch's `torch.hann_window(400)`. Values are computed in float64; `dtype` is float32 or float64, by default ``Tensor/defaultDType``.
public enum SignalWindow {
    /// A triangle that begins (and, if symmetric, ends) with 0. PyTorch: `torch.signal.windows.bartlett`, `torch.bartlett_window`.
    public static func bartlett(_ count: Int, symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        window("bartlett", count, symmetric, dtype) { i, period in 1 - abs(2 * i / period - 1) }
    }

    /// 0.42 - 0.5 cos + 0.08 cos 2. PyTorch: `torch.signal.windows.blackman`, `torch.blackman_window`.
    public static func blackman(_ count: Int, symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        cosines("blackman", count, [0.42, 0.5, 0.08], symmetric, dtype)
    }

    /// Half a period of the sine. PyTorch: `torch.signal.windows.cosine`.
    public static func cosine(_ count: Int, symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        window("cosine", count, symmetric, dtype) { i, period in sin(.pi * (i + 0.5) / (period + 1)) }
    }

    /// exp(-|i - center| / tau). `center` is the middle unless given, which only a window that is not symmetric allows.
    /// PyTorch: `torch.signal.windows.exponential`.
    public static func exponential(_ count: Int, center: Double? = nil, tau: Double = 1, symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        window("exponential", count, symmetric, dtype, check: { () throws(TensorError) in
            guard tau > 0 else { throw TensorError("tau must be positive, got \(tau)") }
            guard center == nil || !symmetric else { throw TensorError("the center of a symmetric window is its middle, not \(center ?? 0)") }
        }, { i, period in exp(-abs(i - (center ?? period / 2)) / tau) })
    }

    /// exp(-(i - middle)² / (2 std²)). PyTorch: `torch.signal.windows.gaussian`.
    public static func gaussian(_ count: Int, std: Double = 1, symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        window("gaussian", count, symmetric, dtype, check: { () throws(TensorError) in
            guard std > 0 else { throw TensorError("std must be positive, got \(std)") }
        }, { i, period in exp(-(i - period / 2) * (i - period / 2) / (2 * std * std)) })
    }

    /// Σ (-1)ᵏ aₖ cos(2πki / period). PyTorch: `torch.signal.windows.general_cosine`.
    public static func generalCosine(_ count: Int, _ coefficients: [Double], symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        cosines("generalCosine", count, coefficients, symmetric, dtype)
    }

    /// alpha - (1 - alpha) cos. PyTorch: `torch.signal.windows.general_hamming`.
    public static func generalHamming(_ count: Int, alpha: Double = 0.54, symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        cosines("generalHamming", count, [alpha, 1 - alpha], symmetric, dtype)
    }

    /// 0.54 - 0.46 cos. PyTorch: `torch.signal.windows.hamming`, `torch.hamming_window`.
    public static func hamming(_ count: Int, symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        cosines("hamming", count, [0.54, 0.46], symmetric, dtype)
    }

    /// 0.5 - 0.5 cos. PyTorch: `torch.signal.windows.hann`, `torch.hann_window`.
    public static func hann(_ count: Int, symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        cosines("hann", count, [0.5, 0.5], symmetric, dtype)
    }

    /// I₀(beta √(1 - x²)) / I₀(beta) with x from -1 to 1. PyTorch: `torch.signal.windows.kaiser`, `torch.kaiser_window`.
    public static func kaiser(_ count: Int, beta: Double = 12, symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        let arguments = window("kaiser", count, symmetric, .float64, check: { () throws(TensorError) in
            guard beta >= 0 else { throw TensorError("beta must not be negative, got \(beta)") }
            try check(dtype)
        }, { i, period in
            let x = 2 * i / period - 1
            return beta * max(1 - x * x, 0).squareRoot()
        })
        if count <= 1 { return arguments.to(dtype ?? Tensor.defaultDType) }
        return (arguments.i0() / Tensor(beta, dtype: .float64).i0()).to(dtype ?? Tensor.defaultDType)
    }

    /// Nuttall's minimum four-term window. PyTorch: `torch.signal.windows.nuttall`.
    public static func nuttall(_ count: Int, symmetric: Bool = true, dtype: DType? = nil) -> Tensor {
        cosines("nuttall", count, [0.3635819, 0.4891775, 0.1365995, 0.0106411], symmetric, dtype)
    }

    private static func check(_ dtype: DType?) throws(TensorError) {
        guard dtype == nil || dtype == .float32 || dtype == .float64 else {
            throw TensorError("windows are float32 or float64, not \(dtype?.name ?? "")")
        }
    }

    /// `value(i, period)` for every place of a window with at least two of them.
    private static func window(_ name: String, _ count: Int, _ symmetric: Bool, _ dtype: DType?,
                               check rule: () throws(TensorError) -> Void = { () throws(TensorError) in },
                               _ value: (_ i: Double, _ period: Double) -> Double) -> Tensor {
        composed(name, []) { () throws(TensorError) in
            guard count >= 0 else { throw TensorError("the number of elements must not be negative, got \(count)") }
            try check(dtype)
            try rule()
            let period = Double(symmetric ? count - 1 : count)
            let values = count == 1 ? [1] : (0..<count).map { value(Double($0), period) }
            return Tensor(values, dtype: dtype ?? Tensor.defaultDType)
        }
    }

    private static func cosines(_ name: String, _ count: Int, _ coefficients: [Double], _ symmetric: Bool, _ dtype: DType?) -> Tensor {
        window(name, count, symmetric, dtype, check: { () throws(TensorError) in
            guard !coefficients.isEmpty else { throw TensorError("needs at least one coefficient") }
        }, { i, period in
            var sum = 0.0, sign = 1.0
            for (k, a) in coefficients.enumerated() {
                sum += sign * a * cos(2 * .pi * Double(k) * i / period)
                sign = -sign
            }
            return sum
        })
    }
}
