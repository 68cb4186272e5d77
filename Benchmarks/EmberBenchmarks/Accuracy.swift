import Ember
import Foundation

/// `ember-benchmarks --accuracy`: how far float32 results lie from the truth, in units in the last place of the correctly
/// rounded result, over the whole range of float32. The truth is Ember's float64 function (glibc's, or one that the tests
/// compare with numbers computed in 50 digits).
enum Accuracy {
    private struct Function: Sendable {
        let name: String
        let call: @Sendable (Tensor) -> Tensor

        init(_ name: String, _ call: @escaping @Sendable (Tensor) -> Tensor) {
            self.name = name
            self.call = call
        }
    }

    private static let functions: [Function] = [
        .init("sqrt") { $0.sqrt() }, .init("rsqrt") { $0.rsqrt() }, .init("reciprocal") { $0.reciprocal() },
        .init("exp") { $0.exp() }, .init("exp2") { $0.exp2() }, .init("expm1") { $0.expm1() }, .init("log") { $0.log() },
        .init("log2") { $0.log2() }, .init("log10") { $0.log10() }, .init("log1p") { $0.log1p() }, .init("sin") { $0.sin() },
        .init("cos") { $0.cos() }, .init("tan") { $0.tan() }, .init("asin") { $0.asin() }, .init("acos") { $0.acos() },
        .init("atan") { $0.atan() }, .init("sinh") { $0.sinh() }, .init("cosh") { $0.cosh() }, .init("tanh") { $0.tanh() },
        .init("asinh") { $0.asinh() }, .init("acosh") { $0.acosh() }, .init("atanh") { $0.atanh() },
        .init("pow(x, 1.75)") { $0.pow(1.75) }, .init("pow(1.75, x)") { Tensor(1.75, dtype: $0.dtype).pow($0) },
        .init("atan2(x, 1.25)") { $0.atan2(.scalar(.double(1.25))) },
        .init("sigmoid") { $0.sigmoid() }, .init("logSigmoid") { logSigmoid($0) }, .init("silu") { silu($0) },
        .init("gelu") { gelu($0) }, .init("gelu, tanh form") { gelu($0, approximate: .tanh) }, .init("mish") { mish($0) },
        .init("softplus") { softplus($0) }, .init("elu") { elu($0) }, .init("selu") { selu($0) },
        .init("tanhshrink") { tanhshrink($0) }, .init("erf") { $0.erf() }, .init("erfc") { $0.erfc() },
        .init("erfcx") { $0.erfcx() }, .init("erfinv") { $0.erfinv() }, .init("ndtr") { $0.ndtr() },
        .init("ndtri") { $0.ndtri() }, .init("logNdtr") { $0.logNdtr() }, .init("logGamma") { $0.logGamma() },
        .init("digamma") { $0.digamma() }, .init("trigamma") { $0.trigamma() }, .init("polygamma(2, x)") { $0.polygamma(2) },
        .init("zeta(2.5, x)") { Tensor(2.5, dtype: $0.dtype).zeta($0) },
        .init("igamma(2.5, x)") { Tensor(2.5, dtype: $0.dtype).igamma($0) },
        .init("igammac(2.5, x)") { Tensor(2.5, dtype: $0.dtype).igammac($0) },
        .init("i0") { $0.i0() }, .init("i0e") { $0.i0e() }, .init("i1") { $0.i1() }, .init("i1e") { $0.i1e() },
        .init("besselJ0") { $0.besselJ0() }, .init("besselJ1") { $0.besselJ1() }, .init("besselY0") { $0.besselY0() },
        .init("besselY1") { $0.besselY1() }, .init("sinc") { $0.sinc() }, .init("entr") { $0.entr() },
        .init("logit") { $0.logit() },
    ]

    /// Every exponent and both signs, evenly over the fractions, and more densely where functions bend.
    private static let points: [Float] = {
        var points: [Float] = [0]
        for exponent in -126...127 {
            let count = (-12...8).contains(exponent) ? 4096 : 128
            for k in 0..<count {
                let x = Float(sign: .plus, exponent: exponent, significand: 1 + (Float(k) + 0.37) / Float(count))
                points.append(x)
            }
        }
        // Apart: some functions take registers of positive numbers another way than mixed ones.
        points += points.map { -$0 }
        return points
    }()

    /// The distance of neighbouring float32 numbers at `x`.
    private static func ulp(_ x: Double) -> Double {
        let size = abs(x)
        return size < Double(Float.leastNormalMagnitude) ? Double(Float.leastNonzeroMagnitude) : Double(Float(size).ulp)
    }

    static func printTable() {
        print("| function | largest error (ulp) | at | mean error (ulp) |\n|---|--:|--:|--:|")
        let x = Tensor(points)
        for function in functions {
            let found = function.call(x).array(of: Float.self), truth = function.call(x.to(.float64)).array(of: Double.self)
            var worst = 0.0, place: Float = 0, sum = 0.0, count = 0
            for (i, point) in points.enumerated() {
                let rounded = Float(truth[i])
                if found[i].isNaN && truth[i].isNaN || found[i] == rounded {
                    if rounded.isFinite {
                        sum += abs(Double(found[i]) - truth[i]) / ulp(truth[i])
                        count += 1
                    }
                    continue
                }
                // Just below overflow, the next number is infinity.
                let value = found[i].isInfinite && abs(truth[i]) > 3.4e38 ? truth[i] : Double(found[i])
                let error = found[i].isNaN || truth[i].isNaN ? .infinity : abs(value - truth[i]) / ulp(truth[i])
                if error > worst { (worst, place) = (error, point) }
                sum += error
                count += 1
            }
            print("| \(function.name) | \(String(format: "%.2f | %g | %.2f", worst, place, sum / Double(max(count, 1)))) |")
        }
    }
}
