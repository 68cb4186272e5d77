import Ember
import Foundation
import Testing

/// Values are SciPy's.
@Suite struct SpecialFunctionTests {
    private static let functions: [(name: String, function: @Sendable (Tensor) -> Tensor, at: [Double], values: [Double])] = [
        ("digamma", { $0.digamma() }, [0.3, 1.7, 4.5], [-3.502524222200133, 0.20854787487349394, 1.388870926359529]),
        ("trigamma", { $0.trigamma() }, [0.3, 1.7, 4.5], [12.245364546107734, 0.7932328301639984, 0.24872510303901035]),
        ("polygamma 2", { $0.polygamma(2) }, [0.3, 1.7, 4.5], [-75.27253658872601, -0.6040890841034592, -0.061556821321027695]),
        ("polygamma 3", { $0.polygamma(3) }, [0.3, 1.7, 4.5], [743.1417646550497, 0.8895620066243167, 0.03032250854236658]),
        ("mvlgamma 3", { $0.mvlgamma(3) }, [2.5, 4], [1.8809954616117743, 5.402975080909175]),
        ("erfinv", { $0.erfinv() }, [-0.9, 0.3, 0.999], [-1.1630871536766743, 0.2724627147267544, 2.326753765513524]),
        ("erfcx", { $0.erfcx() }, [0.3, 1.7, 4.5], [0.7345993345676554, 0.2916632970753434, 0.12248480427384142]),
        ("ndtr", { $0.ndtr() }, [0.3, 1.7, 4.5], [0.6179114221889526, 0.955434537241457, 0.9999966023268753]),
        ("ndtri", { $0.ndtri() }, [0.01, 0.3, 0.999], [-2.3263478740408408, -0.5244005127080409, 3.090232306167813]),
        ("log_ndtr", { $0.logNdtr() }, [0.3, 1.7, 4.5], [-0.4814101615884813, -0.045589029170068934, -3.3976788968344594e-06]),
        ("i0", { $0.i0() }, [0.3, 1.7, 4.5], [1.0226268793515974, 1.8639649620738397, 17.481171855609276]),
        ("i0e", { $0.i0e() }, [0.3, 1.7, 4.5], [0.7575806251825481, 0.3405156879824709, 0.1941982776283823]),
        ("i1", { $0.i1() }, [0.3, 1.7, 4.5], [0.15169384000359282, 1.1963465656344823, 15.389222753735924]),
        ("i1e", { $0.i1e() }, [0.3, 1.7, 4.5], [0.11237756063983881, 0.2185528065984934, 0.17095882229749212]),
        ("j0", { $0.besselJ0() }, [0.3, 1.7, 4.5], [0.9776262465382961, 0.39798485944610945, -0.3205425089851215]),
        ("j1", { $0.besselJ1() }, [0.3, 1.7, 4.5], [0.148318816273104, 0.5777652315290233, -0.2310604319233706]),
        ("y0", { $0.besselY0() }, [0.3, 1.7, 4.5], [-0.8072735778045195, 0.45202700018163466, -0.1947050086295042]),
        ("y1", { $0.besselY1() }, [0.3, 1.7, 4.5], [-2.2931051383885293, -0.2847262450640684, 0.300997323069655]),
        ("entr", { $0.entr() }, [0.3, 1.7, 4.5], [0.3611918412977808, -0.9020680268056896, -6.768348285493234]),
        ("sinc", { $0.sinc() }, [0.25, 1.5], [0.9003163161571061, -0.2122065907891938]),
        ("logit", { $0.logit() }, [0.25, 0.5, 0.9], [-1.0986122886681098, 0, 2.1972245773362196]),
        ("logit eps", { $0.logit(eps: 0.25) }, [0.1, 0.5, 0.6], [-1.0986122886681098, 0, 0.4054651081081642]),
    ]

    @Test func valuesInBothPrecisions() {
        for (name, function, at, values) in Self.functions {
            for (dtype, tolerance) in [(DType.float64, 1e-14), (.float32, 5e-7)] {
                let found = function(Tensor(at, dtype: dtype)).array(of: Double.self)
                for (a, b) in zip(found, values) {
                    // Of float32 the argument is rounded, too.
                    #expect(abs(a - b) <= tolerance * max(1, abs(b)) * (dtype == .float32 ? 4 : 1), "\(name) in \(dtype.name): \(a), not \(b)")
                }
            }
        }
    }

    @Test func gradientsOfBothOrders() throws {
        for (name, function, at, _) in Self.functions {
            let x = Tensor(at, dtype: .float64)
            do {
                try gradcheck([x]) { [function($0[0])] }
                try gradgradcheck([x]) { [function($0[0])] }
            } catch { Issue.record("\(name): \(error)") }
        }
    }

    @Test func zetaAndIncompleteGamma() throws {
        let a = Tensor([0.5, 3, 200.0], dtype: .float64), x = Tensor([2, 1, 210.0], dtype: .float64)
        for (found, wanted) in [
            (a.igamma(x), [0.9544997361036415, 0.08030139707139418, 0.7639696745011542]),
            (a.igammac(x), [0.04550026389635857, 0.9196986029286058, 0.23603032549884584]),
            (Tensor([2, 3.5], dtype: .float64).zeta(Tensor([1, 0.25], dtype: .float64)), [1.6449340668482266, 128.54695896428433]),
        ] {
            for (value, expected) in zip(found.array(of: Double.self), wanted) { #expect(abs(value / expected - 1) < 1e-13) }
        }
        try gradcheck([x]) { [a.igamma($0[0]), a.igammac($0[0]), (a + 1).zeta($0[0])] }
        try gradgradcheck([x]) { [a.igamma($0[0]), a.igammac($0[0])] }
        #expect(throws: TensorError.self) { try checked { _ = a.requiringGrad().zeta(x) } }
    }

    @Test func limitsAndPoles() {
        let infinity = Double.infinity
        func values(_ x: [Double], _ function: (Tensor) -> Tensor) -> [Double] { function(Tensor(x, dtype: .float64)).array() }
        #expect(values([0, -0.0], { $0.digamma() }) == [-infinity, infinity])
        #expect(values([-2], { $0.digamma() })[0].isNaN)
        #expect(values([0, -1], { $0.trigamma() }) == [infinity, infinity])
        #expect(values([-1, 1, 0], { $0.erfinv() }) == [-infinity, infinity, 0])
        #expect(values([1.5], { $0.erfinv() })[0].isNaN)
        #expect(values([0, 1], { $0.ndtri() }) == [-infinity, infinity])
        #expect(values([-30, infinity], { $0.erfcx() }) == [infinity, 0])
        #expect(values([0, -1, infinity], { $0.entr() }) == [0, -infinity, -infinity])
        #expect(values([0, 1], { $0.logit() }) == [-infinity, infinity])
        #expect(values([0], { $0.besselY0() }) == [-infinity])
        for dtype in [DType.float32, .float64] {
            let odd: Double = Tensor([-0.0], dtype: dtype).besselJ1().item()
            #expect(odd == 0 && odd.sign == .minus)
        }
        #expect(values([0, infinity], { $0.sinc() }) == [1, 0])
        #expect(values([0], { $0.xlog1py(Tensor([-1.0], dtype: .float64)) }) == [0])
        #expect(abs(values([-1e4], { $0.logNdtr() })[0] + 50000010.12927891) < 3e-8)
    }

    @Test func representation() throws {
        let x = Tensor([6, -0.375, 0, Double.infinity])
        let (mantissa, exponent) = x.frexp()
        #expect(mantissa.array(of: Float.self) == [0.75, -0.75, 0, .infinity])
        #expect(exponent.dtype == .int32 && exponent.array(of: Int.self).prefix(3) == [3, -1, 0])
        #expect(Tensor([1, -3.0]).ldexp(Tensor([-140, 2])).array(of: Float.self) == [0x1p-140, -12])
        #expect(Tensor([1.0, 0]).nextAfter(Tensor([2.0, -1])).array(of: Float.self) == [Float(1).nextUp, -Float.leastNonzeroMagnitude])
        for dtype in [DType.float16, .bfloat16] {
            let step = dtype == .float16 ? 0x1p-10 : 0x1p-7
            let from = Tensor([1, 1, 0, -1, Double.infinity, 3], dtype: dtype), to = Tensor([2, 0, 1, 0, 0, 3.0], dtype: dtype)
            let next = from.nextAfter(to).array(of: Double.self)
            #expect(next == [1 + step, 1 - step / 2, dtype == .float16 ? 0x1p-24 : 0x1p-133, step / 2 - 1,
                             dtype == .float16 ? 65504 : 0x1.fep127, 3])
        }
        #expect(Tensor([Double.nan, Double.infinity, -Double.infinity, 2]).nanToNum(nan: 5, negativeInfinity: -1).array(of: Float.self)
            == [5, .greatestFiniteMagnitude, -1, 2])
        #expect(Tensor([1.25, -0.375, 1234]).round(decimals: 1).array(of: Float.self) == [1.2, -0.4, 1234])
        #expect(Tensor([1250.0, 1234]).round(decimals: -2).array(of: Float.self) == [1200, 1200])
        #expect(Tensor([1, Double.infinity, Double.nan]).isFinite().array(of: Bool.self) == [true, false, false])
        #expect(Tensor([Double.infinity, -Double.infinity]).isNegativeInfinity().array(of: Bool.self) == [false, true])
        let p = Tensor([0.3, -1.7, 40], dtype: .float64)
        try gradcheck([p, p * 0.1]) { [$0[0].frexp().mantissa, $0[0].ldexp($0[1])] }
    }

    @Test func combinations() throws {
        let a = Tensor([1, 2.0], dtype: .float64), b = Tensor([3, 5.0], dtype: .float64), c = Tensor([0.25, 0.75], dtype: .float64)
        #expect(a.addcmul(b, c, value: 2).array(of: Double.self) == [2.5, 9.5])
        #expect(a.addcdiv(b, c, value: 2).array(of: Double.self) == [25, 2 + 40 / 3.0])
        #expect(a.lerp(b, c).array(of: Double.self) == [1.5, 4.25])
        #expect(a.lerp(b, 1).array(of: Double.self) == [3, 5])
        #expect(a.rsub(b, alpha: 2).array(of: Double.self) == [1, 1])
        #expect(a.to(.float32).floatPower(0.5).dtype == .float64)
        try gradcheck([a, b, c]) { [$0[0].addcmul($0[1], $0[2], value: 0.5), $0[0].addcdiv($0[1], $0[2]), $0[0].lerp($0[1], $0[2])] }
        try gradgradcheck([a, b, c]) { [$0[0].addcmul($0[1], $0[2]), $0[0].addcdiv($0[1], $0[2]), $0[0].lerp($0[1], $0[2])] }
    }

    @Test func typeRules() throws {
        let truth = Tensor([true, false]), whole = Tensor([2, -3])
        #expect(truth.square().dtype == .int64)
        #expect(truth.sign().dtype == .bool)
        #expect(whole.polygamma(1).dtype == .float32)
        #expect(whole.deg2rad().dtype == .float32)
        #expect(whole.clamp(min: 0.5).dtype == .float32)
        #expect(whole.half().dtype == .float16 && whole.bool().dtype == .bool && truth.long().array(of: Int.self) == [1, 0])
        for wrong in [{ -truth }, { truth.abs() }, { truth - truth }, { truth.floor() }, { truth.gcd(truth) }, { whole.pow(-1) },
                      { whole.frexp().mantissa }, { whole.addcdiv(whole, whole) }, { whole.polygamma(-1) }, { whole.mvlgamma(0) },
                      { whole.rsub(whole, alpha: 1.5) }, { truth.positive() }] as [() -> Tensor] {
            #expect(throws: TensorError.self) { try checked { _ = wrong() } }
        }
    }
}
