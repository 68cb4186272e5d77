import Ember
import Testing

/// Limits of types, and modes of the processor and of printing, against PyTorch's.
@Suite struct NumberLimitTests {
    @Test func floatingPoint() {
        let half = DType.float16.floatingPointLimits, brain = DType.bfloat16.floatingPointLimits
        #expect(half?.bits == 16 && half?.epsilon == 0.0009765625 && half?.max == 65504 && half?.min == -65504)
        #expect(half?.smallestNormal == 6.103515625e-05)
        #expect(brain?.epsilon == 0.0078125 && brain?.max == 3.3895313892515355e+38 && brain?.smallestNormal == 1.1754943508222875e-38)
        #expect(DType.float32.floatingPointLimits?.max == 3.4028234663852886e+38)
        #expect(DType.float64.floatingPointLimits?.epsilon == 2.220446049250313e-16)
        #expect(DType.int8.floatingPointLimits == nil)
        // The numbers are those of the tensors themselves.
        for type in DType.allCases {
            guard let limits = type.floatingPointLimits else { continue }
            #expect(Tensor(limits.max, dtype: type).item() == limits.max && Tensor(limits.max * 1.01, dtype: type).item() == .infinity)
            #expect(Tensor(1 + limits.epsilon, dtype: type).item() > 1 && Tensor(1 + limits.epsilon / 2, dtype: type).item() == 1)
            #expect(limits.bits == 8 * type.size && type.isSigned)
        }
    }

    @Test func integers() {
        #expect(DType.uint8.integerLimits?.min == 0 && DType.uint8.integerLimits?.max == 255 && !DType.uint8.isSigned)
        #expect(DType.int8.integerLimits?.min == -128 && DType.int64.integerLimits?.max == UInt64(Int.max))
        #expect(DType.uint64.integerLimits?.max == .max && DType.uint64.integerLimits?.min == 0)
        #expect(DType.bool.integerLimits == nil && !DType.bool.isSigned)
        for type in DType.allCases where type.isInteger { #expect(type.integerLimits?.bits == 8 * type.size) }
    }

    @Test func subnormalNumbersFlushed() {
        let tiny = Tensor([Double.leastNormalMagnitude / 2], dtype: .float64)
        guard setFlushDenormal(true) else { return }
        #expect((tiny * 1.5).item() == 0)
        setFlushDenormal(false)
        #expect((tiny * 1.5).item() > 0)
    }

    @Test func printing() {
        defer { PrintOptions.default = PrintOptions() }
        let third = Tensor.arange(1200.0) / 3.0
        PrintOptions.default = .short
        #expect("\(third)" == "tensor([0.00e+00, 3.33e-01,  ..., 3.99e+02, 4.00e+02])")
        PrintOptions.default = PrintOptions()
        PrintOptions.default.precision = 2
        #expect("\(Tensor([1.23456, 2]))" == "tensor([1.23, 2.00])")
        PrintOptions.default.precision = 4
        PrintOptions.default.isScientific = true
        #expect("\(Tensor([1.5, 2]))" == "tensor([1.5000e+00, 2.0000e+00])")
        PrintOptions.default.isScientific = false
        #expect("\(Tensor([1e-5, 2e5]))" == "tensor([     0.0000, 200000.0000])")
        PrintOptions.default = .full
        #expect(!"\(Tensor.arange(1200))".contains("..."))
        #expect(Tensor.arange(2000.0).formatted(PrintOptions()).contains("..."))
    }

    /// Quotients close to whole numbers, of numbers on both sides of those that float64 holds.
    @Test func integerDivision() {
        var pairs: [(Int64, Int64)] = [(.min, -1), (.min, 1), (.min, .max), (.max, .min), (.max, 2), (-7, 2), (7, -2), (-6, 3), (0, -5)]
        for bits in [20, 50, 51, 52, 53, 62] as [Int64] {
            for divisor in [3, -7, 1_000_003] as [Int64] {
                let multiple = (Int64(1) << bits) / divisor * divisor
                for dividend in [multiple - 1, multiple, multiple + 1, -multiple - 1, -multiple + 1] { pairs.append((dividend, divisor)) }
            }
        }
        // Each pair in whole registers of its own kind as well as among others.
        pairs += pairs.flatMap { Array(repeating: $0, count: 16) }
        let x = Tensor(pairs.map { $0.0 }), y = Tensor(pairs.map { $0.1 })
        let quotients = pairs.map { $0.0.dividedReportingOverflow(by: $0.1).partialValue }
        let remainders = pairs.map { $0.0.remainderReportingOverflow(dividingBy: $0.1).partialValue }
        let isBelow = zip(pairs, remainders).map { (pair: (Int64, Int64), remainder: Int64) in
            remainder != 0 && (remainder < 0) != (pair.1 < 0)
        }
        let floored = zip(quotients, isBelow).map { (quotient: Int64, below: Bool) in below ? quotient - 1 : quotient }
        #expect(x.truncDivide(y).array(of: Int64.self) == quotients)
        #expect(x.fmod(y).array(of: Int64.self) == remainders)
        #expect(x.floorDivide(y).array(of: Int64.self) == floored)
    }
}
